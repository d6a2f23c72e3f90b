/**
 * Chooses the pinned sequences anew, out of many: those that pass a place of the engine that few others pass, or
 * pass it more often. `node properties/mutation/choose.ts`, and then `npm run mutate:record`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { play } from "../generate.ts"
import { reference } from "../subject.ts"
import { countedBelow, indispensable, isCount, passes } from "./passing.ts"
import { recordedFile } from "./recorded.ts"
import { pinnedSubjects, scenarioNumber } from "./sequences.ts"

/** How many sequences of each subject are looked at. */
const CANDIDATES = Number(process.argv[2] ?? 200)
/** So many of the chosen pass each place, where so many do. */
const ENOUGH = 5

const passed = countedBelow(new URL("../../impl/mux/", import.meta.url))

/** Whether enough others pass this: a place, or a place so often. */
const enoughOf = (place: string): number => (isCount(place) ? 1 : ENOUGH)

const candidates = pinnedSubjects.flatMap((about) =>
  Array.from({ length: CANDIDATES }, (_, number) => {
    const scenario = scenarioNumber(about, number)
    passed()
    play(scenario, reference())
    return { about, number, places: passed() }
  }))
const chosen = indispensable(candidates, enoughOf)

const file = recordedFile("sequences.json")
const { inputs } = JSON.parse(readFileSync(file, "utf8"))
const pinned = Object.fromEntries(pinnedSubjects.map((about) => [
  about,
  Object.fromEntries(chosen.filter((each) => each.about === about)
    .toSorted((a, b) => a.number - b.number).map(({ number }) => [number, ""]))
]))
writeFileSync(file, `${JSON.stringify({ pinned, inputs }, null, 1)}\n`)
for (const [about, numbers] of Object.entries(pinned)) console.log(about, Object.keys(numbers).length)
const few = [...passes(candidates)].filter(([place, count]) => enoughOf(place) > 1 && count < ENOUGH).length
console.log(`${chosen.length} of ${candidates.length}; ${few} places are passed by fewer than ${ENOUGH} of all`)
