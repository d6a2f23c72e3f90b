/** Anything at all as an argument of the library: a fault that says what and where, and everything goes on as before. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it, test } from "vitest"
import * as madmux from "../impl/index.ts"
import { allocateRing } from "../impl/ring/spsc.ts"
import { FABRIC_LID } from "../impl/port/fabric/subnet.ts"
import { TraceError } from "../impl/trace/line.ts"
import { Bench, guidOf, makeMad, muxConfig, PEER_GID, PEER_LID, tidOf } from "./mux/fixture.ts"
import { assertProperty } from "./run.ts"
import { commandSamples } from "./trace/samples.ts"

const { EmbeddedFabric, Hca, InputError, Mux, RingConsumer, RingProducer, SharedRegion, TraceDriver } = madmux

/** What a caller without types may hand over: all of JSON, and what JSON cannot say. */
const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null, undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, -1, 0, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53,
    -(2 ** 53), 1e308, "", "0", "x", "0".repeat(16), "ff".repeat(16), true, false, [], {}, [null], [undefined], [[]],
    [{}], { length: 3 }, Symbol("odd"), () => 1, new Uint8Array(3), new Date(0), 3n
  ),
  fc.integer(), fc.double(), fc.string()
)
const anything: fc.Arbitrary<unknown> = fc.oneof({ weight: 4, arbitrary: scalar }, fc.jsonValue({ maxDepth: 2 }), fc.array(scalar, { maxLength: 3 }))

type Path = ReadonlyArray<string | number>

/** Every place inside a value, lists and objects included. */
const placesOf = (value: unknown, path: Path = []): ReadonlyArray<Path> => {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return [path]
  const inner = Array.isArray(value) ? value.slice(0, 3).map((each, i) => placesOf(each, [...path, i])) :
    Object.entries(value).map(([key, each]) => placesOf(each, [...path, key]))
  return [path, ...inner.flat()]
}
/** The value with another one at a place. */
const replaced = (value: any, [key, ...rest]: Path, other: unknown): unknown => {
  if (key === undefined) return other
  const copy = Array.isArray(value) ? [...value] : { ...value }
  copy[key] = replaced(value[key], rest, other)
  return copy
}
/** The value with something odd somewhere in it. */
const spoilt = (value: unknown): fc.Arbitrary<unknown> =>
  fc.tuple(fc.constantFrom(...placesOf(value)), anything).map(([path, other]) => replaced(value, path, other))

/** Nothing but an InputError may be thrown. */
const faultOf = (act: () => unknown): madmux.InputError | null => {
  try {
    act()
    return null
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    expect(fault.message).not.toBe("")
    return fault
  }
}

const loose = (value: unknown): any => value
const verb = {
  verb: "createQp", type: "ud", qpn: 1, qkey: 1, pkeyIndex: 0, sgidIndex: 0, vl: 0, port: 1, alternate: { pkeyIndex: 0, sgidIndex: 0, port: 1 },
  attrMask: 1
}
const policy = {
  classes: [{ mgmtClass: 4, allow: "all" }], saAttributes: [{ attributeId: 0x31, allow: "none" }],
  services: [{ serviceId: "0".repeat(16), function: 1 }]
}
const portEvents = [
  { _tag: "lid", lid: 5, lmc: 0 }, { _tag: "sm", smLid: 1, smSl: 3 }, { _tag: "prefix", subnetPrefix: "fe80000000000000" },
  { _tag: "pkeys", pkeys: [0xffff, 0x8001, 0x7002, 0] }, { _tag: "guidTable", block: 0, guids: [0, 1, 2, 3].map(guidOf) },
  { _tag: "reregister" }, { _tag: "link", up: true }
]
/** The methods that take values, each with arguments that are sound and change nothing that the test relies on. */
const methods: ReadonlyArray<readonly [name: keyof InstanceType<typeof Mux>, args: ReadonlyArray<unknown>]> = [
  ["attach", [1]], ["detach", [2]], ["reset", [2]], ["setAdminGuid", [2, null]], ["setPkeyMap", [2, [0, 2, null]]],
  ["setPolicy", [policy]], ["setQuota", [2, { groups: 1, pending: 1 }]], ["verb", [2, verb]], ["query", [2, "P_KeyTable", 0]],
  ["poll", [10, 0]], ["functionEgress", [2, 1]], ["functionIngress", [2, 1]], ["functionRings", [2]], ["credit", [2, 1, 4]],
  ["tunnels", [2]], ["takeEvents", [2]], ["counters", [2]], ["received", [2]], ["dropped", [2, 1]], ["setOtherPort", [null]],
  ...portEvents.map((event) => ["portEvent", [event]] as const)
]
const call = fc.constantFrom(...methods).chain(([name, args]) => fc.tuple(fc.constant(name), spoilt(args)))

/** A query of VF 1 finds its way there and back. */
const expectWorks = (bench: Bench, n: number): void => {
  const tid = (n + 1).toString(16).padStart(16, "0")
  bench.wire()
  bench.got(1)
  bench.send(1, 1, { mad: makeMad({ class: 4, method: 1, tid }), lid: PEER_LID, grh: { dgid: PEER_GID } })
  const asked = bench.wire().at(-1)
  expect(asked).toBeDefined()
  bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid: tidOf(asked!.mad) }), lid: PEER_LID })
  expect(bench.got(1).map((seen) => tidOf(seen.mad))).toEqual([tid])
}

describe("whatever a caller gives", () => {
  it("the methods of a PF context refuse it with what and where, and those of other functions go on as before [SQP-IN-1]", () => {
    let refused = 0
    assertProperty(fc.property(fc.array(call, { minLength: 1, maxLength: 30 }), (calls) => {
      const bench = new Bench()
      calls.forEach(([name, args], i) => {
        const given: ReadonlyArray<unknown> = Array.isArray(args) ? args : [args]
        const before = [bench.mux.tunnels(1), bench.mux.counters(1), bench.mux.nextDueMs()]
        if (faultOf(() => loose(bench.mux)[name](...given)) === null) return
        refused += 1
        expect([bench.mux.tunnels(1), bench.mux.counters(1), bench.mux.nextDueMs()]).toEqual(before)
        if (i % 5 === 0) expectUntouched(bench, calls, i)
      })
    }), { numRuns: 50 })
    if (process.env["FC_PATH"] === undefined && process.env["FC_RUNS"] === undefined) expect(refused).toBeGreaterThan(100)
  })

  /** While nothing but refused calls was made, VF 1 is served as ever. */
  const expectUntouched = (bench: Bench, calls: ReadonlyArray<readonly [string, unknown]>, n: number): void => {
    const fresh = new Bench()
    const made = calls.slice(0, n + 1).filter(([name, args]) => faultOf(() => loose(fresh.mux)[name](...(Array.isArray(args) ? args : [args]))) === null)
    if (made.length === 0) expectWorks(bench, n)
  }

  it("a configuration with something odd in it makes a PF context that works, or none [SQP-IN-1]", () => {
    const { random32: _random32, ...plain } = muxConfig()
    const config = {
      ...plain, guids: [...plain.guids, guidOf(9)], services: policy.services, policy: { classes: policy.classes, saAttributes: policy.saAttributes },
      groupNotices: false, adminGuids: [null, null, null, null], guidCap: 8, otherPortGuids: [guidOf(12)], copy: "wasm", quantum: 16
    }
    let [made, refused] = [0, 0]
    assertProperty(fc.property(spoilt(config), (odd) => {
      const fault = faultOf(() => new Mux(loose(odd)))
      if (fault === null) made += 1
      else refused += 1
      expect(faultOf(() => new Hca(loose(odd)))?.message).toBe(fault?.message)
      faultOf(() => new Hca(loose(odd), loose(odd)))
    }), { numRuns: 80 })
    if (process.env["FC_PATH"] === undefined && process.env["FC_RUNS"] === undefined) expect([made > 0, refused > 20]).toEqual([true, true])
  })

  it("the other makers and their methods refuse it with what and where [SQP-IN-1]", () => {
    const region = SharedRegion.create(100_000)
    const fabric = new EmbeddedFabric({ seed: 1, guids: [guidOf(0)] })
    const options = {
      functions: 2, guids: [guidOf(0), guidOf(1)], aliasGuids: "random",
      config: { limits: { tids: 4, cm: 4, groups: 1, pending: 1, services: 1, inbound: 4 }, timing: madmux.defaultTiming, services: [], pkeyMaps: [[], [0]], functionSlots: 4 }
    }
    const faults = { lossRate: 0, duplicateRate: 0, delayMinMs: 0, delayMaxMs: 2 }
    const packet = {
      slid: 2, dlid: FABRIC_LID.firstPeer, srcQp: 1, destQp: 1, qkey: 1, sl: 0, pkey: 0xffff, mad: new Uint8Array(256),
      grh: { sgid: PEER_GID, dgid: PEER_GID, hopLimit: 1, flowLabel: 0, trafficClass: 0 }
    }
    const ring = allocateRing(region, 4)
    const makers: ReadonlyArray<readonly [(...args: ReadonlyArray<any>) => unknown, ReadonlyArray<unknown>]> = [
      [(port, asked) => new Mux(madmux.configFor(port, asked)), [fabric.description, options]],
      [(asked) => new EmbeddedFabric(asked), [{ seed: 1, guids: [guidOf(0)], faults, peers: 1, subnetPrefix: "fe80000000000000", pkeys: [0xffff] }]],
      [(sent, ms) => fabric.send(sent, ms), [packet, 0]],
      [(ms) => fabric.arrivals(ms), [0]],
      // A region of gigabytes is no fault, and takes its time.
      [(words, how) => Number.isInteger(words) && words > 2 ** 20 && words < 2 ** 30 ? null : SharedRegion.create(words, how), [64, { copy: "views" }]],
      [(memory, how) => SharedRegion.attach(memory, how), [null, { copy: "views" }]],
      [(words, align) => region.allocate(words, align), [1, 32]],
      [(where, at) => new RingProducer(where, at), [region, ring]],
      [(where, at) => new RingConsumer(where, at), [region, ring]],
      [(most) => new RingProducer(region, ring).limit(most), [4]],
      [(count) => new RingProducer(region, ring).publish(count), [0]],
      [(count) => new RingConsumer(region, ring).release(count), [0]],
      [(how) => new TraceDriver(how), [{ remembers: true }]]
    ]
    const one = fc.constantFrom(...makers).chain(([make, args]) => fc.tuple(fc.constant(make), spoilt(args)))
    assertProperty(fc.property(one, ([make, args]) => {
      faultOf(() => (Array.isArray(args) ? make(...args) : make(args)))
    }), { numRuns: 300 })
  })

  it("a trace driver answers an odd command with an error, and the next one as if it had not been [SQP-IN-1]", () => {
    const sound = Object.values(commandSamples).filter(({ op }) => op !== "stop")
    const odd = fc.oneof(anything, fc.constantFrom(...sound).chain((command) => spoilt({ n: 2, in: command })))
    assertProperty(fc.property(fc.array(odd, { minLength: 1, maxLength: 20 }), (lines) => {
      const driver = new TraceDriver()
      expect(driver.apply({ n: 1, in: { ...commandSamples.init, limits: {}, timing: {} } }).error).toBeUndefined()
      driver.apply({ n: 2, in: { op: "start" } })
      for (const line of lines) faultOf(() => driver.apply(loose(line)))
      const last = driver.apply({ n: 99, in: { op: "counters" } })
      expect(last.out?.filter(({ to }) => to === "counters")).toHaveLength(3)
    }), { numRuns: 50 })
  })

  it("as a trace is refused with the line, the key and what was expected [SQP-IN-1]", () => {
    const line = { n: 1, in: commandSamples.init }
    const odd = fc.oneof(anything, spoilt(line).map((value) => {
      try {
        return JSON.stringify(value) ?? ""
      } catch {
        return ""
      }
    }))
    assertProperty(fc.property(odd, (text) => {
      const read = madmux.readTrace(loose(text))
      if (Result.isFailure(read)) expect(read.failure).toBeInstanceOf(TraceError)
    }), { numRuns: 150 })
  })
})

it("an advance in which more falls due than a line may tell ends with an error that says how much did not pass [SQP-IN-1]", () => {
  const driver = new TraceDriver()
  const { limits: _limits, policy: _policy, ...init } = commandSamples.init
  const timing = { saTimeout: 10, saRetries: 0, guidRetry: 10, guidRetryMax: 10 }
  const silent = { ...init, guids: [guidOf(0), guidOf(1)], adminGuids: [null, "0".repeat(16)], active: [true, true], timing }
  expect(driver.apply({ n: 1, in: silent }).error).toBeUndefined()
  driver.apply({ n: 2, in: { op: "start" } })
  expect(driver.apply({ n: 3, in: { op: "advance", ms: 2 ** 30 } }).error).toMatch(/^advance: more falls due .* of 1073741824 ms did not pass/)
  expect(driver.apply({ n: 4, in: { op: "advance", ms: 100 } }).out?.some(({ to }) => to === "wire")).toBe(true)
})

describe("a method of a PF context", () => {
  const bad: ReadonlyArray<readonly [text: string, act: (mux: InstanceType<typeof Mux>) => unknown]> = [
    ["limits.pending must be an integer in 0..64, got NaN", (mux) => mux.setQuota(1, { pending: Number.NaN })],
    ["limits.groups must be an integer in 0..64, got 1.5", (mux) => mux.setQuota(1, { groups: 1.5 })],
    ["limits.groups must be an integer in 0..64, got -1", (mux) => mux.setQuota(1, { groups: -1 })],
    ["count must be an integer in 0..2147483647, got Infinity", (mux) => mux.credit("wire", 1, Number.POSITIVE_INFINITY)],
    ["count must be an integer in 0..2147483647, got -2", (mux) => mux.credit(1, 1, -2)],
    ["qp must be 0 or 1, got 2", (mux) => mux.credit("wire", loose(2), 1)],
    ["budget must be an integer in 0..2147483647, got NaN", (mux) => mux.poll(Number.NaN, 0)],
    ["nowMs must be an integer in 0..9007199254740991, got -1", (mux) => mux.poll(1, -1)],
    ["nowMs must be an integer in 0..9007199254740991, got 0.5", (mux) => mux.poll(1, 0.5)],
    ["policy.classes[0].allow must be one of none, get, all, got \"some\"",
      (mux) => mux.setPolicy({ classes: [{ mgmtClass: 4, allow: loose("some") }] })],
    ["policy.services[0].function must be an integer in 0..3, got 4",
      (mux) => mux.setPolicy({ services: [{ serviceId: "0".repeat(16), function: 4 }] })],
    ["function 0 is not in 1..3: function 0 is the PF", (mux) => mux.detach(0)],
    ["the virtual P_Key table of function 1[0] must be an integer in 0..127, got NaN", (mux) => mux.setPkeyMap(1, [Number.NaN])],
    ["_tag of a port event must be one of lid, sm", (mux) => mux.portEvent(loose({ _tag: "odd" }))]
  ]
  test.each(bad)("refuses a value that cannot be, and nothing changes: %s [SQP-IN-1]", (text, act) => {
    const bench = new Bench()
    expect(faultOf(() => act(bench.mux))?.message).toContain(text)
    expectWorks(bench, 1)
  })
})

describe("a configuration", () => {
  const timing = madmux.defaultTiming
  const bad: ReadonlyArray<readonly [string, object]> = [
    ["timing.saTimeout must be an integer in 10..1073741824, got 1", { timing: { ...timing, saTimeout: 1 } }],
    ["timing.guidRetry must be an integer in 10..1073741824, got 1", { timing: { ...timing, guidRetry: 1 } }],
    ["timing.saRetries must be an integer in 0..100, got 1000000", { timing: { ...timing, saRetries: 1_000_000 } }],
    ["timing.rest must be at least 60000", { timing: { ...timing, rest: 1 } }],
    ["limits.cm must be an integer in 0..1048576, but is missing", { limits: { tids: 1, groups: 1, pending: 1, services: 1, inbound: 1 } }],
    ["port.pkeys must be a list of at most 128, got a list of 200",
      { port: { ...muxConfig().port, pkeys: Array<number>(200).fill(0xffff) } }],
    ["adminGuids[1] must be a GUID that the other port of the HCA does not have",
      { guids: [guidOf(0)], adminGuids: [null, "00000000000000AB"], otherPortGuids: ["00000000000000ab"] }],
    ["a shared region needs 1..", { functions: 255, limits: { ...muxConfig().limits, tids: 2 ** 20, cm: 2 ** 20 } }]
  ]
  test.each(bad)("is refused with what and where: %s [SQP-IN-1]", (text, change) => {
    expect(faultOf(() => new Mux({ ...muxConfig(), ...change }))?.message).toContain(text)
  })

  it("of an HCA may have no GUID on both ports, and names the time that differs [SQP-IN-1]", () => {
    const config = muxConfig()
    const apart = { ...config, guids: [10, 11, 12, 13].map(guidOf) }
    expect(faultOf(() => new Hca(config, config))?.message).toContain("guids[0] of the second port must be a GUID that the first port does not have as guids[0]")
    expect(faultOf(() => new Hca(config, { ...apart, adminGuids: [null, null, guidOf(1)] }))?.message).toContain("adminGuids[2] of the second port")
    expect(faultOf(() => new Hca(config, { ...apart, timing: { ...timing, slack: 7 } }))?.message).toContain("timing.slack must be the same")
    const turned = Object.fromEntries(Object.entries(timing).toReversed())
    expect(faultOf(() => new Hca(config, { ...apart, timing: { ...timing, ...turned } }))).toBeNull()
    expect(faultOf(() => new Hca({ ...config, timing: loose(turned) }, apart))).toBeNull()
  })
})
