import { expect, it } from "vitest"
import { aggregate, hostFacts, json, spread, table } from "../../impl/bench/report.ts"

const STALLED = Number.POSITIVE_INFINITY
const runs = [
  [{ name: "C ring", nsPerOp: 10 }, { name: "ring", nsPerOp: 30, ratioToC: 3 }],
  [{ name: "C ring", nsPerOp: 20 }, { name: "ring", nsPerOp: 20, ratioToC: 1 }],
  [{ name: "C ring", nsPerOp: STALLED }, { name: "ring", nsPerOp: 25, ratioToC: Number.NaN }]
]

it("a spread is the median and the extremes of the runs, a stalled one being the slowest", () => {
  expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 })
  expect(spread([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 })
  expect(spread([STALLED, 9, Number.NaN, 7])).toEqual({ median: 9, min: 7, max: STALLED })
  expect(spread([STALLED, 7])).toEqual({ median: STALLED, min: 7, max: STALLED })
  expect(spread([])).toEqual({ median: Number.NaN, min: Number.NaN, max: Number.NaN })
})

it("the ratio of a row is the median of the ratios of neighbours, and a row without C has none", () => {
  expect(aggregate("s", runs)).toEqual([
    { suite: "s", name: "C ring", nsPerOp: { median: 20, min: 10, max: STALLED } },
    {
      suite: "s",
      name: "ring",
      nsPerOp: { median: 25, min: 20, max: 30 },
      ratioToC: { median: 2, min: 1, max: 3 }
    }
  ])
  const noCompiler = [[{ name: "ring", nsPerOp: 30, ratioToC: "no cc" as const }]]
  expect(aggregate("s", noCompiler)[0]?.ratioToC).toBe("no cc")
})

it("the table aligns its columns, names the host and says what stalled or had no compiler", () => {
  const host = { ...hostFacts(undefined), cpu: "a processor", loadAverage: 0 }
  const stalled = [[{ name: "still", nsPerOp: STALLED, ratioToC: "no cc" as const }]]
  const text = table({ host, runs: 3, rows: [...aggregate("s", runs), ...aggregate("s", stalled)] })
  expect(text).toContain(`a processor, ${host.cores} cores`)
  expect(text).toContain(`node ${process.version}`)
  expect(text.split("\n").slice(4)).toEqual([
    "suite  what      ns/op           spread  ratio to C     spread",
    "s      C ring     20.0     10.0-stalled           -",
    "s      ring       25.0        20.0-30.0        2.00  1.00-3.00",
    "s      still   stalled  stalled-stalled       no cc"
  ])
  expect(JSON.parse(json({ host, runs: 3, rows: aggregate("s", stalled) }))).toMatchObject({
    rows: [{ nsPerOp: { median: null }, ratioToC: "no cc" }]
  })
})
