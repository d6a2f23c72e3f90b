/**
 * MADs from the wire (spec/steering.md): first who gets one, which changes nothing, then the delivery. A
 * dropped MAD changes no state.
 */
import type { SharedRegion } from "../ring/memory.ts"
import * as ringSlot from "../ring/slot.ts"
import { COMMON_ATTRIBUTE, SA_ATTRIBUTE } from "../wire/attributes.ts"
import * as classes from "../wire/classes.ts"
import { GRH } from "../wire/grh.ts"
import * as methods from "../wire/methods.ts"
import * as checks from "./check-mad.ts"
import type { CmIngress } from "./cm-ingress.ts"
import type { Counters } from "./counters.ts"
import type { Functions } from "./functions.ts"
import type { Guids } from "./guids.ts"
import * as guidTables from "./guids.ts"
import type { Inbound } from "./inbound.ts"
import * as views from "./multicast-view.ts"
import * as outcomes from "./outcomes.ts"
import type { Pkeys } from "./pkeys.ts"
import * as pkeyTables from "./pkeys.ts"
import * as policies from "./policy.ts"
import type { PortState } from "./port-state.ts"
import type { Reports } from "./reports.ts"
import type { Rings } from "./rings.ts"
import type { Redirects } from "./redirects.ts"
import * as rmpp from "./rmpp.ts"
import * as slots from "./slots.ts"
import * as tidOwner from "./tid-owner.ts"
import type { ServiceRecords } from "./service-records.ts"
import type { Transactions } from "./transactions.ts"
import type { WireIds } from "./wire-ids.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN,
  SLOT_SOURCE_QPN
} = ringSlot
const { isSmpClass, MGMT_CLASS } = classes
const { METHOD, RESPONSE_BIT } = methods
const { checkMad } = checks
const { NOBODY } = guidTables
const { hideOthers, isMemberResponse } = views
const {
  CONSUMED, DELIVER, DROP_CLASS_QP, DROP_CM_QUOTA, DROP_DGID_UNKNOWN, DROP_FUNCTION_FULL, DROP_GID_PENDING,
  DROP_INBOUND_QUOTA, DROP_NOT_ATTACHED, DROP_PKEY_INDEX, DROP_PKEY_MISMATCH, DROP_RESPONSE_UNASKED,
  DROP_RMPP_UNKNOWN, DROP_STEER_CONFLICT, DROP_UNSOLICITED
} = outcomes
const { NO_INDEX } = pkeyTables
const { isOpenVendor } = policies
const { isRmppControl } = rmpp
const {
  ATTRIBUTE_BYTE, CLASS_BYTE, clearGrh, grhOf, hasGrh, LID_MASK, madOf, METHOD_BYTE, pkeyIndexOf, remoteQpnOf,
  TID_BYTE
} = slots
const { OWNER_OWN, OWNER_TRANSACTION, ownerKind, ownerRecord } = tidOwner

const PF = 0
const NOTICE = COMMON_ATTRIBUTE.Notice

/** Who takes the SA's answers to the PF context. */
export interface OwnAnswers {
  owns(tid: number): boolean
  answer(slotWord: number): number
}

/** What the ingress stands on. */
export interface IngressParts {
  readonly functions: Functions
  readonly port: PortState
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly tids: WireIds
  readonly transactions: Transactions
  readonly inbound: Inbound
  readonly redirects: Redirects
  readonly cm: CmIngress
  readonly rings: Rings
  readonly counters: Counters
  readonly ownAnswers: OwnAnswers
  readonly serviceRecords: Pick<ServiceRecords, "delivered">
  readonly reports: Reports
}

/** Steers MADs from the wire. */
export interface Ingress {
  /**
   * The MAD from the wire in `slot`, on `qp`: DELIVER when it lies in the ring of a function, ANSWERED,
   * CONSUMED, or a drop code. The slot is the port's, which is trusted not to write it any more.
   */
  readonly take: (qp: number, slot: number) => number
  /** After `take` that says a drop: who is charged, or {@link NOBODY}. */
  readonly charged: () => number
}

/** The ingress of one PF context. A factory, see engine.ts. */
export const makeIngress = (region: SharedRegion, parts: IngressParts): Ingress => {
  const { cm, counters, functions, guids, inbound, ownAnswers, pkeys, port, redirects, reports, rings } = parts
  const { serviceRecords, tids, transactions } = parts
  const { copySlot, view, words } = region
  const { proxies } = functions
  let charged = NOBODY

  /** Steps 7 and 8 of steering.md and the room in the ring: DELIVER if function `f` may have the MAD. */
  const admit = (f: number, named: number, qp: number, slot: number): number => {
    charged = f
    if (named !== NOBODY && named !== f) return DROP_STEER_CONFLICT
    if (proxies[2 * f] === 0) return DROP_GID_PENDING
    if (virtualIndex(f, qp, slot) === NO_INDEX) return DROP_PKEY_MISMATCH
    return rings.hasFunctionRoom(f, qp) ? DELIVER : DROP_FUNCTION_FULL
  }
  /** Step 9. */
  const virtualIndex = (f: number, qp: number, slot: number): number =>
    qp === 1 ? pkeys.toVirtual(f, pkeyIndexOf(words, slot)) : 0

  /** Copies the MAD into the ring of function `f`, which admits it, and returns the slot of the copy. */
  const deliver = (f: number, qp: number, slot: number): number => {
    const to = rings.functionSlot(f, qp)
    copySlot(to, slot)
    const grh = hasGrh(words, slot)
    words[to + SLOT_FLAGS] = (MAD_BYTES << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh ? FLAG_GRH : 0)
    words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK
    words[to + SLOT_REMOTE_QPN] = remoteQpnOf(words, slot)
    words[to + SLOT_QKEY] = 0
    words[to + SLOT_PKEY_INDEX] = virtualIndex(f, qp, slot)
    words[to + SLOT_SOURCE_QPN] = 0
    if (!grh) clearGrh(words, to)
    rings.commitFunction(f, qp)
    counters.delivered(f)
    return to
  }

  const cmMessage = (qp: number, slot: number, named: number): number => {
    const outcome = cm.resolve(slot, named)
    const f = cm.function()
    charged = f
    if (outcome !== DELIVER) return outcome
    const refused = admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    if (!cm.makeRoom()) return DROP_CM_QUOTA
    cm.commit(slot, deliver(f, qp, slot))
    return DELIVER
  }

  /** An answer of the SA to the PF context itself. */
  const ownAnswer = (slot: number, tid: number, named: number): number => {
    if (!ownAnswers.owns(tid >>> 0)) return DROP_RESPONSE_UNASKED
    if (named !== NOBODY && named !== PF) return DROP_STEER_CONFLICT
    ownAnswers.answer(slot)
    return CONSUMED
  }

  const response = (qp: number, slot: number, mad: number, mgmtClass: number, named: number): number => {
    const tid = view.getInt32(mad + TID_BYTE + 4)
    const owner = tids.owner(tid)
    if (ownerKind(owner) !== OWNER_TRANSACTION) {
      const own = ownerKind(owner) === OWNER_OWN && qp === 1 && mgmtClass === MGMT_CLASS.SubnAdm
      return own ? ownAnswer(slot, tid, named) : DROP_RESPONSE_UNASKED
    }
    const transaction = transactions.find(ownerRecord(owner), qp, mgmtClass, port.now)
    if (transaction === 0) return DROP_RESPONSE_UNASKED
    const f = transactions.functionOf(transaction)
    const refused = admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    const delivered = madOf(deliver(f, qp, slot))
    transactions.restore(transaction, delivered, port.now)
    if (qp === 1) redirects.learn(f, mad, port.now)
    if (f !== PF && isMemberResponse(view, mad, mgmtClass)) hideOthers(view, delivered)
    if (mgmtClass === MGMT_CLASS.SubnAdm && view.getUint16(mad + ATTRIBUTE_BYTE) === SA_ATTRIBUTE.ServiceRecord) {
      serviceRecords.delivered(f, mad)
    }
    return DELIVER
  }

  const rmppControl = (qp: number, slot: number, mad: number, mgmtClass: number, named: number): number => {
    const own = named === NOBODY ? 0 : inbound.find(named, qp, mgmtClass, slot, mad, port.now)
    const request = own !== 0 ? own : inbound.findOnly(qp, mgmtClass, slot, mad, port.now)
    if (request === 0) return DROP_RMPP_UNKNOWN
    const f = inbound.functionOf(request)
    const refused = admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    inbound.control(request, port.now)
    deliver(f, qp, slot)
    return DELIVER
  }

  /** Every function has a CM, which says itself what it is (SQP-CM-16). */
  const isCmGet = (mad: number, mgmtClass: number): boolean =>
    mgmtClass === MGMT_CLASS.ComMgt && view.getUint8(mad + METHOD_BYTE) === METHOD.Get

  const unsolicited = (qp: number, slot: number, mad: number, mgmtClass: number, named: number): number => {
    const f = named === NOBODY ? PF : named
    charged = f
    if (f !== PF && !isCmGet(mad, mgmtClass) && !isOpenVendor(view, mad, mgmtClass)) return DROP_UNSOLICITED
    const refused = admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    const request = inbound.find(f, qp, mgmtClass, slot, mad, port.now)
    if (request !== 0) inbound.repeat(request, port.now)
    else if (!inbound.hasRoom(f, port.now)) return DROP_INBOUND_QUOTA
    else inbound.remember(f, qp, mgmtClass, slot, mad, port.now)
    deliver(f, qp, slot)
    return DELIVER
  }

  /** A Report of a notice, which is the PF context's. */
  const isReport = (mad: number, mgmtClass: number, method: number): boolean =>
    mgmtClass === MGMT_CLASS.SubnAdm && method === METHOD.Report &&
    view.getUint16(mad + ATTRIBUTE_BYTE) === NOTICE

  /** Step 6. */
  const byKind = (qp: number, slot: number, mad: number, mgmtClass: number, named: number): number => {
    const method = view.getUint8(mad + METHOD_BYTE)
    if (mgmtClass === MGMT_CLASS.ComMgt && method === METHOD.Send) return cmMessage(qp, slot, named)
    const isResponse = (method & RESPONSE_BIT) !== 0 || method === METHOD.TrapRepress
    if (isResponse) return response(qp, slot, mad, mgmtClass, named)
    if (isReport(mad, mgmtClass, method)) return reports.take(slot, named)
    if (isRmppControl(view, mad, mgmtClass)) return rmppControl(qp, slot, mad, mgmtClass, named)
    return unsolicited(qp, slot, mad, mgmtClass, named)
  }

  const take = (qp: number, slot: number): number => {
    charged = NOBODY
    if (!functions.running) return DROP_NOT_ATTACHED
    const malformed = checkMad(words, view, slot)
    if (malformed >= 0) return malformed
    if (qp === 1 && !pkeys.isAssigned(pkeyIndexOf(words, slot))) return DROP_PKEY_INDEX
    const mad = madOf(slot)
    const mgmtClass = view.getUint8(mad + CLASS_BYTE)
    const smp = isSmpClass(mgmtClass)
    if (smp === (qp === 1)) return DROP_CLASS_QP
    let named = NOBODY
    if (!smp && hasGrh(words, slot)) {
      named = guids.resolve(view, grhOf(slot) + GRH.DGID.byte)
      if (named === NOBODY) return DROP_DGID_UNKNOWN
    }
    return byKind(qp, slot, mad, mgmtClass, named)
  }
  return { take, charged: () => charged }
}
