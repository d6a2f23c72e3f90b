/**
 * Invariants are readings of requirements over what can be observed: the inputs and outputs of a PF context,
 * never its state and never `step`. So they judge the model, our implementation and anybody's trace alike,
 * and the explorer can catch a wrong model by them alone.
 */
import type { RequirementId } from "../spec/requirements.ts"
import type { Action } from "./action.ts"
import type { Event } from "./event.ts"
import type { Rename, Renaming } from "./renaming.ts"

/** One observed step: what came in, and what went out because of it. */
export interface Observation {
  readonly event: Event
  readonly actions: ReadonlyArray<Action>
}

/** By how much later than where it stands what comes of an observation may have happened, in milliseconds. */
export const withinOf = ({ event }: Observation): number => (event._tag === "TimePasses" ? (event.within ?? 0) : 0)

/**
 * An invariant in progress: immutable, so an explorer can branch; `memory` is all it remembers, as plain
 * data.
 */
export interface Monitor {
  readonly invariant: Invariant
  readonly memory: unknown
  /** The reason in words, from the first violated step on. */
  readonly violation: string | undefined
  /** The monitor after one more observation. `one` may give another object for an equal memory. */
  readonly observe: (observation: Observation, one?: <T>(memory: T) => T) => Monitor
  /** The monitor of a history with its functions renamed. Throws a sentence where nobody said how. */
  readonly renamed: (by: Renaming) => Monitor
}

/** A requirement as a predicate over histories. */
export interface Invariant {
  readonly requirement: RequirementId
  /** The invariant as a full sentence. */
  readonly title: string
  readonly start: () => Monitor
}

/** What a step of an invariant says: go on with this memory, or the reason why it is violated. */
export type Verdict<M> = { readonly memory: M } | { readonly violation: string }

const taken = new WeakMap<Observation, Observation>()

/**
 * An observation as those see it who do not care for room: a MAD that waits has not happened yet, one that is
 * taken happens then. Null where nothing happens.
 */
const whenTaken = (observation: Observation): Observation | null => {
  const { actions, event } = observation
  if (event._tag !== "Taken") return event._tag === "Egress" && isWithheld(actions) ? null : observation
  const known = taken.get(observation) ?? { event: event.egress, actions }
  taken.set(observation, known)
  return known
}

const isWithheld = (actions: Observation["actions"]): boolean =>
  actions.some(({ _tag }) => _tag === "Defer" || _tag === "Answer")

/**
 * Defines an invariant by what it remembers and how one observation changes that. It sees the MADs of
 * functions when they are taken. `rename` says how functions are renamed in what it remembers; without it the
 * invariant cannot watch an exploration that counts states with functions in each other's places as one.
 */
export const invariant = <M>(
  requirement: RequirementId,
  title: string,
  initial: M,
  observe: (memory: M, observation: Observation) => Verdict<M>,
  rename?: Rename<M>
): Invariant =>
  postedInvariant(requirement, title, initial, (memory, observation) => {
    const seen = whenTaken(observation)
    return seen === null ? { memory } : observe(memory, seen)
  }, rename)

/** An invariant that sees the MADs of functions when they are posted, and again when they are taken. */
const postedInvariant = <M>(
  requirement: RequirementId,
  title: string,
  initial: M,
  observe: (memory: M, observation: Observation) => Verdict<M>,
  rename: Rename<M> = () => {
    throw new Error(`nobody said how the functions in what "${title}" remembers are renamed`)
  }
): Invariant => {
  const self: Invariant = { requirement, title, start: () => new Watching(self, { observe, rename }, initial) }
  return self
}

/** How an invariant judges, and how functions are renamed in what it remembers. */
interface Judgement<M> {
  readonly observe: (memory: M, observation: Observation) => Verdict<M>
  readonly rename: Rename<M>
}

/** A monitor that saw no violation so far. A class, because a long trace makes a hundred of them a line. */
class Watching<M> implements Monitor {
  readonly invariant: Invariant
  readonly memory: M
  readonly violation = undefined
  readonly #judge: Judgement<M>

  constructor(of: Invariant, judge: Judgement<M>, memory: M) {
    this.invariant = of
    this.#judge = judge
    this.memory = memory
  }

  observe(observation: Observation, one: <T>(memory: T) => T = (same) => same): Monitor {
    const verdict = this.#judge.observe(this.memory, observation)
    return "violation" in verdict ? violated(this, verdict.violation) : this.#with(one(verdict.memory))
  }

  renamed(by: Renaming): Monitor {
    return this.#with(this.#judge.rename(this.memory, by))
  }

  #with(memory: M): Monitor {
    return memory === this.memory ? this : new Watching(this.invariant, this.#judge, memory)
  }
}

/** A monitor that saw one, and looks no farther. */
const violated = ({ invariant: of, memory }: Monitor, violation: string): Monitor => {
  const stuck: Monitor = { invariant: of, memory, violation, observe: () => stuck, renamed: () => stuck }
  return stuck
}

/**
 * The same function, which knows its last answer: invariants that share a memory ask the same thing one after the other, for
 * each observation anew.
 */
export const askedAgain = <M, T>(
  compute: (memory: M, observation: Observation) => T
): ((memory: M, observation: Observation) => T) => {
  let last: { readonly memory: M; readonly observation: Observation; readonly answer: T } | null = null
  return (memory, observation) => {
    if (last?.observation === observation && last.memory === memory) return last.answer
    const answer = compute(memory, observation)
    last = { memory, observation, answer }
    return answer
  }
}

/**
 * Invariants that remember the same thing: `next` says how it changes, each invariant only what is wrong with
 * an observation, given what was remembered before it. It is computed once, so an explorer holds it once.
 */
export const invariantsOver = <M extends object>(
  initial: M,
  next: (memory: M, observation: Observation) => M,
  rename?: Rename<M>
): Judge<M> => judging(initial, next, invariant, rename)

/** Like {@link invariantsOver}, for invariants that see MADs posted and taken. */
export const postedInvariantsOver = <M extends object>(
  initial: M,
  next: (memory: M, observation: Observation) => M,
  rename?: Rename<M>
): Judge<M> => judging(initial, next, postedInvariant, rename)

type Judge<M> = (
  requirement: RequirementId,
  title: string,
  wrong: (memory: M, observation: Observation) => string | undefined
) => Invariant

const judging = <M extends object>(
  initial: M,
  next: (memory: M, observation: Observation) => M,
  define: typeof invariant<M>,
  rename: Rename<M> | undefined
): Judge<M> => {
  const after = askedAgain(next)
  return (requirement, title, wrong) =>
    define(requirement, title, initial, (memory, observation) => {
      const violation = wrong(memory, observation)
      return violation === undefined ? { memory: after(memory, observation) } : { violation }
    }, rename)
}

/** All monitors after one more observation. */
export const observeAll = (
  monitors: ReadonlyArray<Monitor>,
  observation: Observation
): ReadonlyArray<Monitor> => monitors.map((monitor) => monitor.observe(observation))

const texts = new WeakMap<object, string>()

const textOf = (memory: unknown): string => {
  if (typeof memory !== "object" || memory === null) return JSON.stringify(memory) ?? ""
  const known = texts.get(memory)
  if (known !== undefined) return known
  const text = JSON.stringify(memory)
  texts.set(memory, text)
  return text
}

/**
 * What all monitors remember and what is violated, as a key for an explorer; what several share is named
 * once.
 */
export const memoryKey = (monitors: ReadonlyArray<Monitor>): string =>
  [...new Set(monitors.map(({ memory }) => memory))].map(textOf).concat(violations(monitors)).join()

/** The violations so far, each as "title (requirement): reason". */
export const violations = (monitors: ReadonlyArray<Monitor>): ReadonlyArray<string> =>
  monitors.flatMap(({ invariant: { requirement, title }, violation }) =>
    violation === undefined ? [] : [`${title} (${requirement}): ${violation}`]
  )

/** Runs invariants over a whole history. */
export const violationsOf = (
  invariants: ReadonlyArray<Invariant>,
  history: ReadonlyArray<Observation>
): ReadonlyArray<string> =>
  violations(history.reduce(observeAll, invariants.map((each) => each.start())))
