/** The invariant of port events (`spec/events.md`): who hears what. */
import type { FunctionEvent } from "./action.ts"
import { FunctionId, NO_GUID } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, type Observation } from "./invariants.ts"
import {
  isOpen,
  knownGuid,
  learnt,
  overPort,
  type PortLedger,
  readTable
} from "./invariants-port-ledger.ts"

/** The invariant for a PF context that begins like this. */
export const eventInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const after = learnt(initial.config.timing)
  const judge = overPort(initial)
  return [
    judge(
      "SQP-EV-1",
      "A port event reaches exactly the functions whose view it changes",
      (before, observation) => {
        const now = after(before, observation)
        const wrong = before.functions.findIndex((_, n) => {
          const fn = FunctionId(n)
          return (
            heardBy(fn, observation).join() !==
            expected(before, now, fn, observation).join()
          )
        })
        return wrong < 0
          ? undefined
          : `function ${wrong} hears ${heardBy(FunctionId(wrong), observation).join() || "nothing"}`
      }
    )
  ]
}

/** What a function hears; that it must join again because of an answer of the SA is SQP-MC-18's. */
const heardBy = (fn: FunctionId, { actions, event: of }: Observation): ReadonlyArray<FunctionEvent> =>
  actions.flatMap((action) =>
    action._tag === "EventTo" && action.function === fn &&
      !(of._tag === "Ingress" && action.event === "reregister")
      ? [action.event]
      : [])

/** What a function must hear of an event that turns `before` into `after`, in order. */
const expected = (
  before: PortLedger,
  after: PortLedger,
  fn: FunctionId,
  { event }: Observation
): ReadonlyArray<FunctionEvent> => {
  const hear = (event: FunctionEvent, when: boolean) => (when && isOpen(before, fn) ? [event] : [])
  const [had, has] = [knownGuid(before, fn), knownGuid(after, fn)]
  const ofGuid: ReadonlyArray<FunctionEvent> = had === has || !isOpen(after, fn) ? [] : [
    "gid",
    ...(had === NO_GUID && after.up ? ["port-up"] as const : []),
    ...(has === NO_GUID && after.up ? ["port-down"] as const : [])
  ]
  switch (event._tag) {
    case "LidChanged":
      return [...hear("lid", before.lid !== after.lid || before.lmc !== after.lmc), ...ofGuid]
    case "SmChanged":
      return [...hear("sm", before.smLid !== after.smLid || before.smSl !== after.smSl), ...ofGuid]
    case "PrefixChanged":
      return hear("gid", before.prefix !== after.prefix)
    case "PkeysChanged":
    case "PkeyMapChanged":
      return hear("pkey", readTable(before, fn).join() !== readTable(after, fn).join())
    case "Reregister":
      return [...hear("reregister", true), ...ofGuid]
    case "LinkChanged":
      return [...hear(after.up ? "port-up" : "port-down", before.up !== after.up && had !== NO_GUID), ...ofGuid]
    default:
      return ofGuid
  }
}
