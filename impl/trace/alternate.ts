/** The alternate path that a `verb` command speaks of: its keys `altPort`, `altPkeyIndex`, `altSgidIndex`. */
import type { AlternatePath } from "../vhca/verbs.ts"
import type { CommandOf } from "./command.ts"

/** The alternate path of a command; null when it has none of the keys. */
export const alternateOf = (
  { altPkeyIndex, altPort, altSgidIndex }: CommandOf<"verb">
): AlternatePath | null =>
  altPkeyIndex === undefined && altPort === undefined && altSgidIndex === undefined
    ? null
    : { pkeyIndex: altPkeyIndex ?? null, sgidIndex: altSgidIndex ?? null, port: altPort ?? null }
