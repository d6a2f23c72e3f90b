/** Histories about alias GUIDs as an invariant sees them: what is asked of the SA, and what it says. */
import type { ActionOf, Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { FunctionId, type Guid, NO_GUID, PF } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import type { GuidInfo, Mad } from "../model/mad.ts"
import { hears, seen, toWire, tunnels } from "./invariant-story.ts"
import {
  egress, guid, ingress, mad, OWN_LID, SA, small, type Small, SM_LID, tid, VF1, VF2
} from "./small-world.ts"

/** GUIDs that nobody has at first. */
export const [G, H] = [guid(8), guid(9)]
/** A request has two tries of 10 ms, a back-off 20 and then 40 ms, and what falls due happens within 3 ms. */
export const guidTiming = { saTimeout: 10, saRetries: 1, guidRetry: 20, guidRetryMax: 40, slack: 3 }
/** A PF and two VFs without GUIDs; VF1 shall have {@link G}. */
export const guidWorld = (change: Small = {}) =>
  small({ guids: [guid(0), NO_GUID, NO_GUID], adminGuids: [null, G, null], timing: guidTiming, ...change })

/** The record about the slot of a function, with its GUID. */
export const slotOf = (fn: FunctionId, of: Guid, change: Partial<GuidInfo> = {}): GuidInfo => ({
  _tag: "guidInfo",
  mask: (0x3 | (1 << (4 + fn % 8))).toString(16).padStart(16, "0"),
  lid: OWN_LID,
  block: Math.floor(fn / 8),
  guids: Array.from({ length: 8 }, (_, place) => (place === fn % 8 ? of : NO_GUID)),
  ...change
})
const spoken = (body: GuidInfo, change: Partial<Mad>): Mad =>
  mad({ mgmtClass: SA, attributeId: 0x30, sa: { smKey: "0".repeat(16) }, body, ...change })

/** What differs from the pattern of a request. */
export interface Odd {
  readonly mad?: Partial<Mad>
  readonly record?: Partial<GuidInfo>
  readonly address?: Partial<ActionOf<"ToWire">["address"]>
}
const asks = (method: number) => (fn: FunctionId, of: Guid, n: number, odd: Odd = {}): ActionOf<"ToWire"> =>
  toWire(null, spoken(slotOf(fn, of, odd.record), { method, tid: tid(n), ...odd.mad }), {
    dlid: SM_LID, rate: 0, ...odd.address
  })
/** The PF context asks for a GUID for a function, with the n-th TID. */
export const sets = asks(0x02)
/** The PF context gives back the GUID of a function, with the n-th TID. */
export const deletes = (fn: FunctionId, n: number, odd: Odd = {}) => asks(0x15)(fn, NO_GUID, n, odd)

/** The PF context starts, and this comes of it. */
export const begins = (...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "Start" }, ...[PF, VF1, VF2].flatMap(tunnels), ...actions)
/** The SA answers the n-th TID: what a slot holds, or a status. */
export const answers = (fn: FunctionId, of: Guid, n: number, odd: Odd = {}): Event =>
  ingress(spoken(slotOf(fn, of, odd.record), { method: 0x81, tid: tid(n), ...odd.mad }), { slid: SM_LID })
/** It shows a function its GUID, and the function has a port. */
export const grants = (fn: FunctionId, of: Guid, n: number): Observation =>
  seen(answers(fn, of, n), hears(fn, "gid"), hears(fn, "port-up"))
/** It shows nothing. */
export const declines = (fn: FunctionId, n: number, ...actions: ReadonlyArray<Action>): Observation =>
  seen(answers(fn, NO_GUID, n), ...actions)
/** It refuses to take a GUID back. */
export const keeps = (fn: FunctionId, n: number): Observation =>
  seen(answers(fn, NO_GUID, n, { mad: { method: 0x95, status: 0x0700 } }))
/** The administrator wishes, and it is done. */
export const wishes = (fn: FunctionId, of: Guid | null, ...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "AdminGuid", function: fn, guid: of },
    { _tag: "Answer", function: fn, status: "ok", qpn: null, qkey: null, view: null }, ...actions)
/** Time passes. */
export const later = (ms: number, ...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "TimePasses", ms }, ...actions)
/** The SM writes slots 0 and 1. */
export const table = (of: Guid, ...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "GuidTableChanged", block: 0, guids: [guid(0), of] }, ...actions)
/** A VF's own request about GUIDs. */
export const ofVf = (fn: FunctionId, method: number, of: Guid) =>
  egress(fn, spoken(slotOf(FunctionId(0), of), { method }), { dlid: SM_LID })
/** Its answer, which the PF context gives. */
export const answerOf = (fn: FunctionId, of: Guid): Mad =>
  spoken(slotOf(FunctionId(0), of), { method: 0x81, tid: tid(fn) })
