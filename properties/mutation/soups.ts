/**
 * The invariants over soups: what happens on walks through the presets of an area, in any order, some of it with one
 * thing wrong. An invariant that refuses something goes on as if it had not seen it, so all of them see everything.
 */
import type { Initial } from "../../model/initial.ts"
import { allInvariants } from "../../model/invariants-all.ts"
import { type Invariant, type Monitor, observeAll, type Observation } from "../../model/invariants.ts"
import { Digest } from "./digest.ts"
import { tampered } from "./tampering.ts"

/** How many observations a soup has. */
const STEPS = 120
/** One of so many is not what follows the one before, and one of so many has one thing wrong. */
const JUMPS = 4
const WRONG = 7

/** What happens in the presets of an area, one walk after the other. */
export interface Pot {
  readonly area: string
  readonly initial: Initial
  readonly observations: ReadonlyArray<Observation>
}

/** Invariants that are stirred: those of the area, by how its requirements are named, or of all others. */
const AREAS: Readonly<Record<string, string | undefined>> = {
  classes: "CLS", cm: "CM", events: "EV", fairness: "FAIR", guid: "GUID", lifecycle: "LIFE", "local-view": "VIEW",
  multicast: "MC", pkey: "PKEY", qp: "QP", "service-records": "SVC", steering: "STEER", subscriptions: "SUB", tid: "TID"
}

const nameOf = ({ requirement }: Invariant): string | undefined => requirement.split("-")[1]

/** The invariants for a pot; each fifth soup is of all others. */
const invariantsFor = ({ area, initial }: Pot, number: number): ReadonlyArray<Invariant> => {
  const isOwn = (each: Invariant): boolean => nameOf(each) === AREAS[area]
  return allInvariants(initial).filter((each) => isOwn(each) === (number % 5 !== 4))
}

/** Numbers that look as if by chance, always the same from one seed. */
const numbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 8
  }
}

/** All monitors after one more observation; who is broken by it or cannot read it stays as it was. */
const stirred = (
  monitors: ReadonlyArray<Monitor>, observation: Observation, digest: Digest
): ReadonlyArray<Monitor> => {
  const broken: Array<number> = []
  const next = monitors.map((monitor, n) => {
    try {
      const [after = monitor] = observeAll([monitor], observation)
      if (after.violation === undefined) return after
    } catch (fault) {
      if (!(fault instanceof TypeError || fault instanceof RangeError)) throw fault
    }
    broken.push(n)
    return monitor
  })
  digest.add(broken, next.map(({ memory }) => memory))
  return next
}

/** A digest of all that the invariants make of the soup of this number. */
export const soupOf = (pot: Pot, number: number): string => {
  const { observations } = pot
  const digest = new Digest()
  const next = numbers(number + 1)
  let monitors: ReadonlyArray<Monitor> = invariantsFor(pot, number).map((each) => each.start())
  let at = 0
  let before: Observation["actions"] = []
  for (let step = 0; step < STEPS; step += 1) {
    const draw = next()
    at = step > 0 && draw % JUMPS === 0 ? next() % observations.length : (at + 1) % observations.length
    const observation = observations[at]
    if (observation === undefined) continue
    const [wrong = observation] = draw % WRONG === 0 ? tampered(observation, before, 1, draw) : []
    monitors = stirred(monitors, wrong, digest)
    before = observation.actions
  }
  return digest.text
}
