/** The invariant of local queries (`spec/local-view.md`): a function sees its own. */
import type { View } from "./action.ts"
import type { EventOf } from "./event.ts"
import { type Guid, NO_GUID } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, type Observation } from "./invariants.ts"
import {
  isOpen,
  knownGuid,
  overPort,
  type PortLedger,
  readTable
} from "./invariants-port-ledger.ts"

/** The invariant for a PF context that begins like this. */
export const localViewInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const { nodeGuids } = initial.config
  const judge = overPort(initial)
  return [
    judge("SQP-VIEW-1", "A local query shows the function its own", (port, observation) =>
      foreignView(port, nodeGuids, observation)
    )
  ]
}

const foreignView = (port: PortLedger, nodeGuids: ReadonlyArray<Guid>, { actions, event }: Observation) => {
  if (event._tag !== "Query") return undefined
  const expected = isOpen(port, event.function) ? viewOf(port, nodeGuids, event) : null
  const [answer, ...others] = actions
  const isRight =
    answer?._tag === "Answer" &&
    others.length === 0 &&
    answer.function === event.function &&
    answer.status === (expected === null ? "refused" : "ok") &&
    JSON.stringify(answer.view) === JSON.stringify(expected)
  return isRight
    ? undefined
    : `${event.attribute} ${event.modifier} of function ${event.function} is answered wrongly`
}

const viewOf = (
  port: PortLedger,
  nodeGuids: ReadonlyArray<Guid>,
  { attribute, function: fn, modifier }: EventOf<"Query">
): View | null => {
  switch (attribute) {
    case "NodeInfo":
      return modifier === 0 ? { _tag: "NodeInfo", nodeGuid: nodeGuids[fn] ?? NO_GUID } : null
    case "PortInfo":
      return { _tag: "PortInfo", active: port.up && knownGuid(port, fn) !== NO_GUID }
    case "GUIDInfo":
      return modifier === 0 ? { _tag: "GUIDInfo", guid: knownGuid(port, fn) } : null
    case "P_KeyTable": {
      const table = readTable(port, fn)
      const block = table.slice(32 * modifier, 32 * modifier + 32)
      const padding = Array.from({ length: 32 - block.length }, () => 0)
      return block.length === 0 ? null : { _tag: "P_KeyTable", pkeys: [...block, ...padding] }
    }
    case "other":
      return null
  }
}
