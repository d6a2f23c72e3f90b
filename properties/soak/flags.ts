/** The flags of `npm run soak`. */
import { parseArgs } from "node:util"
import * as Result from "effect/Result"

/** What a soak was asked for. */
export interface SoakFlags {
  readonly help: boolean
  readonly minutes: number
  readonly seed: number
  readonly shard: readonly [shard: number, of: number]
  readonly sequences: number
  /** Only this batch; null: all of the shard. */
  readonly batch: number | null
  /** Where the report goes; null: nowhere. */
  readonly report: string | null
}

/** The largest seed. */
export const SOAK_SEED_MAX = 0x7fff_ffff

/** What `npm run soak -- --help` says. */
export const SOAK_HELP = `npm run soak -- [FLAGS]
Random sequences and runs on the embedded fabric against the model, until the time is over.

  --minutes M      how long, 0.01..10080 (default 10)
  --seed S         0..${SOAK_SEED_MAX} (drawn and printed by default)
  --shard I/N      of N shards that divide the batches of a seed this is the I-th (default 1/1)
  --sequences K    sequences of a batch, 1..1000 (default 10)
  --batch B        plays batch B alone: how a failure is seen again
  --report FILE    writes the report of this shard, JSON; npm run soak:merge -- FILE.. adds them
  --help

Exit codes: 0 nothing was found, 1 usage, 2 something was found, 3 the report cannot be written.`

const options = {
  help: { type: "boolean" }, minutes: { type: "string" }, seed: { type: "string" }, shard: { type: "string" },
  sequences: { type: "string" }, batch: { type: "string" }, report: { type: "string" }
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"]

class Refused extends Error {}

/** A number in a range, or Refused with what and where. */
const numberOf = (name: string, text: string, least: number, most: number, whole = true): number => {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new Refused(`--${name} ${text} is no ${whole ? "integer" : "number"} in ${least}..${most}`)
  }
  return value
}

const shardOf = (text: string): readonly [number, number] => {
  const [, i = "", n = ""] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  if (i === "") throw new Refused(`--shard ${text} is not I/N, as in 2/8`)
  const of = numberOf("shard", n, 1, 4096)
  return [numberOf("shard", i, 1, of), of]
}

const flagsOf = ({ batch, help = false, minutes = "10", report, seed, sequences = "10", shard = "1/1" }: Values): SoakFlags => ({
  help,
  minutes: numberOf("minutes", minutes, 0.01, 10_080, false),
  seed: seed === undefined ? Math.trunc(Math.random() * SOAK_SEED_MAX) : numberOf("seed", seed, 0, SOAK_SEED_MAX),
  shard: shardOf(shard),
  sequences: numberOf("sequences", sequences, 1, 1000),
  batch: batch === undefined ? null : numberOf("batch", batch, 0, Number.MAX_SAFE_INTEGER),
  report: report ?? null
})

/** Reads the arguments of `npm run soak`. Fails with what is wrong with them. */
export const soakFlags = (args: ReadonlyArray<string>): Result.Result<SoakFlags, string> => {
  try {
    return Result.succeed(flagsOf(parseArgs({ args: [...args], options, allowPositionals: false }).values))
  } catch (error) {
    return Result.fail(error instanceof Error ? error.message : String(error))
  }
}
