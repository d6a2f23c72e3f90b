/** Life cycle, events, local views and verbs: lifecycle.md, events.md, local-view.md, qp.md, guid.md. */
import fc from "fast-check"
import { describe, expect, it, test } from "vitest"
import type { PortEvent } from "../../impl/port/port-event.ts"
import { EVENTS_MAX, EventQueues, type FunctionEvent } from "../../impl/vhca/events.ts"
import type { VerbRequest } from "../../impl/vhca/verbs.ts"
import { assertProperty } from "../run.ts"
import { localId, message, rep, req, toPeer } from "./cm-fixture.ts"
import { Bench, gidOf, guidOf, hex, makeMad, muxConfig, PREFIX, tidOf } from "./fixture.ts"

const verb = (request: Partial<VerbRequest> & Pick<VerbRequest, "verb">): VerbRequest =>
  ({
    type: null, qpn: null, qkey: null, pkeyIndex: null, sgidIndex: null, vl: null, port: null, alternate: null,
    attrMask: null, ...request
  })

describe("the life cycle", () => {
  it("start attaches the PF and whoever was asked for; all QPNs are distinct and none is 0 or 1 [SQP-QP-2] [SQP-LIFE-2]", () => {
    const bench = new Bench({}, [1, 3])
    expect(bench.mux.tunnels(2)).toBeNull()
    bench.mux.attach(2)
    const qpns = [0, 1, 2, 3].flatMap((f) => bench.mux.tunnels(f)!.flatMap((tunnel) => [tunnel.proxyQpn, tunnel.tunnelQpn]))
    expect(new Set(qpns).size).toBe(16)
    expect(Math.min(...qpns)).toBeGreaterThan(1)
  })

  it("attaching twice, detaching or resetting a function that is not attached, starting twice do nothing [SQP-LIFE-2]", () => {
    const bench = new Bench({}, [1])
    const before = bench.mux.tunnels(1)
    bench.mux.attach(1)
    bench.mux.start()
    bench.mux.detach(2)
    bench.mux.reset(2)
    expect([bench.mux.tunnels(1), bench.mux.tunnels(2)]).toEqual([before, null])
  })

  test.each(["detach", "reset"] as const)("the PF cannot be %sed by itself: an error says which function [SQP-LIFE-2]", (op) => {
    expect(() => new Bench().mux[op](0)).toThrow("function 0 is not in 1..3")
    expect(() => new Bench().mux[op](4)).toThrow("function 4 is not in 1..3")
  })

  it("the next incarnation sees nothing of the former: no MAD, id, event, QP or exchange [SQP-LIFE-1]", () => {
    const bench = new Bench()
    const { mux } = bench
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }) })
    const tid = tidOf(bench.wire()[0]!.mad)
    bench.send(1, 1, toPeer(req(5)))
    const wire = localId(bench.wire()[0]!.mad)
    const qpn = mux.verb(1, verb({ verb: "createQp", type: "ud" })).qpn
    const proxy = mux.tunnels(1)![1].proxyQpn
    const ping = makeMad({ class: 0x32, method: 1 }, { 37: "001405" })
    bench.arrive(1, { mad: ping, grh: { dgid: gidOf(1) } })
    bench.settle()
    mux.portEvent({ _tag: "reregister" })
    bench.send(1, 1, { mad: makeMad({ class: 4, method: 1 }) })
    mux.reset(1)
    expect(mux.tunnels(1)![1].proxyQpn).not.toBe(proxy)
    expect([bench.got(1), bench.wire(), mux.takeEvents(1)]).toEqual([[], [], []])
    bench.arrive(1, { mad: makeMad({ class: 4, method: 0x81, tid }) })
    bench.arrive(1, toPeer(rep(7, wire)))
    bench.send(1, 1, { mad: makeMad({ class: 0x32, method: 0x81 }, { 37: "001405" }) })
    bench.send(1, 1, { mad: ping, sourceQpn: proxy })
    expect([bench.got(1), bench.wire()]).toEqual([[], []])
    expect(mux.verb(1, verb({ verb: "postSend", qpn })).status).toBe("refused")
    expect(bench.drops(null)).toEqual({ "response-unasked": 1, "cm-unknown": 1 })
    expect(bench.drops(1)).toEqual({ "not-attached": 1, "response-undelivered": 1, "source-qp": 1 })
  })

  it("a DREQ for an exchange of a function that ended is answered by the PF context [SQP-CM-10]", () => {
    const bench = new Bench()
    bench.send(1, 1, toPeer(req(5)))
    const wire = localId(bench.wire()[0]!.mad)
    bench.mux.detach(1)
    bench.arrive(1, toPeer(message("DREQ", 7, wire)))
    expect(localId(bench.wire()[0]!.mad)).toBe(wire)
  })

  it("stop releases everything and start opens the same functions anew [SQP-LIFE-3]", () => {
    const bench = new Bench({}, [2])
    bench.send(2, 1, toPeer(req(5)))
    const wire = localId(bench.wire()[0]!.mad)
    bench.mux.stop()
    bench.mux.stop()
    expect([bench.mux.isStopped, bench.mux.tunnels(0), bench.mux.tunnels(2)]).toEqual([true, null, null])
    bench.send(2, 1, { mad: makeMad({ class: 4, method: 1 }) })
    expect(bench.drops(2)).toEqual({ "not-attached": 1 })
    bench.mux.detach(2)
    bench.mux.attach(1)
    bench.mux.start()
    expect([0, 1, 2].map((f) => bench.mux.tunnels(f) !== null)).toEqual([true, true, false])
    bench.arrive(1, toPeer(rep(7, wire)))
    expect(bench.drops(null)).toEqual({ "cm-unknown": 1 })
  })
})

describe("port events", () => {
  const heard = (bench: Bench): Array<ReadonlyArray<FunctionEvent>> => [0, 1, 2, 3].map((f) => bench.mux.takeEvents(f))
  const all = (...events: ReadonlyArray<FunctionEvent>) => [events, events, [], events]
  const none = all()

  const cases: ReadonlyArray<{ name: string; event: PortEvent; first: unknown; again: unknown }> = [
    { name: "lid", event: { _tag: "lid", lid: 6, lmc: 0 }, first: all("lid"), again: none },
    { name: "LMC", event: { _tag: "lid", lid: 5, lmc: 1 }, first: all("lid"), again: none },
    { name: "SM LID", event: { _tag: "sm", smLid: 2, smSl: 3 }, first: all("sm"), again: none },
    { name: "SM SL", event: { _tag: "sm", smLid: 1, smSl: 4 }, first: all("sm"), again: none },
    { name: "prefix", event: { _tag: "prefix", subnetPrefix: "fec0000000000000" }, first: all("gid"), again: none },
    { name: "reregister", event: { _tag: "reregister" }, first: all("reregister"), again: all("reregister") },
    { name: "P_Keys", event: { _tag: "pkeys", pkeys: [0xffff, 0x8001, 0x7003] }, first: [["pkey"], ["pkey"], [], []], again: none },
    { name: "link", event: { _tag: "link", up: false }, first: all("port-down"), again: none },
    {
      name: "GUID table", again: none,
      event: { _tag: "guidTable", block: 0, guids: [guidOf(0), "0".repeat(16), guidOf(2), guidOf(9)] },
      first: [[], ["gid", "port-down"], [], ["gid"]]
    }
  ]
  test.each(cases)("$name: exactly those attached hear of it whose view changes, each once [SQP-EV-1]", ({ again, event, first }) => {
    const bench = new Bench({}, [1, 3])
    bench.mux.portEvent(event)
    expect(heard(bench)).toEqual(first)
    bench.mux.portEvent(event)
    expect(heard(bench)).toEqual(again)
  })

  it("a virtual P_Key table: its function alone hears, if it reads differently [SQP-EV-1]", () => {
    const bench = new Bench({}, [1, 3])
    bench.mux.setPkeyMap(1, [0, 2])
    expect(heard(bench)).toEqual(none)
    bench.mux.setPkeyMap(1, [0, 1])
    expect(heard(bench)).toEqual([[], ["pkey"], [], []])
    expect(() => bench.mux.setPkeyMap(0, [0])).toThrow("function 0 is not in 1..3")
  })

  it("a GUID that comes makes the port go up; link events reach only functions with a GUID [SQP-EV-1]", () => {
    const bench = new Bench({ guids: [guidOf(0)] }, [1, 3])
    bench.mux.portEvent({ _tag: "link", up: false })
    expect(heard(bench)).toEqual([["port-down"], [], [], []])
    bench.mux.portEvent({ _tag: "guidTable", block: 0, guids: [guidOf(0), guidOf(1)] })
    expect(heard(bench)).toEqual([[], ["gid"], [], []])
    bench.mux.portEvent({ _tag: "link", up: true })
    bench.mux.portEvent({ _tag: "guidTable", block: 0, guids: [guidOf(0), guidOf(1), "0".repeat(16), guidOf(3)] })
    expect(heard(bench)).toEqual([["port-up"], ["port-up"], [], ["gid", "port-up"]])
  })

  it("of equal GUIDs the lowest slot has it, and the next one when that goes [SQP-GUID-2]", () => {
    const bench = new Bench({ guids: [guidOf(0), guidOf(7), guidOf(7)] })
    const ping = makeMad({ class: 0x32, method: 1 }, { 37: "001405" })
    const arrivesAt = (): ReadonlyArray<number> => {
      bench.arrive(1, { mad: ping, grh: { dgid: PREFIX + guidOf(7) } })
      return [1, 2].map((f) => bench.got(f).length)
    }
    const guidSeenBy = (f: number): string => hex(bench.mux.query(f, "GUIDInfo", 0)!).slice(0, 16)
    expect(arrivesAt()).toEqual([1, 0])
    expect([guidSeenBy(1), guidSeenBy(2)]).toEqual([guidOf(7), "0".repeat(16)])
    bench.mux.portEvent({ _tag: "guidTable", block: 0, guids: [guidOf(0), "0".repeat(16)] })
    expect(arrivesAt()).toEqual([0, 1])
    expect(guidSeenBy(2)).toBe(guidOf(7))
  })

  const bad: ReadonlyArray<{ event: PortEvent; text: string }> = [
    { event: { _tag: "lid", lid: 0x1_0000, lmc: 0 }, text: "lid must be" },
    { event: { _tag: "sm", smLid: 1, smSl: 16 }, text: "smSl must be" },
    { event: { _tag: "prefix", subnetPrefix: "fe80" }, text: "subnetPrefix must be 16 hex digits" },
    { event: { _tag: "pkeys", pkeys: [0x1_0000] }, text: "pkeys[0] must be" },
    { event: { _tag: "guidTable", block: -1, guids: [] }, text: "block must be" },
    { event: { _tag: "guidTable", block: 0, guids: ["x"] }, text: "guids[0] must be 16 hex digits" }
  ]
  test.each(bad)("a value out of range is refused with its name and changes nothing: $text [SQP-IN-1]", ({ event, text }) => {
    const bench = new Bench({}, [1, 3])
    expect(() => bench.mux.portEvent(event)).toThrow(text)
    expect(heard(bench)).toEqual(none)
  })

  it("a queue that nobody reads stays bounded and keeps the last event of each kind [SQP-EV-2]", () => {
    const kinds = ["lid", "sm", "pkey", "gid", "reregister", "port-up", "port-down"] as const
    const kindOf = (event: string): string => event.replace(/-(up|down)$/, "")
    const bursts = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 100 })), { maxLength: 8 })
    assertProperty(fc.property(bursts, (all) => {
      const events = all.flatMap(([kind, times]) => Array<FunctionEvent>(times).fill(kind))
      const queues = new EventQueues(1)
      for (const event of events) queues.push(0, event)
      const taken = queues.take(0)
      expect(taken.length).toBeLessThanOrEqual(EVENTS_MAX)
      if (events.length <= EVENTS_MAX) expect(taken).toEqual(events)
      for (const event of events) {
        expect(taken.findLast((one) => kindOf(one) === kindOf(event))).toBe(events.findLast((one) => kindOf(one) === kindOf(event)))
      }
    }))
  })
})

describe("the local view", () => {
  const nodeInfo = Uint8Array.from({ length: 64 }, (_, i) => (i < 40 ? i : 0))
  const portInfo = Uint8Array.from({ length: 64 }, (_, i) => 255 - i)
  const bench = (): Bench => new Bench({ nodeInfo, portInfo }, [1])
  const view = (one: Bench, f: number, attribute: string, modifier = 0): string | null => {
    const bytes = one.mux.query(f, attribute, modifier)
    return bytes === null ? null : hex(bytes)
  }

  it("NodeInfo is the physical one, for a VF with its own NodeGUID [SQP-VIEW-1]", () => {
    const own = Uint8Array.from(nodeInfo)
    own.set(Buffer.from(muxConfig().nodeGuids[1]!, "hex"), 12)
    expect([view(bench(), 0, "NodeInfo"), view(bench(), 1, "NodeInfo")]).toEqual([hex(nodeInfo), hex(own)])
  })

  it("PortInfo is the physical one without the M_Key, with the present values and the function's state [SQP-VIEW-1]", () => {
    const one = bench()
    one.mux.portEvent({ _tag: "prefix", subnetPrefix: "fec0000000000001" })
    one.mux.portEvent({ _tag: "lid", lid: 0x1234, lmc: 2 })
    one.mux.portEvent({ _tag: "sm", smLid: 0x5678, smSl: 9 })
    const expected = Uint8Array.from(portInfo)
    expected.fill(0, 0, 8)
    expected.set(Buffer.from("fec00000000000011234" + "5678", "hex"), 8)
    expected[32] = (expected[32]! & 0xf0) | 4
    expected[34] = (expected[34]! & 0xf8) | 2
    expected[36] = (expected[36]! & 0xf0) | 9
    expect([view(one, 0, "PortInfo", 1), view(one, 1, "PortInfo")]).toEqual([hex(expected), hex(expected)])
    one.mux.portEvent({ _tag: "guidTable", block: 0, guids: [guidOf(0), "0".repeat(16)] })
    expected[32] = (expected[32]! & 0xf0) | 1
    expect([view(one, 0, "PortInfo")!.slice(64, 66), view(one, 1, "PortInfo")]).toEqual(["d4", hex(expected)])
    one.mux.portEvent({ _tag: "link", up: false })
    expect(view(one, 0, "PortInfo")).toBe(hex(expected))
  })

  it("GUIDInfo shows the function its own GUID alone [SQP-VIEW-1]", () => {
    expect(view(bench(), 1, "GUIDInfo")).toBe(guidOf(1) + "0".repeat(112))
    expect(view(bench(), 1, "GUIDInfo", 1)).toBeNull()
  })

  it("P_KeyTable is the virtual table by blocks of 32 [SQP-VIEW-1]", () => {
    const one = bench()
    expect(view(one, 0, "P_KeyTable")).toBe("ffff80017002" + "0".repeat(128 - 12))
    one.mux.setPkeyMap(1, [null, 2, 9, ...Array<number>(29).fill(0), 1])
    expect(view(one, 1, "P_KeyTable")).toBe("000070020000" + "ffff".repeat(29))
    expect(view(one, 1, "P_KeyTable", 1)).toBe("8001" + "0".repeat(124))
    for (const block of [2, -1, 0.5]) expect(view(one, 1, "P_KeyTable", block)).toBeNull()
  })

  it("anything else is refused, and everything to a function that is not attached [SQP-VIEW-1]", () => {
    const one = bench()
    for (const attribute of ["SMInfo", "NodeDescription", ""]) expect(view(one, 1, attribute)).toBeNull()
    expect(view(one, 1, "NodeInfo", 1)).toBeNull()
    for (const attribute of ["NodeInfo", "PortInfo", "GUIDInfo", "P_KeyTable"]) expect(view(one, 2, attribute)).toBeNull()
  })
})

describe("the verbs gate", () => {
  it("gives a special QP as the function's own proxy, always the same [SQP-QP-1]", () => {
    const { mux } = new Bench({}, [1])
    const [smi, gsi] = mux.tunnels(1)!
    expect(mux.verb(1, verb({ verb: "createQp", type: "smi" })).qpn).toBe(smi.proxyQpn)
    for (let i = 0; i < 2; i++) expect(mux.verb(1, verb({ verb: "createQp", type: "gsi" })).qpn).toBe(gsi.proxyQpn)
    expect(mux.verb(2, verb({ verb: "createQp", type: "gsi" })).status).toBe("refused")
  })

  it("refuses controlled Q_Keys at create and modify, and any Q_Key of a proxy [SQP-QP-5]", () => {
    const { mux } = new Bench()
    const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "ud", qkey: 5 }))
    for (const qkey of [0x8001_0000, 0x8000_0000, 0xffff_ffff]) {
      expect(mux.verb(1, verb({ verb: "createQp", type: "ud", qkey })).status).toBe("refused")
      expect(mux.verb(1, verb({ verb: "modifyQp", qpn, qkey })).status).toBe("refused")
    }
    expect(mux.verb(1, verb({ verb: "modifyQp", qpn: mux.tunnels(1)![1].proxyQpn, qkey: 5 })).status).toBe("refused")
    expect(mux.verb(1, verb({ verb: "modifyQp", qpn, qkey: 6 })).status).toBe("ok")
  })

  it("sends with the QP's own Q_Key when bit 31 of the asked one is set, else with that [SQP-QP-6]", () => {
    const { mux } = new Bench()
    const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "ud", qkey: 5 }))
    const proxy = mux.tunnels(1)![1].proxyQpn
    const left = (one: number | null, qkey: number) => mux.verb(1, verb({ verb: "postSend", qpn: one, qkey })).qkey
    expect([left(qpn, 7), left(qpn, 0x8001_0000), left(proxy, 0x8000_0001), left(proxy, 7)]).toEqual([7, 5, 0x8001_0000, 7])
  })

  it("never puts a QP on VL15 [SQP-QP-4]", () => {
    const { mux } = new Bench()
    const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "rc" }))
    for (const one of [qpn, mux.tunnels(1)![0].proxyQpn]) {
      for (const name of ["modifyQp", "postSend"] as const) {
        expect(mux.verb(1, verb({ verb: name, qpn: one, vl: 15 })).status).toBe("refused")
        expect(mux.verb(1, verb({ verb: name, qpn: one, vl: 14 })).status).toBe("ok")
      }
    }
  })

  it("lets a function touch only QPs it created, and its own tables [SQP-QP-7]", () => {
    const { mux } = new Bench()
    const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "ud" }))
    const tunnel = mux.tunnels(1)![1].tunnelQpn
    for (const name of ["modifyQp", "postSend", "destroyQp"] as const) {
      for (const [f, one] of [[2, qpn], [1, tunnel], [1, 1], [1, null]] as const) {
        expect(mux.verb(f, verb({ verb: name, qpn: one })).status).toBe("refused")
      }
    }
    const status = (change: Partial<VerbRequest>) => mux.verb(1, verb({ verb: "modifyQp", qpn, ...change })).status
    expect([0, 1, 2, -1].map((pkeyIndex) => status({ pkeyIndex }))).toEqual(["ok", "ok", "refused", "refused"])
    expect([0, 1].map((sgidIndex) => status({ sgidIndex }))).toEqual(["ok", "refused"])
    expect(mux.verb(1, verb({ verb: "destroyQp", qpn: mux.tunnels(1)![1].proxyQpn })).status).toBe("refused")
    expect(mux.verb(1, verb({ verb: "destroyQp", qpn })).status).toBe("ok")
    expect(mux.verb(1, verb({ verb: "destroyQp", qpn })).status).toBe("refused")
  })
})

describe("the verbs gate, attribute by attribute", () => {
  const paths: ReadonlyArray<Partial<VerbRequest>> = [
    { port: 0 }, { port: 2 }, { sgidIndex: 1 }, { pkeyIndex: 2 }, { pkeyIndex: 128 }, { vl: 15 },
    { alternate: { pkeyIndex: 2, sgidIndex: null, port: null } },
    { alternate: { pkeyIndex: 0, sgidIndex: 1, port: null } },
    { alternate: { pkeyIndex: 0, sgidIndex: 0, port: 2 } }
  ]
  test.each(["createQp", "modifyQp", "postSend"] as const)(
    "%s is refused for any index or number beyond the function's own, on either path, in the mask or not [SQP-QP-8]",
    (name) => {
      const { mux } = new Bench()
      const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "rc" }))
      const of = name === "createQp" ? { type: "rc" as const } : { qpn }
      for (const attrMask of [null, 0, 1 << 4, 1 << 14]) {
        for (const path of paths) {
          expect(mux.verb(1, verb({ verb: name, ...of, ...path, attrMask })).status).toBe("refused")
        }
        const fine = { port: 1, pkeyIndex: 1, sgidIndex: 0, alternate: { pkeyIndex: 1, sgidIndex: 0, port: 1 } }
        expect(mux.verb(1, verb({ verb: name, ...of, ...fine, attrMask })).status).toBe("ok")
      }
    }
  )

  it("a QP keeps the attributes that the mask does not name [SQP-QP-8]", () => {
    const { mux } = new Bench()
    const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "ud", qkey: 5 }))
    mux.verb(1, verb({ verb: "modifyQp", qpn, qkey: 7, attrMask: 1 << 4 }))
    expect(mux.verb(1, verb({ verb: "postSend", qpn })).qkey).toBe(5)
    mux.verb(1, verb({ verb: "modifyQp", qpn, qkey: 7, attrMask: 1 << 6 }))
    expect(mux.verb(1, verb({ verb: "postSend", qpn })).qkey).toBe(7)
  })

  it("a P_Key taken from a function is of no use to the QPs that were set to it, until it is given again [SQP-PKEY-3]", () => {
    const { mux } = new Bench()
    const { qpn } = mux.verb(1, verb({ verb: "createQp", type: "ud", pkeyIndex: 1 }))
    const { qpn: other } = mux.verb(1, verb({ verb: "createQp", type: "ud" }))
    const sends = () => [qpn, other].map((one) => mux.verb(1, verb({ verb: "postSend", qpn: one })).status)
    expect(sends()).toEqual(["ok", "ok"])
    mux.setPkeyMap(1, [0])
    expect(sends()).toEqual(["refused", "ok"])
    mux.setPkeyMap(1, [null, 0])
    expect(sends()).toEqual(["ok", "refused"])
  })
})

describe("the configuration", () => {
  const bad: ReadonlyArray<readonly [string, Parameters<typeof muxConfig>[0]]> = [
    ["functions must be an integer in 1..255, got 0", { functions: 0 }],
    ["functionSlots must be a power of two, got 3", { functionSlots: 3 }],
    ["limits.cm must be", { limits: { tids: 1, cm: -1, groups: 1, pending: 1, services: 4, inbound: 1 } }],
    ["timing.tidMin must be at most timing.tidMax (120000), got 120001", { timing: { ...muxConfig().timing, tidMin: 120_001 } }],
    ["services[0].serviceId must be 16 hex digits", { services: [{ serviceId: "1", function: 0 }] }],
    ["services[0].function must be", { services: [{ serviceId: "0".repeat(16), function: 4 }] }],
    ["guids[1] must be 16 hex digits", { guids: ["0".repeat(16), "z"] }],
    ["pkeyMaps[1][0] must be", { pkeyMaps: [[], [-1]] }],
    ["portInfo must be 64 bytes, got 63", { portInfo: new Uint8Array(63) }]
  ]
  test.each(bad)("is refused with what and where: %s [SQP-IN-1]", (text, change) => {
    expect(() => new Bench(change)).toThrow(text)
  })
})
