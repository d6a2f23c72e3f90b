/** What the library refuses, value by value: of a configuration, and of what is asked of a running PF context. */
import { describe, expect, it } from "vitest"
import { InputError } from "../../impl/input/check.ts"
import { defaultTiming, type MuxConfig } from "../../impl/mux/config.ts"
import { checkConfig } from "../../impl/mux/config-check.ts"
import { Mux } from "../../impl/mux/engine.ts"
import { reasons } from "../../spec/reasons.ts"
import { Bench, muxConfig } from "./fixture.ts"

const REASONS = Object.keys(reasons).length

/** A value of any shape at a path of keys in a copy of the configuration. */
const withValue = (config: object, path: ReadonlyArray<string | number>, value: unknown): object => {
  const [key, ...rest] = path
  if (key === undefined) throw new RangeError("a path has keys")
  const before: unknown = Object.entries(config).find(([name]) => name === String(key))?.[1]
  const next = rest.length === 0 ? value : withValue(typeof before === "object" && before !== null ? before : {}, rest, value)
  return Array.isArray(config) ? config.with(Number(key), next) : { ...config, [key]: next }
}

/** The place that is complained of; null when all is well. */
const faultOf = (path: ReadonlyArray<string | number>, value: unknown): string | null => {
  const base: MuxConfig = muxConfig({
    services: [{ serviceId: "0".repeat(16), function: 0 }], adminGuids: [null, null], policy: { classes: [], saAttributes: [] },
    otherPortGuids: ["1".repeat(16)], guidCap: 8
  })
  try {
    checkConfig(withValue(base, path, value) as MuxConfig)
    return null
  } catch (fault) {
    if (!(fault instanceof InputError)) throw fault
    return fault.path
  }
}

/** An integer with its least and most. */
const integers: ReadonlyArray<readonly [string, number, number]> = [
  ["functions", 1, 255], ["limits.tids", 0, 2 ** 20], ["limits.cm", 0, 2 ** 20], ["limits.groups", 0, 2 ** 20],
  ["limits.pending", 0, 2 ** 20], ["limits.services", 0, 2 ** 20], ["limits.inbound", 0, 2 ** 20],
  ["limits.redirects", 0, 2 ** 20], ["limits.subscriptions", 0, 2 ** 20], ["timing.saRetries", 0, 100],
  ["timing.saTimeout", 10, 2 ** 30], ["timing.horizon", 0, 2 ** 30], ["timing.renewGrace", 0, 2 ** 30],
  ["timing.slack", 0, 2 ** 30], ["timing.prefixGrace", 0, 2 ** 30], ["timing.rejInterval", 0, 2 ** 30],
  ["timing.guidRetry", 10, defaultTiming.guidRetryMax], ["timing.guidRetryMax", defaultTiming.guidRetry, 2 ** 30],
  ["timing.tidMin", 1, defaultTiming.tidMax], ["timing.linger", 1, defaultTiming.lingerMax],
  ["timing.openingMin", 1, defaultTiming.openingMax], ["timing.openingMax", defaultTiming.openingMin, 2 ** 28],
  ["timing.rest", 60_000, 2 ** 30], ["quantum", 1, 2 ** 20], ["guidCap", 0, 255],
  ["port.lid", 0, 0xffff], ["port.lmc", 0, 7], ["port.smLid", 0, 0xffff], ["port.smSl", 0, 15]
]

describe("a configuration", () => {
  it.each(integers)("has %s from %i to %i, and says so of any other [SQP-IN-1]", (name, least, most) => {
    const path = name.split(".")
    for (const value of [least, most]) {
      // The longest lives must fit the rest.
      const fault = faultOf(path, value)
      expect(fault === null || fault === "timing.rest").toBe(true)
    }
    // Of two times that do not agree the lower one is named.
    const lower = name.replace("Max", "Min").replace(/^timing.(guidRetry|linger)M..$/, "timing.$1")
    for (const value of [least - 1, most + 1]) {
      expect([value, faultOf(path, value)]).toEqual([value, value === least - 1 && least > 1 ? lower : name])
    }
    for (const value of [0.5, "1", -1, undefined]) {
      const isOptional = value === undefined && /quantum|guidCap|redirects|subscriptions/.test(name)
      expect([value, faultOf(path, value)]).toEqual([value, isOptional ? null : name])
    }
  })

  it.each([
    ["limits", 1], ["timing", 1], ["port", null], ["policy", 1], ["functionSlots", 3], ["functionSlots", 0],
    ["wireSlots", 48], ["port.up", 1], ["port.subnetPrefix", "0"], ["port.pkeys", 1], ["port.pkeys.0", 0x1_0000],
    ["port.pkeys.0", -1], ["groupNotices", 1], ["copy", "slow"], ["random32", 1], ["services", 1], ["services.0", 1],
    ["services.0.serviceId", "z".repeat(16)], ["services.0.function", 4], ["services.0.function", -1], ["guids", 1],
    ["guids.1", "1"], ["nodeGuids", 1], ["nodeGuids.1", "1"], ["otherPortGuids", 1], ["otherPortGuids.0", "1"],
    ["adminGuids", 1], ["adminGuids.1", "1"], ["pkeyMaps", 1], ["pkeyMaps.1", 1], ["pkeyMaps.1.0", 128],
    ["pkeyMaps.1.0", -1], ["nodeInfo", new Uint8Array(63)], ["portInfo", new Uint8Array(65)], ["nodeInfo", "00"]
  ])("with %s of %s is refused at that place [SQP-IN-1]", (name, value) => {
    const place = name.replace(/\.(\d+)/g, "[$1]")
    expect(faultOf(name.split("."), value)).toBe(place)
  })

  it.each([
    ["groupNotices", true], ["copy", "views"], ["random32", Math.random], ["port.smLid", null], ["pkeyMaps.1.0", null],
    ["pkeyMaps.1.0", 127], ["pkeyMaps.0", 7], ["port.pkeys.0", 0xffff], ["services.0.function", 3], ["functionSlots", 1],
    ["wireSlots", 2 ** 16], ["policy", undefined], ["adminGuids", undefined], ["guidCap", undefined],
    ["otherPortGuids", undefined], ["quantum", undefined], ["limits.redirects", undefined], ["limits.subscriptions", undefined],
    ["guids.1", "ABCDEF0123456789"]
  ])("may have %s of %s [SQP-IN-1]", (name, value) => {
    expect(faultOf(name.split("."), value)).toBeNull()
  })

  it("has lists that are no longer than what they list [SQP-IN-1]", () => {
    const zeros = (count: number) => Array.from({ length: count }, () => "0".repeat(16))
    for (const name of ["guids", "nodeGuids", "otherPortGuids"]) {
      expect([faultOf([name], zeros(255)), faultOf([name], zeros(256))]).toEqual([null, name])
    }
    for (const [name, most, entry] of [["pkeyMaps", 255, []], ["adminGuids", 255, null]] as const) {
      const list = (count: number) => Array.from({ length: count }, () => entry)
      expect([faultOf([name], list(most)), faultOf([name], list(most + 1))]).toEqual([null, name])
    }
    const pkeys = (count: number) => Array.from({ length: count }, () => 0xffff)
    expect([faultOf(["port", "pkeys"], pkeys(128)), faultOf(["port", "pkeys"], pkeys(129))]).toEqual([null, "port.pkeys"])
    const map = (count: number) => Array.from({ length: count }, () => 0)
    expect([faultOf(["pkeyMaps", 1], map(128)), faultOf(["pkeyMaps", 1], map(129))]).toEqual([null, "pkeyMaps[1]"])
  })

  it("lets ids rest at least as long as the longer of the two lives may vary [SQP-TID-6]", () => {
    const timing = (change: Partial<typeof defaultTiming>) =>
      faultOf(["timing"], { ...defaultTiming, tidMin: 1000, tidMax: 1700, linger: 1000, lingerMax: 1600, ...change })
    expect([timing({ rest: 700 }), timing({ rest: 699 })]).toEqual([null, "timing.rest"])
    expect([timing({ lingerMax: 1800, rest: 800 }), timing({ lingerMax: 1800, rest: 799 })]).toEqual([null, "timing.rest"])
  })

  it("is an object, and one that is none is refused as such [SQP-IN-1]", () => {
    for (const none of [null, undefined, 7, []]) {
      expect(() => checkConfig(none as unknown as MuxConfig)).toThrow("the configuration must be an object")
    }
  })

  it("names the bound of the other time where two do not agree [SQP-IN-1]", () => {
    for (const [low, high] of [
      ["tidMin", "tidMax"], ["linger", "lingerMax"], ["openingMin", "openingMax"], ["guidRetry", "guidRetryMax"]
    ] as const) {
      const timing = { ...defaultTiming, [low]: 5000, [high]: 4999 }
      expect(() => checkConfig(muxConfig({ timing }))).toThrow(`timing.${low} must be at most timing.${high} (4999), got 5000`)
      expect(faultOf(["timing"], { ...timing, [high]: 5000 })).toBeNull()
    }
  })
})

/** Everything that names a function, with whether it may be the PF. */
const asks: ReadonlyArray<readonly [string, number, (mux: Mux, f: number) => unknown]> = [
  ["attach", 0, (mux, f) => mux.attach(f)],
  ["detach", 1, (mux, f) => mux.detach(f)],
  ["reset", 1, (mux, f) => mux.reset(f)],
  ["setAdminGuid", 1, (mux, f) => mux.setAdminGuid(f, null)],
  ["setPkeyMap", 1, (mux, f) => mux.setPkeyMap(f, [0])],
  ["setQuota", 0, (mux, f) => mux.setQuota(f, { groups: 1 })],
  ["verb", 0, (mux, f) => mux.verb(f, {
    verb: "postSend", type: null, qpn: 9, qkey: null, pkeyIndex: null, sgidIndex: null, vl: null, port: null,
    alternate: { pkeyIndex: null, sgidIndex: null, port: null }, attrMask: null
  })],
  ["query", 0, (mux, f) => mux.query(f, "NodeInfo", 0)],
  ["functionEgress", 0, (mux, f) => mux.functionEgress(f, 1)],
  ["functionIngress", 0, (mux, f) => mux.functionIngress(f, 1)],
  ["functionRings", 0, (mux, f) => mux.functionRings(f)],
  ["credit", 0, (mux, f) => mux.credit(f, 1, 3)],
  ["tunnels", 0, (mux, f) => mux.tunnels(f)],
  ["takeEvents", 0, (mux, f) => mux.takeEvents(f)],
  ["counters", 0, (mux, f) => mux.counters(f)],
  ["received", 0, (mux, f) => mux.received(f)],
  ["dropped", 0, (mux, f) => mux.dropped(f, 0)]
]

describe("a running PF context", () => {
  it.each(asks)("takes only functions that there are for %s, from %i on [SQP-IN-1]", (_, least, ask) => {
    const { mux } = new Bench()
    for (const f of [least, 3]) expect(() => ask(mux, f)).not.toThrow()
    for (const f of [least - 1, 4, 0.5]) expect(() => ask(mux, f)).toThrow(`function ${f} is not in ${least}..3`)
  })

  it("takes only QPs 0 and 1, counts from 0, and reasons that there are [SQP-IN-1]", () => {
    const { mux } = new Bench()
    for (const qp of [-1, 2, undefined] as ReadonlyArray<unknown> as ReadonlyArray<0 | 1>) {
      expect(() => mux.functionEgress(1, qp)).toThrow("qp must be 0 or 1")
      expect(() => mux.functionIngress(1, qp)).toThrow("qp must be 0 or 1")
      expect(() => mux.credit("wire", qp, 1)).toThrow("qp must be 0 or 1")
    }
    expect(() => mux.credit("wire", 1, -1)).toThrow("count must be an integer in 0..")
    expect(() => mux.poll(-1, 2_000_000)).toThrow("budget must be an integer in 0..")
    expect(() => mux.poll(1, -1)).toThrow("nowMs must be an integer in 0..")
    expect(() => mux.poll(1, 0.5)).toThrow("nowMs must be an integer in 0..")
    expect(() => mux.dropped(null, -1)).toThrow("the place of the reason must be")
    expect(() => mux.dropped(1, REASONS)).toThrow("the place of the reason must be")
    expect(mux.dropped(1, REASONS - 1)).toBe(0)
    expect(() => mux.functionEgress(1, 2 as 0)).toThrow(/^qp must be 0 or 1, got 2$/)
    expect(() => mux.functionEgress(1, undefined as unknown as 0)).toThrow(/^qp must be 0 or 1, got "undefined"$/)
    expect(mux.dropped(null, 0)).toBe(0)
    expect(() => mux.setPkeyMap(1, 7 as never)).toThrow("the virtual P_Key table of function 1 must be a list of at most 128")
    expect(() => mux.portEvent({} as never)).toThrow(/got "nothing"$/)
    expect(() => mux.setPolicy(7 as never)).toThrow("policy must be an object")
    expect(() => mux.setQuota(1, 7 as never)).toThrow("the quotas must be an object")
  })

  it.each([
    ["lid", { _tag: "lid", lid: 0x1_0000, lmc: 0 }], ["lmc", { _tag: "lid", lid: 1, lmc: 8 }],
    ["smLid", { _tag: "sm", smLid: -1, smSl: 0 }], ["smSl", { _tag: "sm", smLid: null, smSl: 16 }],
    ["pkeys", { _tag: "pkeys", pkeys: Array.from({ length: 129 }, () => 1) }],
    ["pkeys[1]", { _tag: "pkeys", pkeys: [1, 0x1_0000] }],
    ["link: up", { _tag: "link", up: 1 as unknown as boolean }],
    ["guidTable: guids", { _tag: "guidTable", block: 0, guids: Array.from({ length: 9 }, () => "0".repeat(16)) }],
    ["_tag of a port event", { _tag: "none" } as unknown as { _tag: "reregister" }],
    ["_tag of a port event", {} as unknown as { _tag: "reregister" }],
    ["a port event", 7 as unknown as { _tag: "reregister" }]
  ] as const)("hears no port event with a wrong %s, and says where [SQP-IN-1]", (path, event) => {
    const { mux } = new Bench()
    try {
      mux.portEvent(event)
      expect.unreachable()
    } catch (fault) {
      expect(fault instanceof InputError && fault.path).toBe(path)
    }
  })

  it("has another port only of another PF context [SQP-STEER-6]", () => {
    const [one, two] = [new Mux(muxConfig()), new Mux(muxConfig())]
    expect(() => one.setOtherPort(one)).toThrow("the other port must be the Mux of another port")
    expect(() => one.setOtherPort({} as Mux)).toThrow("the other port must be the Mux of another port")
    expect(() => one.setOtherPort(two)).not.toThrow()
  })
})
