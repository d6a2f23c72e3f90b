/** The table of CM exchanges by itself, against a list that does the same without any index. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { cmLives } from "../../impl/mux/cm-lives.ts"
import { CM_RECORD } from "../../impl/mux/cm-record.ts"
import { type CmTable, cmTableWords, makeCmTable } from "../../impl/mux/cm-table.ts"
import { defaultTiming } from "../../impl/mux/config.ts"
import { hashWord } from "../../impl/mux/hash-index.ts"
import { makeWireIds, type WireIds, wireIdsWords } from "../../impl/mux/wire-ids.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { assertProperty } from "../run.ts"
import { seededRandom32 } from "./fixture.ts"

const { ACTIVE, ESTABLISHED, HAS_GUEST, HAS_PEER, LINGERING, SIDR, TID_DREQ, TID_LAP, TID_REQUEST } = CM_RECORD
const FUNCTIONS = 2
const PER_FUNCTION = 4
const SEED = 0x1234_5678
const timing = { ...defaultTiming, linger: 100, lingerMax: 150, openingMin: 50, openingMax: 400, rest: 1000 }
const lives = cmLives(timing)

/** Key of a guest's or a peer's id, before the id is absorbed: ids that differ as these do hash alike. */
const idKey = (f: number, sidr: boolean): number => hashWord(SEED, f | ((sidr ? 2 : 1) << 8))
const caKey = (f: number, high: number, low: number): number => hashWord(hashWord(hashWord(SEED, f), high), low)
const CAS = [[0, 7], [7, 0], [7, 7], [0, 8]] as const
/** Ids whose keys hash alike for different functions, kinds and CA GUIDs, among plain ones. */
const IDS: ReadonlyArray<number> = [
  1, 2, -1,
  ...[idKey(1, false), idKey(0, true), idKey(1, true)].map((key) => 1 ^ idKey(0, false) ^ key),
  ...CAS.flatMap(([high, low]) => [0, 1].map((f) => 1 ^ caKey(0, 0, 7) ^ caKey(f, high, low)))
]

/** As `expect(got).toEqual(wanted)`, for what is asked ten thousand times. */
const same = (got: unknown, wanted: unknown): void => {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) expect(got).toEqual(wanted)
}

/** What the list knows of an exchange. */
interface Known {
  readonly at: number
  readonly f: number
  readonly isActive: boolean
  readonly isSidr: boolean
  readonly serial: number
  readonly tids: Map<number, { readonly high: number; readonly low: number; readonly wire: number }>
  guest: number | null
  wire: number
  peer: { readonly high: number; readonly low: number; readonly id: number } | null
  phase: "opening" | "half-open" | "established" | "lingering"
  retryMs: number
  /** When it is past its life; null: never. */
  endMs: number | null
  openedAt: number
}

class List {
  readonly table: CmTable
  readonly tids: WireIds
  readonly commIds: WireIds
  readonly sidrIds: WireIds
  known: Array<Known> = []
  readonly #startMs: number
  nowMs = 0
  #serial = 0
  #opened = 0

  constructor(startMs: number) {
    const ids = FUNCTIONS * PER_FUNCTION
    const words = cmTableWords(FUNCTIONS, PER_FUNCTION, lives.livesMs.length) + wireIdsWords(3 * ids) + 2 * wireIdsWords(ids)
    const region = SharedRegion.create(words + 1024)
    const random32 = seededRandom32(startMs)
    const make = (count: number): WireIds => makeWireIds(region, { ids: count, restMs: timing.rest, random32 })
    this.tids = make(3 * ids)
    this.commIds = make(ids)
    this.sidrIds = make(ids)
    this.table = makeCmTable(region, {
      functions: FUNCTIONS, perFunction: PER_FUNCTION, lives, tids: this.tids, commIds: this.commIds, sidrIds: this.sidrIds,
      seed: SEED
    })
    this.#startMs = startMs
  }

  /** The time as the table takes it: 32 bits. */
  get now(): number {
    return (this.#startMs + this.nowMs) | 0
  }

  isDue({ endMs }: Known): boolean {
    return endMs !== null && endMs <= this.nowMs
  }

  of(f: number): ReadonlyArray<Known> {
    return this.known.filter((each) => each.f === f)
  }

  #arm(each: Known, life: number, extends_: boolean): void {
    const endMs = this.nowMs + (lives.livesMs[life] ?? 0)
    each.endMs = extends_ && each.endMs !== null ? Math.max(each.endMs, endMs) : endMs
  }

  create(f: number, isActive: boolean, isSidr: boolean, retryMs: number): void {
    const { table } = this
    if (!this.makeRoom(f)) return
    const at = table.create(f, (isActive ? ACTIVE : 0) | (isSidr ? SIDR : 0))
    this.known.push({
      at, f, isActive, isSidr, serial: ++this.#serial, tids: new Map(), guest: null, wire: 0, peer: null, phase: "opening",
      retryMs: 0, endMs: null, openedAt: 0
    })
    this.ask(this.known.length - 1, retryMs)
  }

  makeRoom(f: number): boolean {
    const expected = (): boolean => {
      if (this.of(f).length < PER_FUNCTION) return true
      const due = this.of(f).some((each) => this.isDue(each))
      const oldest = this.of(f).filter(({ phase }) => phase === "half-open").toSorted((a, b) => a.openedAt - b.openedAt)[0]
      if (!due && oldest !== undefined) this.known = this.known.filter((each) => each !== oldest)
      return due || oldest !== undefined
    }
    const dueBefore = this.of(f).filter((each) => this.isDue(each))
    const isFull = this.of(f).length === PER_FUNCTION
    const has = expected()
    expect(this.table.makeRoom(f, this.now)).toBe(has)
    // Which of those past their life went, the table is free to choose.
    if (isFull && dueBefore.length > 0) this.#learnGone(dueBefore)
    return has
  }

  /** Those past their life that the table has collected. */
  #learnGone(due: ReadonlyArray<Known>): void {
    const gone = due.filter(({ at }) => !this.table.is(at, CM_RECORD.IN_USE))
    this.known = this.known.filter((each) => !gone.includes(each))
  }

  ask(i: number, retryMs: number): void {
    const each = this.known[i]
    if (each === undefined) return
    this.table.ask(each.at, retryMs, this.now)
    if (each.phase !== "opening") return
    each.retryMs = retryMs
    this.#arm(each, lives.opening(retryMs, 0), true)
  }

  rearm(i: number, serviceMs: number): void {
    const each = this.known[i]
    if (each === undefined) return
    this.table.rearmOpening(each.at, serviceMs, this.now)
    if (each.phase === "opening") this.#arm(each, lives.opening(each.retryMs, serviceMs), true)
  }

  bind(i: number, id: number): void {
    const each = this.known[i]
    if (each === undefined || each.guest !== null) return
    expect(this.table.bind(each.at, id, this.now)).toBe(true)
    each.guest = id
    each.wire = this.table.wireId(each.at)
    expect([0, -1, id]).not.toContain(each.wire)
  }

  name(i: number, high: number, low: number, id: number): void {
    const each = this.known[i]
    if (each === undefined || each.peer !== null) return
    if (each.isActive) this.table.setPeer(each.at, high, low, id)
    else this.table.setAsker(each.at, high, low, id)
    each.peer = { high, low, id }
  }

  take(i: number, kind: number, high: number, low: number): void {
    const each = this.known[i]
    if (each === undefined) return
    const before = each.tids.get(kind)
    const wire = this.table.takeTid(each.at, kind, high, low, this.now)
    expect(wire).not.toBe(0)
    expect(wire === before?.wire).toBe(before?.high === high && before.low === low)
    each.tids.set(kind, { high, low, wire })
  }

  open(i: number): void {
    const each = this.known[i]
    if (each === undefined) return
    this.table.open(each.at)
    if (each.phase !== "opening") return
    each.phase = "half-open"
    each.endMs = null
    each.openedAt = ++this.#opened
    Object.assign(each, { serial: ++this.#serial })
  }

  establish(i: number): void {
    const each = this.known[i]
    if (each === undefined) return
    this.table.establish(each.at)
    if (each.phase === "half-open") each.phase = "established"
  }

  linger(each: Known): void {
    each.phase = "lingering"
    this.#arm(each, lives.lingering(each.retryMs), false)
  }

  reject(i: number, localId: number, remoteId: number): void {
    const each = this.known[i]
    if (each === undefined) return
    this.table.reject(each.at, localId, remoteId, this.now)
    const outlives = (each.phase === "half-open" && localId === 0) ||
      (each.phase === "established" && (localId === 0 || remoteId === 0))
    if (!outlives) this.linger(each)
  }

  forget(i: number): void {
    const each = this.known[i]
    if (each === undefined) return
    this.table.forget(each.at)
    this.known.splice(i, 1)
  }

  collect(f: number, most: number): void {
    const due = this.of(f).filter((each) => this.isDue(each))
    this.table.collect(f, most, this.now)
    this.#learnGone(due)
    expect(due.length - this.of(f).filter((each) => this.isDue(each)).length).toBe(Math.min(most, due.length))
  }

  endFunction(f: number): void {
    this.table.endFunction(f)
    this.known = this.known.filter((each) => each.f !== f)
  }

  /** All that a walk finds. */
  #walk(first: number, next: (at: number) => number): ReadonlyArray<number> {
    const found: Array<number> = []
    for (let at = first; at !== 0 && found.length < 99; at = next(at)) found.push(at)
    return found.toSorted((a, b) => a - b)
  }

  expectSame(): void {
    const { commIds, now, sidrIds, table, tids } = this
    const sorted = (list: ReadonlyArray<Known>) => list.map(({ at }) => at).toSorted((a, b) => a - b)
    const living = this.known.filter((each) => !this.isDue(each))
    for (let f = 0; f < FUNCTIONS; f++) {
      same(table.used(f), this.of(f).length)
      for (const isSidr of [false, true]) {
        const mine = living.filter((each) => each.f === f && each.isSidr === isSidr)
        for (const id of IDS) {
          const ofGuest = this.#walk(table.firstOfGuest(f, id, isSidr, now), (at) => table.nextOfGuest(at, now))
          same(ofGuest, sorted(mine.filter(({ guest }) => guest === id)))
          const ofPeer = this.#walk(table.firstOfPeer(f, id, isSidr, now), (at) => table.nextOfPeer(at, now))
          same(ofPeer, sorted(mine.filter(({ isActive, peer }) => !isActive && peer?.id === id)))
        }
      }
      for (const [high, low] of CAS) {
        for (const id of IDS) {
          const fits = living.filter(({ isActive, isSidr, peer, ...each }) =>
            each.f === f && !isActive && !isSidr && peer?.id === id && peer.high === high && peer.low === low)
          const best = fits.toSorted((a, b) =>
            Number(a.phase === "lingering") - Number(b.phase === "lingering") || b.serial - a.serial)[0]
          same(table.ofCa(f, high, low, id, now), best?.at ?? 0)
        }
      }
    }
    for (const each of this.known) this.#expectSame(each)
    const bound = this.known.filter(({ guest }) => guest !== null)
    same([commIds.living(), sidrIds.living(), tids.living()], [
      bound.filter(({ isSidr }) => !isSidr).length, bound.filter(({ isSidr }) => isSidr).length,
      this.known.reduce((sum, each) => sum + each.tids.size, 0)
    ])
  }

  #expectSame(each: Known): void {
    const { now, table } = this
    const { at, guest, isSidr, peer, phase, wire } = each
    const is = (flag: number): boolean => table.is(at, flag)
    const flags = [ACTIVE, SIDR, HAS_GUEST, HAS_PEER].map(is)
    same([table.functionOf(at), ...flags], [each.f, each.isActive, isSidr, guest !== null, peer !== null])
    const isOpen = phase === "half-open" || phase === "established"
    same([table.isOpening(at), table.isOpen(at), is(LINGERING)], [phase === "opening", isOpen, phase === "lingering"])
    if (phase !== "lingering") same(is(ESTABLISHED), phase === "established")
    same([table.wireId(at), table.ofWire(wire, isSidr, now)], [wire, guest === null || this.isDue(each) ? 0 : at])
    if (wire !== 0) same(table.ofWire(wire, !isSidr, now), 0)
    if (guest !== null) same(table.guestId(at), guest)
    if (peer !== null) {
      same([table.peerId(at), table.isOfCa(at, peer.high, peer.low)], [peer.id, true])
      same([table.isOfCa(at, peer.high + 1, peer.low), table.isOfCa(at, peer.high, peer.low + 1)], [false, false])
    }
    for (const kind of [TID_REQUEST, TID_LAP, TID_DREQ]) {
      for (const [high, low] of [[1, 2], [1, 3], [2, 2]] as const) {
        const kept = each.tids.get(kind)
        same(table.hasGuestTid(at, kind, high, low), kept?.high === high && kept.low === low)
      }
    }
    const view = new DataView(new ArrayBuffer(16))
    for (const { high, low, wire: tid } of each.tids.values()) {
      table.restoreTid(at, tid, view, 4)
      same([view.getInt32(0), view.getInt32(4), view.getInt32(8), view.getInt32(12)], [0, high, low, 0])
      const ofThese = [...each.tids].filter(([, other]) => other.high === high && other.low === low).sort(([a], [b]) => a - b)
      same(table.wireTidOf(at, high, low), ofThese[0]?.[1].wire)
    }
    view.setInt32(4, 0)
    view.setInt32(8, 0)
    table.restoreTid(at, 0, view, 4)
    same([view.getInt32(4), view.getInt32(8), table.wireTidOf(at, 9, 9)], [0, 0, 0])
  }
}

type Step = (list: List) => void
const which = fc.nat(7)
const f = fc.nat(FUNCTIONS - 1)
const id = fc.constantFrom(...IDS)
const ms = fc.constantFrom(0, 10, 50, 70, 120, 200, 399, 400, 500)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ f, isActive: fc.boolean(), isSidr: fc.boolean(), ms }).map((draw): Step =>
    (list) => list.create(draw.f, draw.isActive, draw.isSidr, draw.ms)) },
  { weight: 5, arbitrary: fc.tuple(which, id).map(([i, guest]): Step => (list) => list.bind(i, guest)) },
  { weight: 5, arbitrary: fc.tuple(which, fc.constantFrom(...CAS), id).map(([i, [high, low], peer]): Step =>
    (list) => list.name(i, high, low, peer)) },
  { weight: 3, arbitrary: fc.tuple(which, fc.nat(2), fc.constantFrom(1, 2), fc.constantFrom(2, 3)).map(
    ([i, kind, high, low]): Step => (list) => list.take(i, kind, high, low)) },
  { weight: 2, arbitrary: fc.tuple(which, ms).map(([i, retry]): Step => (list) => list.ask(i, retry)) },
  { weight: 1, arbitrary: fc.tuple(which, ms).map(([i, service]): Step => (list) => list.rearm(i, service)) },
  { weight: 3, arbitrary: which.map((i): Step => (list) => list.open(i)) },
  { weight: 2, arbitrary: which.map((i): Step => (list) => list.establish(i)) },
  { weight: 2, arbitrary: fc.tuple(which, fc.nat(1), fc.nat(1)).map(([i, local, remote]): Step =>
    (list) => list.reject(i, local, remote)) },
  { weight: 1, arbitrary: which.map((i): Step => (list) => list.forget(i)) },
  { weight: 1, arbitrary: fc.tuple(f, fc.nat(3)).map(([of, most]): Step => (list) => list.collect(of, most)) },
  { weight: 1, arbitrary: f.map((of): Step => (list) => list.endFunction(of)) },
  { weight: 4, arbitrary: ms.map((passing): Step => (list) => void (list.nowMs += passing)) }
)

describe("the table of CM exchanges", () => {
  it("tells apart what hashes alike, by guest's id, by peer's id and by CA GUID [SQP-CM-2]", () => {
    const others = [[1, false], [0, true], [1, true]] as const
    for (const [of, isSidr] of others) {
      const list = new List(0)
      for (const isActive of [true, false]) {
        list.create(0, isActive, false, 50)
        list.create(of, isActive, isSidr, 50)
      }
      const alike = 1 ^ idKey(0, false) ^ idKey(of, isSidr)
      list.bind(0, 1)
      list.bind(1, alike)
      list.name(2, 0, 7, 1)
      list.name(3, 0, 7, alike)
      list.expectSame()
    }
    for (const [high, low] of CAS) {
      for (const of of [0, 1]) {
        const list = new List(0)
        list.create(0, false, false, 50)
        list.create(of, false, false, 50)
        list.name(0, 0, 7, 1)
        list.name(1, high, low, 1 ^ caKey(0, 0, 7) ^ caKey(of, high, low))
        list.expectSame()
      }
    }
  })

  it("finds, keeps and forgets what a plain list would, at any time [SQP-CM-2] [SQP-CM-8] [SQP-CM-13]", () =>
    assertProperty(fc.property(
      fc.constantFrom(0, 2 ** 31 - 300, 2 ** 32 - 300), fc.array(step, { minLength: 1, maxLength: 60, size: "max" }),
      (startMs, steps) => {
        const list = new List(startMs)
        for (const each of steps) {
          each(list)
          list.expectSame()
        }
        for (let of = 0; of < FUNCTIONS; of++) list.endFunction(of)
        list.expectSame()
      }
    ), { numRuns: 40 }))
})
