/** The report of a soak as a page of Markdown: what `soak:merge` writes into a file that ends with `.md`. */
import { missingShards, type SoakReport } from "./report.ts"

const mebi = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

type Row = ReadonlyArray<string | number>

const rowText = (cells: Row): string => `| ${cells.join(" | ")} |`

const table = (head: Row, rows: ReadonlyArray<Row>): ReadonlyArray<string> =>
  [rowText(head), `|${"---|".repeat(head.length)}`, ...rows.map(rowText), ""]

const total = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, each) => sum + each, 0)

const memoryRows = ({ memory }: SoakReport) =>
  memory.map(({ growthBytes, mostBytes, samples, shard }) => {
    const most = Math.max(0, ...samples.map(({ bytes }) => bytes))
    const growth = growthBytes === null ? "too short a run to tell" : mebi(growthBytes)
    return [shard, samples.length, mebi(most), growth, mebi(mostBytes)]
  })

/** What was counted of one kind, the most frequent first, and what was never reached. */
const countsOf = (reached: SoakReport["reached"], kind: string): string => {
  const all = Object.entries(reached[kind] ?? {}).sort(([, a], [, b]) => b - a)
  const never = all.filter(([, count]) => count === 0).map(([name]) => name)
  const seen = all.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`).join(", ")
  return `- ${kind}: ${seen}${never.length === 0 ? "" : `; never: ${never.join(", ")}`}.`
}

const findings = ({ failures, moreFailures }: SoakReport): ReadonlyArray<string> =>
  failures.length === 0
    ? ["Nothing was found."]
    : [
      ...failures.map(({ about, batch, replay, text }) =>
        `- ${batch === null ? about : `batch ${batch}, ${about}`}: ${text.split("\n")[0]} Again: \`${replay}\``),
      ...(moreFailures === 0 ? [] : [`- ${moreFailures} more`])
    ]

/** The page; `startedAt` of the report gives its date. */
export const reportPage = (report: SoakReport): string => {
  const { batches, node, of, reached, seconds, seed, shards, startedAt, subjects } = report
  const counts = Object.entries(subjects)
  const missing = missingShards(report)
  const sums = (["batches", "sequences", "steps", "undecided"] as const)
    .map((key) => total(counts.map(([, each]) => each[key])))
  return [
    `# Soak, ${startedAt.slice(0, 10)}`,
    "",
    `Written by \`npm run soak:merge\`; what it counts is told in [soak](../soak.md). Seed ${seed}, ` +
    `shards ${shards.join(", ")} of ${of}, ${Math.round(seconds / 60)} minutes of all shards together, ` +
    `node ${node}, ${batches} batches.`,
    ...(missing.length === 0 ? [] : ["", `No report of shards ${missing.join(", ")}.`]),
    "",
    ...findings(report),
    "",
    ...table(
      ["subject", "batches", "sequences", "lines", "undecided"],
      [
        ...counts.map(([about, { batches, sequences, steps, undecided }]) => [about, batches, sequences, steps, undecided]),
        ["all", ...sums]
      ]
    ),
    ...table(["memory of shard", "samples", "most in use", "growth", "of at most"], memoryRows(report)),
    ...["commands", "outputs", "drops"].map((kind) => countsOf(reached, kind)),
    ""
  ].join("\n")
}
