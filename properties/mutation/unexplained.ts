/**
 * The survivors nobody has looked at yet, with the lines around them, for somebody to read:
 * `node properties/mutation/unexplained.ts REPORT [FILE]...`.
 */
import { filesOf, type FileReport, survivorsOf } from "./survivors.ts"

const AROUND = 2

const shown = (file: string, report: FileReport): ReadonlyArray<string> => {
  const lines = report.source.split("\n")
  const alive = survivorsOf(file, report).filter(({ explanation }) => explanation === undefined)
  const places = Map.groupBy(alive, ({ at }) => at)
  return [...places].flatMap(([at, survivors]) => [
    "", `${file}:${at}`,
    ...lines.slice(Math.max(0, at - 1 - AROUND), at + AROUND).map((line) => `    ${line}`),
    ...survivors.map(({ becomes, isCovered, was }) =>
      `  ${isCovered ? "lives" : "not covered"}: ${JSON.stringify(was)} -> ${JSON.stringify(becomes)}`)
  ])
}

const [report, ...only] = process.argv.slice(2)
if (report === undefined) {
  console.error("of which report? for example: node properties/mutation/unexplained.ts sys-mutate/report.json")
  process.exitCode = 1
} else {
  for (const [file, found] of filesOf([report])) {
    if (only.length > 0 && !only.includes(file)) continue
    for (const line of shown(file, found)) console.log(line)
  }
}
