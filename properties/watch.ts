/**
 * Judges a run by the invariants alone: nothing is compared with the model, and its step is not called. An
 * output tells no time, so a run that is to be judged lets time pass in the smallest steps ({@link finely}).
 */
import * as Result from "effect/Result"
import { type OutputsOf, resolveCommand } from "../impl/trace/copy.ts"
import { completeInit } from "../impl/trace/init.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"
import { type Invariant, type Monitor, observeAll } from "../model/invariants.ts"
import { allInvariants } from "../model/invariants-all.ts"
import type { Subject } from "./subject.ts"
import { toAction, toEvent, toInitial } from "./translate.ts"

/** A subject that takes note of what it did, time split into steps in which something came out or nothing. */
export interface FineSubject extends Subject {
  /** What was done, ids resolved; the numbers `n` are its own. */
  readonly done: ReadonlyArray<Line>
  /** Of each of these the number `n` of the line that it belongs to. */
  readonly origin: ReadonlyArray<number>
}

/** Drives a subject so that every output is seen at its own millisecond. */
export const finely = (subject: Subject): FineSubject => {
  const done: Array<Line> = []
  const origin: Array<number> = []
  const outputs = new Map<number, ReadonlyArray<Output>>()
  const outputsOf: OutputsOf = (line) => outputs.get(line)
  const note = (line: Line, n: number): void => {
    done.push(line)
    origin.push(n)
  }
  const ask = (command: Line["in"]): Line => subject.apply({ n: done.length + 1, in: command })
  /** Milliseconds one by one; those in which nothing came out are noted together. */
  const pass = (ms: number, n: number): ReadonlyArray<Output> => {
    const all: Array<Output> = []
    let silent = 0
    const rest = (): void => {
      if (silent > 0) note({ n: done.length + 1, in: { op: "advance", ms: silent }, out: [] }, n)
      silent = 0
    }
    for (let i = 0; i < ms; i++) {
      const line = ask({ op: "advance", ms: 1 })
      const { out = [] } = line
      if (line.error === undefined && out.length === 0) silent += 1
      else {
        rest()
        note({ ...line, n: done.length + 1 }, n)
        all.push(...out)
      }
    }
    rest()
    return all
  }
  const only = (command: Line["in"], n: number): Line => {
    const line = ask(command)
    note(line, n)
    return line
  }
  const apply = ({ in: command, n }: Line): Line => {
    const resolved = resolveCommand(command, outputsOf)
    if (Result.isFailure(resolved)) return { n, in: command, error: resolved.failure }
    const { success } = resolved
    const { error, out = [] } =
      success.op === "advance" ? { error: undefined, out: pass(success.ms, n) } : only(success, n)
    if (error !== undefined) return { n, in: command, error }
    outputs.set(n, out)
    return { n, in: command, out }
  }
  return { apply, done, origin }
}

/** The first line at which an invariant broke, and which broke there. */
export interface Watched {
  /** Place in the run, from 0. */
  readonly at: number
  readonly broken: ReadonlyArray<{ readonly invariant: Invariant; readonly reason: string }>
}

/** A step of a run with what the invariants that watch it have come to. */
interface Step {
  readonly at: number
  readonly monitors: ReadonlyArray<Monitor>
}

/** All invariants, or some, over a run that {@link finely} noted, step by step. */
function* steps(done: ReadonlyArray<Line>, only: (each: Invariant) => boolean): Generator<Step> {
  const [first] = done
  if (first?.in.op !== "init") throw new RangeError("a run begins with init")
  const init = completeInit(first.in)
  let monitors = allInvariants(toInitial(init)).filter(only).map((each) => each.start())
  let lmc = init.lmc
  for (const [at, { error, in: command, out = [] }] of done.entries()) {
    if (command.op === "init" || error !== undefined) continue
    const event = toEvent(command, { lmc, functions: init.functions, payload: `input ${at}` })
    if (command.op === "lid") lmc = command.lmc
    if (event === null) continue
    const actions = out.flatMap((output, i) => toAction(output, command, `output ${i}`) ?? [])
    monitors = [...observeAll(monitors, { event, actions })]
    yield { at, monitors }
  }
}

const brokenAmong = (monitors: ReadonlyArray<Monitor>): Watched["broken"] =>
  monitors.flatMap(({ invariant, violation }) => (violation === undefined ? [] : [{ invariant, reason: violation }]))

/** What the invariants say of a run that {@link finely} noted; null if none is broken. */
export const watch = (done: ReadonlyArray<Line>, only: (each: Invariant) => boolean = () => true): Watched | null => {
  for (const { at, monitors } of steps(done, only)) {
    const broken = brokenAmong(monitors)
    if (broken.length > 0) return { at, broken }
  }
  return null
}

/** The invariants that break anywhere in a run that {@link finely} noted, each watching by itself to its end. */
export const brokenIn = (done: ReadonlyArray<Line>): ReadonlyArray<Invariant> => {
  let last: ReadonlyArray<Monitor> = []
  for (const { monitors } of steps(done, () => true)) last = monitors
  return brokenAmong(last).map(({ invariant }) => invariant)
}
