/**
 * The SA header, MAD bytes 36 to 55, after the RMPP header (IBTA Vol 1, 15.2.1.1). Offsets count from the
 * MAD.
 */
import { at, compile, type Table } from "./layout.ts"

/** Offset of the attribute (a record, InformInfo, Notice or ClassPortInfo) in an SA MAD, in bytes. */
export const SA_DATA = 56
/** Room for the attribute in one SA MAD, in bytes. */
export const SA_DATA_BYTES = 200

/**
 * SA header; base = first byte of the MAD. `AttributeOffset` counts 8-byte units from one record to the next.
 */
export const SA_HEADER = {
  SM_Key: at(36, 0, 64),
  AttributeOffset: at(44, 0, 16),
  Reserved: at(46, 0, 16),
  ComponentMask: at(48, 0, 64)
} as const satisfies Table

/** Accessors of {@link SA_HEADER}; base = first byte of the MAD. */
export const saHeader = compile(SA_HEADER)
