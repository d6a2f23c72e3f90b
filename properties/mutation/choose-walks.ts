/**
 * Chooses the recorded walks anew, out of many: those that pass a place of the model, but for its invariants, that few
 * others pass. `node properties/mutation/choose-walks.ts`, and then `npm run mutate:record`.
 */
import { writeFileSync } from "node:fs"
import { counts } from "../presets.counts.ts"
import { walkOf } from "./explorations.ts"
import { countedBelow, indispensable, isCount } from "./passing.ts"
import { recordedFile } from "./recorded.ts"

/** How many walks through each preset are looked at. */
const CANDIDATES = Number(process.argv[2] ?? 9)
/** So many of the chosen pass each place, where so many do. */
const ENOUGH = 3

const passed = countedBelow(new URL("../../model/", import.meta.url), (file) => !file.startsWith("invariants"))
const presets = Object.keys(counts)
const candidates = presets.flatMap((preset) => Array.from({ length: CANDIDATES }, (_, number) => {
  passed()
  walkOf(preset, number)
  return { preset, number, places: passed() }
}))
const chosen = indispensable(candidates, (place) => (isCount(place) ? 0 : ENOUGH))
const walks = Object.fromEntries(presets.map((preset) => {
  const numbers = chosen.filter((each) => each.preset === preset).map(({ number }) => number)
  return [preset, { first: "", walks: Object.fromEntries(numbers.map((number) => [number, ""])) }]
}))
writeFileSync(recordedFile("explorations.json"), `${JSON.stringify(walks, null, 1)}\n`)
console.log(`${chosen.length} of ${candidates.length}`)
