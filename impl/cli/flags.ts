/** Flags that several commands share. */
import { Flag, GlobalFlag } from "effect/cli"

/** `--json`, with or without a subcommand: one JSON document on standard output, for machines. */
export const Json = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON document, for machines; errors too"),
    Flag.withDefault(false)
  )
})

/** The largest seed: 32 bits. */
export const SEED_MAX = 0xffff_ffff
