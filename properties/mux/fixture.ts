/** A PF context with a small configuration, and hands for its two sides: functions and the wire. */
import { Mux } from "../../impl/mux/engine.ts"
import { defaultLimits, defaultTiming, type MuxConfig } from "../../impl/mux/config.ts"
import {
  FLAG_GRH, FLAG_QP1, SLOT_BYTES, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX, SLOT_QKEY,
  SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../../impl/ring/slot.ts"
import type { RingConsumer, RingProducer } from "../../impl/ring/spsc.ts"
import type { Reason } from "../../spec/reasons.ts"

/** The GUID of function `f` in {@link muxConfig}. */
export const guidOf = (f: number): string => `00000000000001${f.toString(16).padStart(2, "0")}`
export const PREFIX = "fe80000000000000"
/** The GID of function `f`. */
export const gidOf = (f: number): string => PREFIX + guidOf(f)
/** A GID of some peer. */
export const PEER_GID = `${PREFIX}00000000000a0001`
export const SM_LID = 1
export const OWN_LID = 5
export const PEER_LID = 9

/** A seeded source of 32 bits: the same ids in every run of a test. */
export const seededRandom32 = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x9e37_79b9) | 0
    let z = Math.imul(state ^ (state >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}

/** Four functions, all with a GUID; VF 1 and 2 have a P_Key of their own, VF 3 only the default one. */
export const muxConfig = (change: Partial<MuxConfig> = {}): MuxConfig => ({
  functions: 4,
  functionSlots: 64,
  wireSlots: 64,
  limits: { ...defaultLimits, tids: 16, cm: 16, inbound: 16 },
  timing: defaultTiming,
  services: [],
  nodeGuids: [0, 1, 2, 3].map((f) => `00000000000002${f.toString(16).padStart(2, "0")}`),
  guids: [0, 1, 2, 3].map(guidOf),
  pkeyMaps: [[], [0, 2], [0, 2], [0]],
  port: {
    up: true, lid: OWN_LID, lmc: 0, smLid: SM_LID, smSl: 3, subnetPrefix: PREFIX, pkeys: [0xffff, 0x8001, 0x7002, 0]
  },
  nodeInfo: new Uint8Array(64),
  portInfo: new Uint8Array(64),
  random32: seededRandom32(1),
  ...change
})

/** A GRH as a sender asks for it, or as it arrived. */
export interface GrhFields {
  readonly sgid?: string
  readonly dgid: string
  readonly hopLimit?: number
  readonly flowLabel?: number
  readonly trafficClass?: number
}

/** A MAD with its addressing; the fields that matter little have usual values. */
export interface Message {
  readonly mad: Uint8Array
  readonly lid?: number
  readonly sl?: number
  readonly pathBits?: number
  readonly remoteQpn?: number
  readonly rate?: number
  readonly qkey?: number
  readonly pkeyIndex?: number
  readonly grh?: GrhFields | null
  readonly sourceQpn?: number
  readonly lengthBytes?: number
}

/** What lies in a slot. */
export interface Seen {
  readonly qp: number
  readonly lid: number
  readonly sl: number
  readonly pathBits: number
  readonly remoteQpn: number
  readonly rate: number
  readonly qkey: number
  readonly pkeyIndex: number
  readonly sgidIndex: number
  readonly sourceQpn: number
  readonly lengthBytes: number
  readonly grh: Required<GrhFields> | null
  readonly mad: Uint8Array
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
export const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"))

/** A MAD of 256 bytes from its header and, at byte offsets, numbers of 1, 2 or 4 bytes or hex text. */
export const makeMad = (
  header: { class: number; method: number; attribute?: number; tid?: string; classVersion?: number; base?: number },
  body: Record<number, { u8: number } | { u16: number } | { u32: number } | string> = {}
): Uint8Array => {
  const mad = new Uint8Array(256)
  const view = new DataView(mad.buffer)
  mad[0] = header.base ?? 1
  mad[1] = header.class
  mad[2] = header.classVersion ?? (header.class === 3 || header.class === 7 ? 2 : 1)
  mad[3] = header.method
  mad.set(bytesOf(header.tid ?? "0000000000000001"), 8)
  view.setUint16(16, header.attribute ?? 0)
  for (const [at, value] of Object.entries(body)) {
    if (typeof value === "string") mad.set(bytesOf(value), Number(at))
    else if ("u8" in value) view.setUint8(Number(at), value.u8)
    else if ("u16" in value) view.setUint16(Number(at), value.u16)
    else view.setUint32(Number(at), value.u32)
  }
  return mad
}
export const tidOf = (mad: Uint8Array): string => hex(mad.subarray(8, 16))
export const u32 = (mad: Uint8Array, at: number): number => new DataView(mad.buffer, mad.byteOffset).getUint32(at)

/** Both sides of a PF context, with a clock that a test moves. */
export class Bench {
  readonly mux: Mux
  now = 1_000_000

  /** For a PF context of its own, or for one port of an HCA. */
  constructor(
    change: Partial<MuxConfig> = {}, attach: ReadonlyArray<number> = [1, 2, 3], mux = new Mux(muxConfig(change))
  ) {
    this.mux = mux
    for (const f of attach) this.mux.attach(f)
    this.mux.start()
    this.mux.poll(1, this.now)
  }

  /** Function `f` sends; false: its ring is full. By default from its proxy QP. Nothing is worked off yet. */
  send(f: number, qp: 0 | 1, message: Message): boolean {
    const sourceQpn = message.sourceQpn ?? this.mux.tunnels(f)?.[qp].proxyQpn ?? 0
    return this.#put(this.mux.functionEgress(f, qp), qp, { qkey: 0x8001_0000, remoteQpn: qp, ...message, sourceQpn })
  }

  /** The wire delivers to the port; false: the ring is full. Nothing is worked off yet. */
  arrive(qp: 0 | 1, message: Message): boolean {
    return this.#put(this.mux.wire.incoming[qp], qp, { remoteQpn: qp, ...message })
  }

  /** Time passes. */
  advance(ms: number): void {
    this.now += ms
    this.settle()
  }

  /** Everything is worked off. */
  settle(): void {
    while (this.mux.poll(1000, this.now) > 0);
  }

  /** What left to the wire on `qp` since the last look, after everything was worked off. */
  wire(qp: 0 | 1 = 1): Array<Seen> {
    this.settle()
    return this.#take(this.mux.wire.outgoing[qp])
  }

  /** What function `f` got on `qp` since the last look, after everything was worked off. */
  got(f: number, qp: 0 | 1 = 1): Array<Seen> {
    this.settle()
    return this.#take(this.mux.functionIngress(f, qp))
  }

  /** What left to the wire on `qp` since the last look; nothing is worked off. */
  take(qp: 0 | 1 = 1): Array<Seen> {
    return this.#take(this.mux.wire.outgoing[qp])
  }

  /** The next MAD that leaves on QP1, which stays in the ring. */
  peek(): Seen {
    return this.#read(this.mux.wire.outgoing[1].slot(0))
  }

  /** What function `f` got on QP1 since the last look; nothing is worked off. */
  takeOf(f: number): Array<Seen> {
    return this.#take(this.mux.functionIngress(f, 1))
  }

  /** All drops charged to `f` (null: nobody) of either way, after everything was worked off. */
  drops(f: number | null): Partial<Record<Reason, number>> {
    this.settle()
    const { dropped, ingressDropped } = this.mux.counters(f)
    const sum: Partial<Record<Reason, number>> = {}
    for (const counts of [dropped, ingressDropped]) {
      for (const [reason, count] of Object.entries(counts)) {
        if (count > 0) sum[reason as Reason] = (sum[reason as Reason] ?? 0) + count
      }
    }
    return sum
  }

  #put(ring: RingProducer, qp: 0 | 1, message: Message): boolean {
    if (ring.writable(1) === 0) return false
    const slot = ring.slot(0)
    const { bytes, view, words } = this.mux.region
    bytes.fill(0, slot * 4, slot * 4 + SLOT_BYTES)
    const grh = message.grh ?? null
    const length = message.lengthBytes ?? message.mad.length
    words[slot + SLOT_FLAGS] = (length << 16) | (qp === 1 ? FLAG_QP1 : 0) | (grh === null ? 0 : FLAG_GRH)
    words[slot + SLOT_LID] = (message.lid ?? SM_LID) | ((message.sl ?? 0) << 16) | ((message.pathBits ?? 0) << 24)
    words[slot + SLOT_REMOTE_QPN] = (message.remoteQpn ?? 0) | ((message.rate ?? 0) << 24)
    words[slot + SLOT_QKEY] = message.qkey ?? 0
    words[slot + SLOT_PKEY_INDEX] = message.pkeyIndex ?? 0
    words[slot + SLOT_SOURCE_QPN] = message.sourceQpn ?? 0
    if (grh !== null) {
      const at = slot * 4 + SLOT_GRH_BYTE
      view.setUint32(at, (6 * 2 ** 28) + ((grh.trafficClass ?? 0) << 20) + (grh.flowLabel ?? 0))
      view.setUint8(at + 7, grh.hopLimit ?? 0)
      bytes.set(bytesOf(grh.sgid ?? "0".repeat(32)), at + 8)
      bytes.set(bytesOf(grh.dgid), at + 24)
    }
    bytes.set(message.mad.subarray(0, 256), slot * 4 + SLOT_MAD_BYTE)
    ring.publish(1)
    return true
  }

  #take(ring: RingConsumer): Array<Seen> {
    const seen: Array<Seen> = []
    while (ring.readable(1) === 1) {
      seen.push(this.#read(ring.slot(0)))
      ring.release(1)
    }
    return seen
  }

  #read(slot: number): Seen {
    const { bytes, view, words } = this.mux.region
    const word = (at: number): number => words[slot + at]! >>> 0
    const at = slot * 4 + SLOT_GRH_BYTE
    const flags = word(SLOT_FLAGS)
    const first = view.getUint32(at)
    return {
      qp: flags & FLAG_QP1,
      lengthBytes: flags >>> 16,
      lid: word(SLOT_LID) & 0xffff,
      sl: (word(SLOT_LID) >>> 16) & 15,
      pathBits: (word(SLOT_LID) >>> 24) & 0x7f,
      remoteQpn: word(SLOT_REMOTE_QPN) & 0xff_ffff,
      rate: word(SLOT_REMOTE_QPN) >>> 24,
      qkey: word(SLOT_QKEY),
      pkeyIndex: word(SLOT_PKEY_INDEX) & 0xffff,
      sgidIndex: word(SLOT_PKEY_INDEX) >>> 16,
      sourceQpn: word(SLOT_SOURCE_QPN),
      grh: (flags & FLAG_GRH) === 0 ? null : {
        sgid: hex(bytes.slice(at + 8, at + 24)),
        dgid: hex(bytes.slice(at + 24, at + 40)),
        hopLimit: view.getUint8(at + 7),
        flowLabel: first & 0xf_ffff,
        trafficClass: (first >>> 20) & 0xff
      },
      mad: bytes.slice(slot * 4 + SLOT_MAD_BYTE, slot * 4 + SLOT_MAD_BYTE + 256)
    }
  }
}
