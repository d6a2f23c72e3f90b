/** Histories with one thing wrong: what an invariant is for. All is chosen by place, nothing by chance. */
import { FunctionId } from "../../model/ids.ts"
import type { Observation } from "../../model/invariants.ts"
import { type Reason, reasons } from "../../spec/reasons.ts"

/** A value of an action or an event that can be another: where it is and what it becomes. */
type Path = ReadonlyArray<string | number>

/** These say what a thing is, not what it holds. */
const KINDS = new Set(["_tag", "payload"])

/** The ways to all values in a value. */
const pathsOf = (value: unknown, path: Path = []): ReadonlyArray<Path> => {
  if (typeof value !== "object" || value === null) return [path]
  const entries = Object.entries(value).filter(([key]) => !KINDS.has(key))
  return entries.flatMap(([key, each]) => pathsOf(each, [...path, key]))
}

const HEX = /^[0-9a-f]+$/

/** Of fields that mean something by their number: values with rules of their own, and those beside them. */
const NUMBERS: Readonly<Record<string, ReadonlyArray<number> | undefined>> = {
  mgmtClass: [0x30, 0x03, 0x4f, 0x06, 0x50, 0x07, 0x2f, 0x04, 0x01, 0x81, 0x32],
  method: [0x01, 0x02, 0x81, 0x15, 0x03, 0x12, 0x95, 0x05, 0x92, 0x07, 0x14, 0x06, 0x86],
  attributeId: [0x38, 0x03, 0x31, 0x01, 0x30, 0x11, 0x36, 0x02, 0x35, 0x10],
  status: [0, 0x0100, 0x0200, 0x000c, 0x0300, 0x0400]
}

/** Other numbers, for each turn another way: one that means something, a neighbour, one that is often a bound. */
const otherNumber = (value: number, key: Path[number] | undefined, turn: number): number => {
  const numbers = NUMBERS[String(key)]
  if (numbers) return numbers[turn % numbers.length] ?? value
  return [value ^ 1, value + 1, value === 0 ? 2 : 0, value ^ 0x80, value - 1][turn % 5] ?? 0
}

const reasonsInTurn: ReadonlyArray<Reason> = Object.keys(reasons).filter((each): each is Reason => each in reasons)

/** Words of which one may stand where another does. */
const WORDS: ReadonlyArray<ReadonlyArray<string>> = [
  ["opening", "half-open", "established", "lingering"],
  ["idle", "asked", "was-asked", "answered", "connected", "closing", "was-closed", "done"],
  ["join", "leave"], ["comm", "sidr"], ["subscribe", "unsubscribe"], ["active", "passive"],
  ["REQ", "REP", "RTU", "DREQ", "DREP", "REJ", "MRA"], ["waits", "asked"], ["port", "respondent", "peer", "sa"],
  ["joined", "left", "re-join", "retry", "undo"], reasonsInTurn
]

const otherWord = (word: string, turn: number): string => {
  const words = WORDS.find((each) => each.includes(word)) ?? [word]
  return words[(words.indexOf(word) + 1 + (turn % Math.max(1, words.length - 1))) % words.length] ?? word
}

/** Another value of the same kind. */
const other = (value: unknown, key: Path[number] | undefined, turn: number): unknown => {
  if (typeof value === "number") return otherNumber(value, key, turn)
  if (typeof value === "bigint") return value ^ 1n
  if (typeof value === "boolean") return !value
  if (value === null) return 1
  if (typeof value === "string" && HEX.test(value) && turn % 4 === 3) return "0".repeat(value.length)
  if (typeof value === "string" && HEX.test(value)) return `${value.slice(0, -1)}${value.endsWith("1") ? 2 : 1}`
  return typeof value === "string" ? otherWord(value, turn) : value
}

/** The value with what the way leads to changed. */
const altered = (value: unknown, [key, ...rest]: Path, turn: number, within?: Path[number]): unknown => {
  if (key === undefined) return other(value, within, turn)
  const one = (name: string, each: unknown) => (name === String(key) ? altered(each, rest, turn, key) : each)
  if (Array.isArray(value)) return value.map((each, i) => one(String(i), each))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, one(name, each)]))
}

/** Only a value within has changed, and is of the same type: so the whole is. */
const isLike = <T>(_like: T, value: unknown): value is T => value !== undefined

/** Some of a list, others for each `turn`. */
const some = <T>(all: ReadonlyArray<T>, count: number, turn: number): ReadonlyArray<T> => {
  if (all.length <= count) return all
  const from = (turn * count) % all.length
  return [...all.slice(from), ...all.slice(0, from)].slice(0, count)
}

/** The way to one of the values in a value, for each turn another. */
const somePath = (value: unknown, turn: number): Path => {
  const keys = typeof value === "object" && value !== null ? Object.keys(value).filter((key) => !KINDS.has(key)) : []
  const key = keys[turn % Math.max(1, keys.length)]
  if (key === undefined) return []
  const [, within] = Object.entries(value ?? {}).find(([name]) => name === key) ?? []
  return [key, ...somePath(within, Math.imul(turn, 7) + 3 >>> 1)]
}

/** The value with some one thing in it changed, for each turn another. */
export const changedSomewhere = (value: unknown, turn: number): unknown => altered(value, somePath(value, turn), turn)

/** The value with one thing in it changed, in so many ways; for each turn in others. */
export const changed = <T>(value: T, count: number, turn: number): ReadonlyArray<T> =>
  some(pathsOf(value), count, turn).flatMap((path, i) => {
    const result = altered(value, path, turn + i)
    return isLike(value, result) ? [result] : []
  })

/** What might be done with a MAD instead: it is dropped, sent on, or handed over, as it is. */
const instead = ({ event }: Observation, turn: number): ReadonlyArray<Observation> => {
  if (event._tag !== "Egress" && event._tag !== "Ingress") return []
  const { mad, qp } = event
  const fn = FunctionId(turn % 3)
  const reason = reasonsInTurn[turn % reasonsInTurn.length] ?? "bad-length"
  const dropped: Observation = {
    event, actions: [{ _tag: "Drop", function: event._tag === "Egress" ? event.function : fn, reason }]
  }
  if (!("body" in mad)) return [dropped]
  if (event._tag === "Ingress") {
    return [dropped, { event, actions: [{ _tag: "ToFunction", function: fn, qp, address: event.address, mad }] }]
  }
  const { address, function: from } = event
  const grh = address.grh && { ...address.grh, sgidIndex: from }
  return [dropped, { event, actions: [{ _tag: "ToWire", qp, from, cause: null, address: { ...address, grh }, mad }] }]
}

/**
 * An observation, wrong in at most `count` ways: an action is missing, done twice, or another, or the event
 * was another. `turn` chooses which; so the places of a history try different ones. `before` are the actions
 * of the place before: they happen again.
 */
export const tampered = (
  { actions, event }: Observation, before: Observation["actions"], count: number, turn: number
): ReadonlyArray<Observation> => {
  const whole: ReadonlyArray<Observation> = [
    ...(actions.length > 0 ? [{ event, actions: [] }] : []),
    ...(before.length > 0 ? [{ event, actions: [...actions, ...before] }] : []),
    ...(actions.length > 1 ? [{ event, actions: actions.slice(1) }] : []),
    ...(actions.length > 0 ? [{ event, actions: [...actions, ...actions.slice(-1)] }] : []),
    ...instead({ actions, event }, turn)
  ]
  const at = actions.length === 0 ? 0 : turn % actions.length
  const action = actions[at]
  const others = action === undefined ? [] : changed(action, count >> 1, turn)
  return [
    ...some(whole, count >> 1, turn),
    ...others.map((each) => ({ event, actions: actions.with(at, each) })),
    ...changed(event, action === undefined ? count : 1, turn).map((each) => ({ event: each, actions }))
  ].slice(0, count)
}
