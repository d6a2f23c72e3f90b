/** Which presets tell which wrong models, and the table of it (`properties/presets.tells.ts`). */
import { explore } from "../../model/explore.ts"
import { requirements } from "../../spec/requirements.ts"
import type { Preset, PresetMutant } from "../preset.ts"

/** So many states of a preset are looked at for the table, nearest first. */
export const TELLS_STATES = 300

/** Whether a preset is about what a wrong model breaks: it is of that area, or says so. */
export const isAbout = ({ about, area }: Preset, { breaks }: PresetMutant): boolean =>
  about.includes(breaks) || requirements[breaks].area === area

/** Whether one of the nearest states of a preset is wrong by a wrong model, or none is quiet where these are all. */
export const isTold = (preset: Preset, title: string, maxStates = TELLS_STATES): boolean => {
  try {
    return explore(preset.system({}, title), { maxStates }).counterexample !== null
  } catch (error) {
    // A preset may have too few ids for what a wrong model draws: it tells nothing then.
    if (error instanceof Error && error.message.includes("no free id")) return false
    throw error
  }
}

const WIDTH = 110

/** Names between brackets, as many on a line as there is room for. */
const wrapped = (names: ReadonlyArray<string>): string => {
  const lines: Array<string> = []
  for (const name of names) {
    const last = lines.at(-1)
    const longer = `${last ?? "   "} ${JSON.stringify(name)},`
    if (last !== undefined && longer.length <= WIDTH) lines[lines.length - 1] = longer
    else lines.push(`    ${JSON.stringify(name)},`)
  }
  return lines.join("\n").replace(/,$/, "")
}

/** The source of the table: by the title of a wrong model the names of the presets that tell it. */
export const tellsSource = (tells: ReadonlyMap<string, ReadonlyArray<string>>): string => {
  const rows = [...tells].map(([title, presets]) => `  ${JSON.stringify(title)}: [\n${wrapped(presets)}\n  ]`)
  return `/**
 * By the title of a wrong model: the presets about what it breaks among whose ${TELLS_STATES} nearest states one is wrong by
 * it, and the one that is known to tell it first (spec/mutants.md). Written by \`npm run explore:all -- --tells\`.
 */
export const tells: Readonly<Record<string, ReadonlyArray<string> | undefined>> = {
${rows.join(",\n")}
}
`
}
