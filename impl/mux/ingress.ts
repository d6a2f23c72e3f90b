/**
 * MADs from the wire (spec/steering.md): first who gets one, which changes nothing, then the delivery. A dropped
 * MAD changes no state.
 */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { isSmpClass, isVendorOuiClass, MGMT_CLASS } from "../wire/classes.ts"
import { GRH } from "../wire/grh.ts"
import { METHOD, RESPONSE_BIT } from "../wire/methods.ts"
import { RMPP_DATA, RMPP_FLAG, RMPP_TYPE } from "../wire/rmpp.ts"
import { checkMad } from "./check-mad.ts"
import type { CmIngress } from "./cm-ingress.ts"
import type { Counters } from "./counters.ts"
import type { Functions } from "./functions.ts"
import { type Guids, NOBODY } from "./guids.ts"
import type { Inbound } from "./inbound.ts"
import {
  CONSUMED, DELIVER, DROP_CLASS_QP, DROP_CM_QUOTA, DROP_DGID_UNKNOWN, DROP_FUNCTION_FULL, DROP_GID_PENDING,
  DROP_INBOUND_QUOTA, DROP_NOT_ATTACHED, DROP_PKEY_INDEX, DROP_PKEY_MISMATCH, DROP_RESPONSE_UNASKED,
  DROP_RMPP_UNKNOWN, DROP_STEER_CONFLICT, DROP_UNSOLICITED
} from "./outcomes.ts"
import { NO_INDEX, type Pkeys } from "./pkeys.ts"
import { isOpenVendor } from "./policy.ts"
import type { PortState } from "./port-state.ts"
import type { Rings } from "./rings.ts"
import {
  CLASS_BYTE, clearGrh, grhOf, hasGrh, LID_MASK, madOf, METHOD_BYTE, pkeyIndexOf, remoteQpnOf, TID_BYTE
} from "./slots.ts"
import { OWNER_OWN, OWNER_TRANSACTION, ownerKind, ownerRecord } from "./tid-owner.ts"
import type { Transactions } from "./transactions.ts"
import type { WireIds } from "./wire-ids.ts"

const PF = 0
/** Management classes that carry an RMPP header, beside the SA and the vendor classes with an OUI. */
const CLASS_DEV_MGT = MGMT_CLASS.DevMgt
const CLASS_DEV_ADM = MGMT_CLASS.DevAdm
const CLASS_BIS = MGMT_CLASS.BIS

/** Who takes the SA's answers to the PF context. */
export interface MulticastAnswers {
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
  readonly cm: CmIngress
  readonly rings: Rings
  readonly counters: Counters
  readonly multicast: MulticastAnswers
}

/** Steers MADs from the wire. */
export class Ingress {
  /** After `take` that says a drop: who is charged, or {@link NOBODY}. */
  charged = NOBODY
  readonly #region: SharedRegion
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #parts: IngressParts
  /** The virtual P_Key index that {@link Ingress.#admit} found. */
  #pkeyIndex = 0

  constructor(region: SharedRegion, parts: IngressParts) {
    this.#region = region
    this.#words = region.words
    this.#view = region.view
    this.#parts = parts
  }

  /**
   * The MAD from the wire in `slot`, on `qp`: DELIVER when it lies in the ring of a function, ANSWERED, CONSUMED,
   * or a drop code. The slot is the port's, which is trusted not to write it any more.
   */
  take(qp: number, slot: number): number {
    const words = this.#words
    const view = this.#view
    const parts = this.#parts
    this.charged = NOBODY
    if (!parts.functions.running) return DROP_NOT_ATTACHED
    const malformed = checkMad(this.#region, slot)
    if (malformed >= 0) return malformed
    if (qp === 1 && !parts.pkeys.isAssigned(pkeyIndexOf(words, slot))) return DROP_PKEY_INDEX
    const mad = madOf(slot)
    const mgmtClass = view.getUint8(mad + CLASS_BYTE)
    const smp = isSmpClass(mgmtClass)
    if (smp === (qp === 1)) return DROP_CLASS_QP
    let named = NOBODY
    if (!smp && hasGrh(words, slot)) {
      named = parts.guids.resolve(view, grhOf(slot) + GRH.DGID.byte)
      if (named === NOBODY) return DROP_DGID_UNKNOWN
    }
    const method = view.getUint8(mad + METHOD_BYTE)
    if (mgmtClass === MGMT_CLASS.ComMgt && method === METHOD.Send) return this.#cm(qp, slot, named)
    if ((method & RESPONSE_BIT) !== 0 || method === METHOD.TrapRepress) {
      return this.#response(qp, slot, mad, mgmtClass, named)
    }
    if (this.#isRmppControl(mad, mgmtClass)) return this.#rmppControl(qp, slot, mad, mgmtClass, named)
    return this.#unsolicited(qp, slot, mad, mgmtClass, named)
  }

  #cm(qp: number, slot: number, named: number): number {
    const { cm } = this.#parts
    const outcome = cm.resolve(slot, named)
    this.charged = cm.function
    if (outcome !== DELIVER) return outcome
    const refused = this.#admit(cm.function, named, qp, slot)
    if (refused !== DELIVER) return refused
    if (!cm.hasRoom()) return DROP_CM_QUOTA
    const copy = this.#deliver(cm.function, qp, slot)
    cm.commit(slot, copy)
    return DELIVER
  }

  #response(qp: number, slot: number, mad: number, mgmtClass: number, named: number): number {
    const { multicast, port, tids, transactions } = this.#parts
    const tid = this.#view.getInt32(mad + TID_BYTE + 4)
    const owner = tids.owner(tid)
    if (ownerKind(owner) === OWNER_OWN && qp === 1 && mgmtClass === MGMT_CLASS.SubnAdm) {
      if (!multicast.owns(tid >>> 0)) return DROP_RESPONSE_UNASKED
      this.charged = PF
      if (named !== NOBODY && named !== PF) return DROP_STEER_CONFLICT
      multicast.answer(slot)
      return CONSUMED
    }
    if (ownerKind(owner) !== OWNER_TRANSACTION) return DROP_RESPONSE_UNASKED
    const transaction = transactions.find(ownerRecord(owner), qp, mgmtClass, port.now)
    if (transaction === 0) return DROP_RESPONSE_UNASKED
    const f = transactions.functionOf(transaction)
    const refused = this.#admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    transactions.restore(transaction, madOf(this.#deliver(f, qp, slot)), port.now)
    return DELIVER
  }

  #rmppControl(qp: number, slot: number, mad: number, mgmtClass: number, named: number): number {
    const { inbound, port } = this.#parts
    const own = named === NOBODY ? 0 : inbound.find(named, qp, mgmtClass, slot, mad, port.now)
    const request = own !== 0 ? own : inbound.findOnly(qp, mgmtClass, slot, mad, port.now)
    if (request === 0) return DROP_RMPP_UNKNOWN
    const f = inbound.functionOf(request)
    const refused = this.#admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    inbound.use(request, port.now)
    this.#deliver(f, qp, slot)
    return DELIVER
  }

  #unsolicited(qp: number, slot: number, mad: number, mgmtClass: number, named: number): number {
    const { inbound, port } = this.#parts
    const f = named === NOBODY ? PF : named
    this.charged = f
    if (f !== PF && !isOpenVendor(this.#view, mad, mgmtClass)) return DROP_UNSOLICITED
    const refused = this.#admit(f, named, qp, slot)
    if (refused !== DELIVER) return refused
    const request = inbound.find(f, qp, mgmtClass, slot, mad, port.now)
    if (request !== 0) inbound.use(request, port.now)
    else if (!inbound.hasRoom(f, port.now)) return DROP_INBOUND_QUOTA
    else inbound.remember(f, qp, mgmtClass, slot, mad, port.now)
    this.#deliver(f, qp, slot)
    return DELIVER
  }

  /** Steps 7 to 9 of steering.md and the room in the ring: DELIVER if function `f` may have the MAD. */
  #admit(f: number, named: number, qp: number, slot: number): number {
    const { functions, pkeys, rings } = this.#parts
    this.charged = f
    if (named !== NOBODY && named !== f) return DROP_STEER_CONFLICT
    if (!functions.isAttached(f)) return DROP_GID_PENDING
    this.#pkeyIndex = qp === 1 ? pkeys.toVirtual(f, pkeyIndexOf(this.#words, slot)) : 0
    if (this.#pkeyIndex === NO_INDEX) return DROP_PKEY_MISMATCH
    return rings.hasFunctionRoom(f, qp) ? DELIVER : DROP_FUNCTION_FULL
  }

  /** Copies the MAD into the ring of function `f`, which has room, and returns the slot of the copy. */
  #deliver(f: number, qp: number, slot: number): number {
    const words = this.#words
    const { counters, rings } = this.#parts
    const to = rings.functionSlot(f, qp)
    this.#region.copySlot(to, slot)
    const grh = hasGrh(words, slot)
    words[to + SLOT_FLAGS] = (MAD_BYTES << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh ? FLAG_GRH : 0)
    words[to + SLOT_LID] = words[slot + SLOT_LID]! & LID_MASK
    words[to + SLOT_REMOTE_QPN] = remoteQpnOf(words, slot)
    words[to + SLOT_QKEY] = 0
    words[to + SLOT_PKEY_INDEX] = this.#pkeyIndex
    words[to + SLOT_SOURCE_QPN] = 0
    if (!grh) clearGrh(words, to)
    rings.commitFunction(f, qp)
    counters.delivered(f)
    return to
  }

  /** An ACK, STOP or ABORT with the Active flag, in a class that has the RMPP header. */
  #isRmppControl(mad: number, mgmtClass: number): boolean {
    const hasRmpp = mgmtClass === MGMT_CLASS.SubnAdm || isVendorOuiClass(mgmtClass) ||
      mgmtClass === CLASS_DEV_MGT || mgmtClass === CLASS_DEV_ADM || mgmtClass === CLASS_BIS
    if (!hasRmpp || (this.#view.getUint8(mad + RMPP_DATA.RMPPFlags.byte) & RMPP_FLAG.Active) === 0) return false
    const type = this.#view.getUint8(mad + RMPP_DATA.RMPPType.byte)
    return type >= RMPP_TYPE.ACK && type <= RMPP_TYPE.ABORT
  }
}
