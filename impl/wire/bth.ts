/** The base transport header (IBTA Vol 1, 9.2). */
import { at, compile, type Table } from "./layout.ts"

/** Length of the BTH, in bytes. */
export const BTH_BYTES = 12
/** `OpCode` of UD SEND Only, which carries every MAD. */
export const OP_CODE_UD_SEND_ONLY = 0x64

/** BTH; base = first byte of the header. */
export const BTH = {
  OpCode: at(0, 0, 8),
  SE: at(1, 0, 1),
  M: at(1, 1, 1),
  PadCnt: at(1, 2, 2),
  TVer: at(1, 4, 4),
  P_Key: at(2, 0, 16),
  FECN: at(4, 0, 1),
  BECN: at(4, 1, 1),
  Reserved: at(4, 2, 6),
  DestQP: at(5, 0, 24),
  A: at(8, 0, 1),
  Reserved2: at(8, 1, 7),
  PSN: at(9, 0, 24)
} as const satisfies Table

/** Accessors of {@link BTH}; base = first byte of the header. */
export const bth = compile(BTH)
