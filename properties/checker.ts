/**
 * Judges the lines of a trace of any implementation: is there a run of the model that explains it? Every line is
 * translated, bound against a bounded set of candidate states, its bytes are held against the frame rule, and
 * every invariant watches. Knows nothing of any implementation.
 */
import * as Result from "effect/Result"
import type { Command } from "../impl/trace/command.ts"
import { resolveCommand } from "../impl/trace/copy.ts"
import type { CompleteInit } from "../impl/trace/init.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output } from "../impl/trace/output.ts"
import type { Action } from "../model/action.ts"
import { isSame, symbolicOutcomes } from "../model/bind.ts"
import type { Event } from "../model/event.ts"
import { initial } from "../model/initial.ts"
import { type Invariant, type Monitor, observeAll, type Observation } from "../model/invariants.ts"
import type { State } from "../model/state.ts"
import { Accounting } from "./accounting.ts"
import { bindingInvariants } from "./binding-invariants.ts"
import { type Candidate, furthest, track, type TrackOptions } from "./candidates.ts"
import { actionText, eventText } from "./describe.ts"
import { type FrameKind, frameViolations, madeOf } from "./frame.ts"
import { mismatchOf } from "./mismatch.ts"
import { bytesOf, toAction, toEvent, toInitial } from "./translate.ts"
import { placeText, type Verdict, type Violation } from "./verdict.ts"
import { viewViolations } from "./view-rule.ts"
import { insteadOf, type WaivableId } from "./waivers.ts"

/** Choices of the one who checks. */
export interface CheckOptions {
  /** The most candidate states; 64 by default. */
  readonly candidates?: number
  /** Whether the trace lists every drop: true by default; false for a foreign trace, which may omit them. */
  readonly drops?: boolean
  /** Whether the trace is of our own PF context, held to its own choices (scope `impl`), too; as `drops` by default. */
  readonly own?: boolean
  /** The invariants that watch; by default all that bind whose trace it is. */
  readonly invariants?: ReadonlyArray<Invariant>
  /** Told each command that was explained, for statistics. */
  readonly onStep?: (step: Step) => void
  /** Divergences that are waived where a line shows them. */
  readonly allow?: ReadonlyArray<WaivableId>
  /** How many lines wait for outputs that may name them; {@link WINDOW_LINES} by default. */
  readonly window?: number
  /** How many lines' outputs are kept for `copy` and `qpnFrom`; {@link COPY_LINES} by default. */
  readonly copyLines?: number
  /** Whether there is memory to follow more; asked often. Without it the trace is undecided from there on. Yes, by default. */
  readonly hasMemory?: () => boolean
  /** Names a line for people; {@link placeText} by default. */
  readonly placeText?: (line: number, n: number) => string
}

/** How far back a `copy` may reach, in lines, where nothing else is said. */
export const COPY_LINES = 16_384
/** The most notes of one kind that a verdict has. */
const NOTES_MAX = 100

/** What is known of a line besides. */
export interface LineOptions {
  /** Outputs of it may stand on later lines that are not known yet: then it is never refused for want of them. */
  readonly mayHaveMore?: boolean
}

/** A command that the model explains. */
export interface Step {
  readonly command: Command
  /** What came of it as the model knows it, drops that the trace need not list included. */
  readonly actions: ReadonlyArray<Action>
  /** The state after it, or one of those. */
  readonly state: State
  /** All states after it that explain what was seen so far. */
  readonly states: ReadonlyArray<State>
}

/** An output as the checker looks at its bytes. */
interface Seen {
  readonly action: Action
  readonly output: Output
  /** What the model has on the line and no output accounts for yet. */
  readonly demanded: Array<Action>
  readonly state: State
}

/** A candidate and what watches it. */
interface Watched {
  readonly candidate: Candidate
  readonly monitors: ReadonlyArray<Monitor>
}

const isUnbroken = ({ monitors }: Watched): boolean => monitors.every(({ violation }) => violation === undefined)

/** Names the bytes of the MAD of line `n`, in the model's view of what becomes of them. */
const inputOf = (n: number): string => `input ${n}`

/** Follows one trace, line by line. */
export class Checker {
  readonly #init: CompleteInit
  readonly #options: TrackOptions
  readonly #outputs = new Map<number, ReadonlyArray<Output>>()
  readonly #copyLines: number
  readonly #allow: ReadonlyArray<WaivableId>
  readonly #placeText: (line: number, n: number) => string
  readonly #waived = new Map<string, number>()
  #candidates: ReadonlyArray<Candidate>
  /** What watches each candidate: where two explain a line, they may be of two minds about what happened. */
  #monitors: ReadonlyArray<ReadonlyArray<Monitor>>
  readonly #accounting: Accounting
  readonly #onStep: (step: Step) => void
  #steps = 0
  /** Lines seen: the place of the one that is looked at. */
  #lines = 0
  #mostCandidates = 1
  readonly #skipped: Array<number> = []
  #skippedCount = 0
  /** Lines whose MAD was deferred: it may leave later. */
  readonly #deferred = new Map<string, Command>()
  readonly #violations: Array<Violation> = []
  readonly #undecided: Array<string> = []
  #undecidedCount = 0
  /** Lines that more states explain than are followed. */
  #overflows = 0
  #mayHaveMore = false
  /** Nothing more is followed: what was lost cannot be found again. */
  #isLost = false

  constructor(init: CompleteInit, options: CheckOptions = {}) {
    const { candidates = 64, copyLines = COPY_LINES, drops = true, invariants, onStep = () => {}, own = drops } = options
    this.#copyLines = copyLines
    this.#allow = options.allow ?? []
    this.#placeText = options.placeText ?? placeText
    const begin = toInitial(init)
    this.#init = init
    this.#onStep = onStep
    this.#options = { most: candidates, drops, ...(options.hasMemory && { hasMemory: options.hasMemory }) }
    this.#accounting = new Accounting(init.functions, drops)
    this.#candidates = [{ state: initial(begin), observations: [], demanded: [], from: 0 }]
    this.#monitors = [(invariants ?? bindingInvariants(begin, own)).map((each) => each.start())]
  }

  /** Follows one more line; after the first line that nothing explains, nothing more is followed. */
  line({ error, in: command, n, out = [] }: Line, { mayHaveMore = false }: LineOptions = {}): void {
    this.#lines += 1
    this.#mayHaveMore = mayHaveMore
    if (this.isOver) return
    this.#outputs.set(n, out)
    this.#outputs.delete(n - this.#copyLines)
    if (command.op === "init") {
      if (error !== undefined) this.fault(n, `the init itself failed: ${error}`)
      if (out.length > 0) this.fault(n, "nothing can come out of a PF context before it starts")
      return
    }
    const resolved = resolveCommand(command, (line) => this.#outputs.get(line))
    if (Result.isFailure(resolved)) return this.#skip(n, command, resolved.failure, error === undefined)
    this.#steps += 1
    if (error !== undefined) this.#refused(n, resolved.success, error)
    else this.#follow(n, resolved.success, out)
  }

  /** Whether nothing more is followed: a line was refused, or the thread was lost. */
  get isOver(): boolean {
    return this.#violations.length > 0 || this.#isLost
  }

  /** How many things are remembered: what must not grow with the length of a trace. */
  get retained(): number {
    const memories = this.#monitors.flatMap((each) => each.map(({ memory }) => memory))
    const outputs = [...this.#outputs.values()].reduce((sum, out) => sum + 1 + out.length, 0)
    const notes = this.#skipped.length + this.#undecided.length + this.#deferred.size
    return outputs + notes + entriesIn([this.#states, [...new Set(memories)]])
  }

  /** A command that means nothing in this run, because it copies what is not there. */
  #skip(n: number, command: Command, why: string, isDone: boolean): void {
    this.#skippedCount += 1
    if (this.#skipped.length < NOTES_MAX) this.#skipped.push(n)
    const forgotten = sourcesOf(command).find((line) => line <= n - this.#copyLines)
    if (forgotten !== undefined) {
      this.lose(n, `it copies from n ${forgotten}, and the outputs of ${this.#copyLines} lines are kept (--copy-lines keeps more)`)
    } else if (isDone) this.#undecide(`${this.#placeText(this.#lines, n)}: ${why}, yet it was done`)
  }

  /** Notes why the trace cannot be decided from here on; nothing more is followed. */
  lose(n: number, text: string, line = this.#lines): void {
    if (this.isOver) return
    this.#undecide(`${this.#placeText(line, n)}: ${text}; nothing after it was followed`)
    this.#isLost = true
  }

  #undecide(text: string): void {
    this.#undecidedCount += 1
    if (this.#undecided.length < NOTES_MAX) this.#undecided.push(text)
  }

  /** What a violation is called besides, where lines have names of their own. */
  #named(line: number, n: number): Pick<Violation, "place"> {
    return this.#placeText === placeText ? {} : { place: this.#placeText(line, n) }
  }

  /** Notes that the line is wrong in itself, whatever the model says; nothing more is followed. */
  fault(n: number, text: string, line = this.#lines): void {
    if (this.isOver) return
    const nothing = { expected: [], observed: [], requirements: [] }
    this.#violations.push({ kind: "behaviour", line, n, ...this.#named(line, n), event: "the line itself", texts: [text], ...nothing })
  }

  /** The judgement so far. */
  verdict(): Verdict {
    const violated = this.#violations.length > 0
    return {
      verdict: violated ? "violation" : this.#undecidedCount > 0 ? "undecided" : "allowed",
      steps: this.#steps,
      invariants: this.#monitors[0]?.length ?? 0,
      mostCandidates: this.#mostCandidates,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
      violations: this.#violations,
      waived: Object.fromEntries(this.#waived),
      relevant: [],
      undecided: [
        ...this.#undecided,
        ...(this.#undecidedCount > this.#undecided.length
          ? [`and ${this.#undecidedCount - this.#undecided.length} reasons more`] : []),
        ...(this.#overflows > 1 ? [`more than ${this.#options.most} states explain ${this.#overflows} lines in all`] : [])
      ]
    }
  }

  get #states(): ReadonlyArray<State> {
    return this.#candidates.map(({ state }) => state)
  }

  #eventOf(n: number, command: Command): Event | null {
    const lmc = this.#candidates[0]?.state.port.lmc ?? 0
    return toEvent(command, { lmc, functions: this.#init.functions, payload: inputOf(n) })
  }

  #refused(n: number, command: Command, error: string): void {
    const event = this.#eventOf(n, command)
    // Commands the model knows nothing of may be unsupported; those that cannot happen must be.
    if (event === null || this.#states.every((state) => symbolicOutcomes(state, event).length === 0)) return
    this.#violated(n, event, {
      kind: "refused",
      texts: [`the implementation refused this command: ${error}`]
    })
  }

  #follow(n: number, command: Command, out: ReadonlyArray<Output>): void {
    const event = this.#eventOf(n, command)
    const seen = out.flatMap((output, i) => {
      const action = toAction(output, command, `output ${i}`)
      return action ? [{ output, action }] : []
    })
    const actions = seen.map(({ action }) => action)
    if (event === null) return this.#followSilent(n, command, out, actions)
    const { candidates, overflow } = track(this.#states, event, actions, this.#options)
    if (candidates.length === 0 && this.#waive(event, actions)) return
    if (overflow) {
      if (this.#overflows === 0) {
        this.#undecide(
          `${this.#placeText(this.#lines, n)}: more than ${this.#options.most} states explain the trace; some were forgotten`
        )
      }
      this.#overflows += 1
    }
    if (candidates.length === 0) return this.#unexplained(n, event, actions)
    this.#mostCandidates = Math.max(this.#mostCandidates, candidates.length)
    const [first] = this.#watch(n, event, candidates)
    if (first === undefined) return
    const demanded = [...first.demanded]
    for (const { action, output } of seen)
      this.#bytes(n, event, command, { action, output, demanded, state: first.state })
    if (out.some(({ to }) => to === "defer")) this.#deferred.set(inputOf(n), command)
    if (this.#deferred.size > 0) this.#forgetTaken()
    this.#accounting.note(event, this.#candidates)
    this.#onStep({ command, actions: first.demanded, state: first.state, states: this.#states })
    this.#account(n, command, out)
  }

  /**
   * Takes a line that nothing explains for what a divergence that is waived puts in its place: what the rules demand there, or, where
   * that needs ids nobody saw, a line on which nothing happened. Whether it is one.
   */
  #waive(event: Event, actions: ReadonlyArray<Action>): boolean {
    const id = this.#allow.find((each) => this.#takenFor(each, event, actions))
    if (id === undefined) return false
    this.#waived.set(id, (this.#waived.get(id) ?? 0) + 1)
    return true
  }

  #takenFor(id: WaivableId, event: Event, actions: ReadonlyArray<Action>): boolean {
    for (const [from, state] of this.#states.entries()) {
      for (const instead of insteadOf(id, event, actions, symbolicOutcomes(state, event))) {
        if (instead === null) return true
        const { candidates } = track([state], event, instead, { ...this.#options, drops: true })
        const sound = this.#watched(candidates.map((each) => ({ ...each, from }))).filter(isUnbroken)
        if (sound.length === 0) continue
        this.#candidates = sound.map(({ candidate }) => candidate)
        this.#monitors = sound.map(({ monitors }) => monitors)
        return true
      }
    }
    return false
  }

  /** Forgets MADs that wait no more. */
  #forgetTaken(): void {
    const waiting = new Set(this.#states.flatMap(({ deferred }) =>
      deferred.map(({ mad }) => ("payload" in mad ? mad.payload : ""))))
    for (const payload of this.#deferred.keys()) if (!waiting.has(payload)) this.#deferred.delete(payload)
  }

  /** A command that changes nothing the model knows. */
  #followSilent(
    n: number,
    command: Command,
    out: ReadonlyArray<Output>,
    actions: ReadonlyArray<Action>
  ): void {
    if (command.op !== "settle" && command.op !== "counters" && command.op !== "dump") {
      this.#undecide(`${this.#placeText(this.#lines, n)}: the model does not know the command ${command.op}`)
    }
    if (actions.length > 0) return this.#unexplained(n, { _tag: "TimePasses", ms: 0 }, actions)
    this.#account(n, command, out)
  }

  #unexplained(n: number, event: Event, actions: ReadonlyArray<Action>): void {
    if (this.#mayHaveMore) return this.lose(n, "outputs of it may stand farther away than --window keeps lines")
    const stuck = furthest(this.#states, event, actions, this.#options)
    const states = event._tag === "TimePasses" && stuck ? [stuck.state] : this.#states.slice(0, 8)
    const mismatch = mismatchOf(states, stuck?.event ?? event, stuck?.rest ?? actions)
    // An overflow forgot states that might explain it.
    if (this.#undecidedCount > 0) {
      this.#undecide(
        `${this.#placeText(this.#lines, n)}: no state that was kept explains it; ` +
          "whether one that was forgotten would is not known"
      )
      return
    }
    const { details, ...gap } = mismatch
    const texts = ["no permitted behaviour gives these outputs", ...details]
    this.#violated(n, event, { kind: "behaviour", texts, ...gap })
    this.#report(n, event, observeAll(this.#monitors[0] ?? [], { event, actions }))
  }

  /** Lets the invariants see the line as each candidate has it, and keeps those that break none, if there are. */
  #watch(n: number, event: Event, candidates: ReadonlyArray<Candidate>): ReadonlyArray<Candidate> {
    const watched = this.#watched(candidates)
    const sound = watched.filter(isUnbroken)
    const kept = sound.length > 0 ? sound : watched.slice(0, 1)
    this.#candidates = kept.map(({ candidate }) => candidate)
    this.#monitors = kept.map(({ monitors }) => monitors)
    if (sound.length === 0) this.#report(n, event, kept[0]?.monitors ?? [])
    return this.#candidates
  }

  /** Candidates with what the invariants make of them. */
  #watched(candidates: ReadonlyArray<Candidate>): ReadonlyArray<Watched> {
    const known = new Map<ReadonlyArray<Monitor>, Map<string, ReadonlyArray<Monitor>>>()
    return candidates.map((candidate) => {
      const before = this.#monitors[candidate.from] ?? []
      const later = known.get(before) ?? new Map<string, ReadonlyArray<Monitor>>()
      known.set(before, later)
      // But for the order in which MADs were taken and drops nobody told, all of one mind before are so after.
      const mind = candidate.observations.map((each) => `${takenIn(each)} ${droppedIn(each)}`).join()
      const monitors = later.get(mind) ?? candidate.observations.reduce(observeAll, before)
      later.set(mind, monitors)
      return { candidate, monitors }
    })
  }

  #report(n: number, event: Event, monitors: ReadonlyArray<Monitor>): void {
    for (const {
      invariant: { requirement, title },
      violation
    } of monitors) {
      if (violation !== undefined) {
        this.#violated(n, event, {
          kind: "invariant",
          texts: [`${title}: ${violation}`],
          requirements: [requirement]
        })
      }
    }
  }

  /** The frame rule for a MAD that went out, the view rule for an answer. */
  #bytes(
    n: number,
    event: Event,
    command: Command,
    seen: Seen
  ): void {
    const { action, demanded, output, state } = seen
    if (output.to === "answer" && output.of !== n) {
      this.#violated(n, event, { kind: "behaviour", texts: [`the answer to n ${n} says that it is to n ${output.of}`] })
    }
    if (output.to === "answer" && command.op === "query" && output.data !== undefined) {
      const texts = viewViolations(command.attribute, output.data, this.#init, state.port)
      if (texts.length > 0) this.#violated(n, event, { kind: "view", texts, requirements: ["SQP-VIEW-1"] })
    }
    if (output.to !== "wire" && output.to !== "function") return
    const bytes = bytesOf(output.mad)
    // Several may look alike to the rules and differ in bytes: each accounts for one output, the one it fits.
    const alike = demanded.filter((other) => isSame(other, action))
    const judged = (alike.length === 0 ? [undefined] : alike).map((origin) => ({
      origin,
      texts: this.#frame(n, command, origin, bytes)
    }))
    const best = judged.find(({ texts }) => texts.length === 0) ?? judged[0]
    if (best === undefined) return
    if (best.origin !== undefined) demanded.splice(demanded.indexOf(best.origin), 1)
    if (best.texts.length > 0) {
      const expected = best.origin === undefined ? [] : [actionText(best.origin)]
      const { texts } = best
      this.#violated(n, event, {
        kind: "frame", texts, expected, observed: [actionText(action)], requirements: ["SQP-FRAME-1"]
      })
    }
  }

  /** What is wrong with bytes that went out where the model has `demanded`. */
  #frame(n: number, command: Command, demanded: Action | undefined, bytes: Uint8Array): ReadonlyArray<string> {
    const payload = demanded !== undefined && "mad" in demanded ? demanded.mad.payload : ""
    const origin = payload === inputOf(n) ? command : this.#deferred.get(payload)
    const kind = frameKindOf(demanded, origin, bytes)
    const input = origin?.op === "egress" || origin?.op === "ingress" ? bytesOf(origin.mad) : new Uint8Array(0)
    return kind === null
      ? ["the PF context made a MAD that is none of its own"]
      : frameViolations(input, bytes, kind)
  }

  #account(n: number, command: Command, out: ReadonlyArray<Output>): void {
    // What was waived is counted as it was done, and followed as it should have been.
    if (this.#waived.size > 0) return
    const texts = this.#accounting.judge(out, command.op === "counters", this.#states)
    if (texts.length > 0)
      this.#violated(
        n,
        { _tag: "TimePasses", ms: 0 },
        { kind: "accounting", texts, requirements: ["SQP-ACC-1"] }
      )
  }

  #violated(
    n: number,
    event: Event,
    violation: Pick<Violation, "kind" | "texts"> & Partial<Violation>
  ): void {
    this.#violations.push({
      line: this.#lines,
      n,
      ...this.#named(this.#lines, n),
      event: eventText(event),
      expected: [],
      observed: [],
      requirements: [],
      ...violation
    })
  }
}

/**
 * What became of a MAD: it has the bytes of the command it came from, so the model says, or it was made here and came
 * from none.
 */
const frameKindOf = (
  demanded: Action | undefined,
  command: Command | undefined,
  bytes: Uint8Array
): FrameKind | null => {
  if (command === undefined) {
    const what = madeOf(bytes)
    return what === null ? null : { _tag: "made", what }
  }
  if (command.op === "ingress") {
    if (demanded?._tag === "ToWire") return { _tag: "report-response" }
    return { _tag: "ingress", vf: demanded?._tag === "ToFunction" && demanded.function !== 0 }
  }
  if (demanded?._tag === "ToFunction") return { _tag: "refusal" }
  return { _tag: "egress", vf: command.op === "egress" && command.function !== 0 }
}

/** Whose MAD a step took that had waited, and which. */
const takenIn = ({ event }: Observation): string => {
  if (event._tag !== "Taken") return ""
  const { function: f, mad, qp } = event.egress
  return `${f} ${qp} ${"payload" in mad ? mad.payload : ""}`
}

/** What was dropped, where a trace need not tell it. */
const droppedIn = ({ actions }: Observation): string =>
  actions.flatMap((action) => (action._tag === "Drop" ? [`${action.function} ${action.reason}`] : [])).join(";")

/** The lines whose outputs a command names. */
const sourcesOf = (command: Command): ReadonlyArray<number> => [
  ...("copy" in command ? (command.copy ?? []) : []).map(({ line }) => line),
  ...("qpnFrom" in command && command.qpnFrom !== undefined ? [command.qpnFrom.line] : [])
]

/** How many list entries there are in plain data, at any depth. */
const entriesIn = (data: unknown): number => {
  if (typeof data !== "object" || data === null) return 0
  const inner = Object.values(data).reduce<number>((sum, each) => sum + entriesIn(each), 0)
  return inner + (Array.isArray(data) ? data.length : 0)
}
