/** Flags that several commands share. */
import { Flag } from "effect/cli"

/** `--json`: one JSON document on standard output, for machines. */
export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON for machines"),
  Flag.withDefault(false)
)

/** The largest seed: 32 bits. */
export const SEED_MAX = 0xffff_ffff
