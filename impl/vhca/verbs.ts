/** The gate between a function's driver and its QPs (spec/qp.md). */
import { WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import type { Qpns } from "./qpns.ts"

/** What a driver asks. Keys that the verb does not use, or that stay as they are, are null. */
export interface VerbRequest {
  readonly verb: "createQp" | "modifyQp" | "postSend" | "destroyQp"
  /** Of createQp. */
  readonly type: "smi" | "gsi" | "ud" | "rc" | null
  readonly qpn: number | null
  readonly qkey: number | null
  /** Virtual. */
  readonly pkeyIndex: number | null
  readonly sgidIndex: number | null
  readonly vl: number | null
  /** As the function numbers its ports: it has one, port 1. */
  readonly port: number | null
  /** The alternate path of a connected QP. */
  readonly alternate: AlternatePath | null
  /** Which attributes to apply, as `enum ib_qp_attr_mask`; null: those that are given. */
  readonly attrMask: number | null
}

/** What a driver asks of an alternate path. */
export interface AlternatePath {
  /** Virtual. */
  readonly pkeyIndex: number | null
  readonly sgidIndex: number | null
  readonly port: number | null
}

const VERBS: ReadonlyArray<string | null> = ["createQp", "modifyQp", "postSend", "destroyQp"] satisfies ReadonlyArray<VerbRequest["verb"]>
const TYPES: ReadonlyArray<string | null> = ["smi", "gsi", "ud", "rc", null] satisfies ReadonlyArray<VerbRequest["type"]>

const isWordOrNull = (value: unknown): boolean =>
  value === null || (typeof value === "number" && value >>> 0 === value)

/** True for a verb whose keys are all there and whose numbers fit into 32 bits. A driver may write anything. */
const isVerb = (request: VerbRequest): boolean => {
  if (typeof request !== "object" || request === null) return false
  const { alternate, attrMask, pkeyIndex, port, qkey, qpn, sgidIndex, type, verb, vl } = request
  if (!VERBS.includes(verb) || !TYPES.includes(type)) return false
  if (![attrMask, pkeyIndex, port, qkey, qpn, sgidIndex, vl].every(isWordOrNull)) return false
  if (typeof alternate !== "object") return false
  return alternate === null || [alternate.pkeyIndex, alternate.port, alternate.sgidIndex].every(isWordOrNull)
}

/** A QP that a function owns. */
interface OwnedQp {
  qkey: number
  /** Virtual, so that a P_Key taken away is of no use to it (SQP-PKEY-3). */
  pkeyIndex: number
}

/** The answer: `qpn` is that of createQp, `qkey` that which leaves with postSend, null otherwise. */
export interface VerbAnswer {
  readonly status: "ok" | "refused"
  readonly qpn: number | null
  readonly qkey: number | null
}

/** What the gate knows of its PF context. */
export interface VerbsContext {
  readonly isAttached: (f: number) => boolean
  readonly proxyQpn: (f: number, qp: number) => number
  readonly isTunnelQkey: (qkey: number) => boolean
  /** Physical index of a virtual P_Key index, negative if there is none. */
  readonly physicalPkeyIndex: (f: number, virtual: number) => number
}

/** The most QPs that a function may own. */
export const QPS_MAX = 65_536

const CONTROLLED = 0x8000_0000
const MANAGEMENT_VL = 15
const OWN_PORT = 1
/** Bits of the attribute mask. */
const MASK_PKEY_INDEX = 1 << 4
const MASK_QKEY = 1 << 6
const REFUSED: VerbAnswer = { status: "refused", qpn: null, qkey: null }
const OK: VerbAnswer = { status: "ok", qpn: null, qkey: null }

/** The QPs that functions own, and what they may do with them. */
export class VerbsGate {
  readonly #context: VerbsContext
  readonly #qpns: Qpns
  /** By function: its QPs by QPN. */
  readonly #owned: ReadonlyArray<Map<number, OwnedQp>>

  constructor(functions: number, qpns: Qpns, context: VerbsContext) {
    this.#context = context
    this.#qpns = qpns
    this.#owned = Array.from({ length: functions }, () => new Map<number, OwnedQp>())
  }

  /** Decides a verb of function `f`; what is no verb is refused. */
  verb(f: number, request: VerbRequest): VerbAnswer {
    const owned = this.#owned[f]
    if (owned === undefined || !this.#context.isAttached(f) || !isVerb(request)) return REFUSED
    switch (request.verb) {
      case "createQp":
        return this.#create(f, owned, request)
      case "modifyQp":
        return this.#modify(f, owned, request)
      case "postSend":
        return this.#send(f, owned, request)
      case "destroyQp":
        return this.#destroy(owned, request)
    }
  }

  /** How many QPs function `f` owns. */
  used(f: number): number {
    return this.#owned[f]?.size ?? 0
  }

  /** Function `f` ends: its QPs are destroyed. */
  endFunction(f: number): void {
    const owned = this.#owned[f]
    for (const qpn of owned?.keys() ?? []) this.#qpns.give(qpn)
    owned?.clear()
  }

  #create(f: number, owned: Map<number, OwnedQp>, request: VerbRequest): VerbAnswer {
    const { pkeyIndex, qkey, type } = request
    if (!this.#isWithinTables(f, request)) return REFUSED
    if (type === "smi" || type === "gsi") {
      return { ...OK, qpn: this.#context.proxyQpn(f, type === "smi" ? 0 : 1) }
    }
    if (type === null || this.#isDenied(qkey) || owned.size >= QPS_MAX) return REFUSED
    const qpn = this.#qpns.take()
    owned.set(qpn, { qkey: qkey ?? 0, pkeyIndex: pkeyIndex ?? 0 })
    return { ...OK, qpn }
  }

  #modify(f: number, owned: Map<number, OwnedQp>, request: VerbRequest): VerbAnswer {
    const { attrMask, pkeyIndex, qkey, qpn } = request
    if (qpn === null) return REFUSED
    const isProxy = this.#isProxy(f, qpn)
    const qp = owned.get(qpn)
    if (!isProxy && qp === undefined) return REFUSED
    if (qkey !== null && (isProxy || this.#isDenied(qkey))) return REFUSED
    if (!this.#isWithinTables(f, request)) return REFUSED
    const applied = attrMask ?? -1
    if (qp !== undefined && qkey !== null && (applied & MASK_QKEY) !== 0) qp.qkey = qkey
    if (qp !== undefined && pkeyIndex !== null && (applied & MASK_PKEY_INDEX) !== 0) qp.pkeyIndex = pkeyIndex
    return OK
  }

  #send(f: number, owned: Map<number, OwnedQp>, request: VerbRequest): VerbAnswer {
    const { qkey, qpn } = request
    if (qpn === null || !this.#isWithinTables(f, request)) return REFUSED
    const qp = owned.get(qpn)
    if (qp !== undefined && this.#context.physicalPkeyIndex(f, qp.pkeyIndex) < 0) return REFUSED
    const own = this.#isProxy(f, qpn) ? WELL_KNOWN_Q_KEY : qp?.qkey
    if (own === undefined) return REFUSED
    return { ...OK, qkey: qkey === null || isControlled(qkey) ? own : qkey }
  }

  #destroy(owned: Map<number, OwnedQp>, { qpn }: VerbRequest): VerbAnswer {
    if (qpn === null || !owned.delete(qpn)) return REFUSED
    this.#qpns.give(qpn)
    return OK
  }

  /** Every index and number, whether or not the mask names it: on both paths they are the function's own. */
  #isWithinTables(f: number, request: VerbRequest): boolean {
    const { alternate, vl } = request
    return vl !== MANAGEMENT_VL && this.#isOwnPath(f, request) && (alternate === null || this.#isOwnPath(f, alternate))
  }

  #isOwnPath(f: number, { pkeyIndex, port, sgidIndex }: AlternatePath): boolean {
    return (pkeyIndex === null || this.#context.physicalPkeyIndex(f, pkeyIndex) >= 0) &&
      (sgidIndex === null || sgidIndex === 0) && (port === null || port === OWN_PORT)
  }

  #isProxy(f: number, qpn: number): boolean {
    return qpn !== 0 && (qpn === this.#context.proxyQpn(f, 0) || qpn === this.#context.proxyQpn(f, 1))
  }

  /** True for a Q_Key that no function may give a QP: controlled ones and those of tunnels. */
  #isDenied(qkey: number | null): boolean {
    return qkey !== null && (isControlled(qkey) || this.#context.isTunnelQkey(qkey))
  }
}

const isControlled = (qkey: number): boolean => (qkey & CONTROLLED) !== 0
