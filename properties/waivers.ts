/**
 * The named divergences (spec/divergences.md) that one line of a trace shows, and what a PF context that keeps the rules would have done
 * on that line instead [SQP-CHK-4]: a checker that waives one goes on from there.
 */
import type { Action, ActionOf } from "../model/action.ts"
import type { Possible } from "../model/bind.ts"
import { isVariable } from "../model/choice.ts"
import type { Event } from "../model/event.ts"
import { isControl } from "../model/invariants-crossing.ts"
import { ATTRIBUTE, CLASS, isResponse, type Mad, METHOD } from "../model/mad.ts"
import type { Reason } from "../spec/reasons.ts"
import { differences } from "./describe.ts"

/** A line that nothing explains, beside one of the things the rules allow in its place. */
export interface Departure {
  readonly event: Event
  readonly observed: ReadonlyArray<Action>
  readonly demanded: ReadonlyArray<Action>
}

type Shows = (departure: Departure) => boolean

/** What a right PF context would have done on a line: these actions, or, where they need ids that nobody saw, nothing at all. */
export type Instead = ReadonlyArray<Action> | null

/** What may be taken for a line that shows this divergence, the likeliest first; empty where it does not show it. */
export const insteadOf = (
  id: WaivableId, event: Event, observed: ReadonlyArray<Action>, outcomes: ReadonlyArray<Possible>
): ReadonlyArray<Instead> =>
  // Time passes whatever is waived.
  event._tag === "TimePasses" ? [] : outcomes
    .filter(({ actions }) => waivers[id]({ event, observed, demanded: actions }))
    .map(({ actions, choice }) => (choice.some(isVariable) ? null : actions))

const madOf = (event: Event): Mad | null =>
  (event._tag === "Egress" || event._tag === "Ingress") && "mgmtClass" in event.mad ? event.mad : null

const all = <T extends Action["_tag"]>(actions: ReadonlyArray<Action>, tag: T): ReadonlyArray<ActionOf<T>> =>
  actions.filter((action): action is ActionOf<T> => action._tag === tag)
const has = (actions: ReadonlyArray<Action>, tag: Action["_tag"]): boolean => actions.some(({ _tag }) => _tag === tag)
/** Nothing but drops, which a foreign trace may omit. */
const isSilent = (actions: ReadonlyArray<Action>): boolean => actions.every(({ _tag }) => _tag === "Drop")

/** A MAD of a function left, which the rules drop for one of these reasons. */
const leaksOut = (reasons: ReadonlyArray<Reason>, about: (mad: Mad, event: Event) => boolean = () => true): Shows =>
  ({ demanded, event, observed }) => {
    const mad = madOf(event)
    return event._tag === "Egress" && mad !== null && about(mad, event) && has(observed, "ToWire") &&
      all(demanded, "Drop").some(({ reason }) => reasons.includes(reason))
  }

/** A function got what the rules drop for one of these reasons. */
const leaksIn = (reasons: ReadonlyArray<Reason>, about: (mad: Mad, event: Event) => boolean = () => true): Shows =>
  ({ demanded, event, observed }) => {
    const mad = madOf(event)
    return event._tag === "Ingress" && mad !== null && about(mad, event) && has(observed, "ToFunction") &&
      all(demanded, "Drop").some(({ reason }) => reasons.includes(reason))
  }

/** Nothing came of a MAD that the rules deliver or answer. */
const vanishes = (about: (mad: Mad, departure: Departure) => boolean): Shows => (departure) => {
  const mad = madOf(departure.event)
  return mad !== null && isSilent(departure.observed) && !isSilent(departure.demanded) && about(mad, departure)
}

const UNSEEN: ReadonlySet<string> = new Set(["from", "cause", "payload"])

/** Something came to a function, or left, as it should but for these fields. */
const differsIn = (
  tag: "ToFunction" | "ToWire", fields: RegExp, about: (seen: Action, event: Event) => boolean = () => true
): Shows => ({ demanded, event, observed }) => {
  const [seen, ...others] = all<"ToFunction" | "ToWire">(observed, tag)
  const [due, ...more] = all<"ToFunction" | "ToWire">(demanded, tag)
  if (!seen || !due || others.length > 0 || more.length > 0 || !about(seen, event)) return false
  const parts = differences(due, seen, UNSEEN).filter(({ expected }) => !(typeof expected === "string" && isVariable(expected)))
  return parts.length > 0 && parts.every(({ path }) => fields.test(path))
}

/** Port events that some functions did not hear, or, if `extra`, that some heard in vain. */
const events = (kinds: ReadonlyArray<string>, about: (event: Event) => boolean, extra = false): Shows =>
  ({ demanded, event, observed }) => {
    const [more, less] = extra ? [observed, demanded] : [demanded, observed]
    const keyOf = (action: ActionOf<"EventTo">) => `${action.function} ${action.event}`
    const heard = new Set(all(less, "EventTo").map(keyOf))
    const lacking = all(more, "EventTo").filter((each) => !heard.has(keyOf(each)))
    return about(event) && lacking.length > 0 && lacking.every((each) => kinds.includes(each.event))
  }

/** A local query is answered otherwise than the rules say. */
const answersQuery = (about: (event: Event & { readonly _tag: "Query" }) => boolean): Shows =>
  ({ event, observed }) => event._tag === "Query" && has(observed, "Answer") && about(event)

/** A QP takes what the rules refuse. */
const grantsModify = (key: "pkeyIndex" | "alternate" | "sgidIndex"): Shows => ({ demanded, event, observed }) =>
  event._tag === "Verb" && event.request.verb === "modifyQp" && event.request[key] !== null &&
  all(demanded, "Answer").some(({ status }) => status === "refused") &&
  all(observed, "Answer").some(({ status }) => status === "ok")

const isMessage = (mad: Mad, ...names: ReadonlyArray<string>): boolean => mad.body._tag === "cm" && names.includes(mad.body.message)
const isSidr = (mad: Mad): boolean => isMessage(mad, "SIDR_REQ", "SIDR_REP")
const namesGuid0 = (_: Mad, event: Event): boolean =>
  event._tag === "Ingress" && event.address.grh !== null && /0{16}$/.test(event.address.grh.dgid)
const isReport = (mad: Mad): boolean => mad.mgmtClass === CLASS.SA && mad.method === METHOD.REPORT
const isVf = (action: Action): boolean => action._tag === "ToFunction" && action.function !== 0
const localIdOf = (mad: Mad): string | null => (mad.body._tag === "cm" && "localId" in mad.body ? mad.body.localId : null)
const isRej = (_: Action, event: Event): boolean => {
  const mad = madOf(event)
  return event._tag === "Egress" && mad !== null && isMessage(mad, "REJ")
}

/** Each divergence that a line shows by itself. */
const waivers = {
  "D-E1": vanishes((mad, { demanded, event }) =>
    event._tag === "Egress" && !isResponse(mad) && !mad.tid.startsWith("00") && has(demanded, "ToWire")),
  "D-E2": leaksOut(["pkey-index"]),
  "D-E4": leaksOut(["response-undelivered"]),
  "D-E5": leaksOut(["class-qp"], (_, event) => event._tag === "Egress" && event.qp === 0),
  "D-E6": leaksOut(["remote-qpn", "sa-destination"]),
  "D-E7": ({ demanded, event, observed }) => {
    const mad = madOf(event)
    const isChange = mad !== null && mad.mgmtClass === CLASS.SA && (mad.method === METHOD.SET || mad.method === METHOD.DELETE)
    return event._tag === "Egress" && isChange && has(observed, "ToWire") && !has(demanded, "ToWire")
  },
  "D-E8": vanishes((mad, { event }) =>
    event._tag === "Egress" && mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.MC_MEMBER_RECORD && mad.method === METHOD.GET),
  "D-E9": vanishes((mad) => mad.mgmtClass === CLASS.DEV_MGT),
  "D-E10": vanishes((_, { demanded, event }) => event._tag === "Egress" && all(demanded, "ToFunction").some((got) => got.mad.status !== 0)),
  "D-I1": leaksIn(["response-unasked"]),
  "D-I2": leaksIn(["steer-conflict"], isResponse),
  "D-I3": differsIn("ToFunction", /^address\.pkeyIndex$/, isVf),
  "D-I4": differsIn("ToFunction", /^address\.pathBits$/, (seen) => seen._tag === "ToFunction" && seen.address.pathBits === 0),
  "D-I6": leaksIn(["dgid-unknown"], namesGuid0),
  "D-I7": leaksIn(["dgid-unknown"], (mad, event) => !namesGuid0(mad, event)),
  "D-I8": ({ event, observed }) => {
    const mad = madOf(event)
    return event._tag === "Ingress" && mad !== null && isReport(mad) && !has(observed, "ToWire") && !observed.some(isVf)
  },
  "D-I9": vanishes((mad, { demanded, event }) => event._tag === "Ingress" && isControl(mad) && has(demanded, "ToFunction")),
  "D-I10": leaksIn(["pkey-mismatch"]),
  "D-I11": leaksIn(["class-qp"], (_, event) => event._tag === "Ingress" && event.qp === 0),
  "D-T9": events(["lid", "sm", "pkey", "gid", "reregister", "port-up", "port-down"], () => true),
  "D-C2": leaksIn(["cm-unknown"], isSidr),
  "D-C4": leaksIn(["cm-unknown"], (mad) => !isSidr(mad)),
  "D-C5": differsIn("ToWire", /^mad\.(body\.localId|tid)$/, (seen, event) => {
    const mad = madOf(event)
    return isRej(seen, event) && mad !== null && seen._tag === "ToWire" && localIdOf(seen.mad) === localIdOf(mad)
  }),
  "D-C9": leaksIn(["cm-peer"]),
  "D-C15": vanishes((mad, { event }) => event._tag === "Ingress" && isMessage(mad, "REQ")),
  "D-C17": differsIn("ToWire", /^mad\.(body\.localId|tid)$/, isRej),
  "D-M20": differsIn("ToFunction", /^address\.(grh|pathBits)/, (seen) => seen._tag === "ToFunction" && seen.mad.body._tag === "mcMember"),
  "D-G3": events(["pkey"], ({ _tag }) => _tag === "PkeysChanged", true),
  "D-G4": events(["sm"], ({ _tag }) => _tag === "SmChanged"),
  "D-G2": answersQuery(({ attribute, modifier }) => attribute === "GUIDInfo" && modifier === 0),
  "D-A1": answersQuery(({ attribute }) => attribute === "P_KeyTable"),
  "D-A4": answersQuery(({ attribute }) => attribute === "other"),
  "D-A5": answersQuery(({ attribute, modifier }) => attribute === "GUIDInfo" && modifier !== 0),
  "D-Q4": grantsModify("pkeyIndex"),
  "D-Q5": grantsModify("alternate"),
  "D-Q7": grantsModify("sgidIndex")
} satisfies Readonly<Record<string, Shows>>

/** The id of a divergence that can be waived. */
export type WaivableId = keyof typeof waivers

/** Whether a divergence can be waived. */
export const isWaivable = (id: string): id is WaivableId => Object.hasOwn(waivers, id)

/** The ids that can be waived, as the page has them. */
export const waivableIds: ReadonlyArray<WaivableId> = Object.keys(waivers).filter(isWaivable)

/** How often each divergence was waived, in words. */
export const waivedTexts = (waived: Readonly<Record<string, number>>): ReadonlyArray<string> =>
  Object.entries(waived).map(([id, count]) => `waived ${id}: ${count} ${count === 1 ? "line" : "lines"}`)

/** How many divergences of the driver each part of the page has: D-E1 to D-E11 and so on. */
const COUNTS: Readonly<Record<string, number>> = { E: 11, I: 12, T: 9, C: 20, M: 40, G: 9, A: 6, Q: 11 }

/** Every divergence of the driver, waivable or not. */
export const divergenceIds: ReadonlyArray<string> = Object.entries(COUNTS).flatMap(([part, count]) =>
  Array.from({ length: count }, (_, i) => `D-${part}${i + 1}`))
