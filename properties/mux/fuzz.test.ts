/** Anything at all in the rings: nothing throws, every MAD is accounted for, and the others go on. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { SLOT_BYTES, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_MAD_BYTE, SLOT_SOURCE_QPN, SLOT_WORDS } from "../../impl/ring/slot.ts"
import type { RingProducer } from "../../impl/ring/spsc.ts"
import { assertProperty } from "../run.ts"
import { localId, rep, req, toPeer } from "./cm-fixture.ts"
import { Bench, makeMad, PEER_GID, seededRandom32, tidOf } from "./fixture.ts"

const FUNCTIONS = 4
const GUIDS = [0x100, 0x101, 0x102, 0x103].map((guid) => guid.toString(16).padStart(16, "0"))
/** The function that keeps its rings clean. */
const GOOD = 3
const SHAPES = ["noise", "header", "plausible", "cm"] as const
const CLASSES = [1, 0x81, 3, 4, 6, 7, 0x30, 0x32, 9]
const METHODS = [1, 2, 3, 5, 6, 7, 0x12, 0x14, 0x15, 0x81, 0x92, 0x95]

interface Fuzz {
  /** Function 0..2, or the wire (3). */
  readonly from: number
  readonly qp: 0 | 1
  readonly shape: (typeof SHAPES)[number]
  readonly seed: number
}

const fuzz: fc.Arbitrary<Fuzz> = fc.record({
  from: fc.constantFrom(0, 1, 2, 3, 3, 3), qp: fc.constantFrom(0, 1), shape: fc.constantFrom(...SHAPES), seed: fc.integer()
})

/**
 * Fills a slot with noise; `header` has the length and the versions of a MAD, so that later checks see the rest;
 * `plausible` also has known classes and methods, few ids, and addresses most of which exist; `cm` is a CM message.
 */
const write = (bench: Bench, slot: number, { from, qp, seed, shape }: Fuzz): void => {
  const random = seededRandom32(seed)
  const { bytes, view, words } = bench.mux.region
  for (let i = 0; i < SLOT_WORDS; i++) words[slot + i] = random()
  if (shape === "noise") return
  const pick = (of: ReadonlyArray<number>): number => of[random() % of.length]!
  const mad = slot * 4 + SLOT_MAD_BYTE
  words[slot + SLOT_FLAGS] = (256 << 16) | (random() & 3)
  words[slot + SLOT_SOURCE_QPN] = from === 3 ? random() : bench.mux.tunnels(from)?.[qp].proxyQpn ?? 0
  bytes.set([pick([1, 1, 1, 1, 2]), shape === "cm" ? 7 : pick(CLASSES), pick([2, 2, 2, 2, 1])], mad)
  if (shape === "header") return
  const gid = (at: number): void => {
    view.setBigUint64(at, 0xfe80n << 48n)
    view.setBigUint64(at + 8, BigInt(0x100 + (random() % 8)))
  }
  words[slot + 1] = pick([1, 9]) | (random() & 0x000f_0000)
  words[slot + 2] = pick([qp, qp, qp, random()])
  words[slot + 4] = pick([0, 0, 1, 2])
  bytes.set([shape === "cm" ? 3 : pick(METHODS)], mad + 3)
  view.setUint32(mad + 8, 0)
  view.setUint32(mad + 12, random() & 3)
  view.setUint16(mad + 16, pick([0x10, 0x10, 0x10, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x38, 0x35]))
  view.setUint32(mad + 24, random() & 3)
  view.setUint32(mad + 28, random() & 3)
  view.setUint32(mad + 36, pick([0x1405, random()]))
  gid(slot * 4 + SLOT_GRH_BYTE + 24)
  gid(mad + 96)
}

/** True if the ring had room. */
const put = (bench: Bench, ring: RingProducer, one: Fuzz): boolean => {
  if (ring.writable(1) === 0) return false
  write(bench, ring.slot(0), one)
  ring.publish(1)
  return true
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b)

const expectAccounted = (bench: Bench): void => {
  const all = Array.from({ length: FUNCTIONS }, (_, f) => bench.mux.counters(f))
  for (const { answered, dropped, forwarded, received, waiting } of all) {
    expect(received).toBe(forwarded + answered + waiting + sum(dropped))
  }
  const nobody = bench.mux.counters(null)
  const charged = all.reduce((total, { ingressDropped }) => total + sum(ingressDropped), 0)
  expect(nobody.received).toBe(nobody.forwarded + nobody.answered + sum(nobody.dropped) + charged)
  expect(nobody.forwarded).toBe(all.reduce((total, { delivered }) => total + delivered, 0))
}

/** What the slots must have met: both ways through, every kind of check, the tables full. */
const EVERYWHERE = [
  "answered", "delivered", "forwarded", "bad-length", "base-version", "class-version", "class-qp", "class-policy",
  "smp-from-vf", "source-qp", "sa-method", "sa-destination", "remote-qpn", "pkey-index", "pkey-mismatch",
  "response-unasked", "response-undelivered", "dgid-unknown", "unsolicited", "cm-attribute", "cm-unknown",
  "cm-rej-rate", "function-full"
]

const outcomesOf = (bench: Bench, f: number | null): ReadonlyArray<string> => {
  const { answered, delivered, dropped, forwarded, ingressDropped } = bench.mux.counters(f)
  const counts = { answered, delivered, forwarded, ...dropped }
  return [counts, ingressDropped].flatMap((one) => Object.entries(one).flatMap(([name, count]) => (count > 0 ? [name] : [])))
}

/** Reads everything that came out, and nothing else: whoever reads must not be stopped by whoever does not. */
const drain = (bench: Bench): void => {
  for (const qp of [0, 1] as const) {
    bench.wire(qp)
    for (let f = 0; f < FUNCTIONS; f++) bench.got(f, qp)
  }
}

/** A request and its answer, and a connection, of the function that keeps its rings clean. */
const expectWorks = (bench: Bench, n: number): void => {
  drain(bench)
  const tid = n.toString(16).padStart(16, "0")
  bench.send(GOOD, 1, { mad: makeMad({ class: 4, method: 1, tid }), lid: 9, grh: { dgid: PEER_GID } })
  const asked = bench.wire().at(-1)!
  bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: tidOf(asked.mad) }), lid: 9 })
  expect(bench.got(GOOD).map((seen) => tidOf(seen.mad))).toEqual([tid])
  bench.send(GOOD, 1, toPeer(req(0x5000 + n, { tid })))
  bench.arrive(1, toPeer(rep(7, localId(bench.wire().at(-1)!.mad))))
  expect(bench.got(GOOD)).toHaveLength(1)
}

it("60 000 slots of anything from functions and the wire throw nothing and balance [SQP-IN-1] [SQP-ACC-1]", () => {
  let slots = 0
  const outcomes = new Set<string>()
  const runs = 600
  const steps = fc.array(fuzz, { minLength: 115, maxLength: 140 })
  assertProperty(fc.property(steps, fc.array(fc.nat(200), { minLength: 1, maxLength: 5 }), (all, pauses) => {
    const bench = new Bench({ functionSlots: 4, guids: GUIDS })
    all.forEach((one, i) => {
      const ring = one.from === 3 ? bench.mux.wire.incoming[one.qp] : bench.mux.functionEgress(one.from, one.qp)
      if (put(bench, ring, one)) slots++
      if (i % 20 !== 19) return
      bench.advance(pauses[i % pauses.length]! * 500)
      // the port reads on; the functions do not, so that their rings get full
      for (const qp of [0, 1] as const) bench.wire(qp)
    })
    bench.settle()
    expectAccounted(bench)
    expectWorks(bench, 1)
    expectAccounted(bench)
    for (const f of [null, 0, 1, 2, 3]) for (const outcome of outcomesOf(bench, f)) outcomes.add(outcome)
    bench.mux.stop()
    drain(bench)
    expectAccounted(bench)
  }), { numRuns: runs })
  if (process.env["FC_RUNS"] !== undefined || process.env["FC_PATH"] !== undefined) return
  expect(slots).toBeGreaterThanOrEqual(60_000)
  // noise alone would be stopped at the door: what came in must have got everywhere
  expect([...outcomes].sort()).toEqual(expect.arrayContaining(EVERYWHERE))
})

it("a function that scribbles over the index of its own ring harms nobody else [SQP-IN-1]", () => {
  const scribble = fc.record({ f: fc.nat(2), qp: fc.constantFrom(0, 1), tail: fc.integer(), seed: fc.integer() })
  assertProperty(fc.property(fc.array(scribble, { minLength: 1, maxLength: 10 }), (all) => {
    const bench = new Bench()
    const words = bench.mux.region.words
    all.forEach(({ f, qp, seed, tail }, i) => {
      const rings = bench.mux.functionRings(f)
      const producer = bench.mux.functionEgress(f, qp === 0 ? 0 : 1)
      put(bench, producer, { from: f, qp: qp === 0 ? 0 : 1, shape: "plausible", seed })
      Atomics.store(words, rings[i % 2 === 0 ? "egress" : "ingress"][qp === 0 ? 0 : 1] + (i % 2 === 0 ? 0 : 32), tail)
      bench.settle()
      expectWorks(bench, i + 1)
      expectAccounted(bench)
    })
  }), { numRuns: 200 })
})

it("a slot that its function rewrites after it was taken changes nothing that left [SQP-IN-1]", () => {
  const bench = new Bench()
  const ring = bench.mux.functionEgress(1, 1)
  expect(ring.writable(1)).toBe(1)
  const slot = ring.slot(0)
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }), lid: 9 })
  bench.settle()
  bench.mux.region.bytes.fill(0xff, slot * 4, slot * 4 + SLOT_BYTES)
  expect(bench.wire()[0]).toMatchObject({ lid: 9, sl: 0, lengthBytes: 256, remoteQpn: 1 })
})
