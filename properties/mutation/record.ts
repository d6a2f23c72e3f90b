/** Records anew what the tests of this folder compare with: run it when a change of behaviour was meant. */
import { writeFileSync } from "node:fs"
import fc from "fast-check"
import { play, replay, scenariosAbout, subjects } from "../generate.ts"
import { mutants } from "../mutants/all.ts"
import { finelyDone, fineRun } from "../mutants/kill.ts"
import { loadMutant } from "../mutants/load.ts"
import { recorded } from "../mutants/results.ts"
import { counts } from "../presets.counts.ts"
import { reference } from "../subject.ts"
import { alarmsOf } from "./alarms.ts"
import { explorationOf } from "./explorations.ts"
import { inputsIn, type Named, recordedFile } from "./recorded.ts"
import { fingerprint, scenarioNumber, SEQUENCES } from "./sequences.ts"
import { SHORT, verdictsOf } from "./verdicts.ts"

/** How many histories are kept of each subject, and how long the sequences are that they come from. */
const HISTORIES = 4
const HISTORY_MOVES = 24

const write = (file: string, texts: ReadonlyArray<string>): void => {
  writeFileSync(recordedFile(file), texts.map((text) => `${text}\n`).join(""))
  console.log(`${file}: ${texts.length}`)
}
const writeTexts = (file: string, entries: ReadonlyArray<readonly [string, ReadonlyArray<string>]>): void =>
  write(file, JSON.stringify(Object.fromEntries(entries), null, 1).split("\n"))

const histories: ReadonlyArray<Named> = [
  ...inputsIn("regressions").map(({ lines, name }) =>
    ({ name, lines: finelyDone(reference(), (subject) => replay(lines, subject)) })),
  ...mutants.flatMap(({ name }) => {
    const inputs = recorded(name)
    if (inputs === null) return []
    const lines = finelyDone(reference(), (subject) => replay(inputs, subject))
    return [{ name: `right: ${name}`, lines }]
  }),
  ...subjects.flatMap((about) =>
    fc.sample(scenariosAbout(about, HISTORY_MOVES), {
      numRuns: HISTORIES, seed: 1001 + subjects.indexOf(about)
    })
      .map((scenario, i) => ({
        name: `${about} ${i + 1}`, lines: finelyDone(reference(), (subject) => play(scenario, subject))
      })))
]
const wrong: Array<Named> = []
for (const mutant of mutants) {
  const inputs = recorded(mutant.name)
  if (inputs === null) continue
  const make = await loadMutant(mutant)
  wrong.push({ name: `wrong: ${mutant.name}`, lines: fineRun(inputs, make()) })
}

write("histories.jsonl", histories.map((each) => JSON.stringify(each)))
write("wrong.jsonl", wrong.map((each) => JSON.stringify(each)))
writeTexts("alarms.json", [...histories, ...wrong].map((each) => [each.name, alarmsOf(each)] as const))
writeTexts("verdicts.json", [
  ...histories.map((each) => [each.name, verdictsOf(each, { tampers: each.lines.length < SHORT })] as const),
  ...wrong.map((each) => [each.name, verdictsOf(each, { tampers: false })] as const)
])
writeTexts("explorations.json", Object.keys(counts).map((name) => [name, explorationOf(name)] as const))
writeTexts("sequences.json", [
  ...subjects.map((about) => {
    const traces = Array.from({ length: SEQUENCES }, (_, i) => play(scenarioNumber(about, i), reference()))
    return [about, traces.map(fingerprint)] as const
  }),
  ...[...inputsIn("regressions"), ...inputsIn("mutants/traces")].map(({ lines, name }) =>
    [name, [fingerprint(replay(lines, reference()))]] as const)
])
