/** The attribute P_KeyTable: one block of 32 P_Keys (IBTA Vol 1, 14.2.5.7). */
import { compile, repeated, type Table } from "./layout.ts"

/** Length of a P_KeyTable block, in bytes. */
export const P_KEY_TABLE_BYTES = 64
/** P_Keys in one block. */
export const P_KEYS_PER_BLOCK = 32

const numbers = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
] as const

/**
 * P_KeyTable, P_Key0 to P_Key31; base = first byte of the attribute. Bit 15 of a P_Key is full membership.
 */
export const P_KEY_TABLE = { ...repeated("P_Key", numbers, 0, 16) } as const satisfies Table

/**
 * Accessors of {@link P_KEY_TABLE}; base = first byte of the attribute. For the k-th: `pKeyTable.P_Key0` at
 * base + 2 * k.
 */
export const pKeyTable = compile(P_KEY_TABLE)
