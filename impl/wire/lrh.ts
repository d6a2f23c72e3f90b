/** The local route header (IBTA Vol 1, 7.7). */
import { at, compile, type Table } from "./layout.ts"

/** Length of the LRH, in bytes. */
export const LRH_BYTES = 8

/**
 * LRH; base = first byte of the header. `PktLen` counts 4-byte words from the first byte of the LRH to before
 * the VCRC.
 */
export const LRH = {
  VL: at(0, 0, 4),
  LVer: at(0, 4, 4),
  SL: at(1, 0, 4),
  Reserved: at(1, 4, 2),
  LNH: at(1, 6, 2),
  DLID: at(2, 0, 16),
  Reserved2: at(4, 0, 5),
  PktLen: at(4, 5, 11),
  SLID: at(6, 0, 16)
} as const satisfies Table

/** Accessors of {@link LRH}; base = first byte of the header. */
export const lrh = compile(LRH)

/** Values of `LNH`, the link next header. */
export const LNH = { Raw: 0, IPv6: 1, IBALocal: 2, IBAGlobal: 3 } as const
