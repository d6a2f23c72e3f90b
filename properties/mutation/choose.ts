/**
 * Chooses the pinned sequences anew, out of many: those that pass a place of the engine that few others pass, or
 * pass it more often. `node properties/mutation/choose.ts`, and then `npm run mutate:record`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { type Profiler, Session } from "node:inspector"
import { play } from "../generate.ts"
import { reference } from "../subject.ts"
import { recordedFile } from "./recorded.ts"
import { pinnedSubjects, scenarioNumber } from "./sequences.ts"

/** How many sequences of each subject are looked at. */
const CANDIDATES = Number(process.argv[2] ?? 200)
/** So many of the chosen pass each place, where so many do. */
const ENOUGH = 5
const MUX = new URL("../../impl/mux/", import.meta.url).href

const session = new Session()
session.connect()
session.post("Profiler.enable")
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })

/** The places of the engine that were passed since the last call, each with how often: once, a few times, often. */
const passed = (): ReadonlyArray<string> => {
  let result: ReadonlyArray<Profiler.ScriptCoverage> = []
  session.post("Profiler.takePreciseCoverage", (fault, taken) => {
    if (fault !== null) throw fault
    result = taken.result
  })
  return result.filter(({ url }) => url.startsWith(MUX)).flatMap(({ functions, url }) =>
    functions.flatMap(({ ranges }) =>
      ranges.filter(({ count }) => count > 0).flatMap(({ count, endOffset, startOffset }) => {
        const place = `${url.slice(MUX.length)} ${startOffset} ${endOffset}`
        return [place, `${place} x${Math.min(4, Math.floor(Math.log2(count) / 2))}`]
      })))
}

/** Whether enough others pass this: a place, or a place so often. */
const enoughOf = (place: string): number => (/ x\d$/.test(place) ? 1 : ENOUGH)

const candidates = pinnedSubjects.flatMap((about) =>
  Array.from({ length: CANDIDATES }, (_, number) => {
    const scenario = scenarioNumber(about, number)
    passed()
    play(scenario, reference())
    return { about, number, places: passed() }
  }))
/** How many of all pass a place; the rare ones decide first. */
const all = new Map<string, number>()
for (const { places } of candidates) for (const each of places) all.set(each, (all.get(each) ?? 0) + 1)
const worth = ({ places }: (typeof candidates)[number]): number =>
  places.reduce((sum, each) => sum + 1 / (all.get(each) ?? 1), 0)
const left = new Map(all)
/** From those worth least: who can go without leaving a place to fewer than are enough. */
const gone = candidates.toSorted((a, b) => worth(a) - worth(b)).filter(({ places }) => {
  if (places.some((each) => (left.get(each) ?? 0) <= enoughOf(each))) return false
  for (const each of places) left.set(each, (left.get(each) ?? 0) - 1)
  return true
})
const chosen = candidates.filter((each) => !gone.includes(each))

const file = recordedFile("sequences.json")
const { inputs } = JSON.parse(readFileSync(file, "utf8"))
const pinned = Object.fromEntries(pinnedSubjects.map((about) => [
  about,
  Object.fromEntries(chosen.filter((each) => each.about === about)
    .toSorted((a, b) => a.number - b.number).map(({ number }) => [number, ""]))
]))
writeFileSync(file, `${JSON.stringify({ pinned, inputs }, null, 1)}\n`)
for (const [about, numbers] of Object.entries(pinned)) console.log(about, Object.keys(numbers).length)
const few = [...all].filter(([place, count]) => enoughOf(place) > 1 && count < ENOUGH).length
console.log(`${chosen.length} of ${candidates.length}; ${few} places are passed by fewer than ${ENOUGH} of all`)
