/** The datagram extended transport header (IBTA Vol 1, 9.3.2). */
import { at, compile, type Table } from "./layout.ts"

/** Length of the DETH, in bytes. */
export const DETH_BYTES = 8

/** DETH; base = first byte of the header. */
export const DETH = {
  Q_Key: at(0, 0, 32),
  Reserved: at(4, 0, 8),
  SrcQP: at(5, 0, 24)
} as const satisfies Table

/** Accessors of {@link DETH}; base = first byte of the header. */
export const deth = compile(DETH)
