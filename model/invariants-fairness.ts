/** Invariants of back-pressure (`spec/fairness.md`): who waits for room, who is taken, what finds no room. */
import type { ActionOf } from "./action.ts"
import type { EventOf } from "./event.ts"
import { FunctionId, type SpecialQp } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { asksForMembership, asksForNotices, isMad } from "./invariants-crossing.ts"
import { type Invariant, type Observation, postedInvariantsOver } from "./invariants.ts"
import { egress } from "./renaming-mad.ts"
import { byFunction, each, fields, functionId, same, sorted } from "./renaming.ts"

/** Slots left by QP; null: no bound. */
type Left = readonly [number | null, number | null]

/** What a reader of the traffic knows of rings: what was left of them, and who waits. */
interface RoomLedger {
  readonly wire: Left
  readonly functions: ReadonlyArray<Left>
  /** MADs that may wait on each proxy of a function. */
  readonly queues: ReadonlyArray<number>
  /** Posted and not taken, oldest first. */
  readonly waiting: ReadonlyArray<EventOf<"Egress">>
  /** Functions whose tunnels are open. */
  readonly open: ReadonlyArray<FunctionId>
}

const ledgerRenamed = fields<RoomLedger>({
  functions: byFunction(same),
  queues: byFunction(same),
  waiting: each(egress),
  open: sorted(functionId, (a, b) => a - b)
})

const NO_BOUND: Left = [null, null]

/** The invariants for a PF context that begins like this. */
export const fairnessInvariants = ({ config, guids }: Initial): ReadonlyArray<Invariant> => {
  const begin: RoomLedger = {
    wire: NO_BOUND, functions: guids.map(() => NO_BOUND), queues: guids.map(() => config.limits.queue), waiting: [], open: []
  }
  const judge = postedInvariantsOver(begin, learnt, ledgerRenamed)
  return [
    judge("SQP-FAIR-2", "MADs wait only while the ring to the wire is full, and leave in the order they came", wrongTurn),
    judge("SQP-FAIR-2", "No more leaves than the ring to the wire has room for", wireOverrun),
    judge(
      "SQP-FAIR-3",
      "A function is refused a MAD only while as many wait on its proxy as may",
      wrongRefusal
    ),
    judge("SQP-FAIR-4", "A function gets what its ring has room for, and no more", functionOverrun)
  ]
}

const of = (ledger: RoomLedger, fn: FunctionId, qp: SpecialQp) =>
  ledger.waiting.filter((mad) => mad.function === fn && mad.qp === qp)

const isRefused = ({ actions }: Observation): boolean =>
  actions.some((action) => action._tag === "Answer" && action.status === "refused")
const isDeferred = ({ actions }: Observation): boolean => actions.some(({ _tag }) => _tag === "Defer")

/** Whether a function's MAD may leave with this event: what else leaves is the PF context's own. */
const isOfFunction = ({ event }: Observation): boolean =>
  (event._tag === "Egress" || event._tag === "Taken") && !isMembership(event)

/** A request that the PF context does not send on, but asks for itself. */
const isMembership = (event: EventOf<"Egress" | "Taken">): boolean => {
  const { mad } = event._tag === "Taken" ? event.egress : event
  return isMad(mad) && (asksForMembership(mad) || asksForNotices(mad))
}

/** How many MADs of functions go to the wire on a QP, or any to a function on it. */
const count = (observation: Observation, qp: SpecialQp, to: "wire" | FunctionId): number =>
  observation.actions.filter((action) =>
    to === "wire"
      ? action._tag === "ToWire" && action.qp === qp && isOfFunction(observation)
      : action._tag === "ToFunction" && action.function === to && action.qp === qp
  ).length

const QPS = [0, 1] as const

const wrongTurn = (ledger: RoomLedger, observation: Observation): string | undefined => {
  const { event } = observation
  if (event._tag === "Taken") {
    const [oldest] = of(ledger, event.egress.function, event.egress.qp)
    return oldest === event.egress ? undefined : "a MAD is taken before one that its function posted earlier"
  }
  const idle = ledger.waiting.find(({ qp }) => ledger.wire[qp] !== 0)
  if (idle) return `function ${idle.function} waits on QP${idle.qp} though the ring to the wire has room`
  if (event._tag !== "Egress" || isRefused(observation)) return undefined
  const mustWait = ledger.wire[event.qp] === 0
  if (mustWait === isDeferred(observation)) return undefined
  return mustWait ? "a MAD is taken though the ring to the wire is full" : "a MAD is deferred though there is room"
}

const wireOverrun = (ledger: RoomLedger, observation: Observation): string | undefined => {
  const full = QPS.find((qp) => {
    const left = ledger.wire[qp]
    return left !== null && count(observation, qp, "wire") > left
  })
  return full === undefined ? undefined : `more MADs leave on QP${full} than the ring to the wire has room for`
}

const wrongRefusal = (ledger: RoomLedger, observation: Observation): string | undefined => {
  const { event } = observation
  if (event._tag !== "Egress") return undefined
  const queue = ledger.queues[event.function] ?? 0
  const isFull = of(ledger, event.function, event.qp).length >= queue
  if (isFull === isRefused(observation)) return undefined
  return isFull ? `more than ${queue} MADs wait` : "a MAD is refused to its sender though there is room"
}

const functionOverrun = (ledger: RoomLedger, observation: Observation): string | undefined => {
  const wrong = ledger.functions.findIndex((left, n) =>
    QPS.some((qp) => {
      const room = left[qp]
      return room !== null && count(observation, qp, FunctionId(n)) > room
    }))
  if (wrong >= 0) return `function ${wrong} gets more than its ring has room for`
  const lost = observation.actions.find((action): action is ActionOf<"Drop"> =>
    action._tag === "Drop" && action.reason === "function-full" && !wasFull(ledger, observation, action.function))
  return lost && `a MAD for function ${lost.function} is dropped function-full though there is room`
}

const wasFull = ({ functions }: RoomLedger, observation: Observation, fn: FunctionId | null): boolean => {
  const left = fn === null ? undefined : functions[fn]
  return fn !== null && left !== undefined && QPS.some((qp) => left[qp] === count(observation, qp, fn))
}

const learnt = (ledger: RoomLedger, observation: Observation): RoomLedger => {
  const { actions, event } = observation
  const spent = QPS.some((qp) => count(observation, qp, "wire") > 0) ||
    actions.some(({ _tag }) => _tag === "ToFunction")
  const next = spent ? afterSends(ledger, observation) : ledger
  switch (event._tag) {
    case "WireRoom":
      return { ...next, wire: [event.slots, event.slots] }
    case "FunctionRoom": {
      const left: Left = [event.slots, event.slots]
      return { ...next, functions: next.functions.map((of, n) => (n === event.function ? left : of)) }
    }
    case "QuotasChanged": {
      const { functions, quotas: { queue } } = event
      return { ...next, queues: next.queues.map((of, n) => (functions.includes(FunctionId(n)) ? (queue ?? of) : of)) }
    }
    case "Egress":
      return isDeferred(observation) ? { ...next, waiting: [...next.waiting, event] } : next
    case "Taken":
      return { ...next, waiting: next.waiting.toSpliced(next.waiting.indexOf(event.egress), 1) }
    case "Start":
    case "Attach":
    case "Detach":
    case "Reset":
    case "Stop":
      return afterLife(next, observation)
    default:
      return next
  }
}

const afterSends = (ledger: RoomLedger, observation: Observation): RoomLedger => {
  const less = (left: Left, to: "wire" | FunctionId): Left => {
    const after = (qp: SpecialQp) => {
      const room = left[qp]
      return room === null ? null : Math.max(0, room - count(observation, qp, to))
    }
    return [after(0), after(1)]
  }
  return {
    ...ledger,
    wire: less(ledger.wire, "wire"),
    functions: ledger.functions.map((left, n) => less(left, FunctionId(n)))
  }
}

/** What waits ends with the tunnels of its function, and before they open. */
const afterLife = (ledger: RoomLedger, { actions, event }: Observation): RoomLedger => {
  const opened = new Set(actions.flatMap((action) => (action._tag === "Tunnel" ? [action.function] : [])))
  const isClosed = (fn: FunctionId): boolean =>
    event._tag === "Stop" || ((event._tag === "Detach" || event._tag === "Reset") && event.function === fn)
  const ended = (fn: FunctionId): boolean => opened.has(fn) || (isClosed(fn) && ledger.open.includes(fn))
  return {
    ...ledger,
    waiting: ledger.waiting.filter((mad) => !ended(mad.function)),
    open: [...ledger.open.filter((fn) => !isClosed(fn) && !opened.has(fn)), ...opened].sort((a, b) => a - b)
  }
}
