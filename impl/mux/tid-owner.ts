/**
 * Who holds a wire TID. Records lie at multiples of 4 words, so the two low bits of an owner tell its kind
 * and the rest is the record.
 */

/** A transaction of a function (transactions.ts). */
export const OWNER_TRANSACTION = 1
/** A CM exchange (cm-table.ts). */
export const OWNER_EXCHANGE = 2
/** The PF context itself (sa-transactions.ts). */
export const OWNER_OWN = 3

/** The kind of an owner. */
export const ownerKind = (owner: number): number => owner & 3
/** The record of an owner. */
export const ownerRecord = (owner: number): number => owner & ~3
