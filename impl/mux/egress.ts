/** MADs that functions send, in the order of the checks of spec/classes.md. */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_FLAGS, SLOT_LID, SLOT_PKEY_INDEX, SLOT_QKEY, SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { isSmpClass, MGMT_CLASS, WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { GRH } from "../wire/grh.ts"
import { METHOD, RESPONSE_BIT } from "../wire/methods.ts"
import { SA_HEADER } from "../wire/sa.ts"
import type { Answers } from "./answers.ts"
import { checkMad } from "./check-mad.ts"
import type { CmEgress } from "./cm-egress.ts"
import type { Functions } from "./functions.ts"
import type { Guids } from "./guids.ts"
import type { Inbound } from "./inbound.ts"
import {
  CONSUMED, DROP_CLASS_QP, DROP_NO_GID, DROP_NO_SM, DROP_NOT_ATTACHED, DROP_PKEY_INDEX, DROP_REMOTE_QPN,
  DROP_RESPONSE_UNDELIVERED, DROP_SA_DESTINATION, DROP_SMP_FROM_VF, DROP_SOURCE_QP, DROP_TID_QUOTA, FORWARD
} from "./outcomes.ts"
import { NO_INDEX, type Pkeys } from "./pkeys.ts"
import { policyOf, REFUSE } from "./policy.ts"
import type { PortState } from "./port-state.ts"
import {
  ATTRIBUTE_BYTE, CLASS_BYTE, clearGrh, grhOf, hasGrh, LID_MASK, lidOf, madOf, METHOD_BYTE, pkeyIndexOf, QPN_MASK,
  remoteQpnOf, TID_BYTE, writeGrhConstants
} from "./slots.ts"
import type { Transactions } from "./transactions.ts"

const PF = 0

/** Who takes Set and Delete of MCMemberRecord: it answers, drops or keeps the request, and counts it. */
export interface MulticastRequests {
  request(f: number, slotWord: number): number
}

/** What the egress stands on. */
export interface EgressParts {
  readonly functions: Functions
  readonly port: PortState
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly transactions: Transactions
  readonly inbound: Inbound
  readonly cm: CmEgress
  readonly answers: Answers
  readonly multicast: MulticastRequests
  /** A slot of its own for multicast requests, which may fill the next slots to the wire. */
  readonly scratch: number
}

/** Decides what becomes of a MAD of a function and makes it what leaves. */
export class Egress {
  readonly #region: SharedRegion
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #parts: EgressParts

  constructor(region: SharedRegion, parts: EgressParts) {
    this.#region = region
    this.#words = region.words
    this.#view = region.view
    this.#parts = parts
  }

  /**
   * The MAD that came through the tunnel of function `f` and `qp`, in `slot`, which nobody else can write: FORWARD
   * with the slot ready for the wire, ANSWERED, CONSUMED, or a drop code.
   */
  take(f: number, qp: number, slot: number): number {
    const words = this.#words
    const view = this.#view
    const parts = this.#parts
    if (!parts.functions.isAttached(f)) return DROP_NOT_ATTACHED
    if ((words[slot + SLOT_SOURCE_QPN]! & QPN_MASK) !== parts.functions.proxyQpn(f, qp)) return DROP_SOURCE_QP
    const malformed = checkMad(this.#region, slot)
    if (malformed >= 0) return malformed
    const mad = madOf(slot)
    const mgmtClass = view.getUint8(mad + CLASS_BYTE)
    const smp = isSmpClass(mgmtClass)
    if (smp && f !== PF) return DROP_SMP_FROM_VF
    if (smp === (qp === 1)) return DROP_CLASS_QP
    const asked = pkeyIndexOf(words, slot)
    const pkeyIndex = qp === 1 ? parts.pkeys.toPhysical(f, asked) : asked
    if (pkeyIndex === NO_INDEX) return DROP_PKEY_INDEX
    if (hasGrh(words, slot) && !parts.guids.has(f)) return DROP_NO_GID
    const outcome = this.#byClass(f, qp, slot, mad, mgmtClass)
    if (outcome === FORWARD) this.#address(f, qp, slot, pkeyIndex)
    return outcome
  }

  #byClass(f: number, qp: number, slot: number, mad: number, mgmtClass: number): number {
    const view = this.#view
    const method = view.getUint8(mad + METHOD_BYTE)
    const response = (method & RESPONSE_BIT) !== 0 || method === METHOD.TrapRepress
    const attribute = view.getUint16(mad + ATTRIBUTE_BYTE)
    if (f !== PF && !response) {
      const policy = policyOf(view, mad, mgmtClass, method, attribute)
      if (policy >= REFUSE) return this.#parts.answers.refuse(f, qp, slot, policy - REFUSE)
      if (policy !== FORWARD) return policy
    }
    if (mgmtClass === MGMT_CLASS.ComMgt && method === METHOD.Send) return this.#parts.cm.take(f, slot)
    if (response) return this.#response(f, qp, slot, mad, mgmtClass)
    if (mgmtClass === MGMT_CLASS.SubnAdm && attribute === SA_ATTRIBUTE.MCMemberRecord) {
      if (method === METHOD.Set || method === METHOD.Delete) return this.#membership(f, slot)
    }
    return this.#request(f, qp, slot, mad, mgmtClass)
  }

  /** Membership sends its own MADs before it returns: the request must not lie in the slot they go to. */
  #membership(f: number, slot: number): number {
    this.#region.copySlot(this.#parts.scratch, slot)
    this.#parts.multicast.request(f, this.#parts.scratch)
    return CONSUMED
  }

  #response(f: number, qp: number, slot: number, mad: number, mgmtClass: number): number {
    const now = this.#parts.port.now
    const request = this.#parts.inbound.find(f, qp, mgmtClass, slot, mad, now)
    if (request === 0) return DROP_RESPONSE_UNDELIVERED
    this.#parts.inbound.use(request, now)
    return FORWARD
  }

  #request(f: number, qp: number, slot: number, mad: number, mgmtClass: number): number {
    const { port, transactions } = this.#parts
    const view = this.#view
    const saOfVf = f !== PF && mgmtClass === MGMT_CLASS.SubnAdm
    if (saOfVf) {
      if (port.smLid === 0) return DROP_NO_SM
      if (lidOf(this.#words, slot) !== port.smLid) return DROP_SA_DESTINATION
    }
    if (remoteQpnOf(this.#words, slot) !== qp) return DROP_REMOTE_QPN
    const tid = transactions.take(f, qp, mgmtClass, slot, mad, port.now)
    if (tid === 0) return DROP_TID_QUOTA
    // The upper half of a wire TID is zero (SQP-TID-7).
    view.setInt32(mad + TID_BYTE, 0)
    view.setInt32(mad + TID_BYTE + 4, tid)
    if (saOfVf) {
      view.setInt32(mad + SA_HEADER.SM_Key.byte, 0)
      view.setInt32(mad + SA_HEADER.SM_Key.byte + 4, 0)
    }
    return FORWARD
  }

  /** Makes the addressing what leaves: everything a function must not choose is overwritten. */
  #address(f: number, qp: number, slot: number, pkeyIndex: number): void {
    const words = this.#words
    const grh = hasGrh(words, slot)
    words[slot + SLOT_FLAGS] = (MAD_BYTES << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh ? FLAG_GRH : 0)
    words[slot + SLOT_LID]! &= LID_MASK
    // Bit 31 asks for the sending QP's own Q_Key, which is that of QP1 (SQP-QP-6).
    if (words[slot + SLOT_QKEY]! < 0) words[slot + SLOT_QKEY] = WELL_KNOWN_Q_KEY | 0
    words[slot + SLOT_PKEY_INDEX] = pkeyIndex | (grh ? f << 16 : 0)
    words[slot + SLOT_SOURCE_QPN] = qp
    if (!grh) return clearGrh(words, slot)
    writeGrhConstants(this.#view, grhOf(slot))
    this.#parts.guids.write(f, this.#view, grhOf(slot) + GRH.SGID.byte)
  }
}
