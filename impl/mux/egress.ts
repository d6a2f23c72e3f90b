/** MADs that functions send, in the order of the checks of spec/classes.md. */
import type { SharedRegion } from "../ring/memory.ts"
import * as ringSlot from "../ring/slot.ts"
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import * as classes from "../wire/classes.ts"
import { GRH } from "../wire/grh.ts"
import * as methods from "../wire/methods.ts"
import { SA_HEADER } from "../wire/sa.ts"
import { SA_STATUS } from "../wire/status.ts"
import type { Answers } from "./answers.ts"
import * as checks from "./check-mad.ts"
import type { CmEgress } from "./cm-egress.ts"
import type { Functions } from "./functions.ts"
import type { Guids } from "./guids.ts"
import type { Inbound } from "./inbound.ts"
import * as outcomes from "./outcomes.ts"
import type { Pkeys } from "./pkeys.ts"
import * as pkeyTables from "./pkeys.ts"
import * as policies from "./policy.ts"
import type { PortState } from "./port-state.ts"
import type { Redirects } from "./redirects.ts"
import * as rmpp from "./rmpp.ts"
import * as slots from "./slots.ts"
import type { ServiceRecords } from "./service-records.ts"
import type { Transactions } from "./transactions.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_SOURCE_QPN
} = ringSlot
const { isSmpClass, MGMT_CLASS, WELL_KNOWN_Q_KEY } = classes
const { METHOD, RESPONSE_BIT } = methods
const { checkMad } = checks
const {
  CONSUMED, DROP_CLASS_QP, DROP_NO_GID, DROP_NO_SM, DROP_NOT_ATTACHED, DROP_PKEY_INDEX, DROP_REMOTE_QPN, DROP_REPORT_ANSWERED,
  DROP_RESPONSE_UNDELIVERED, DROP_RMPP_UNKNOWN, DROP_SA_DESTINATION, DROP_SERVICE_QUOTA, DROP_SMP_FROM_VF,
  DROP_SOURCE_QP, DROP_TID_QUOTA, FORWARD
} = outcomes
const { NO_INDEX } = pkeyTables
const { REFUSE } = policies
const { isRmppControl } = rmpp
const {
  ATTRIBUTE_BYTE, CLASS_BYTE, clearGrh, grhOf, hasGrh, LID_MASK, lidOf, madOf, METHOD_BYTE, pkeyIndexOf,
  QPN_MASK, remoteQpnOf, TID_BYTE, writeGrhConstants
} = slots

const PF = 0
const REPORT_RESP = METHOD.Report | RESPONSE_BIT

/** An area that takes requests to the SA: it answers, drops or keeps each, and counts it. */
export interface SaRequests {
  request(f: number, slotWord: number): number
}

/** Multicast, which takes some requests that change nothing as well: see `isAboutMember` there. */
export interface MulticastRequests extends SaRequests {
  isAboutMember(f: number, slotWord: number): boolean
}

/** Who takes Set and Delete of GUIDInfoRecord of VFs: notes the wish, says the status of the answer, then goes on. */
export interface GuidRequests extends SaRequests {
  settle(): void
}

/** Who knows which Reports functions were handed. */
export interface ReportAnswers {
  isAnswered(f: number, mad: number): boolean
}

/** What the egress stands on. */
export interface EgressParts {
  readonly functions: Functions
  readonly port: PortState
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly policy: policies.Policy
  readonly transactions: Transactions
  readonly inbound: Inbound
  readonly redirects: Redirects
  readonly cm: CmEgress
  readonly answers: Answers
  readonly multicast: MulticastRequests
  readonly serviceRecords: Pick<ServiceRecords, "ownRid" | "hasRoom" | "left">
  readonly aliasGuids: GuidRequests
  readonly subscriptions: SaRequests
  readonly reports: ReportAnswers
  /** A slot of its own for requests that an area takes, which may fill the next slots to the wire. */
  readonly scratch: number
}

/** Decides what becomes of a MAD of a function and makes it what leaves. */
export interface Egress {
  /**
   * The MAD that came through the tunnel of function `f` and `qp`, in `slot`, which nobody else can write: FORWARD
   * with the slot ready for the wire, ANSWERED, CONSUMED, or a drop code.
   */
  readonly take: (f: number, qp: number, slot: number) => number
}

/** The egress of one PF context. A factory, see engine.ts. */
export const makeEgress = (region: SharedRegion, parts: EgressParts): Egress => {
  const { answers, cm, functions, guids, inbound, multicast, pkeys, policy, port, redirects, reports, scratch } = parts
  const { aliasGuids, serviceRecords, subscriptions, transactions } = parts
  const { copySlot, view, words } = region
  const { proxies } = functions

  /** Makes the addressing what leaves: everything a function must not choose is overwritten. */
  const address = (f: number, qp: number, slot: number, pkeyIndex: number): void => {
    const grh = hasGrh(words, slot)
    words[slot + SLOT_FLAGS] = (MAD_BYTES << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh ? FLAG_GRH : 0)
    words[slot + SLOT_LID]! &= LID_MASK
    // Bit 31 asks for the sending QP's own Q_Key, which is that of QP1 (SQP-QP-6).
    if (words[slot + SLOT_QKEY]! < 0) words[slot + SLOT_QKEY] = WELL_KNOWN_Q_KEY | 0
    words[slot + SLOT_PKEY_INDEX] = pkeyIndex | (grh ? f << 16 : 0)
    words[slot + SLOT_SOURCE_QPN] = qp
    if (!grh) return clearGrh(words, slot)
    writeGrhConstants(view, grhOf(slot))
    guids.write(f, view, grhOf(slot) + GRH.SGID.byte)
  }

  /** The area that takes a request to the SA; null: it goes to the SA. */
  const areaOf = (f: number, slot: number, method: number, attribute: number): SaRequests | null => {
    if (attribute === SA_ATTRIBUTE.InformInfo) return method === METHOD.Set ? subscriptions : null
    if (attribute !== SA_ATTRIBUTE.MCMemberRecord) return null
    const changes = method === METHOD.Set || method === METHOD.Delete
    return changes || multicast.isAboutMember(f, slot) ? multicast : null
  }

  /** A VF administers its own slot of the GUID table, and is answered at once. */
  const administer = (f: number, qp: number, slot: number): number => {
    copySlot(scratch, slot)
    const outcome = answers.refuse(f, qp, scratch, aliasGuids.request(f, scratch))
    aliasGuids.settle()
    return outcome
  }

  /** An answer to a Report that was handed to the function (SQP-SUB-10). */
  const isReportResponse = (f: number, mad: number, mgmtClass: number, method: number): boolean =>
    mgmtClass === MGMT_CLASS.SubnAdm && method === REPORT_RESP && reports.isAnswered(f, mad)

  /** An area sends its own MADs before it returns: the request must not lie in the slot they go to. */
  const taken = (area: SaRequests, f: number, slot: number): number => {
    copySlot(scratch, slot)
    area.request(f, scratch)
    return CONSUMED
  }

  const response = (f: number, qp: number, slot: number, mad: number, mgmtClass: number): number => {
    const request = inbound.find(f, qp, mgmtClass, slot, mad, port.now)
    if (request === 0) return DROP_RESPONSE_UNDELIVERED
    inbound.answer(request, port.now)
    return FORWARD
  }

  /** A VF registers or deletes a ServiceRecord. */
  const isServiceChange = (f: number, mgmtClass: number, method: number, attribute: number): boolean =>
    f !== PF && mgmtClass === MGMT_CLASS.SubnAdm && attribute === SA_ATTRIBUTE.ServiceRecord &&
    (method === METHOD.Set || method === METHOD.Delete)

  /** `rid`: of the function's own record, if it is a {@link isServiceChange}. */
  const request = (
    f: number, qp: number, slot: number, mad: number, mgmtClass: number, rid: string | null
  ): number => {
    const saOfVf = f !== PF && mgmtClass === MGMT_CLASS.SubnAdm
    if (saOfVf) {
      if (port.smLid === 0) return DROP_NO_SM
      if (lidOf(words, slot) !== port.smLid) return DROP_SA_DESTINATION
    }
    let place = 0
    if (remoteQpnOf(words, slot) !== qp) {
      place = redirects.find(f, mgmtClass, slot, port.now)
      if (place === 0) return DROP_REMOTE_QPN
    }
    if (rid !== null && !serviceRecords.hasRoom(f, rid, mad)) return DROP_SERVICE_QUOTA
    const isControl = isRmppControl(view, mad, mgmtClass)
    const tid = isControl
      ? transactions.control(f, qp, mgmtClass, slot, mad, port.now)
      : transactions.take(f, qp, mgmtClass, slot, mad, port.now)
    if (tid === 0) return isControl ? DROP_RMPP_UNKNOWN : DROP_TID_QUOTA
    if (place !== 0) redirects.use(f, place, port.now)
    if (rid !== null) serviceRecords.left(f, rid, mad)
    // The upper half of a wire TID is zero (SQP-TID-7).
    view.setInt32(mad + TID_BYTE, 0)
    view.setInt32(mad + TID_BYTE + 4, tid)
    if (saOfVf) {
      view.setInt32(mad + SA_HEADER.SM_Key.byte, 0)
      view.setInt32(mad + SA_HEADER.SM_Key.byte + 4, 0)
    }
    return FORWARD
  }

  /** Checks 8 to 12. */
  const byClass = (f: number, qp: number, slot: number, mad: number, mgmtClass: number): number => {
    const method = view.getUint8(mad + METHOD_BYTE)
    const isResponse = (method & RESPONSE_BIT) !== 0 || method === METHOD.TrapRepress
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    if (f !== PF && !isResponse) {
      const verdict = policy.of(view, mad, mgmtClass, method, attribute)
      if (verdict >= REFUSE) return answers.refuse(f, qp, slot, verdict - REFUSE)
      if (verdict !== FORWARD) return verdict
    }
    if (mgmtClass === MGMT_CLASS.ComMgt && method === METHOD.Send) return cm.take(f, slot)
    if (isReportResponse(f, mad, mgmtClass, method)) return DROP_REPORT_ANSWERED
    if (isResponse) return response(f, qp, slot, mad, mgmtClass)
    const area = mgmtClass === MGMT_CLASS.SubnAdm ? areaOf(f, slot, method, attribute) : null
    if (f !== PF && mgmtClass === MGMT_CLASS.SubnAdm && attribute === SA_ATTRIBUTE.GUIDInfoRecord) {
      if (method === METHOD.Set || method === METHOD.Delete) return administer(f, qp, slot)
    }
    if (area !== null) return taken(area, f, slot)
    if (!isServiceChange(f, mgmtClass, method, attribute)) return request(f, qp, slot, mad, mgmtClass, null)
    const rid = serviceRecords.ownRid(f, mad)
    if (rid === null) return answers.refuse(f, qp, slot, SA_STATUS.ERR_REQ_INVALID)
    return request(f, qp, slot, mad, mgmtClass, rid)
  }

  const take = (f: number, qp: number, slot: number): number => {
    const proxy = proxies[2 * f + qp]!
    if (proxy === 0) return DROP_NOT_ATTACHED
    if ((words[slot + SLOT_SOURCE_QPN]! & QPN_MASK) !== proxy) return DROP_SOURCE_QP
    const malformed = checkMad(words, view, slot)
    if (malformed >= 0) return malformed
    const mad = madOf(slot)
    const mgmtClass = view.getUint8(mad + CLASS_BYTE)
    const smp = isSmpClass(mgmtClass)
    if (smp && f !== PF) return DROP_SMP_FROM_VF
    if (smp === (qp === 1)) return DROP_CLASS_QP
    const asked = pkeyIndexOf(words, slot)
    const pkeyIndex = qp === 1 ? pkeys.toPhysical(f, asked) : asked
    if (pkeyIndex === NO_INDEX) return DROP_PKEY_INDEX
    if (hasGrh(words, slot) && !guids.has(f)) return DROP_NO_GID
    const outcome = byClass(f, qp, slot, mad, mgmtClass)
    if (outcome === FORWARD) address(f, qp, slot, pkeyIndex)
    return outcome
  }
  return { take }
}
