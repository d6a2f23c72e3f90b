/** What the model makes of events that did not happen, but might have: all is chosen by place, nothing by chance. */
import type { Event, Grh } from "../../model/event.ts"
import { FunctionId, type Gid, Gid as gidFrom, gidOf, Guid, Lid, NO_GUID, SubnetPrefix } from "../../model/ids.ts"
import { nextDue } from "../../model/sa-outstanding.ts"
import type { State } from "../../model/state.ts"
import { modelRules } from "../scope.ts"
import type { Digest } from "./digest.ts"
import { changed } from "./tampering.ts"

/** How many ways an event is changed at one place, and how many of those that may happen anywhere are tried. */
const VARIANTS = 3
const ANYWHERE = 2

/** The port and its table, the administrator and time: what may happen in any state. */
const anywhere = (state: State, fn: FunctionId): ReadonlyArray<Event> => {
  const { deferred, functions, port } = state
  const due = nextDue(state)
  const guids = functions.map(({ guid }) => guid)
  return [
    { _tag: "Stop" },
    { _tag: "Reset", function: fn },
    { _tag: "TimePasses", ms: 1 },
    { _tag: "Reregister" },
    { _tag: "SmChanged", smLid: null, smSl: 0 },
    { _tag: "Detach", function: fn },
    { _tag: "TimePasses", ms: due && Number.isFinite(due.latest) ? Math.max(0, due.latest) : 1000 },
    { _tag: "PkeysChanged", pkeys: [port.pkeys[0] ?? 0] },
    { _tag: "GuidTableChanged", block: 0, guids: guids.map((guid, n) => (n === fn ? NO_GUID : guid)) },
    { _tag: "LinkChanged", up: !port.up },
    { _tag: "SmChanged", smLid: Lid(0x33), smSl: 1 },
    { _tag: "Start" },
    { _tag: "PkeyMapChanged", function: fn, map: [null] },
    { _tag: "LidChanged", lid: Lid(0x44), lmc: 1 },
    { _tag: "TimePasses", ms: 1, within: 2 },
    { _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fe80000000000000") },
    { _tag: "AdminGuid", function: fn, guid: Guid("00000000000000e1") },
    { _tag: "AdminGuid", function: fn, guid: null },
    { _tag: "Attach", function: fn },
    { _tag: "WireRoom", slots: 0 },
    { _tag: "FunctionRoom", function: fn, slots: 0 },
    { _tag: "QuotasChanged", functions: [fn], quotas: { groups: 0, pending: 0, queue: 0 } },
    { _tag: "PolicyChanged", policy: {}, services: null },
    { _tag: "Query", function: fn, attribute: "GUIDInfo", modifier: 0 },
    { _tag: "WireRoom", slots: deferred.length },
    { _tag: "GuidTableChanged", block: 0, guids: guids.toReversed() }
  ]
}

const grhFor = (dgid: Gid): Grh =>
  ({ sgid: gidFrom("fe80000000000000000000000000bad0"), dgid, hopLimit: 1, flowLabel: 2, trafficClass: 3 })

/** The event with a GRH for a function, where it has none. */
const withGrh = (state: State, event: Event, fn: FunctionId): ReadonlyArray<Event> => {
  const grh = grhFor(gidOf(state.port.prefix, state.functions[fn]?.guid ?? NO_GUID))
  switch (event._tag) {
    case "Ingress":
      return event.address.grh ? [] : [{ ...event, address: { ...event.address, grh } }]
    case "Egress":
      return event.address.grh ? [] : [{ ...event, address: { ...event.address, grh } }]
    default:
      return []
  }
}

/** All outcomes, or what the model says of an event that means nothing. */
const outcomes = (state: State, event: Event): unknown => {
  try {
    return modelRules(state, event)
  } catch (fault) {
    return String(fault)
  }
}

/**
 * Tells a digest what would come of the event if it happened (again) in this state, with something in it
 * changed, and of some others.
 */
export const nearby = (state: State, event: Event, turn: number, digest: Digest): void => {
  const fn = FunctionId(turn % state.functions.length)
  const all = anywhere(state, fn)
  const others = Array.from({ length: ANYWHERE }, (_, i) => all[(turn * ANYWHERE + i) % all.length] ?? event)
  const variants = [...changed(event, VARIANTS, turn), ...(turn % 3 === 0 ? withGrh(state, event, fn) : []), ...others]
  for (const each of variants) digest.add(outcomes(state, each))
}
