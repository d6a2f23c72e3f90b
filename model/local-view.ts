/** What a function sees of its node and port: see `spec/local-view.md`. */
import type { Action, View } from "./action.ts"
import type { EventOf } from "./event.ts"
import { type FunctionId, NO_GUID } from "./ids.ts"
import { outcome, type Outcome } from "./outcome.ts"
import { functionState, pkeyAt } from "./tables.ts"
import type { State } from "./state.ts"

/** P_Keys in one block of the P_KeyTable (IBTA 14.2.5.7). */
const PKEYS_PER_BLOCK = 32

/** Answers a local query, or refuses it (SQP-VIEW-1). */
export const query = (state: State, { attribute, function: fn, modifier }: EventOf<"Query">): Outcome => {
  const isOpen = functionState(state, fn).tunnels !== null
  const view = isOpen ? viewOf(state, fn, attribute, modifier) : null
  const answer: Action = {
    _tag: "Answer", function: fn, status: view ? "ok" : "refused", qpn: null, qkey: null, view
  }
  return outcome(state, answer)
}

const viewOf = (
  state: State,
  fn: FunctionId,
  attribute: EventOf<"Query">["attribute"],
  modifier: number
): View | null => {
  const { guid, pkeyMap } = functionState(state, fn)
  switch (attribute) { //= SQP-VIEW-1
    case "NodeInfo":
      if (modifier !== 0) return null
      return { _tag: "NodeInfo", nodeGuid: state.config.nodeGuids[fn] ?? NO_GUID }
    case "PortInfo":
      return { _tag: "PortInfo", active: state.port.up && guid !== NO_GUID }
    case "GUIDInfo":
      return modifier === 0 ? { _tag: "GUIDInfo", guid } : null
    case "P_KeyTable": {
      if (modifier < 0 || modifier * PKEYS_PER_BLOCK >= pkeyMap.length) return null
      const indices = Array.from({ length: PKEYS_PER_BLOCK }, (_, i) => modifier * PKEYS_PER_BLOCK + i)
      return { _tag: "P_KeyTable", pkeys: indices.map((index) => pkeyAt(state, fn, index)) }
    }
    case "other":
      return null
  }
}
