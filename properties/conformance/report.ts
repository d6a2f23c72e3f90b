/** What the conformance kit found, for people and for build servers. */
import { countText } from "../../impl/system/words.ts"
import type { Line } from "../../impl/trace/line.ts"
import { violationText } from "../verdict.ts"
import { waivedTexts } from "../waivers.ts"
import { chartOf } from "./chart.ts"
import { type AreaReport, type ConformanceReport, type Finding, meantBy } from "./conformance.ts"
import { faultKinds } from "./fault.ts"

/** The inputs of a run alone: a trace that does it again on any implementation. */
export const inputsOnly = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
  lines.map(({ in: command, n }) => ({ n, in: command }))

const indented = (texts: ReadonlyArray<string>): ReadonlyArray<string> => texts.map((text) => `  ${text}`)

/** What is wrong, in a few lines: of a violation what and which rules, of a fault what the subject did. */
export const outcomeText = ({ outcome }: Pick<Finding, "outcome">): string => {
  if (outcome._tag === "violation") return violationText(outcome.violation)
  const { kind, message, stderr } = outcome.fault
  const said = stderr.length === 0 ? [] : ["its last lines on standard error:", ...indented(stderr)]
  return [`${kind}: the implementation ${faultKinds[kind]}; it ${message}`, ...indented(said)].join("\n")
}

/** A failing sequence for people: what is wrong, the chart, how short it is. */
export const findingText = (finding: Finding): string => {
  const { attempts, drawn, lines, repeats, run } = finding
  const short = repeats
    ? `${countText(lines.length, "line")}, of ${drawn} that were drawn (${countText(attempts, "run")} to make it short)`
    : attempts === 0
      ? `${countText(lines.length, "line")}, not made shorter`
      : `${countText(lines.length, "line")}; the same inputs did not fail the same way again`
  return [`sequence ${run}: ${short}`, outcomeText(finding), "", ...chartOf(meantBy(lines))].join("\n")
}

/** An area in one line: name, verdict, how much was done. */
export const areaRow = ({ area, lines, runs, verdict }: AreaReport): ReadonlyArray<string> => [
  area, String(runs), String(lines), verdict
]

const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, "?")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;")

const caseOf = (report: AreaReport): string => {
  const name = `<testcase classname="madmux.conform" name="${escaped(report.area)}"`
  const { finding, undecided } = report
  const waived = waivedTexts(report.waived).map(escaped)
  const waivedTold = waived.length === 0 ? [] : [`      <system-out>${waived.join("\n")}</system-out>`]
  if (finding === null && undecided.length === 0)
    return waived.length === 0 ? `    ${name}/>` : [`    ${name}>`, ...waivedTold, "    </testcase>"].join("\n")
  const [element, message, text] =
    finding === null
      ? ["failure", "undecided", undecided.join("\n")]
      : finding.outcome._tag === "fault"
        ? ["error", finding.outcome.fault.message, findingText(finding)]
        : ["failure", finding.outcome.violation.texts[0] ?? "violation", findingText(finding)]
  return [
    `    ${name}>`,
    `      <${element} message="${escaped(message)}" type="${report.verdict}">${escaped(text)}</${element}>`,
    ...waivedTold,
    "    </testcase>"
  ].join("\n")
}

/** The report as JUnit XML, an area a test case; a fault of the subject is an error, all else that is wrong a failure. */
export const junitOf = ({ allow, areas, seed, verdict }: ConformanceReport): string => {
  const errors = areas.filter((area) => area.verdict === "fault").length
  const failures = areas.filter((area) => area.verdict !== "allowed").length - errors
  const counts = `tests="${areas.length}" failures="${failures}" errors="${errors}"`
  return [
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    `<testsuites ${counts}>`,
    `  <testsuite name="madmux conform" ${counts}>`,
    "    <properties>",
    `      <property name="seed" value="${seed}"/>`,
    `      <property name="verdict" value="${verdict}"/>`,
    ...(allow.length === 0 ? [] : [`      <property name="allow" value="${allow.join(",")}"/>`]),
    "    </properties>",
    ...areas.map(caseOf),
    "  </testsuite>",
    "</testsuites>",
    ""
  ].join("\n")
}

/** A finding as data: an outcome, and the run line by line. */
const findingData = ({ outcome, ...rest }: Finding) => ({
  ...rest,
  outcome:
    outcome._tag === "violation"
      ? outcome
      : { _tag: outcome._tag, kind: outcome.fault.kind, message: outcome.fault.message, stderr: outcome.fault.stderr }
})

/** The report as data for `JSON.stringify`. */
export const reportData = ({ areas, ...rest }: ConformanceReport) => ({
  ...rest,
  areas: areas.map((area) => ({ ...area, finding: area.finding && findingData(area.finding) }))
})
