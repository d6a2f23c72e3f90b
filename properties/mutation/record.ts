/**
 * Records anew what the tests of this folder compare with: run it when a change of behaviour was meant. The ways of wrong
 * models, which take long to find, only with the word `paths`: when events or actions have another form.
 */
import { writeFileSync } from "node:fs"
import fc from "fast-check"
import { explore } from "../../model/explore.ts"
import type { Observation } from "../../model/invariants.ts"
import { play, replay, scenariosAbout, subjects } from "../generate.ts"
import { mutants } from "../mutants/all.ts"
import { recordedAlone } from "../mutants/alone-record.ts"
import { finelyDone, fineRun } from "../mutants/kill.ts"
import { loadMutant } from "../mutants/load.ts"
import { recorded } from "../mutants/results.ts"
import { counts } from "../presets.counts.ts"
import { presetNamed, presets } from "../presets.ts"
import { small } from "../small-world.ts"
import { reference } from "../subject.ts"
import { alarmsOf, beginnings, historyOf, type NamedHistory } from "./alarms.ts"
import { explorationOf, observedOn, walkOf } from "./explorations.ts"
import { inputsIn, type Named, recordedFile, recordedPaths, recordedPots, recordedWalks } from "./recorded.ts"
import { fingerprint, played, recordedSequences, replayed, scenarioNumber } from "./sequences.ts"
import { type Pot, soupOf } from "./soups.ts"
import { SHORT, verdictsOf } from "./verdicts.ts"

/** How many histories are kept of each subject, and how long the sequences are that they come from. */
const HISTORIES = 4
const HISTORY_MOVES = 24

/** How many observations of the presets of an area are put into one pot, and how many soups are made of it. */
const POT = 160
const SOUPS = 30

const write = (file: string, texts: ReadonlyArray<string>): void => {
  writeFileSync(recordedFile(file), texts.map((text) => `${text}\n`).join(""))
  console.log(`${file}: ${texts.length}`)
}
const writeTexts = (file: string, entries: ReadonlyArray<readonly [string, unknown]>): void =>
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

/** The shortest way on which an invariant breaks in each wrong model, in the preset that is recorded of it. */
const pathsAnew = () => recordedAlone().models.flatMap(({ preset, states, title }): ReadonlyArray<NamedHistory> => {
  const system = presetNamed(preset).system({}, title)
  const { counterexample } = explore(system, { maxStates: states })
  if (!counterexample || !system.context) return []
  const { before, initial } = system.context
  const seen = counterexample.moves.flatMap(({ observation }) => observation ?? [])
  return [{ name: title, initial, history: [...before, ...seen] }]
})

/** What happens on some walks through all presets of an area, from its beginning with the most functions. */
const pots = [...Map.groupBy(presets.filter(({ isLong }) => !isLong), ({ area }) => area)].map(([area, of]): Pot => {
  const beginnings = of.flatMap(({ system }) => system().context?.initial ?? [])
  const [initial] = beginnings.toSorted((a, b) => b.guids.length - a.guids.length)
  if (initial === undefined) throw new Error(`no preset of ${area} has a PF context`)
  const observations: Array<Observation> = []
  for (let number = 0; observations.length < POT; number += 1) {
    for (const { name } of of) if (observations.length < POT) observations.push(...observedOn(name, number))
  }
  return { area, initial, observations }
})

write("pots.jsonl", pots.map((each) => JSON.stringify(each)))
writeTexts("soups.json", recordedPots().map((pot) =>
  [pot.area, Array.from({ length: SOUPS }, (_, number) => soupOf(pot, number))] as const))
if (process.argv.includes("paths")) write("paths.jsonl", pathsAnew().map((each) => JSON.stringify(each)))
write("histories.jsonl", histories.map((each) => JSON.stringify(each)))
write("wrong.jsonl", wrong.map((each) => JSON.stringify(each)))
writeTexts("alarms.json", [
  ["the beginnings", beginnings(small())],
  ...[...histories, ...wrong].map((each) => [each.name, alarmsOf(historyOf(each))] as const),
  // As they are read again: invariants tell apart what is the same object and what is only equal.
  ...recordedPaths().map((each) => [each.name, alarmsOf(each, true)] as const)
])
writeTexts("verdicts.json", [
  ...histories.map((each) => [each.name, verdictsOf(each, { tampers: each.lines.length < SHORT })] as const),
  ...wrong.map((each) => [each.name, verdictsOf(each, { tampers: false })] as const)
])
const walked = recordedWalks()
writeTexts("explorations.json", Object.keys(counts).map((name) => {
  const numbers = Object.keys(walked[name]?.walks ?? { 0: "" })
  const walks = Object.fromEntries(numbers.map((number) => [number, walkOf(name, Number(number))]))
  return [name, { first: explorationOf(name), walks }] as const
}))
const { pinned } = recordedSequences()
write("sequences.json", JSON.stringify({
  pinned: Object.fromEntries(Object.entries(pinned).map(([about, fingerprints]) => [
    about,
    Object.fromEntries(Object.keys(fingerprints).map((number) =>
      [number, fingerprint(played(scenarioNumber(about, Number(number))))]))
  ])),
  inputs: Object.fromEntries([...inputsIn("regressions"), ...inputsIn("mutants/traces")].map(({ lines, name }) =>
    [name, fingerprint(replayed(lines))]))
}, null, 1).split("\n"))
