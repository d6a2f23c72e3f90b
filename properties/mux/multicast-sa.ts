/**
 * An SA for random histories of multicast membership. It shares nothing with the implementation but the
 * reading of MADs: the port's memberships are sets of bit numbers.
 */
import { NO_MGID, RECORD, type Reply, type Sent } from "./multicast-fixture.ts"

/** What becomes of one copy of a request on the wire. */
export type Fate = "answered" | "refused" | "request lost" | "answer lost" | "answered late" | "refused late"
/** All fates, the everyday one first. */
export const FATES: ReadonlyArray<Fate> = [
  "answered", "refused", "request lost", "answer lost", "answered late", "refused late"
]

/** A join as a history remembers it; `marker` travels in its PacketLifeTime, which nobody compares. */
export interface Asked {
  readonly f: number
  readonly tid: string
  readonly mgid: string
  readonly bits: number
  readonly marker: number
  readonly atMs: number
  /** Not answered, and not dropped for a reason that tells which request it was. */
  open: boolean
  /** The SA's success was taken: what the function hears is the SA's word. */
  granted: boolean
}

/** One wire TID, from its first copy on. */
export interface Exchange {
  readonly tid: string
  readonly kind: "join" | "re-join" | "leave"
  readonly mgid: string
  readonly bits: number
  /** The join of a function that it carries. */
  readonly asked: Asked | null
  readonly copies: Array<Sent>
  /** Given up is also what was answered or forgotten afterwards: then `over`. */
  phase: "outstanding" | "given up" | "over"
  givenUpMs: number
  /** A port event came after it. */
  former: boolean
  /** The status with which the SA refuses every copy; it decides once. */
  refusal: number | null
  /** Where the SA accepted a copy since it last forgot. */
  grantedIn: string | null
  /** A copy reached the SA since it last forgot. */
  reached: boolean
  /** The membership took a success. */
  taken: boolean
}

/** An answer of the SA that is under way, or arrived or was lost before and may be replayed. */
export interface Answer {
  readonly exchange: Exchange
  readonly copy: Sent
  readonly reply: Reply
}

/** ComponentMask of Q_Key. */
export const QKEY_MASK = 1 << 2

/** The SA of the fabric: per MGID, which of the four bits the port has. */
export class ScriptedSa {
  readonly port = new Map<string, ReadonlySet<number>>()
  #chosen = 0

  /** The port's JoinState. */
  bits(mgid: string): number {
    let bits = 0
    for (const bit of this.port.get(mgid) ?? []) bits += 2 ** bit
    return bits
  }

  /** Processes one copy and says the answer; `refusal` is a status or null. */
  process(sent: Sent, refusal: number | null): Reply {
    const bits = [0, 1, 2, 3].filter((bit) => Math.floor(sent.joinState / 2 ** bit) % 2 === 1)
    const held = this.port.get(sent.mgid) ?? new Set<number>()
    if (sent.method === 0x15) {
      if (bits.some((bit) => !held.has(bit))) return { status: 0x0200 }
      this.port.set(sent.mgid, new Set([...held].filter((bit) => !bits.includes(bit))))
      return { joinState: this.bits(sent.mgid) }
    }
    if (refusal !== null) return { status: refusal }
    if ((sent.mask & QKEY_MASK) !== 0 && sent.components.Q_Key !== RECORD.Q_Key) return { status: 0x0600 }
    const mgid = sent.mgid === NO_MGID ? this.#choose() : sent.mgid
    this.port.set(mgid, new Set([...this.port.get(mgid) ?? [], ...bits]))
    return { mgid, joinState: this.bits(mgid) }
  }

  #choose(): string {
    this.#chosen += 1
    return `ff12a01b${this.#chosen.toString(16).padStart(24, "0")}`
  }
}
