/** The requests about one slot on their way to the SA. */
import type { Action } from "./action.ts"
import type { Chooser } from "./choice.ts"
import { aliasIn, withAlias } from "./guids-alias.ts"
import { slotRecord } from "./guids-record.ts"
import { type FunctionId, type Guid, NO_GUID } from "./ids.ts"
import { ATTRIBUTE, METHOD } from "./mad.ts"
import { outcome, type Outcome } from "./outcome.ts"
import { beginSaRequest, toSa } from "./sa-request.ts"
import type { GuidTransaction, State } from "./state.ts"
import { functionState, withFunction } from "./tables.ts"

/** Asks the SA to put a GUID into a function's slot; {@link NO_GUID} for one of its choice. */
export const askFor = (state: State, fn: FunctionId, guid: Guid, chooser: Chooser): Outcome =>
  ask(withAlias(state, fn, { asked: guid }), fn, { kind: "set", guid }, chooser)

/** Asks the SA to take from a function's slot what was asked for it; it is gone from there at once. */
export const askToRelease = (state: State, fn: FunctionId, chooser: Chooser): Outcome =>
  ask(withoutAsked(state, fn), fn, { kind: "delete", guid: NO_GUID }, chooser)

/** What was asked leaves the slot if it stands there. */
export const withoutAsked = (state: State, fn: FunctionId): State =>
  functionState(state, fn).slot === aliasIn(state, fn).asked
    ? withFunction(state, fn, { slot: NO_GUID })
    : state

/** Begins a function's one transaction with the SA; while the SM is unknown nothing is asked. */
const ask = (
  state: State, fn: FunctionId, about: Pick<GuidTransaction, "kind" | "guid">, chooser: Chooser
): Outcome => {
  const request = beginSaRequest(state, chooser, state.config.timing.saRetries)
  if (request === null) return outcome(state)
  const transaction: GuidTransaction = { ...request, ...about, lid: state.port.lid }
  return outcome(withAlias(state, fn, { transaction }), askedOfSa(transaction, fn))
}

/** The request of a transaction: the slot's bit and no other (SQP-GUID-3). */
export const askedOfSa = (transaction: GuidTransaction, fn: FunctionId): Action =>
  toSa(transaction, "guid", { //= SQP-GUID-3
    method: transaction.kind === "set" ? METHOD.SET : METHOD.DELETE,
    attributeId: ATTRIBUTE.GUID_INFO_RECORD,
    body: slotRecord(transaction.lid, fn, transaction.guid)
  })
