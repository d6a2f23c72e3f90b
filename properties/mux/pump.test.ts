/** How many MADs one poll takes, of whom, and in which order. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { assertProperty } from "../run.ts"
import { buildParts } from "../../impl/mux/parts.ts"
import { makePump } from "../../impl/mux/pump.ts"
import { Bench, makeMad, type Message, muxConfig, PEER_LID } from "./fixture.ts"

const QUANTUM = 2
const SLOTS = 16
const QPS = [0, 1] as const
const request = (tid: number, mgmtClass: number): Message => ({
  mad: makeMad({ class: mgmtClass, method: 1, attribute: 0x11, tid: tid.toString(16).padStart(16, "0") }), lid: PEER_LID
})
/** A PF context with small rings, and what waits in them. */
class Loaded {
  readonly bench: Bench
  #tid = 0

  constructor(quantum = QUANTUM) {
    this.bench = new Bench({ quantum, functionSlots: SLOTS, wireSlots: 64 })
  }

  /** So many MADs of function 1 wait, and so many from the wire by QP. */
  wait(ofFunction: number, smis: number, gsis: number): void {
    for (let i = 0; i < ofFunction; i++) this.post(1, 1)
    for (let i = 0; i < smis; i++) this.arrive(0)
    for (let i = 0; i < gsis; i++) this.arrive(1)
  }

  post(f: number, qp: 0 | 1): void {
    this.bench.send(f, qp, { ...request(++this.#tid, qp === 0 ? 1 : 4), remoteQpn: qp })
  }

  arrive(qp: 0 | 1): void {
    // Nobody asked for it: it is dropped, which is as much work.
    const { mad } = request(++this.#tid, qp === 0 ? 1 : 4)
    mad[3] = 0x81
    this.bench.arrive(qp, { mad, lid: PEER_LID, remoteQpn: qp })
  }

  /** How many were taken in one poll, and how many of the wire by QP. */
  poll(budget: number): { readonly taken: number; readonly wire: ReadonlyArray<number> } {
    const { bench } = this
    const before = this.waiting()
    const taken = bench.mux.poll(budget, bench.now)
    const after = this.waiting()
    for (const qp of QPS) bench.take(qp)
    return { taken, wire: before.wire.map((count, qp) => count - (after.wire[qp] ?? 0)) }
  }

  waiting(): { readonly all: number; readonly functions: number; readonly wire: ReadonlyArray<number> } {
    const { mux } = this.bench
    const functions = [0, 1, 2, 3].reduce((sum, f) =>
      sum + QPS.reduce<number>((of, qp) => of + SLOTS - mux.functionEgress(f, qp).writable(SLOTS), 0), 0)
    const wire = QPS.map((qp) => 64 - mux.wire.incoming[qp].writable(64))
    return { all: functions + wire.reduce((a, b) => a + b, 0), functions, wire }
  }
}

const step = fc.oneof(
  fc.record({ op: fc.constant("post" as const), f: fc.nat(3), qp: fc.constantFrom<0 | 1>(0, 1), count: fc.nat(5) }),
  fc.record({ op: fc.constant("arrive" as const), qp: fc.constantFrom<0 | 1>(0, 1), count: fc.nat(5) }),
  fc.record({ op: fc.constant("poll" as const), budget: fc.nat(9) })
)

describe("a poll", () => {
  it("takes what waits, as much as it may and no more, and says how much; half of it of either way [SQP-FAIR-1]", () =>
    assertProperty(fc.property(fc.array(step, { maxLength: 30, size: "max" }), (steps) => {
      const loaded = new Loaded()
      const { mux } = loaded.bench
      for (const each of steps) {
        if (each.op === "post") for (let i = 0; i < each.count; i++) loaded.post(each.f, each.f === 0 ? each.qp : 1)
        if (each.op === "arrive") for (let i = 0; i < each.count; i++) loaded.arrive(each.qp)
        if (each.op !== "poll") continue
        const before = loaded.waiting()
        const { taken, wire } = loaded.poll(each.budget)
        const after = loaded.waiting()
        const ofWire = before.wire.reduce((a, b) => a + b, 0)
        const [fromWire, fromFunctions] = [wire.reduce((a, b) => a + b, 0), before.functions - after.functions]
        expect([taken, fromWire + fromFunctions]).toEqual([Math.min(each.budget, before.all), taken])
        const half = Math.floor(each.budget / 2)
        expect(fromWire).toBeGreaterThanOrEqual(Math.min(half, ofWire))
        expect(fromFunctions).toBeGreaterThanOrEqual(Math.min(half, before.functions))
        // Of the two QPs of the wire, too, none waits for the other.
        const quarter = Math.floor(fromWire / 4)
        wire.forEach((count, qp) => expect(count).toBeGreaterThanOrEqual(Math.min(quarter, before.wire[qp] ?? 0)))
        if (each.budget > 0 && taken < each.budget) expect(mux.hasWork).toBe(false)
        if (after.all > 0 && taken === each.budget && each.budget > 0) expect(mux.hasWork).toBe(true)
      }
      while (mux.poll(3, loaded.bench.now) > 0) loaded.bench.take(1)
      expect([loaded.waiting().all, mux.hasWork]).toEqual([0, false])
    }), { numRuns: 60 }))

  it("serves functions in turn, a quantum each, and goes on where the last poll ended [SQP-FAIR-1]", () => {
    const { bench } = new Loaded()
    for (const f of [0, 1, 2]) {
      for (let i = 0; i < 6; i++) {
        const { mad, lid = 0 } = request(16 * f + i + 1, 4)
        mad[255] = f
        bench.send(f, 1, { mad, lid, remoteQpn: 1 })
      }
    }
    const order: Array<number> = []
    for (const budget of [1, 4, 5, 3, 9]) {
      expect(bench.mux.poll(budget, bench.now)).toBe(Math.min(budget, 18 - order.length))
      order.push(...bench.take(1).map(({ mad }) => mad[255] ?? -1))
    }
    expect(order).toEqual([0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2])
  })

  it("takes the two QPs of a function in turn [SQP-FAIR-1]", () => {
    const loaded = new Loaded()
    for (let i = 0; i < 4; i++) for (const qp of QPS) loaded.post(0, qp)
    const counts = [2, 2, 2, 2].map((budget) => {
      loaded.bench.mux.poll(budget, loaded.bench.now)
      return [loaded.bench.take(0).length, loaded.bench.take(1).length]
    })
    expect(counts).toEqual([[1, 1], [1, 1], [1, 1], [1, 1]])
  })

  it("leaves a function's MADs where they are while the ring to the wire is full, and takes the others' way [SQP-FAIR-2]", () => {
    const loaded = new Loaded()
    const { bench } = loaded
    bench.mux.credit("wire", 1, 1)
    for (let i = 0; i < 3; i++) for (const qp of QPS) loaded.post(0, qp)
    expect(bench.mux.poll(20, bench.now)).toBe(4)
    expect([bench.take(0).length, bench.take(1).length, bench.mux.hasWork]).toEqual([3, 1, true])
    bench.mux.credit("wire", 1, null)
    expect(bench.mux.poll(20, bench.now)).toBe(2)
    expect([bench.take(1).length, bench.mux.hasWork]).toEqual([2, false])
  })

  it("says that work is left while SMPs of the PF wait for room in the ring to the wire, and takes them then [SQP-FAIR-2]", () => {
    const loaded = new Loaded(8)
    const { bench } = loaded
    bench.mux.credit("wire", 0, 1)
    for (let i = 0; i < 3; i++) loaded.post(0, 0)
    expect([bench.mux.poll(20, bench.now), bench.mux.hasWork]).toEqual([1, true])
    bench.mux.credit("wire", 0, null)
    expect([bench.mux.poll(20, bench.now), bench.mux.hasWork]).toEqual([2, false])
  })

  it("of one MAD serves the two QPs of the wire in turn, and the one that has any [SQP-FAIR-1]", () => {
    const loaded = new Loaded()
    loaded.wait(0, 8, 4)
    const polls = Array.from({ length: 8 }, () => loaded.poll(1))
    expect(polls.map(({ taken }) => taken)).toEqual(polls.map(() => 1))
    expect(polls.reduce((sum, { wire }) => sum + (wire[1] ?? 0), 0)).toBe(4)
    const rest = Array.from({ length: 4 }, () => loaded.poll(1))
    expect(rest.map(({ wire }) => wire[0])).toEqual([1, 1, 1, 1])
  })

  it("of one MAD serves the wire and the functions in turn [SQP-FAIR-1]", () => {
    const loaded = new Loaded()
    loaded.wait(8, 0, 8)
    const polls = [1, 1, 1, 1].map((budget) => loaded.poll(budget))
    expect(polls.map(({ taken }) => taken)).toEqual([1, 1, 1, 1])
    const ofWire = polls.map(({ wire }) => wire[1])
    expect([ofWire, ofWire.toReversed()]).toContainEqual([1, 0, 1, 0])
  })

  it.each([[9, 1], [9, 9], [1, 9], [0, 9]])(
    "keeps half of what it takes for the functions, though %i MADs on QP0 and %i on QP1 wait at the wire [SQP-FAIR-1]",
    (smis, gsis) => {
      const loaded = new Loaded()
      loaded.wait(12, smis, gsis)
      for (let i = 0; i < 2; i++) {
        const { taken, wire } = loaded.poll(8)
        expect([taken, wire.reduce((a, b) => a + b, 0)]).toEqual([8, 4])
      }
    }
  )

  it("keeps half for the wire and half for the functions in each turn, however small their quantum [SQP-FAIR-1]", () => {
    const loaded = new Loaded(1)
    for (let i = 0; i < SLOTS; i++) for (const f of [0, 1, 2, 3]) loaded.post(f, 1)
    loaded.wait(0, 0, 60)
    expect(loaded.poll(64)).toEqual({ taken: 64, wire: [0, 32] })
    expect(loaded.poll(6)).toEqual({ taken: 6, wire: [0, 3] })
  })

  it("of more than a batch takes no more than it may", () => {
    const loaded = new Loaded()
    loaded.wait(16, 40, 40)
    expect([loaded.poll(70).taken, loaded.poll(70).taken]).toEqual([70, 26])
  })

  it("takes a whole quantum of one QP if the other of the function is empty [SQP-FAIR-1]", () => {
    const loaded = new Loaded()
    for (let i = 0; i < 4; i++) loaded.post(0, 0)
    for (let i = 0; i < 4; i++) loaded.post(1, 1)
    expect(loaded.bench.mux.poll(3, loaded.bench.now)).toBe(3)
    expect([loaded.bench.take(0).length, loaded.bench.take(1).length]).toEqual([2, 1])
  })

  it("takes also what comes from the wire while it works, and no more than it may", () => {
    const parts = buildParts(muxConfig())
    const arrive = (count: number): void => {
      for (let i = 0; i < count; i++) parts.rings.wireIn[1].publish(parts.rings.wireIn[1].writable(1))
    }
    let comes = [10]
    const { move } = makePump({
      ...parts,
      ingress: {
        charged: parts.ingress.charged,
        take: (qp, slot) => {
          for (const count of comes) arrive(count)
          comes = []
          return parts.ingress.take(qp, slot)
        }
      }
    }, QUANTUM)
    expect(move(8)).toBe(0)
    arrive(1)
    expect([move(8), move(8)]).toEqual([8, 3])
  })
})
