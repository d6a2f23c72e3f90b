/** Every wrong model there is, where it shows, and what invariants tell it when it is explored. */
import { explore, type System } from "../../model/explore.ts"
import type { RequirementId } from "../../spec/requirements.ts"
import type { Preset } from "../preset.ts"
import { cmMutants } from "../cm-mutants.ts"
import { multicastMutants } from "../multicast-mutants.ts"
import { presets } from "../presets.ts"

/** One wrong model with the presets it can be explored in. */
export interface WrongModel {
  /** What it does wrong: "a model that ..." or, of CM and multicast, a sentence. */
  readonly title: string
  readonly breaks: RequirementId
  readonly presets: ReadonlyArray<Preset>
}

/** What of a wrong model was explored, and what broke there. */
export interface ModelKill {
  readonly title: string
  /** The preset that shows it. */
  readonly preset: string
  /** How many states of it are looked at. */
  readonly states: number
  /** The names of the invariants that break in any of them, in the order of the alphabet. */
  readonly broken: ReadonlyArray<string>
}

/** At least so many states of a preset are looked at, if it has them; more where the first violation is farther. */
export const STATES_LEAST = 400
/** Few states of a preset are looked at before many. */
const SEARCHED = [100, STATES_LEAST, 2000] as const
/** More than a preset has that a mutant is made for. */
const ALL_STATES = 100_000

/** By title: the title of the preset a mutant is made for. */
const madeFor: ReadonlyMap<string, string> =
  new Map([...cmMutants, ...multicastMutants].map((each) => [each.title, each.in]))

const isMadeFor = (title: string, preset: Preset): boolean => madeFor.get(title) === preset.title

/** All wrong models, in the order of the presets. */
export const wrongModels: ReadonlyArray<WrongModel> = (() => {
  const found = new Map<string, { readonly breaks: RequirementId; readonly in: Array<Preset> }>()
  for (const preset of presets.filter(({ isLong }) => !isLong)) {
    for (const { breaks, title } of preset.mutants) {
      const entry = found.get(title) ?? { breaks, in: [] }
      entry.in.push(preset)
      found.set(title, entry)
    }
  }
  return [...found].map(([title, { breaks, in: all }]) => {
    const own = all.filter((preset) => isMadeFor(title, preset))
    return { title, breaks, presets: own.length > 0 ? own : all }
  })
})()

/** Where to look, one after the other, and how far: in presets about what is broken before any other. */
const searchesFor = ({ breaks, presets: all, title }: WrongModel): ReadonlyArray<readonly [ReadonlyArray<Preset>, ReadonlyArray<number>]> => {
  if (all.every((preset) => isMadeFor(title, preset))) return [[all, [ALL_STATES]]]
  const near = all.filter(({ about }) => about.includes(breaks))
  return [[near, SEARCHED], [all.filter((preset) => !near.includes(preset)), SEARCHED]]
}

/** "title (requirement): reason" of an invariant as spec/mutants.md names it; null for what is none. */
const nameIn = (violation: string): string | null => {
  const [, title, requirement] = /^(.+?) \((SQP-[A-Z]+-\d+)\): /.exec(violation) ?? []
  return title === undefined ? null : `${requirement} "${title}"`
}

/** The system without what ends its exploration, but for a bound and what `isOver` says of the violations so far. */
const watchedBy = (
  { initial, key, moves, numbered, violations }: System<unknown, string>,
  names: ReadonlySet<string>, broken: Set<string>, isOver: () => boolean
): System<unknown, string> => ({
  initial, key, moves, ...(numbered && { numbered }),
  violations: (state) => {
    for (const each of violations(state)) {
      const name = nameIn(each)
      if (name !== null && names.has(name)) broken.add(name)
    }
    return isOver() ? ["over"] : []
  }
})

/** The states up to the first that breaks the requirement; null if none does within the bound. */
const statesUntil = (
  model: WrongModel, preset: Preset, names: ReadonlySet<string>, maxStates: number
): number | null => {
  const broken = new Set<string>()
  const isFound = (): boolean => [...broken].some((name) => name.startsWith(`${model.breaks} `))
  const system = watchedBy(preset.system({}, model.title), names, broken, isFound)
  const { counterexample, states } = explore(system, { maxStates })
  return counterexample === null ? null : states
}

/** What breaks anywhere in so many states of a preset under a wrong model. */
export const brokenAmong = (
  title: string, preset: Preset, names: ReadonlySet<string>, states: number
): ReadonlyArray<string> => {
  const broken = new Set<string>()
  explore(watchedBy(preset.system({}, title), names, broken, () => false), { maxStates: states })
  return [...broken].sort()
}

/** A preset may have too few ids for what a wrong model draws: it tells nothing then. */
const unlessOutOfIds = <T>(run: () => T): T | null => {
  try {
    return run()
  } catch (error) {
    if (error instanceof Error && error.message.includes("no free id")) return null
    throw error
  }
}

/** How a wrong model shows in one preset; null if it does not within the bound. */
const killIn = (
  model: WrongModel, preset: Preset, names: ReadonlySet<string>, bound: number
): ModelKill | null => {
  const until = unlessOutOfIds(() => statesUntil(model, preset, names, bound))
  if (until === null) return null
  const states = Math.max(until, STATES_LEAST)
  const broken = unlessOutOfIds(() => brokenAmong(model.title, preset, names, states))
  return broken === null ? null : { title: model.title, preset: preset.name, states, broken }
}

/**
 * A preset in which a wrong model shows, and all invariants of these names that break there; null if it lives. Of all
 * presets that are about what is broken it is the one in which the fewest break, the first of them: what one tells
 * alone does not hang on the order of presets.
 */
export const modelKill = (model: WrongModel, names: ReadonlySet<string>): ModelKill | null => {
  for (const [presetsThere, bounds] of searchesFor(model)) {
    const kills = new Map<Preset, ModelKill>()
    for (const bound of bounds) {
      for (const preset of presetsThere) {
        const kill = kills.has(preset) ? null : killIn(model, preset, names, bound)
        if (kill !== null) kills.set(preset, kill)
        if (kill?.broken.length === 1) return kill
      }
    }
    const [fewest] = [...kills.values()].sort((a, b) => a.broken.length - b.broken.length)
    if (fewest !== undefined) return fewest
  }
  return null
}
