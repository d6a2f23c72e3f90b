/** Short histories of subscriptions as invariants see them, right or wrong: who asks whom, and what is said. */
import type { Action, ActionOf } from "../model/action.ts"
import type { FunctionId, Lid, Tid } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import type { Observation } from "../model/invariants.ts"
import type { InformInfo, Mad } from "../model/mad.ts"
import { seen, started, toFunction, toWire } from "./invariant-story.ts"
import { egress, ingress, mad, SA, small, type Small, SM_LID, tid, VF1, VF2 } from "./small-world.ts"
import { inform } from "./subscription-scopes.ts"

/**
 * A request has two tries of 12 ms together 24, and may be known 30 ms longer. VF1 has the partitions 0x7fff and
 * 1, VF2 the first; a function has at most two subscriptions.
 */
export const subscriptionWorld = (
  { groupNotices = false, ...change }: Small & { readonly groupNotices?: boolean } = {}
): Initial => {
  const begin = small({
    limits: { subscriptions: 2 }, timing: { saTimeout: 10, saRetries: 1, slack: 2, tidMax: 30 },
    pkeyMaps: [[0], [0, 1], [0]],
    ...change
  })
  return { ...begin, config: { ...begin.config, groupNotices } }
}

/** What differs from the usual: it subscribes, with index 0, and all is well. */
export interface Unlike {
  readonly subscribe?: number
  readonly pkeyIndex?: number
  readonly status?: number
  readonly dlid?: Lid
  readonly of?: Partial<Mad>
  readonly filter?: Partial<InformInfo>
}

const number = (n: number | Tid): Tid => (typeof n === "number" ? tid(n) : n)
const spoken =
  (method: number, trap: number, n: number | Tid, { filter, of, status = 0, subscribe = 1 }: Unlike): Mad =>
  mad({
    mgmtClass: SA, method, attributeId: 0x03, tid: number(n), status, sa: { smKey: "0".repeat(16) },
    body: { ...inform(subscribe, trap), ...filter }, ...of
  })

/** A function sends a Set(InformInfo) about a trap with its TID, and this comes of it. */
export const wants = (
  fn: FunctionId, trap: number, guest: number, unlike: Unlike = {}, ...actions: ReadonlyArray<Action>
): Observation =>
  seen(egress(fn, spoken(0x02, trap, guest, unlike), { dlid: SM_LID, pkeyIndex: unlike.pkeyIndex ?? 0 }), ...actions)

/** The PF context asks the SA about a trap with a wire TID. */
export const asksSa = (trap: number, wire: number | Tid, unlike: Unlike = {}): ActionOf<"ToWire"> =>
  toWire(null, spoken(0x02, trap, wire, unlike), { dlid: unlike.dlid ?? SM_LID, pkeyIndex: unlike.pkeyIndex ?? 0 })

/** The SA answers a wire TID, and this comes of it. */
export const saAnswers = (
  trap: number, wire: number | Tid, unlike: Unlike = {}, ...actions: ReadonlyArray<Action>
): Observation => seen(ingress(spoken(0x81, trap, wire, unlike), { slid: SM_LID }), ...actions)

/** A function is answered about a trap, with its TID. */
export const isTold = (fn: FunctionId, trap: number, guest: number, unlike: Unlike = {}): ActionOf<"ToFunction"> => {
  const action = toFunction(fn, spoken(0x81, trap, guest, unlike))
  return { ...action, address: { ...action.address, pkeyIndex: unlike.pkeyIndex ?? 0 } }
}

/** A function is reset, and this comes of it. */
export const reset = (fn: FunctionId, ...actions: ReadonlyArray<Action>): Observation =>
  seen({ _tag: "Reset", function: fn }, ...actions)
/** What ends a subscription. */
export const END = { subscribe: 0 }
/** VF1 asks for trap 64 with its TID 7, and the SA is asked with the wire TID 1. */
export const asking = [started, wants(VF1, 64, 7, {}, asksSa(64, 1))]
/** The SA grants it, and VF1 is told. */
export const has = [...asking, saAnswers(64, 1, {}, isTold(VF1, 64, 7))]
/** VF2 has it, too. */
export const both = [...has, wants(VF2, 64, 8, {}, isTold(VF2, 64, 8))]
/** VF1 ends it, and this comes of it as well. */
export const ends = (...actions: ReadonlyArray<Action>): Observation =>
  wants(VF1, 64, 9, END, isTold(VF1, 64, 9, END), ...actions)
