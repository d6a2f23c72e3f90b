/** The CM messages a PF context makes: a REJ for a GID of nobody, a DREP in no exchange. See `spec/cm.md`. */
import { type CommId, NO_COMM_ID, NO_GUID } from "./ids.ts"
import { CLASS, type CmOf, METHOD } from "./mad.ts"
import { backTo, drop, type Ingress, outcome, type Outcome } from "./outcome.ts"
import type { State } from "./state.ts"

/** Attribute ids (IBTA 12.6). */
const REJ_ATTRIBUTE = 0x12
const DREP_ATTRIBUTE = 0x16
/** REJ reason 12: the primary remote port GID of the REQ is nobody's (IBTA 12.6.7.2). */
const INVALID_GID = 12

/** A REQ for a GID of nobody is answered by a REJ, at most one in `rejInterval`. */
export const refuseGid = (state: State, event: Ingress, { localId }: CmOf<"REQ">): Outcome => {
  if (state.rejIn > 0) return drop(state, null, "cm-rej-rate")
  const limited = { ...state, rejIn: state.config.timing.rejInterval }
  //= SQP-CM-9
  return answer(limited, event, REJ_ATTRIBUTE, {
    _tag: "cm",
    message: "REJ",
    localId: NO_COMM_ID,
    remoteId: localId,
    rejected: 0,
    reason: INVALID_GID,
    ariGuid: NO_GUID
  })
}

/** A DREQ without an exchange is answered by a DREP, and nothing is allocated. */
export const answerDreq = (
  state: State, event: Ingress, { localId, remoteId }: { readonly localId: CommId; readonly remoteId: CommId }
): Outcome =>
  //= SQP-CM-10
  answer(state, event, DREP_ATTRIBUTE, { _tag: "cm", message: "DREP", localId: remoteId, remoteId: localId })

/** A CM message of the PF context, back to where one came from; every byte it does not name is zero. */
const answer = (
  state: State, { address, mad, qp }: Ingress, attributeId: number, body: CmOf<"REJ" | "DREP">
): Outcome =>
  outcome(state, {
    _tag: "ToWire",
    qp,
    from: null,
    cause: null,
    address: backTo(address),
    mad: {
      baseVersion: 1,
      mgmtClass: CLASS.CM,
      classVersion: 2,
      method: METHOD.SEND,
      status: 0,
      tid: mad.tid,
      attributeId,
      sa: null,
      rmpp: null,
      oui: null,
      body,
      payload: "made"
    }
  })
