/**
 * Freedom, made explicit: where the rules leave something open, a transition asks its `Chooser`. A `Choice`
 * is the list of the answers, so a step is a pure function of state, event and choice; the choices that are
 * possible, permitted or explain an observation are all derived from that one place (decision 0001).
 */
import type { CommId, Qpn, WireCommId, WireTid } from "./ids.ts"

/** The answers to a step's questions, in the order asked: an id in hex, or the name of an alternative. */
export type Choice = ReadonlyArray<string>

/** Where a fresh id comes from. Connection and SIDR ids are separate spaces (SQP-CM-12). */
export type IdSpace = "tid" | "comm" | "sidr" | "qpn"

/** A question a step asked beyond the answers it was given. */
export type Question =
  | { readonly _tag: "FreshId"; readonly space: IdSpace; readonly permitted: (id: string) => boolean }
  | { readonly _tag: "Among"; readonly about: string; readonly alternatives: ReadonlyArray<string> }

/** Why a choice is not one the rules permit. */
export type ChoiceFault =
  | { readonly _tag: "ChoiceTooShort"; readonly question: Question }
  | { readonly _tag: "ChoiceTooLong"; readonly unused: number }
  | { readonly _tag: "ChoiceNotPermitted"; readonly answer: string; readonly about: string }

const DIGITS: Readonly<Record<IdSpace, number>> = { tid: 16, comm: 8, sidr: 8, qpn: 6 }

/** Marks a variable: an id a checker has not bound yet. It stands where hex digits would. */
export const VARIABLE = "?"
/** The n-th variable. */
export const variable = (n: number): string => `${VARIABLE}${n}`
/** Whether an id is a variable. */
export const isVariable = (id: string): boolean => id.startsWith(VARIABLE)
/** A QPN is a number; the variable "?n" stands in it as -1 - n. */
export const qpnOf = (id: string): Qpn => {
  const n = isVariable(id) ? -1 - Number(id.slice(1)) : Number.parseInt(id, 16)
  return n as Qpn
}

/**
 * Draws a fresh id, as the n-th answer of a step; undefined if there is none. Nobody checks what it draws.
 */
export type Draw = (space: IdSpace, permitted: (id: string) => boolean, n: number) => string | undefined

/**
 * Answers a transition's questions from a choice; notes the first fault and then answers anything, for the
 * step is refused anyway.
 */
export class Chooser {
  readonly #choice: Choice
  readonly #draw: Draw | null
  readonly #answers: Array<string> = []
  #next = 0
  #fault: ChoiceFault | null = null
  #withinMs = 0
  #lateMs = 0
  #mostLateMs = 0
  /** With `draw` the choice answers only the questions among alternatives; fresh ids are drawn. */
  constructor(choice: Choice, draw: Draw | null = null) {
    this.#choice = choice
    this.#draw = draw
  }

  /** A fresh wire TID; `taken` says which are outstanding or resting (SQP-TID-1, SQP-TID-6). */
  wireTid(taken: (id: string) => boolean): WireTid {
    // SQP-TID-7 is a choice of our implementation; low 32 bits of 0, which name no transaction, are excluded
    // for all.
    return this.#fresh("tid", (id) => !id.endsWith("00000000") && !taken(id)) as WireTid
  }

  /** A fresh wire comm id, never `guestId` (SQP-CM-1). */
  wireCommId(space: "comm" | "sidr", guestId: CommId, taken: (id: string) => boolean): WireCommId {
    const permitted = (id: string) => id !== "00000000" && id !== "ffffffff" && id !== guestId && !taken(id)
    return this.#fresh(space, permitted) as WireCommId
  }

  /** A fresh QPN; 0 and 1 are the real special QPs. */
  qpn(taken: (qpn: Qpn) => boolean): Qpn {
    return qpnOf(this.#fresh("qpn", (id) => Number.parseInt(id, 16) > 1 && !taken(qpnOf(id))))
  }

  /** One of the alternatives. A single alternative is no question. */
  among<const A extends string>(about: string, alternatives: readonly [A, ...ReadonlyArray<A>]): A {
    if (alternatives.length === 1) return alternatives[0]
    const answer = this.#given({ _tag: "Among", about, alternatives })
    const found = alternatives.find((alternative) => alternative === answer)
    if (found === undefined && answer !== undefined) this.#fail({ _tag: "ChoiceNotPermitted", answer, about })
    return found ?? alternatives[0]
  }

  /** What happens in this step happens within so many milliseconds: nobody saw when. */
  observedWithin(ms: number): void {
    this.#withinMs = ms
  }

  /** Something happens now or, as nobody saw it, later, at the latest in `latest` milliseconds: how much later. */
  happens(latest: number): number {
    const lateMs = Math.max(0, Math.min(latest, this.#withinMs))
    this.#lateMs = lateMs
    this.#mostLateMs = Math.max(this.#mostLateMs, lateMs)
    return lateMs
  }

  /** What follows is of all that happened in this step. */
  followsFromAll(): void {
    this.#lateMs = this.#mostLateMs
  }

  /** How much later than now what follows from what happened last may have happened. */
  get lateMs(): number {
    return this.#lateMs
  }

  /** All answers so far, drawn ids included. */
  answers(): Choice {
    return this.#answers
  }

  /** The fault of the choice, once the transition is done. */
  fault(): ChoiceFault | null {
    const unused = this.#choice.length - this.#next
    return this.#fault ?? (unused > 0 ? { _tag: "ChoiceTooLong", unused } : null)
  }

  #fresh(space: IdSpace, permitted: (id: string) => boolean): string {
    if (this.#draw) return this.#drawn(this.#draw, space, permitted)
    const answer = this.#given({ _tag: "FreshId", space, permitted })
    if (answer === undefined) return variable(this.#answers.length)
    const wellFormed = new RegExp(`^[0-9a-f]{${DIGITS[space]}}$`).test(answer)
    if (!wellFormed || !permitted(answer)) {
      this.#fail({ _tag: "ChoiceNotPermitted", answer, about: `fresh ${space} id` })
    }
    return answer
  }

  #drawn(draw: Draw, space: IdSpace, permitted: (id: string) => boolean): string {
    const n = this.#answers.length
    const id = draw(space, permitted, n)
    const question: Question = { _tag: "FreshId", space, permitted }
    if (id === undefined) this.#fail({ _tag: "ChoiceTooShort", question })
    this.#answers.push(id ?? variable(n))
    return id ?? variable(n)
  }

  #given(question: Question): string | undefined {
    const answer = this.#choice[this.#next]
    if (answer === undefined) this.#fail({ _tag: "ChoiceTooShort", question })
    else this.#answers.push(answer)
    this.#next += 1
    return answer
  }

  #fail(fault: ChoiceFault): void {
    this.#fault ??= fault
  }
}
