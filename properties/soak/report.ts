/** The report of one shard of a soak as JSON, and the report of all of them together. */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { countText } from "../../impl/system/words.ts"
import { type Counts, countsText, merged } from "../statistics.ts"

/** The format of the report. */
export const SOAK_FORMAT = "madmux-soak/1"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Sample = Schema.Struct({ atSeconds: Schema.Finite, bytes: Schema.Finite })
const Failure = Schema.Struct({
  /** Number of the batch; null: it is about the whole run, as memory is. */
  batch: Schema.NullOr(Count),
  about: Schema.String,
  text: Schema.String,
  /** One command that plays it again. */
  replay: Schema.String,
  /** The shortest trace that shows it, as JSON lines; may be empty. */
  trace: Schema.String
})
const Subject = Schema.Struct({ batches: Count, sequences: Count, steps: Count, undecided: Count })

/** A report: of one shard, or of several together (then `shards` has more than one number). */
export const SoakReport = Schema.Struct({
  format: Schema.Literal(SOAK_FORMAT),
  seed: Count,
  /** The shards it tells of, 1..`of`. */
  shards: Schema.Array(Count),
  of: Count,
  startedAt: Schema.String,
  node: Schema.String,
  /** Seconds of all shards, added. */
  seconds: Schema.Finite,
  /**
   * Batches that were played, and by subject also their sequences, the lines of their traces, and how many sequences had
   * too many explanations to be judged to their end.
   */
  batches: Count,
  subjects: Schema.Record(Schema.String, Subject),
  reached: Schema.Record(Schema.String, Schema.Record(Schema.String, Count)),
  memory: Schema.Array(Schema.Struct({
    shard: Count,
    samples: Schema.Array(Sample),
    /** How much more was in use late than early; null: too short a run to tell. */
    growthBytes: Schema.NullOr(Schema.Finite),
    mostBytes: Schema.Finite
  })),
  failures: Schema.Array(Failure),
  /** Failures beyond those that are kept. */
  moreFailures: Count
})
export type SoakReport = typeof SoakReport.Type
export type SoakFailure = typeof Failure.Type

const decode = Schema.decodeUnknownResult(SoakReport)
const formatter = SchemaIssue.makeFormatterStandardSchemaV1()

/** Where a report is none, and what had to stand there. */
const issueText = (issue: SchemaIssue.Issue): string => {
  const [first] = formatter(issue).issues
  const keys = (first?.path ?? []).map((key) => String(typeof key === "object" ? key.key : key))
  const [what = "", ...more] = first?.message ?? "something else"
  return `${keys.length === 0 ? "" : `${keys.join(".")}: `}${what.toLowerCase()}${more.join("")}`
}

/** Reads a report. Fails with what is wrong with the text, and where. */
export const readReport = (text: string): Result.Result<SoakReport, string> => {
  try {
    const json: unknown = JSON.parse(text)
    return Result.mapError(decode(json), ({ issue }) => `this is no report of a soak: ${issueText(issue)}`)
  } catch (error) {
    return Result.fail(`this is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const total = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, each) => sum + each, 0)

const subjectsOf = (reports: ReadonlyArray<SoakReport>): SoakReport["subjects"] =>
  Object.fromEntries(
    [...new Set(reports.flatMap(({ subjects }) => Object.keys(subjects)))].map((about) => {
      const of = (key: keyof typeof Subject.Type) => total(reports.map(({ subjects }) => subjects[about]?.[key] ?? 0))
      const undecided = of("undecided")
      return [about, { batches: of("batches"), sequences: of("sequences"), steps: of("steps"), undecided }]
    })
  )

/** Adds the reports of shards of one soak. Fails where they are not of one soak, or one shard is there twice. */
export const mergeReports = (reports: ReadonlyArray<SoakReport>): Result.Result<SoakReport, string> => {
  const [first] = reports
  if (first === undefined) return Result.fail("there is no report to merge; name the files")
  const other = reports.find(({ of, seed }) => of !== first.of || seed !== first.seed)
  if (other !== undefined) {
    const name = ({ of, seed }: SoakReport): string => `seed ${seed} in ${of} shards`
    return Result.fail(`the reports are of two soaks: ${name(first)}, and ${name(other)}; merge those of one`)
  }
  const shards = reports.flatMap((report) => report.shards).sort((a, b) => a - b)
  const twice = shards.find((shard, i) => shards.indexOf(shard) < i)
  if (twice !== undefined) return Result.fail(`shard ${twice}/${first.of} is there twice; name each report once`)
  const counts: Counts = merged(reports.map(({ reached }) => reached))
  return Result.succeed({
    ...first,
    shards,
    startedAt: reports.map(({ startedAt }) => startedAt).sort()[0] ?? first.startedAt,
    node: [...new Set(reports.map(({ node }) => node))].join(" "),
    seconds: total(reports.map(({ seconds }) => seconds)),
    batches: total(reports.map(({ batches }) => batches)),
    subjects: subjectsOf(reports),
    reached: counts,
    memory: reports.flatMap(({ memory }) => memory),
    failures: reports.flatMap(({ failures }) => failures),
    moreFailures: total(reports.map(({ moreFailures }) => moreFailures))
  })
}

/** The shards that no report tells of. */
export const missingShards = ({ of, shards }: SoakReport): ReadonlyArray<number> =>
  Array.from({ length: of }, (_, i) => i + 1).filter((shard) => !shards.includes(shard))

const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const memoryText = ({ growthBytes, mostBytes, samples, shard }: SoakReport["memory"][number]): string => {
  const most = mebi(Math.max(0, ...samples.map(({ bytes }) => bytes)))
  const growth = growthBytes === null ? "too short a run to tell growth" : `growth ${mebi(growthBytes)} of at most ${mebi(mostBytes)}`
  return `memory, shard ${shard}: ${samples.length} samples, most ${most}, ${growth}`
}

/** A report as text for people. */
export const reportText = (report: SoakReport): string => {
  const { batches, failures, memory, moreFailures, of, reached, seconds, seed, shards, subjects } = report
  const missing = missingShards(report)
  const wrong = failures.length + moreFailures
  return [
    `soak of seed ${seed}, shards ${shards.join(" ")} of ${of}, ${Math.round(seconds)} s, ${countText(batches, "batch", "batches")}`,
    ...Object.entries(subjects).map(([about, count]) =>
      `  ${about}: ${count.batches} batches, ${count.sequences} sequences, ${count.steps} steps` +
      (count.undecided === 0 ? "" : `, ${count.undecided} undecided`)),
    countsText({ drops: reached["drops"] ?? {} }),
    ...memory.map(memoryText),
    ...(missing.length === 0 ? [] : [`no report of shards ${missing.join(" ")}`]),
    ...failures.map(({ about, batch, replay, text }) =>
      `FAILED ${batch === null ? about : `batch ${batch}, ${about}`}\n${text}\n  again: ${replay}`),
    wrong === 0 ? "nothing was found" : countText(wrong, "failure")
  ].join("\n")
}
