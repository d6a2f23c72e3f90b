/** The common MAD header, the first 24 bytes of every MAD (IBTA Vol 1, 13.4.2). */
import { at, compile, type Table } from "./layout.ts"

/** Length of the common MAD header, in bytes. */
export const MAD_HEADER_BYTES = 24

/**
 * Common MAD header; base = first byte of the MAD. `R` is the response bit, `Method` the seven bits below it.
 */
export const MAD_HEADER = {
  BaseVersion: at(0, 0, 8),
  MgmtClass: at(1, 0, 8),
  ClassVersion: at(2, 0, 8),
  R: at(3, 0, 1),
  Method: at(3, 1, 7),
  Status: at(4, 0, 16),
  ClassSpecific: at(6, 0, 16),
  TransactionID: at(8, 0, 64),
  AttributeID: at(16, 0, 16),
  Reserved: at(18, 0, 16),
  AttributeModifier: at(20, 0, 32)
} as const satisfies Table

/** Accessors of {@link MAD_HEADER}; base = first byte of the MAD. */
export const madHeader = compile(MAD_HEADER)

/**
 * Byte 3 whole: `R` and `Method` together, as the values of `METHOD` count them; base = first byte of the
 * MAD.
 */
export const methodByte = compile({ RMethod: at(3, 0, 8) } as const satisfies Table).RMethod
