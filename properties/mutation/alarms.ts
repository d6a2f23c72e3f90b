/** What the invariants say of recorded histories as they are, and of the same with one thing wrong. */
import { completeInit } from "../../impl/trace/init.ts"
import { allInvariants } from "../../model/invariants-all.ts"
import type { Initial } from "../../model/initial.ts"
import { type Monitor, observeAll, type Observation } from "../../model/invariants.ts"
import { toAction, toEvent, toInitial } from "../translate.ts"
import { Digest } from "./digest.ts"
import type { Named } from "./recorded.ts"
import { tampered } from "./tampering.ts"

/** How many wrong observations are tried at each place of a long history or of a path; in a short history none. */
const WRONG = 6
const LONG = 16
/** Every so many places one is left out, and the rest of the history follows. */
const LEFT_OUT_EVERY = 5

/** What a PF context saw and did from its beginning on, by a name. */
export interface NamedHistory {
  readonly name: string
  readonly initial: Initial
  readonly history: ReadonlyArray<Observation>
}

/** The history of a trace whose first line is `init`. */
export const historyOf = ({ lines: [first, ...lines], name }: Named): NamedHistory => {
  if (first?.in.op !== "init") throw new RangeError(`${name} does not begin with init`)
  const init = completeInit(first.in)
  let lmc = init.lmc
  const history: Array<Observation> = []
  for (const [at, { error, in: command, out = [] }] of lines.entries()) {
    if (error !== undefined || command.op === "init") continue
    const event = toEvent(command, { lmc, functions: init.functions, payload: `input ${at}` })
    if (command.op === "lid") lmc = command.lmc
    if (event === null) continue
    const actions = out.flatMap((output, i) => toAction(output, command, `output ${i}`) ?? [])
    history.push({ event, actions })
  }
  return { name, initial: toInitial(init), history }
}

/** An invariant's name: its requirement, and its place among those of it. */
const nameOf = (monitors: ReadonlyArray<Monitor>, at: number): string => {
  const requirement = monitors[at]?.invariant.requirement
  const place = monitors.slice(0, at).filter((each) => each.invariant.requirement === requirement).length
  return place === 0 ? `${requirement}` : `${requirement}.${place}`
}

/** Which are broken now and were not before. */
const broken = (monitors: ReadonlyArray<Monitor>, before: ReadonlyArray<Monitor>): ReadonlyArray<string> =>
  monitors.flatMap(({ violation }, i) =>
    violation !== undefined && before[i]?.violation === undefined ? [nameOf(monitors, i)] : [])

/** How often each was broken, as one short text. */
const summary = (all: ReadonlyArray<string>): string => {
  const counts = new Map<string, number>()
  for (const each of all) counts.set(each, (counts.get(each) ?? 0) + 1)
  const sorted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([each, count]) => `${each.replace("SQP-", "")}x${count}`).join(" ")
}

/** A tampered observation that an invariant cannot read tells as much as one that it refuses. */
const observed = (monitors: ReadonlyArray<Monitor>, observation: Observation): ReadonlyArray<Monitor> => {
  try {
    return observeAll(monitors, observation)
  } catch (fault) {
    if (!(fault instanceof TypeError || fault instanceof RangeError)) throw fault
    return []
  }
}

/**
 * One text for each place of the history: what breaks there as it is, what in the tampered ones, and what
 * follows if the place is left out. Then a digest of all that the invariants remembered meanwhile.
 */
export const alarmsOf = ({ history, initial }: NamedHistory, isPath = false): ReadonlyArray<string> => {
  const texts: Array<string> = []
  const digest = new Digest()
  const isLong = isPath || history.length >= LONG
  let monitors: ReadonlyArray<Monitor> = allInvariants(initial).map((each) => each.start())
  for (const [at, observation] of history.entries()) {
    const before = history[at - 1]?.actions ?? []
    const wrong = (isLong ? tampered(observation, before, WRONG, at) : [])
      .flatMap((each) => broken(observed(monitors, each), monitors))
    const without = isLong && at % LEFT_OUT_EVERY === 1
      ? broken(history.slice(at + 1).reduce(observeAll, monitors), monitors)
      : []
    const next = observeAll(monitors, observation)
    const right = broken(next, monitors)
    texts.push([summary(right), summary(wrong), summary(without)].join(" | "))
    monitors = next
    digest.add(monitors.map(({ memory }) => memory))
  }
  return [...texts, digest.text]
}

/** Which invariants there are, each with a digest of what it remembers before anything happened. */
export const beginnings = (initial: Initial): ReadonlyArray<string> =>
  allInvariants(initial).map((each) => {
    const digest = new Digest()
    digest.add(each.start().memory)
    return `${each.requirement} ${digest.text}`
  })
