/**
 * Policies for the freedom that the rules leave: with one of them the model is an implementation. Ids are drawn,
 * optional lives end early or late, sends are made at the first or the last moment allowed.
 */
import * as Result from "effect/Result"
import { type Choice, Chooser, type Draw, type IdSpace, type Question } from "../model/choice.ts"
import type { Event } from "../model/event.ts"
import type { Outcome } from "../model/outcome.ts"
import type { State } from "../model/state.ts"
import { stepBy } from "../model/step.ts"

/** How a PF context uses its freedom; whatever it says, the rules permit it. */
export interface ChoicePolicy {
  /** Decides what is left to chance, ids too: the same seed and commands give the same outputs. 32 bits. */
  readonly seed: number
  /** Fresh ids: any that are permitted, or always the smallest, which uses an id again as soon as it may be. */
  readonly ids: "random" | "smallest"
  /** When what may live on or end is found again: it has ended, it lives, or either. */
  readonly life: "shortest" | "longest" | "random"
  /** When in [due, due + slack] a send is made; within one `advance` at its due moment or as late as it may be. */
  readonly sends: "earliest" | "latest" | "random"
  /** Whether what may be full or have room is full. */
  readonly quotas: "small" | "large" | "random"
  /** Which of several, where nothing else is said: of the entries that may give way, of those that may have gone. */
  readonly among: "first" | "last" | "random"
  /** The order of the outputs of a line: as the model names them, or any that keeps that within each flow. */
  readonly order: "kept" | "permuted"
  /** Whether outputs stay back until the next `settle`, each then naming its line by `for`. */
  readonly held: boolean
  /** Whether drops are told. */
  readonly drops: "listed" | "omitted"
}

/** What most implementations do: random ids, everything at once, lives as long as they may be. */
export const plainPolicy = (seed: number): ChoicePolicy => ({
  seed, ids: "random", life: "longest", sends: "earliest", quotas: "large", among: "first", order: "kept", held: false,
  drops: "listed"
})

/** The contrarian: every freedom is used as unusually as its seed says, to show what others take for granted. */
export const contrarianPolicy = (seed: number, held = true): ChoicePolicy => {
  const random = randomOf(seed ^ 0x5bd1e995)
  const oneOf = <const A extends string>(...of: readonly [A, ...ReadonlyArray<A>]): A => of[random(of.length)] ?? of[0]
  return {
    seed,
    ids: oneOf("random", "smallest"),
    life: oneOf("shortest", "random", "longest"),
    sends: oneOf("latest", "random", "earliest"),
    quotas: oneOf("small", "random"),
    among: oneOf("last", "random"),
    order: "permuted",
    held,
    drops: "listed"
  }
}

/** Draws an integer in 0..below-1. */
export type Random = (below: number) => number

/** Numbers of a seed: a Weyl sequence with its bits mixed. Good enough to vary tests, and no more. */
export const randomOf = (seed: number): Random => {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x9e37_79b9) >>> 0
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0_aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a_2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) % below
  }
}

const DIGITS: Readonly<Record<IdSpace, number>> = { tid: 16, comm: 8, sidr: 8, qpn: 6 }
/** So many ids are tried before a space counts as used up. */
const TRIES = 100_000

const drawn = (policy: ChoicePolicy, random: Random): Draw => (space, permitted) => {
  for (let i = 0; i < TRIES; i++) {
    const id = policy.ids === "smallest"
      ? i.toString(16).padStart(DIGITS[space], "0")
      : Array.from({ length: DIGITS[space] }, () => random(16).toString(16)).join("")
    if (permitted(id)) return id
  }
  return undefined
}

/** Which alternative stands for the short life, the early send, the small quota; of one question both have a name. */
const NAMED = {
  life: { shortest: "forgotten", longest: "remembered" },
  sends: { earliest: "now", latest: "later" },
  quotas: { small: "full", large: "room" }
} as const

const answered = (
  { alternatives }: Extract<Question, { readonly _tag: "Among" }>, policy: ChoicePolicy, random: Random
): string => {
  const any = (): string => alternatives[random(alternatives.length)] ?? ""
  const named = (asked: string, names: Readonly<Record<string, string>>): string | null => {
    if (!alternatives.some((name) => Object.values(names).includes(name))) return null
    const name = names[asked]
    if (name === undefined) return any()
    // A quota that may be full or let one of several go: a large one lets go.
    return alternatives.includes(name) ? name : (alternatives.find((other) => !Object.values(names).includes(other)) ?? any())
  }
  const told = named(policy.life, NAMED.life) ?? named(policy.sends, NAMED.sends) ?? named(policy.quotas, NAMED.quotas)
  if (told !== null) return told
  return (policy.among === "random" ? any() : alternatives.at(policy.among === "first" ? 0 : -1)) ?? any()
}

/**
 * One step of the model with the choices of a policy; the text says why there is none: the event is not enabled.
 * Throws an Error where the model asks without end, or ids are used up.
 */
export const stepByPolicy = (
  state: State, event: Event, policy: ChoicePolicy, random: Random
): Result.Result<Outcome, string> => {
  let given: Choice = []
  for (let questions = 0; questions < 1000; questions++) {
    const result = stepBy(state, event, new Chooser(given, drawn(policy, random)))
    if (Result.isSuccess(result)) return Result.succeed(result.success)
    const rejection = result.failure
    if (rejection._tag === "NotEnabled") return Result.fail(rejection.why)
    if (rejection._tag === "TooLate") throw new Error(`${event._tag}: only ${rejection.latest} ms may pass before a send`)
    if (rejection.fault._tag !== "ChoiceTooShort") throw new Error(`${event._tag}: ${rejection.fault._tag}`)
    const { question } = rejection.fault
    if (question._tag === "FreshId") throw new Error(`${event._tag}: no fresh ${question.space} id is left`)
    given = [...given, answered(question, policy, random)]
  }
  throw new Error(`${event._tag} asks more than 1000 questions`)
}
