/** The attribute SMInfo (IBTA Vol 1, 14.2.5.13). */
import { at, compile, type Table } from "./layout.ts"

/** Length of SMInfo, in bytes. */
export const SM_INFO_BYTES = 21

/** SMInfo; base = first byte of the attribute. */
export const SM_INFO = {
  GUID: at(0, 0, 64),
  SM_Key: at(8, 0, 64),
  ActCount: at(16, 0, 32),
  Priority: at(20, 0, 4),
  SMState: at(20, 4, 4)
} as const satisfies Table

/** Accessors of {@link SM_INFO}; base = first byte of the attribute. */
export const smInfo = compile(SM_INFO)
