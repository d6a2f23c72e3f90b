/** Histories about multicast as an invariant sees them: what functions ask, what the SA is asked, what it says. */
import type { ActionOf, Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { type FunctionId, Lid, NO_GID, PF } from "../model/ids.ts"
import { type Ledger } from "../model/invariants-multicast-ledger.ts"
import { type Page, readingOf } from "../model/invariants-multicast-page.ts"
import type { Observation } from "../model/invariants.ts"
import { ATTRIBUTE, type Mad, type McMember, METHOD } from "../model/mad.ts"
import { madeMad, maskOf, NO_RECORD } from "../model/multicast-record.ts"
import { seen, toFunction, toWire } from "./invariant-story.ts"
import { answered, joins, leaves, mgid, reported, saMad } from "./sa-story.ts"
import { gid, ingress, SM_LID, small, type Small, tid, VF1, VF2 } from "./small-world.ts"

/**
 * A request has two tries of 10 ms, a function 50 ms to join again, a join is wanted for 100 ms, and what falls
 * due happens within 3 ms.
 */
export const multicastTiming = {
  saTimeout: 10, saRetries: 1, renewGrace: 50, horizon: 100, tidMin: 40, tidMax: 50, slack: 3
}
/** A PF and two VFs. */
export const multicastWorld = (change: Small = {}) => small({ timing: multicastTiming, ...change })

/** Groups by a letter, and what asks the SA to choose one. */
export const [A, B] = [mgid("a"), mgid("b")]
export const CHOOSE = { record: { mgid: NO_GID } }
/** What names a re-join: the components that can create the group. */
export const REJOIN = maskOf("mgid", "portGid", "qkey", "trafficClass", "pkey", "sl", "flowLabel", "joinState")
const MINIMAL = maskOf("mgid", "portGid", "joinState")

/** What differs from the usual: FullMember, and nothing else asked for. */
export interface Odd {
  readonly bits?: number
  readonly record?: Partial<McMember>
  readonly mad?: Partial<Mad>
  readonly address?: Parameters<typeof toWire>[2]
}
const asked = (method: number) => (n: number, name: string, odd: Odd = {}): ActionOf<"ToWire"> => {
  const body: McMember = {
    ...NO_RECORD, mask: MINIMAL, mgid: mgid(name), portGid: gid(PF), joinState: odd.bits ?? 1, ...odd.record
  }
  return toWire(null, { ...madeMad(method, 0, tid(n), body), ...odd.mad }, { dlid: SM_LID, rate: 0,
    ...odd.address })
}
/** The PF context asks the SA to join, with the n-th TID. */
export const asks = asked(METHOD.SET)
/** It asks to leave. */
export const asksToLeave = asked(METHOD.DELETE)
/** It joins again what the functions have. */
export const rejoins = (n: number, name: string, odd: Odd = {}) =>
  asks(n, name, { ...odd, record: { mask: REJOIN, ...odd.record } })

/** What a function is told. */
export interface Told {
  readonly bits?: number
  readonly status?: number
  readonly tid?: number
  readonly method?: number
  readonly record?: Partial<McMember>
}
/** A function is told what became of its join. */
export const tells = (
  fn: FunctionId, name: string, { bits = 1, method = METHOD.GET_RESP, record, status = 0,
    tid: n = 0x500 }: Told = {}
): Action => {
  const body: McMember = { ...NO_RECORD, mgid: mgid(name), portGid: gid(fn), joinState: bits, ...record }
  return toFunction(fn, madeMad(method, status, tid(n), body))
}
/** A function is told what became of its leave; by default that it has nothing left. */
export const tellsLeft = (fn: FunctionId, name: string, of: Told = {}) =>
  tells(fn, name, { bits: 0, method: METHOD.DELETE_RESP, ...of })

/** A MAD like the SA's answer to the n-th TID, from wherever. */
export const answeredFrom = (address: Parameters<typeof ingress>[1], n: number, name: string, odd: Odd = {}): Event => {
  const body: McMember = { ...NO_RECORD, mgid: mgid(name), joinState: odd.bits ?? 1, pkey: 0xffff, ...odd.record }
  return ingress({ ...madeMad(METHOD.GET_RESP, 0, tid(n), body), ...odd.mad }, { slid: SM_LID, ...address })
}
/** The SA refuses the request of the n-th TID. */
export const refused = (n: number, name: string, status = 0x0300): Event =>
  answered(n, name, { joinState: 0 }, status)
/** A function leaves, and hears that it has nothing left. */
export const left = (fn: FunctionId, name: string, ...actions: ReadonlyArray<Action>): Observation =>
  seen(leaves(fn, name), tellsLeft(fn, name), ...actions)
/** Time passes, and this comes of it. */
export const later = (ms: number, ...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "TimePasses", ms }, ...actions)
/** The SM wants all to be registered again. */
export const reregister = (...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "Reregister" }, ...actions)
/** The SM is another, or unknown. */
export const smChanged = (lid: number | null, ...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "SmChanged", smLid: lid === null ? null : Lid(lid), smSl: 0 }, ...actions)

/** The SM reports that the SA deleted a group; the Report is answered, unless something else comes of it. */
export const deleted = (name: string, ...actions: ReadonlyArray<Action>): Observation => {
  const event = reported(0x900, { trapNumber: 67, gidAddr: mgid(name) })
  return seen(event, toWire(null, saMad(METHOD.REPORT_RESP, ATTRIBUTE.NOTICE, 0x900, { _tag: "opaque" })),
    ...actions)
}

/** VF1 joins group A: the SA is asked with the first TID. */
export const begun = seen(joins(VF1, "a"), asks(1, "a"))
/** VF1 is a FullMember of group A. */
export const joined = [begun, seen(answered(1, "a"), tells(VF1, "a"))]
/** VF2 is one, too. */
export const joinedBoth = [...joined, seen(joins(VF2, "a"), tells(VF2, "a"))]
/** After a reregister the SA says that it holds all: the grace of 50 ms runs, and all bits are provisional. */
export const again = (history: ReadonlyArray<Observation>): ReadonlyArray<Observation> =>
  [...history, reregister(rejoins(2, "a")), seen(answered(2, "a"))]

/** The pages of a history, one for each observation. */
export const pagesOf = (history: ReadonlyArray<Observation>, change: Small = {}): ReadonlyArray<Page> => {
  const pages: Array<Page> = []
  const begin = multicastWorld(change)
  const reader = readingOf(begin)("SQP-MC-1", "all pages", (page) => {
    pages.push(page)
    return []
  })
  history.reduce((monitor, observation) => monitor.observe(observation), reader.start())
  return pages
}
/** What is known after a history. */
export const known = (...history: ReadonlyArray<Observation>): Ledger => {
  const last = pagesOf(history).at(-1)
  if (last === undefined) throw new Error("nothing happened")
  return last.after
}
