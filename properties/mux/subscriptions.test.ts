/** Subscriptions where the ring to the wire, the TIDs, the SM or a partition is missing for a while. */
import { describe, expect, it } from "vitest"
import type { MadAddress } from "../../impl/mux/control-host.ts"
import { matches } from "../../impl/mux/subscription.ts"
import type { SubscriptionHost } from "../../impl/mux/subscription-table.ts"
import { Subscriptions } from "../../impl/mux/subscriptions.ts"
import { SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX } from "../../impl/ring/slot.ts"
import { gidOf, makeMad, PREFIX } from "./fixture.ts"
import { Scarce } from "./scarce.ts"

const timing = { saTimeout: 100, saRetries: 1, horizon: 1000, renewGrace: 0, tidMin: 10_000, tidMax: 20_000 }
const REFUSED = 0x0200
/** The trap of deleted groups, which the PF context itself listens to. */
const GROUPS = 67

/** Subscriptions of a PF context of which the test plays the rest; P_Key indices are those of the port. */
class Played extends Scarce {
  nowMs = 0
  smLid = 1
  pending = 2000
  partitions: Array<number> = [0x7fff]
  /** What left: TID, trap, Subscribe. */
  readonly sent: Array<readonly [number, number, number]> = []
  /** What functions got: function, trap, status; or the reason of a drop. */
  readonly heard: Array<readonly [number | null, number | string, number]> = []
  readonly #region = { view: new DataView(new ArrayBuffer(320)), words: new Int32Array(80) }
  readonly all = new Subscriptions({
    region: this.#region, timing, limits: { groups: 1, pending: 1, services: 1, subscriptions: 2000 },
    quotaOf: () => ({ groups: 1, pending: this.pending }), nowMs: () => this.nowMs, smLid: () => this.smLid, smSl: () => 0,
    subnetPrefix: () => PREFIX, gidOf, answered: () => undefined,
    hasPKey: (_: number, pkey: number) => this.partitions.includes(pkey),
    partitionOf: (_: number, index: number) => this.partitions[index] ?? 0,
    indexOfPartition: (partition: number) => this.partitions.indexOf(partition),
    takeTid: this.takeTid, releaseTid: this.releaseTid,
    sendToWire: (_: MadAddress, mad: Uint8Array) => {
      if (!this.takeRoom()) return false
      const view = new DataView(mad.buffer)
      this.sent.push([view.getUint32(12), view.getUint16(82), view.getUint8(79)])
      return true
    },
    sendToFunction: (f: number, _: number, __: MadAddress, mad: Uint8Array) => {
      const view = new DataView(mad.buffer)
      return this.heard.push([f, view.getUint16(82), view.getUint16(4)]) > 0
    },
    drop: (f: number | null, reason: string) => void this.heard.push([f, reason, 0])
  } as unknown as SubscriptionHost)
  #guestTid = 0

  /** Function `f` asks for, or ends, the reports of a trap. */
  asks(f: number, trap: number, subscribe = 1, pkeyIndex = 0): void {
    this.#guestTid += 1
    this.#write(makeMad({ class: 3, method: 2, attribute: 3, tid: this.#guestTid.toString(16).padStart(16, "0") }, {
      72: { u16: 0xffff }, 78: { u8: 1 }, 79: { u8: subscribe }, 80: { u16: 0xffff }, 82: { u16: trap }, 84: { u32: 0 },
      88: { u32: 0xff_ffff }
    }))
    this.#region.words[SLOT_LID] = 1
    this.#region.words[SLOT_PKEY_INDEX] = pkeyIndex
    this.all.request(f, 0)
  }

  /** The last MAD of a function comes once more, from function `f`. */
  repeats(f: number): void {
    this.all.request(f, 0)
  }

  /** The SA answers the request with this TID; false: it is no answer. */
  answers(tid: number, status = 0): boolean {
    this.#write(makeMad({ class: 3, method: 0x81, attribute: 3 }, { 4: { u16: status } }))
    return this.all.answer(tid, SLOT_MAD_BYTE, this.nowMs)
  }

  /** The SA grants what function `f` asks for. */
  has(f: number, trap: number): void {
    this.asks(f, trap)
    for (const [tid] of this.left()) this.answers(tid)
    this.told()
  }

  passes(ms: number): void {
    this.nowMs += ms
    this.all.poll(this.nowMs)
  }

  /** What left since the last look. */
  left(): ReadonlyArray<readonly [number, number, number]> {
    return this.sent.splice(0)
  }

  /** What functions heard since the last look. */
  told(): ReadonlyArray<readonly [number | null, number | string, number]> {
    return this.heard.splice(0)
  }

  #write(mad: Uint8Array): void {
    new Uint8Array(this.#region.view.buffer).set(mad, SLOT_MAD_BYTE)
  }
}

describe("a subscription", () => {
  it("that gave way before it got a TID takes nothing from the next one of the same filter [SQP-SUB-2]", () => {
    const played = new Played()
    played.tids = 0
    played.asks(1, 64)
    played.all.endFunction(1)
    played.asks(2, 64)
    played.tids = 9
    played.passes(1)
    expect([played.told(), played.left()]).toEqual([[[1, "function-gone", 0]], [[1, 64, 1]]])
    expect(played.all.held(null)).toEqual({ subscriptions: 1, saRequests: 1 })
    expect([played.answers(1), played.told(), played.all.held(2)]).toEqual([true, [[2, 64, 0]], { subscribers: 1 }])
  })

  it("is not promised while no SM is known, also one that the former SA held [SQP-SUB-2]", () => {
    const played = new Played()
    played.has(1, 64)
    played.asks(3, 65)
    played.left()
    played.smLid = 0
    played.asks(2, 64)
    played.all.portEvent({ smChanged: true })
    expect([played.told(), played.left()]).toEqual([[[2, "no-sm", 0], [3, "no-sm", 0]], []])
  })

  it("that is held is granted to the next function though that may wait for nothing [SQP-SUB-2] [SQP-SUB-9]", () => {
    const played = new Played()
    played.has(1, 64)
    played.pending = 0
    played.asks(2, 64)
    played.asks(2, 65)
    expect([played.told(), played.left()]).toEqual([[[2, 64, 0], [2, "pending-quota", 0]], []])
  })

  it("waits for room as long as the horizon, not longer; who never left is not remembered [SQP-SUB-9]", () => {
    for (const [ms, told, left] of [[1000, [], [[2, 64, 1]]], [1001, [[1, "horizon", 0]], []]] as const) {
      const played = new Played()
      played.room = 0
      played.asks(1, 64)
      expect([...played.taken, played.all.isWithSa]).toEqual([1, true])
      played.all.portEvent({ reregister: true })
      expect([...played.taken]).toEqual([])
      played.room = 9
      played.passes(ms)
      expect([played.told(), played.left()]).toEqual([told, left])
    }
  })

  it("that succeeds late after it was refused is ended; of an end nothing is remembered [SQP-SUB-1]", () => {
    const played = new Played()
    played.asks(1, 64)
    played.passes(100)
    expect([played.answers(1, REFUSED), played.left().length]).toEqual([true, 2])
    expect([played.answers(1), played.left()]).toEqual([true, [[2, 64, 0]]])
    played.passes(100)
    played.answers(2, REFUSED)
    expect([played.all.held(null), played.answers(2), played.answers(99)])
      .toEqual([{ subscriptions: 0, saRequests: 0 }, false, false])
  })

  it("that succeeds late is no promise of an SA that was told to forget since [SQP-SUB-7]", () => {
    const played = new Played()
    played.asks(1, 64)
    played.all.portEvent({ reregister: true })
    played.answers(2)
    played.all.portEvent({ reregister: true })
    expect(played.left().map(([tid]) => tid)).toEqual([1, 2, 3])
    played.answers(1)
    played.answers(3, REFUSED)
    expect([played.left(), played.all.held(null)]).toEqual([[], { subscriptions: 0, saRequests: 0 }])
  })

  it("that is being ended at the stop is ended once [SQP-LIFE-3]", () => {
    const played = new Played()
    played.has(1, 64)
    played.asks(1, 64, 0)
    expect(played.left()).toEqual([[2, 64, 0]])
    expect([played.all.stop(), played.left(), played.all.isWithSa]).toEqual([true, [], false])
  })

  it("for which there is no room at the stop is ended as soon as there is [SQP-LIFE-3]", () => {
    const played = new Played()
    for (const trap of [64, 65]) played.has(1, trap)
    played.room = 1
    expect([played.all.stop(), played.left()]).toEqual([false, [[3, 64, 0]]])
    played.room = 1
    expect([played.all.stop(), played.left().map(([, trap]) => trap), played.taken.size]).toEqual([true, [65], 0])
  })

  it("asked for again while that waits is asked for once; another function's with the same TID is its own [SQP-SUB-2]", () => {
    const played = new Played()
    played.tids = 0
    played.asks(1, 64)
    played.repeats(1)
    played.repeats(2)
    played.tids = 9
    played.passes(1)
    played.repeats(1)
    expect(played.told()).toEqual([[1, "coalesced", 0], [1, "coalesced", 0]])
    expect([played.all.waiting(1), played.all.waiting(2)]).toEqual([1, 1])
  })

  it("of one function given up pushes no other function's out of memory [SQP-FAIR-5]", () => {
    const played = new Played()
    played.asks(2, 1)
    for (let trap = 2; trap <= 1026; trap++) played.asks(1, trap)
    for (let tries = 0; tries < 2; tries++) played.passes(100)
    expect([played.taken.size, played.taken.has(1), played.taken.has(2)]).toEqual([1025, true, false])
  })

  it("is refused by P_Key, then by filter, where P_Keys are lost; what was given up there is forgotten [SQP-SUB-12] [SQP-SUB-13]", () => {
    const played = new Played()
    played.partitions = [0x7fff, 0x10, 0x2]
    played.asks(1, 9, 1, 1)
    for (let tries = 0; tries < 2; tries++) played.passes(100)
    expect([played.told(), played.taken.size]).toEqual([[[1, "sa-timeout", 0]], 1])
    for (const [trap, index] of [[66, 1], [65, 2], [64, 1], [67, 2], [68, 0], [63, 1]] as const) played.asks(1, trap, 1, index)
    played.partitions = [0x7fff]
    played.all.confine()
    expect(played.told().map(([, trap]) => trap)).toEqual([65, 67, 63, 64, 66])
    expect([played.taken.size, played.all.held(null)]).toEqual([1, { subscriptions: 1, saRequests: 1 }])
  })
})

describe("the PF context's own subscription", () => {
  it("is not asked for where a function's is held, with the SA or waits [SQP-SUB-11]", () => {
    const held = new Played()
    held.has(1, GROUPS)
    held.all.listen(true)
    expect(held.left()).toEqual([])
    expect(held.all.view().map(({ key, ...rest }) => [key.length, rest]))
      .toEqual([[4 + 1 + 72, { held: true, subscribers: [1, -1], waiting: 0 }]])
    const waits = new Played()
    waits.tids = 0
    waits.asks(1, GROUPS)
    waits.all.listen(true)
    waits.tids = 9
    waits.passes(1)
    waits.answers(1, REFUSED)
    expect([waits.told(), waits.left()]).toEqual([[[1, GROUPS, REFUSED]], [[1, GROUPS, 1]]])
  })

  it("that was refused is not asked for because another partition went, and anew once its own came back [SQP-SUB-11] [SQP-SUB-13]", () => {
    const played = new Played()
    played.partitions = [0x7fff, 0x2]
    played.asks(1, 64, 1, 1)
    played.all.listen(true)
    const own = played.left().find(([, trap]) => trap === GROUPS)?.[0] ?? 0
    played.answers(own, REFUSED)
    played.partitions = [0x7fff]
    played.all.confine()
    played.all.listen(true)
    expect(played.left()).toEqual([])
    played.partitions = [0x3]
    played.all.confine()
    played.partitions = [0x7fff]
    played.all.listen(true)
    expect(played.left().map(([, trap, subscribe]) => [trap, subscribe])).toEqual([[GROUPS, 1]])
  })
})

it("a filter of LIDs matches issuers from its first LID to its last [SQP-SUB-6]", () => {
  const inform = new DataView(new ArrayBuffer(36))
  inform.setUint16(16, 5)
  inform.setUint16(18, 7)
  for (const [byte, value] of [[24, 0xffff], [26, 0xffff]] as const) inform.setUint16(byte, value)
  inform.setUint32(32, 0xff_ffff)
  const reaches = (issuer: number): boolean => {
    const notice = new DataView(new ArrayBuffer(80))
    notice.setUint16(6, issuer)
    return matches({ key: "", partition: 1, inform }, notice, 0)
  }
  expect([4, 5, 6, 7, 8].map(reaches)).toEqual([false, true, true, true, false])
})
