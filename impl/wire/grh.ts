/** The global route header (IBTA Vol 1, 8.3). */
import { at, compile, type Table } from "./layout.ts"

/** Length of the GRH, in bytes. */
export const GRH_BYTES = 40
/** `NxtHdr` of a GRH that a BTH follows. */
export const NXT_HDR_IBA = 0x1b
/** `IPVer` of every GRH. */
export const IP_VER = 6
/** `PayLen` of the GRH of a MAD: BTH 12, DETH 8, MAD 256, ICRC 4 bytes. */
export const GRH_PAY_LEN = 12 + 8 + 256 + 4

/** GRH; base = first byte of the header. */
export const GRH = {
  IPVer: at(0, 0, 4),
  TClass: at(0, 4, 8),
  FlowLabel: at(1, 4, 20),
  PayLen: at(4, 0, 16),
  NxtHdr: at(6, 0, 8),
  HopLmt: at(7, 0, 8),
  SGID: at(8, 0, 128),
  DGID: at(24, 0, 128)
} as const satisfies Table

/** Accessors of {@link GRH}; base = first byte of the header. */
export const grh = compile(GRH)
