/**
 * Invariants of start, stop, attach, detach and reset (`spec/lifecycle.md`), judged by what is announced and
 * passed.
 */
import { FunctionId, PF } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, type Observation } from "./invariants.ts"
import { isOpen, overPort, type PortLedger } from "./invariants-port-ledger.ts"

/** The invariants for a PF context that begins like this. */
export const lifecycleInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const judge = overPort(initial)
  return [
    judge(
      "SQP-LIFE-2",
      "Tunnels of both special QPs open when a function is attached, and then only",
      wrongTunnels
    ),
    judge("SQP-LIFE-3", "Nothing passes a PF context that is stopped", whileStopped)
  ]
}

/** Whether the event attaches a function that the PF context did not serve before. */
const opens = (port: PortLedger, fn: FunctionId, { event }: Observation): boolean => {
  const isAttached = port.functions[fn]?.attached === true
  switch (event._tag) {
    case "Start":
      return !port.running && (isAttached || fn === PF)
    case "Attach":
      return event.function === fn && port.running && !isAttached
    case "Reset":
      return event.function === fn && isOpen(port, fn)
    default:
      return false
  }
}

const wrongTunnels = (port: PortLedger, observation: Observation) => {
  const wrong = port.functions.findIndex((_, n) => {
    const announced = observation.actions.flatMap((action) =>
      action._tag === "Tunnel" && action.function === n ? [action.qp] : []
    )
    const expected = opens(port, FunctionId(n), observation) ? "0,1" : ""
    return announced.sort().join() !== expected
  })
  return wrong < 0
    ? undefined
    : `${observation.event._tag}: the tunnels of function ${wrong} are not announced rightly`
}

const whileStopped = ({ running }: PortLedger, { actions, event }: Observation) => {
  // A start asks for alias GUIDs at once (SQP-GUID-3).
  const passes = actions.some(({ _tag }) =>
    (_tag === "ToWire" && event._tag !== "Start") || _tag === "ToFunction" || _tag === "EventTo")
  return !running && passes ? `${event._tag} has an effect on a PF context that is stopped` : undefined
}
