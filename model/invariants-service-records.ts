/**
 * Invariants of ServiceRecords (`spec/service-records.md`), judged by what left, what came back and who
 * ended.
 */
import type { Event } from "./event.ts"
import { type FunctionId, gidOf, low32, NO_GUID, PF, type Tid } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, invariantsOver, type Observation } from "./invariants.ts"
import { answers, isDropped, isMad, leaving } from "./invariants-crossing.ts"
import { isOpen, knownAtFirst, knownGuid, learnt, partitionAt, type PortLedger } from "./invariants-port-ledger.ts"
import type { Mad, ServiceRecord } from "./mad.ts"
import { portLedger } from "./renaming-ledgers.ts"
import { each, fields, functionId, text } from "./renaming.ts"

/** A record that a VF sent a Set of. */
interface Known {
  readonly function: FunctionId
  readonly rid: string
  readonly gid: string
  readonly pkey: number
  /** What remains of its lease in milliseconds; null without end. */
  readonly lease: number | null
  /** The function has it; it must be deleted; it is asked for, with this TID. */
  readonly is: "own" | "owed" | { readonly asked: Tid }
}

interface Ledger {
  readonly port: PortLedger
  /** Whether the ring to the wire was ever bounded: what must leave may then wait. */
  readonly bounded: boolean
  readonly records: ReadonlyArray<Known>
}

const ledgerRenamed = fields<Ledger>({
  port: portLedger, records: each(fields<Known>({ function: functionId, rid: text, gid: text }))
})

const DELETE = 0x15
const DELETE_RESP = 0x95
const SET = 0x02
const SERVICE_RECORD = 0x31
const GUID_INFO_RECORD = 0x30

const recordOf = (mad: Mad): ServiceRecord | null => (mad.body._tag === "serviceRecord" ? mad.body : null)
const ridOf = ({ gid, pkey, serviceId }: ServiceRecord): string => `${serviceId} ${gid} ${pkey}`

/** The change of a record that a VF sent and that left. */
const changeThatLeft = (observation: Observation) => {
  const crossing = leaving(observation)
  const record = crossing && recordOf(crossing.before)
  if (!crossing || !record || crossing.event.function === PF || crossing.before.mgmtClass !== 0x03) return null
  const { method } = crossing.before
  return method === SET || method === DELETE ? { function: crossing.event.function, method, record } : null
}

/** The deletions that the PF context itself sent. */
const deletions = (observation: Observation) => {
  const forwarded = leaving(observation)?.left
  return observation.actions.flatMap((action) => {
    if (action._tag !== "ToWire" || action === forwarded || action.mad.method !== DELETE) return []
    const record = recordOf(action.mad)
    return record ? [{ rid: ridOf(record), tid: action.mad.tid }] : []
  })
}

/** Whether a VF's table has a P_Key of the partition of this one. */
const holds = (port: PortLedger, fn: FunctionId, pkey: number): boolean => {
  const map = port.functions[fn]?.map ?? []
  return (pkey & 0x7fff) !== 0 && map.some((at) => at !== null && partitionAt(port, at) === (pkey & 0x7fff))
}

/** Whether a record is still its function's to have. */
const isConfined = (port: PortLedger, { function: fn, gid, pkey }: Pick<Known, "function" | "gid" | "pkey">): boolean => {
  const guid = knownGuid(port, fn)
  return guid !== NO_GUID && gid === gidOf(port.prefix, guid) && holds(port, fn, pkey)
}

const isExpired = ({ lease }: Known): boolean => lease !== null && lease <= 0

const ends = (event: Event, fn: FunctionId): boolean =>
  event._tag === "Stop" || ((event._tag === "Detach" || event._tag === "Reset") && event.function === fn)

const aged = (records: Ledger["records"], event: Event): Ledger["records"] =>
  event._tag !== "TimePasses" ? records : records.map((known) =>
    known.lease === null ? known : { ...known, lease: Math.max(0, known.lease - event.ms) })

/** Those a response ended: a success that reached its function, any answer to the PF context. */
const answered = (records: Ledger["records"], { actions, event }: Observation): Ledger["records"] => {
  if (event._tag !== "Ingress" || !isMad(event.mad) || !answers(event.mad) || actions.some((a) => a._tag === "Drop"))
    return records
  const { mad } = event
  const record = recordOf(mad)
  const reached = actions.find((action) => action._tag === "ToFunction")
  if (!reached) return records.filter(({ is }) =>
    typeof is === "string" || low32(is.asked) !== low32(mad.tid) || mad.attributeId !== SERVICE_RECORD)
  const isDeleted = mad.method === DELETE_RESP && mad.status === 0 && record !== null
  return records.filter(({ function: fn, is, rid }) =>
    !(isDeleted && is === "own" && fn === reached.function && rid === ridOf(record)))
}

const registered = (records: Ledger["records"], observation: Observation): Ledger["records"] => {
  const change = changeThatLeft(observation)
  if (change?.method !== SET) return records
  const { function: fn, record } = change
  const known: Known = {
    function: fn, rid: ridOf(record), gid: record.gid, pkey: record.pkey, is: "own",
    lease: record.lease === 0xffff_ffff || (Number.parseInt(record.mask.slice(8), 16) & 0x10) === 0 ? null : record.lease * 1000
  }
  return [...records.filter((other) => other.function !== fn || other.rid !== known.rid), known]
}

/** What must be deleted after an observation, before it is seen what was. */
const owed = (ledger: Ledger, port: PortLedger, observation: Observation): Ledger["records"] =>
  registered(answered(aged(ledger.records, observation.event), observation), observation).map((known) =>
    ledger.port.running && known.is === "own" && (ends(observation.event, known.function) || !isConfined(port, known))
      ? { ...known, is: "owed" }
      : known)

const asked = (records: Ledger["records"], observation: Observation): Ledger["records"] => {
  const made = deletions(observation)
  return records.map((known) => {
    const deletion = made.find(({ rid }) => rid === known.rid)
    return deletion && known.is !== "own" ? { ...known, is: { asked: deletion.tid } } : known
  })
}

const nextOf = (timing: Initial["config"]["timing"]) => {
  const portAfter = learnt(timing)
  return (ledger: Ledger, observation: Observation): Ledger => {
    const port = portAfter(ledger.port, observation)
    const { event } = observation
    const bounded = ledger.bounded || (event._tag === "WireRoom" && event.slots !== null)
    const records = event._tag === "Stop" ? [] : asked(owed(ledger, port, observation), observation)
    const isSame = port === ledger.port && bounded === ledger.bounded &&
      records.length === ledger.records.length && records.every((known, n) => known === ledger.records[n])
    return isSame ? ledger : { port, bounded, records }
  }
}

/** The invariants for a PF context that begins like this. */
export const serviceRecordInvariants = (begin: Initial): ReadonlyArray<Invariant> => {
  const { limits, timing } = begin.config
  const portAfter = learnt(timing)
  const judge = invariantsOver<Ledger>(
    { port: knownAtFirst(begin), bounded: false, records: [] }, nextOf(timing), ledgerRenamed
  )
  return [
    judge("SQP-SVC-1", "A VF changes ServiceRecords of its own GID and P_Keys only", ({ port }, observation) => {
      const change = changeThatLeft(observation)
      if (change === null) return undefined
      const { function: fn, record } = change
      const names = (Number.parseInt(record.mask.slice(8), 16) & 7) === 7
      const own = names && isOpen(port, fn) && isConfined(port, { function: fn, gid: record.gid, pkey: record.pkey })
      return own ? undefined : `function ${fn} changes the record ${ridOf(record)}, which is not its own`
    }),
    judge("SQP-SVC-2", "What a VF registered is deleted when it ends or loses it", (ledger, observation) => {
      const port = portAfter(ledger.port, observation)
      if (ledger.bounded || port.smLid === null || !ledger.port.running) return undefined
      const left = asked(owed(ledger, port, observation), observation)
      const late = left.find((known) => known.is === "owed" && !isExpired(known))
      return late && `the record ${late.rid} of function ${late.function} stays at the SA`
    }),
    judge("SQP-SVC-2", "Records are deleted before the GUID they name is given back", (_, observation) => {
      const made = observation.actions.flatMap((action) =>
        action._tag === "ToWire" && action.mad.method === DELETE ? [action.mad.attributeId] : [])
      const ended = observation.event._tag === "Detach" || observation.event._tag === "Stop"
      const isLate = ended && made.lastIndexOf(SERVICE_RECORD) > made.indexOf(GUID_INFO_RECORD) && made.includes(GUID_INFO_RECORD)
      return isLate ? "a ServiceRecord is deleted after the GUID it names" : undefined
    }),
    judge("SQP-SVC-3", "The PF context deletes only records that functions registered and have no more",
      (ledger, observation) => {
        const records = owed(ledger, portAfter(ledger.port, observation), observation)
        const wrong = deletions(observation).find(({ rid }) =>
          records.some((known) => known.rid === rid && known.is === "own") ||
          !records.some((known) => known.rid === rid))
        return wrong && `the PF context deletes the record ${wrong.rid}`
      }),
    judge("SQP-SVC-4", "A VF has no more ServiceRecords than its quota", (ledger, observation) => {
      const records = registered(aged(ledger.records, observation.event), observation)
      const change = changeThatLeft(observation)
      const count = records.filter((known) =>
        known.function === change?.function && known.is === "own" && !isExpired(known)).length
      const isRefused = isDropped(observation, "service-quota")
      if (isRefused) {
        const { event } = observation
        const own = event._tag === "Egress" ? ledger.records.filter((known) =>
          known.function === event.function && known.is === "own").length : 0
        const going = event._tag === "Egress" ? ledger.records.filter((known) =>
          known.function === event.function && known.is !== "own").length : 0
        return own < limits.services && going < limits.services ? "a record is refused though the quota is not used up" : undefined
      }
      const fn = change?.method === SET ? change.function : undefined
      return fn !== undefined && count > limits.services ? `function ${fn} has ${count} records` : undefined
    })
  ]
}
