/** What a preset is: a small system of the model by a name, with what of it may be made larger. */
import type { Rules } from "../model/environment/event-system.ts"
import type { System } from "../model/explore.ts"
import type { RequirementId } from "../spec/requirements.ts"
import type { Scope } from "./scope.ts"

/** What of a preset may be changed; all are numbers of times or of things. */
export const PARAMETERS = [
  "vfs", "requests", "groups", "connections", "losses", "duplications", "resets"
] as const
/** The name of a parameter. */
export type Parameter = (typeof PARAMETERS)[number]
/** Some parameters, each 0 or more. */
export type Parameters = Readonly<Partial<Record<Parameter, number>>>
/** All parameters, of which a preset reads those that mean something in it. */
export type Values = Readonly<Record<Parameter, number>>

/** A wrong model that can be explored in the place of the right one. */
export interface PresetMutant {
  /** What it does wrong, to follow "a model that". */
  readonly title: string
  readonly breaks: RequirementId
}

/** A system to explore by a name. */
export interface Preset {
  /** Area and what happens, e.g. "subscriptions/losses". */
  readonly name: string
  /** The page of `spec/` it is about. */
  readonly area: string
  /** What happens in it, to follow "when". */
  readonly title: string
  readonly about: ReadonlyArray<RequirementId>
  /** Labels of transitions by which one sees that it gets where it should, with the parameters it has. */
  readonly reaches: ReadonlyArray<RegExp>
  /** The parameters that mean something in it, as they are unless given. */
  readonly parameters: Parameters
  /** Whether it takes too long for every test run. */
  readonly isLong: boolean
  readonly mutants: ReadonlyArray<PresetMutant>
  /**
   * The system with these parameters, by the model as it is or by the mutant of this title. A parameter that
   * means nothing here, one that is no number of times or leaves nothing to happen, and an unknown mutant throw a sentence.
   */
  readonly system: (parameters?: Parameters, mutant?: string) => System<unknown, string>
}

/** Rules of one kind: the model's, and wrong ones. */
export interface Family<R> {
  readonly rules: R
  readonly mutants: ReadonlyArray<PresetMutant & { readonly rules: R }>
}

/** A preset but for what its family adds. */
export interface Described<R> extends Omit<Preset, "area" | "mutants" | "system" | "isLong"> {
  readonly isLong?: boolean
  readonly build: (rules: R, values: Values) => System<unknown, string>
}

const NONE: Values =
  { vfs: 0, requests: 0, groups: 0, connections: 0, losses: 0, duplications: 0, resets: 0 }

/** A preset of a family; its area is the first part of its name. */
export const presetOf = <R>(family: Family<R>, { build, isLong = false, ...of }: Described<R>): Preset => ({
  ...of,
  area: of.name.slice(0, of.name.indexOf("/")),
  isLong,
  mutants: family.mutants.map(({ breaks, title }) => ({ breaks, title })),
  system: (parameters = {}, mutant) =>
    build(rulesOf(of.name, family, mutant), { ...NONE, ...of.parameters, ...checked(of, parameters) })
})

/** A scope without parameters as a preset. */
export const fixedPreset = (
  family: Family<Rules>, name: string, { about, reaches, system, title }: Scope
): Preset => presetOf(family, { name, title, about, reaches, parameters: {}, build: system })

const rulesOf = <R>(name: string, { mutants, rules }: Family<R>, mutant: string | undefined): R => {
  if (mutant === undefined) return rules
  const found = mutants.find(({ title }) => title === mutant)
  if (found) return found.rules
  throw new RangeError(`${name} has no mutant "${mutant}"; it has ${mutants.map(({ title }) => `"${title}"`).join(", ")}`)
}

const checked = ({ name, parameters: own }: Pick<Preset, "name" | "parameters">, given: Parameters): Parameters => {
  for (const parameter of PARAMETERS) {
    const value = given[parameter]
    if (value === undefined) continue
    if (own[parameter] === undefined) {
      const others = Object.keys(own).join(", ") || "none"
      throw new RangeError(`${parameter} means nothing in ${name}; its parameters are: ${others}`)
    }
    const least = VACUOUS_WITHOUT.includes(parameter) ? 1 : 0
    if (!Number.isSafeInteger(value) || value < least || value > MOST) {
      throw new RangeError(`${parameter} must be a whole number from ${least} to ${MOST}, not ${value}`)
    }
  }
  return given
}

/** More than anybody can wait for. */
const MOST = 64

/** Without any of these nothing happens, and of nothing all is right. */
const VACUOUS_WITHOUT: ReadonlyArray<Parameter> = ["vfs", "requests", "groups", "connections"]
