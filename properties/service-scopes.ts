/** Scopes and wrong models of ServiceRecords. */
import { eventSystem } from "../model/environment/event-system.ts"
import type { Event } from "../model/event.ts"
import { type Gid, NO_GUID } from "../model/ids.ts"
import type { Mad, ServiceRecord } from "../model/mad.ts"
import type { ServiceRid, State } from "../model/state.ts"
import { acting, changing, type ModelMutant, seeing } from "./mutations.ts"
import { named, type Scope, scope, started } from "./scope.ts"
import { egress, gid, guid, ingress, mad, passes, SA, SM_LID, small, tid, VF1, VF2 } from "./small-world.ts"

/** Attribute and methods of ServiceRecord. */
export const SERVICE_RECORD = 0x31
export const SET = 0x02
export const DELETE = 0x15
/** ServiceLease without an end. */
export const FOR_EVER = 0xffff_ffff

/** A ServiceRecord; by default VF1's, in the default partition, for ever. */
export const record = (change: Partial<ServiceRecord> = {}): ServiceRecord => ({
  _tag: "serviceRecord",
  mask: "0000000000000017",
  serviceId: "0000000000000001",
  gid: gid(1),
  pkey: 0xffff,
  lease: FOR_EVER,
  ...change
})

/** A Set or Delete of a record. */
export const change = (method: number, of: Partial<ServiceRecord> = {}): Mad =>
  mad({
    mgmtClass: SA, method, attributeId: SERVICE_RECORD, body: record(of),
    tid: tid(0x100 * method + Number(record(of).serviceId))
  })

/** A function's Set or Delete, on its way to the SM. */
export const sends = (method: number, of: Partial<ServiceRecord> = {}, fn = VF1) =>
  egress(fn, change(method, of), { dlid: SM_LID })

/** The SA's answer to the n-th wire TID. */
export const says = (n: number, method: number, status = 0, of: Partial<ServiceRecord> = {}) =>
  ingress({ ...change(method, of), tid: tid(n), status }, { slid: SM_LID })

const tidsHeld = ({ registrations, resting, transactions }: State): number =>
  transactions.length + resting.length + registrations.length

const few = (state: State): boolean => tidsHeld(state) < 3

/** Times and quotas of the scopes: one transaction and one record a function, everything lasts a moment. */
const tiny = {
  functions: 3,
  limits: { tids: 1, services: 1, inbound: 1 },
  timing: { tidMin: 1, tidMax: 1, rest: 1, saTimeout: 1, saRetries: 1, prefixGrace: 0 }
}

/** VF1 registers and ends, the SM comes and goes, the SA answers or not. */
export const serviceScope: Scope = scope(
  "functions register ServiceRecords and end, and the SM comes and goes",
  ["SQP-SVC-1", "SQP-SVC-2", "SQP-SVC-3", "SQP-SVC-4"],
  [/reset of VF1: to wire/, /service-quota/, /SM again: .*to wire/, /1 ms: to wire/],
  (rules) =>
    eventSystem(
      started(rules, small(tiny)),
      [
        named("VF1 registers", sends(SET), few),
        named("VF1 registers another", sends(SET, { serviceId: "0000000000000002" }), few),
        named("VF1 registers for VF2", sends(SET, { gid: gid(2) }), few),
        named("VF2 deletes VF1's", sends(DELETE, {}, VF2), few),
        ...[1, 2].map((n) => named(`DeleteResp ${n}`, says(n, 0x95))),
        named("reset of VF1", { _tag: "Reset", function: VF1 }, few),
        named("no SM", { _tag: "SmChanged", smLid: null, smSl: 0 }),
        named("SM again", { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }, few),
        named("1 ms", passes(1))
      ],
      rules
    )
)

/** VF1 registers and deletes, and loses its GID and its P_Key. */
export const lossScope: Scope = scope(
  "functions register and delete ServiceRecords, and lose what the records name",
  ["SQP-SVC-2", "SQP-SVC-3"],
  [/no GID: .*to wire/, /no P_Key: .*to wire/],
  (rules) =>
    eventSystem(
      started(rules, small(tiny)),
      [
        named("VF1 registers", sends(SET), few),
        named("VF1 deletes", sends(DELETE), few),
        named("DeleteResp", says(1, 0x95)),
        named("no GID", { _tag: "GuidTableChanged", block: 0, guids: [guid(0), NO_GUID, guid(2)] }, few),
        named("GID again", { _tag: "GuidTableChanged", block: 0, guids: [guid(0), guid(1), guid(2)] }),
        named("no P_Key", { _tag: "PkeysChanged", pkeys: [0x8001] }, few),
        named("P_Key again", { _tag: "PkeysChanged", pkeys: [0xffff, 0x8001] }),
        named("1 ms", passes(1))
      ],
      rules
    )
)

const isOwnDelete = (action: { readonly _tag: string }): boolean =>
  action._tag === "ToWire" && "from" in action && action.from === null

/** The state as it would be if a record belonged to the one who names it. */
const asIfOwn = (state: State, event: Event): State => {
  const named = event._tag === "Egress" && "body" in event.mad && event.mad.body._tag === "serviceRecord"
  const of: Gid | null = named && "body" in event.mad && event.mad.body._tag === "serviceRecord" ? event.mad.body.gid : null
  if (of === null || event._tag !== "Egress") return state
  return {
    ...state,
    functions: state.functions.map((each, n) =>
      n === event.function ? { ...each, guid: guid([0, 1, 2].find((f) => gid(f) === of) ?? 0) } : each)
  }
}

const FOREIGN: ServiceRid = { serviceId: "0000000000000009", gid: gid(1), pkey: 0xffff }

/** Wrong models of ServiceRecords. */
export const serviceMutants: ReadonlyArray<ModelMutant> = [
  { title: "lets a function change any record", breaks: "SQP-SVC-1", rules: seeing(asIfOwn) },
  {
    title: "leaves the records of a function that ends at the SA",
    breaks: "SQP-SVC-2",
    rules: acting((actions, event) => (event._tag === "Reset" ? actions.filter((each) => !isOwnDelete(each)) : actions))
  },
  {
    title: "leaves the records of a lost GID at the SA",
    breaks: "SQP-SVC-2",
    rules: acting((actions, event) =>
      event._tag === "GuidTableChanged" ? actions.filter((each) => !isOwnDelete(each)) : actions)
  },
  {
    title: "forgets what waits for an SM",
    breaks: "SQP-SVC-2",
    rules: seeing((state, event) =>
      event._tag === "SmChanged"
        ? { ...state, registrations: state.registrations.filter(({ deletion }) => deletion !== "waits") }
        : state)
  },
  {
    title: "deletes another record than it should",
    breaks: "SQP-SVC-3",
    rules: changing("ToWire", (action) =>
      action.from === null ? { ...action, mad: { ...action.mad, body: record(FOREIGN) } } : action)
  },
  {
    title: "goes on deleting a record that was registered again",
    breaks: "SQP-SVC-3",
    rules: (state, event) => {
      const right = seeing((before) => before)(state, event)
      const asked = state.registrations.filter(({ deletion }) => deletion !== null && deletion !== "waits")
      return {
        ...right,
        possible: right.possible.map((each) => ({
          ...each,
          state: {
            ...each.state,
            registrations: each.state.registrations.map((now) =>
              asked.find(({ rid }) => rid.serviceId === now.rid.serviceId && now.deletion === null) ?? now)
          }
        }))
      }
    }
  },
  {
    title: "has no quota of records",
    breaks: "SQP-SVC-4",
    rules: seeing((state) => ({
      ...state, config: { ...state.config, limits: { ...state.config.limits, services: 9 } }
    }))
  },
  {
    title: "refuses the last record of the quota",
    breaks: "SQP-SVC-4",
    rules: seeing((state) => ({
      ...state, config: { ...state.config, limits: { ...state.config.limits, services: 0 } }
    }))
  }
]
