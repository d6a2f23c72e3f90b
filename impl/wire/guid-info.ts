/** The attribute GUIDInfo: one block of eight GUIDs (IBTA Vol 1, 14.2.5.5). */
import { compile, repeated, type Table } from "./layout.ts"

/** Length of a GUIDInfo block, in bytes. */
export const GUID_INFO_BYTES = 64
/** GUIDs in one block. */
export const GUIDS_PER_BLOCK = 8

/**
 * GUIDInfo, GUID0 to GUID7; base = first byte of the attribute. Entry n of the table is GUID(n mod 8) of
 * block n div 8.
 */
export const GUID_INFO = { ...repeated("GUID", [0, 1, 2, 3, 4, 5, 6, 7], 0, 64) } as const satisfies Table

/**
 * Accessors of {@link GUID_INFO}; base = first byte of the attribute. For the k-th: `guidInfo.GUID0` at base
 * + 8 * k.
 */
export const guidInfo = compile(GUID_INFO)
