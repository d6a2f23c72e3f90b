/**
 * The invariants over soups: what happens on walks through the presets of an area, in any order, much of it changed, and
 * with actions that belong to something else. An invariant that refuses something goes on as if it had not seen it, so
 * all of them see everything.
 */
import type { Initial } from "../../model/initial.ts"
import { allInvariants } from "../../model/invariants-all.ts"
import { type Invariant, type Monitor, observeAll, type Observation } from "../../model/invariants.ts"
import { Digest } from "./digest.ts"
import { changed, tampered } from "./tampering.ts"

/** How many observations a soup has. */
const STEPS = 200
/** One of so many is not what follows the one before; one of so many is as it was, the others are stirred. */
const JUMPS = 3
const PLAIN = 3

type Actions = Observation["actions"]

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

type Draw = () => number

/** Numbers that look as if by chance, always the same from one seed. */
const numbers = (seed: number): Draw => {
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

/** One of these. */
const oneOf = <T>(all: ReadonlyArray<T>, next: Draw): T | undefined => all[next() % all.length]

/** The value, changed in one place or two, or as it is. */
const perhapsChanged = <T>(value: T, next: Draw): T => {
  const draw = next() % 6
  if (draw > 2) return value
  const [once = value] = changed(value, 1, next())
  if (draw > 0) return once
  const [twice = once] = changed(once, 1, next())
  return twice
}

/** What is done in one observation, in another, in both, or something that is wrong: and some of it changed. */
const otherActions = (own: Observation, { actions: others }: Observation, next: Draw): Actions => {
  const { actions } = own
  const [wrong = own] = tampered(own, others, 2, next())
  const whole = [
    actions, actions, wrong.actions, others, [...actions, ...others.slice(0, 1)], [...others, ...actions]
  ]
  return (oneOf(whole, next) ?? actions).map((action) => perhapsChanged(action, next))
}

/** A digest of all that the invariants make of the soup of this number. */
export const soupOf = (pot: Pot, number: number): string => {
  const { observations } = pot
  const digest = new Digest()
  const next = numbers(number + 1)
  let monitors: ReadonlyArray<Monitor> = invariantsFor(pot, number).map((each) => each.start())
  let at = next() % observations.length
  for (let step = 0; step < STEPS; step += 1) {
    at = next() % JUMPS === 0 ? next() % observations.length : (at + 1) % observations.length
    const [own, other] = [observations[at], oneOf(observations, next)]
    if (own === undefined || other === undefined) continue
    const isPlain = next() % PLAIN === 0
    const stirredIn = isPlain
      ? own
      : { event: perhapsChanged(own.event, next), actions: otherActions(own, other, next) }
    monitors = stirred(monitors, stirredIn, digest)
  }
  return digest.text
}
