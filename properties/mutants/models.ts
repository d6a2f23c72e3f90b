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
  /** The preset that shows it first. */
  readonly preset: string
  /** How many states of it are looked at. */
  readonly states: number
  /** The names of the invariants that break in any of them, in the order of the alphabet. */
  readonly broken: ReadonlyArray<string>
}

/** At least so many states of a preset are looked at, if it has them; more where the first violation is farther. */
export const STATES_LEAST = 400
/** Few states of a preset are looked at before many, and all presets about a requirement before any other. */
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

/** Where to look, and how far, one after the other. */
const searchesFor = ({ breaks, presets: all, title }: WrongModel): ReadonlyArray<readonly [Preset, number]> => {
  if (all.every((preset) => isMadeFor(title, preset))) return all.map((preset) => [preset, ALL_STATES])
  const near = all.filter(({ about }) => about.includes(breaks))
  const far = all.filter((preset) => !near.includes(preset))
  return [near, far].flatMap((some) =>
    SEARCHED.flatMap((bound) => some.map((preset): readonly [Preset, number] => [preset, bound])))
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

/** Where a wrong model shows first, and all invariants of these names that break there; null if it lives. */
export const modelKill = (model: WrongModel, names: ReadonlySet<string>): ModelKill | null => {
  for (const [preset, bound] of searchesFor(model)) {
    const until = unlessOutOfIds(() => statesUntil(model, preset, names, bound))
    if (until === null) continue
    const states = Math.max(until, STATES_LEAST)
    const broken = unlessOutOfIds(() => brokenAmong(model.title, preset, names, states))
    if (broken !== null) return { title: model.title, preset: preset.name, states, broken }
  }
  return null
}
