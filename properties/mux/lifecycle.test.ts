/** Lives that begin and end at any moment, with MADs in every ring, in no particular order. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { assertProperty } from "../run.ts"
import { Bench, gidOf, makeMad, type Message, PEER_GID, PEER_LID, SM_LID, u32 } from "./fixture.ts"

const FUNCTIONS = [0, 1, 2, 3]
const VFS = [1, 2, 3]
const hexTid = (n: number): string => n.toString(16).padStart(16, "0")

/** Where a MAD says in which life it was sent. */
const MARK = 240
const marked = (mad: Uint8Array, life: number): Uint8Array => {
  new DataView(mad.buffer).setUint32(MARK, life)
  return mad
}

type Step =
  | { readonly does: "attach" | "detach" | "reset" | "send" | "joins" | "is refused" | "reads"; readonly f: number }
  | { readonly does: "start" | "stop" | "time" | "answer" }
  | { readonly does: "arrives"; readonly f: number }
  | { readonly does: "poll"; readonly budget: number }

const ofFunction = (does: "detach" | "reset"): fc.Arbitrary<Step> => fc.constantFrom(...VFS).map((f) => ({ does, f }))
const ofAny = (does: "attach" | "send" | "joins" | "is refused" | "reads" | "arrives"): fc.Arbitrary<Step> =>
  fc.constantFrom(...FUNCTIONS).map((f) => ({ does, f }))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: ofAny("attach") },
  { weight: 1, arbitrary: ofFunction("detach") },
  { weight: 2, arbitrary: ofFunction("reset") },
  { weight: 8, arbitrary: ofAny("send") },
  { weight: 3, arbitrary: ofAny("joins") },
  { weight: 2, arbitrary: ofAny("is refused") },
  { weight: 3, arbitrary: ofAny("reads") },
  { weight: 5, arbitrary: ofAny("arrives") },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ does: "start" }, { does: "stop" }, { does: "start" }) },
  { weight: 1, arbitrary: fc.constant<Step>({ does: "time" }) },
  { weight: 5, arbitrary: fc.constant<Step>({ does: "answer" }) },
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 6 }).map((budget): Step => ({ does: "poll", budget })) }
)

/** Plays steps on a PF context with small rings and looks at everything that comes out. */
class Lives {
  readonly bench = new Bench({ functionSlots: 8, wireSlots: 16 })
  /** The life of each function; another one begins with each end. */
  readonly #life = FUNCTIONS.map(() => 1)
  readonly #sent = FUNCTIONS.map(() => 0)
  #wire: Array<Uint8Array> = []
  #tid = 0
  running = true

  play(one: Step): void {
    const { mux } = this.bench
    switch (one.does) {
      case "attach":
        return mux.attach(one.f)
      case "detach":
      case "reset":
        this.#end(one.f)
        return one.does === "reset" ? mux.reset(one.f) : mux.detach(one.f)
      case "start":
        this.running = true
        return mux.start()
      case "stop":
        for (const f of FUNCTIONS) this.#end(f)
        this.running = false
        return mux.stop()
      case "time":
        this.bench.now += 1500
        return
      case "poll":
        mux.poll(one.budget, this.bench.now)
        return this.#look()
      default:
        return this.#traffic(one)
    }
  }

  #traffic(one: Step): void {
    const tid = hexTid(++this.#tid)
    switch (one.does) {
      case "send":
        return this.#send(one.f, { mad: makeMad({ class: 4, method: 1, tid }), lid: PEER_LID })
      case "is refused":
        return this.#send(one.f, { mad: makeMad({ class: one.f === 0 ? 4 : 5, method: 1, tid }), lid: PEER_LID })
      case "joins":
        return this.#send(one.f, {
          mad: makeMad({ class: 3, method: 2, attribute: 0x38, tid }, {
            48: "0000000000010003", 56: `ff12401bffff0000${hexTid(this.#tid % 3)}`, 72: gidOf(one.f), 104: { u8: 0x21 }
          })
        })
      case "reads":
        return this.#read(one.f)
      case "arrives":
        this.bench.arrive(1, {
          mad: makeMad({ class: 0x32, method: 1, tid }, { 36: "00001405" }), lid: PEER_LID, remoteQpn: 1,
          grh: { sgid: PEER_GID, dgid: gidOf(one.f) }
        })
        return
      case "answer": {
        const asked = this.#wire.shift()
        if (asked === undefined || (asked[3] ?? 0) >= 0x80) return
        const answer = new Uint8Array(asked)
        answer[3] = asked[3] === 0x15 ? 0x95 : 0x81
        this.bench.arrive(1, { mad: answer, lid: asked[1] === 3 ? SM_LID : PEER_LID, remoteQpn: 1 })
      }
    }
  }

  #end(f: number): void {
    this.#life[f]! += 1
  }

  #send(f: number, message: Message): void {
    marked(message.mad, this.#life[f]!)
    if (this.bench.send(f, 1, message)) this.#sent[f]! += 1
  }

  /** A function reads what is of its own life only: its answers bear the mark of their requests. */
  #read(f: number): void {
    for (const { mad } of this.bench.takeOf(f)) {
      if (mad[1] === 4 && (mad[3] ?? 0) >= 0x80) expect(u32(mad, MARK), `function ${f}`).toBe(this.#life[f])
    }
  }

  #look(): void {
    this.#wire.push(...this.bench.take(1).map(({ mad }) => mad))
  }

  /** Everything is worked off and read; the books balance. */
  settle(): void {
    const { bench } = this
    for (let i = 0; i < 50; i++) {
      bench.mux.poll(1000, bench.now)
      this.#look()
      for (const f of FUNCTIONS) this.#read(f)
    }
    for (const f of FUNCTIONS) {
      const { answered, dropped, forwarded, received, waiting } = bench.mux.counters(f)
      expect(received, `function ${f}`).toBe(this.#sent[f])
      expect(forwarded + answered + waiting + sum(dropped), `function ${f}`).toBe(received)
    }
    const nobody = bench.mux.counters(null)
    const charged = FUNCTIONS.reduce((total, f) => total + sum(bench.mux.counters(f).ingressDropped), 0)
    expect(nobody.forwarded + nobody.answered + sum(nobody.dropped) + charged).toBe(nobody.received)
  }
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)

it("a life hears nothing of the one before, whatever lay in which ring, and every MAD has one end [SQP-LIFE-1, SQP-ACC-1]", () => {
  assertProperty(fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
    const lives = new Lives()
    for (const one of steps) lives.play(one)
    lives.settle()
  }), { numRuns: 300 })
})

it("a PF context that stopped holds nothing and is done, whatever was under way [SQP-LIFE-3]", () => {
  assertProperty(fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
    const lives = new Lives()
    for (const one of steps) lives.play(one)
    lives.play({ does: "stop" })
    lives.settle()
    const { mux } = lives.bench
    expect([mux.isStopped, mux.isWithSa, mux.hasWork, mux.nextDueMs()]).toEqual([true, false, false, null])
    for (const f of FUNCTIONS) expect([mux.tunnels(f), mux.counters(f).waiting]).toEqual([null, 0])
  }), { numRuns: 200 })
})

it("what a function posted before its tunnels opened is dropped, and what it posts then is taken at once [SQP-LIFE-2]", () => {
  const bench = new Bench({}, [2])
  bench.mux.credit("wire", 1, 0)
  const request: Message = { mad: makeMad({ class: 4, method: 1 }), lid: PEER_LID }
  expect(bench.send(1, 1, request)).toBe(true)
  bench.settle()
  bench.mux.attach(1)
  expect(bench.send(1, 1, request)).toBe(true)
  bench.mux.credit("wire", 1, null)
  expect(bench.wire()).toHaveLength(1)
  expect(bench.drops(1)).toEqual({ "not-attached": 1 })
})
