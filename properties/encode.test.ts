import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import fc from "fast-check"
import type { Command } from "../impl/trace/command.ts"
import { completeInit } from "../impl/trace/init.ts"
import { decodeCommand } from "../impl/trace/line.ts"
import { MAD_BYTES } from "../impl/wire/index.ts"
import { isSame } from "../model/bind.ts"
import type { Event } from "../model/event.ts"
import { FunctionId, Guid, Lid, Qpn, SubnetPrefix } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import type { Mad } from "../model/mad.ts"
import { encodeEvent, encodeInitial } from "./encode.ts"
import { encodeAction } from "./encode-action.ts"
import { madBytes } from "./encode-mad.ts"
import { init, play, scenariosAbout, subjects } from "./generate.ts"
import { viewOf } from "./mad-view.ts"
import { assertProperty } from "./run.ts"
import { reference } from "./subject.ts"
import { bytesOf, toAction, toEvent, toInitial } from "./translate.ts"

/** Every kind of MAD that the view tells apart: class, method and attribute; and some it reads nothing in. */
const SA_ATTRIBUTES = [0x01, 0x02, 0x03, 0x30, 0x31, 0x38, 0x35]
const METHODS = [0x01, 0x02, 0x03, 0x06, 0x12, 0x14, 0x15, 0x81, 0x86, 0x92, 0x95]
const CM_MESSAGES = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b]
const KINDS: ReadonlyArray<readonly [number, number, number]> = [
  ...METHODS.flatMap((method) => SA_ATTRIBUTES.map((attribute) => [0x03, method, attribute] as const)),
  ...CM_MESSAGES.flatMap((attribute) => [[0x07, 0x03, attribute], [0x07, 0x81, attribute]] as const),
  ...[0x01, 0x81, 0x04, 0x05, 0x06, 0x09, 0x10, 0x12, 0x21, 0x32, 0x4f].flatMap((mgmtClass) =>
    [0x01, 0x02, 0x81].map((method) => [mgmtClass, method, 0x01] as const))
]

const anyBytes = fc.uint8Array({ minLength: MAD_BYTES, maxLength: MAD_BYTES, size: "max" })
const anyMad = (kind: readonly [number, number, number]): fc.Arbitrary<Uint8Array> =>
  anyBytes.map((bytes) => {
    const [mgmtClass, method, attribute] = kind
    bytes[1] = mgmtClass
    bytes[3] = method
    bytes[16] = 0
    bytes[17] = attribute
    return bytes
  })
const nameOf = (kind: ReadonlyArray<number>): string => kind.map((each) => each.toString(16)).join(" ")

describe("bytes of the MADs of the model", () => {
  it("has MADs of every body there is", () => {
    const bodies = new Set(KINDS.map((kind) => {
      const bytes = new Uint8Array(MAD_BYTES)
      bytes.set([1, kind[0], 2, kind[1]])
      bytes[17] = kind[2]
      const { body } = viewOf(bytes, "")
      return body._tag === "cm" ? body.message : body._tag
    }))
    expect([...bodies].sort()).toEqual([
      "APR", "DREP", "DREQ", "LAP", "MRA", "REJ", "REP", "REQ", "RTU", "SIDR_REP", "SIDR_REQ", "classPortInfo",
      "guidInfo", "informInfo", "mcMember", "mcMembers", "notice", "opaque", "serviceRecord"
    ])
  })

  it("of every kind, written and read again are the same view, whatever bytes they are written over [SQP-ENC-1]", () => {
    for (const kind of KINDS) {
      assertProperty(
        fc.property(anyMad(kind), anyBytes, (bytes, others) => {
          const mad = viewOf(bytes, "x")
          expect(viewOf(madBytes(mad), "x"), nameOf(kind)).toEqual(mad)
          expect(viewOf(madBytes(mad, others), "x"), nameOf(kind)).toEqual(mad)
        }),
        { numRuns: 5 }
      )
    }
  })

  it("written over the bytes they came with are these bytes, every one [SQP-ENC-1]", () => {
    for (const kind of KINDS) {
      assertProperty(
        fc.property(anyMad(kind), (bytes) => {
          expect(Buffer.from(madBytes(viewOf(bytes, "x"), bytes)).toString("hex"), nameOf(kind))
            .toBe(Buffer.from(bytes).toString("hex"))
        }),
        { numRuns: 5 }
      )
    }
  })

  it("of ids that nothing is bound to are refused [SQP-ENC-1]", () => {
    const bytes = new Uint8Array(MAD_BYTES)
    bytes.set([1, 0x07, 2, 3])
    bytes[17] = 0x14
    const mad: Mad = viewOf(bytes, "x")
    expect(() => madBytes({ ...mad, tid: "?0" as Mad["tid"] })).toThrow(RangeError)
    const body = { ...mad.body, localId: "?1" } as Mad["body"]
    expect(() => madBytes({ ...mad, body })).toThrow(/communication id/)
  })
})

const [example] = fc.sample(init, { numRuns: 1, seed: 1 })
if (example === undefined) throw new Error("an init")
const context = { lmc: 1, functions: 3, payload: "x" }
/** What a command is for the model, with what the trace alone knows. */
const eventsOf = (commands: ReadonlyArray<Command>): ReadonlyArray<Event> =>
  commands.flatMap((command) => toEvent(command, context) ?? [])
/** All quotas of one function are changed by one command. */
const apart = (event: Event): ReadonlyArray<Event> =>
  event._tag === "QuotasChanged" ? event.functions.map((fn) => ({ ...event, functions: [fn] })) : [event]

describe("events of the model as commands", () => {
  it("are the same events when they are read again, whatever a sequence brings [SQP-ENC-2]", () => {
    for (const about of subjects) {
      assertProperty(
        fc.property(scenariosAbout(about, 40), (scenario) => {
          const lines = play(scenario, reference())
          for (const { in: command, n } of lines) {
            const event = command.op === "init" ? null : toEvent(command, context)
            if (event === null) continue
            const known = "mad" in command ? bytesOf(command.mad) : undefined
            for (const bytes of [undefined, known]) {
              const encoded = encodeEvent(event, () => bytes)
              for (const each of encoded) expect(Result.isSuccess(decodeCommand(each, n))).toBe(true)
              expect(eventsOf(encoded)).toEqual(apart(event))
            }
            if (known?.length === MAD_BYTES) expect(encodeEvent(event, () => known)).toMatchObject([{ mad: "mad" in command ? command.mad : "" }])
          }
        }),
        { numRuns: 6 }
      )
    }
  })

  it("are the same events when they are read again, each kind that is about no MAD [SQP-ENC-2]", () => {
    const fn = FunctionId(2)
    const nothing = { type: null, qpn: null, qkey: null, pkeyIndex: null, sgidIndex: null, vl: null, port: null, alternate: null, attrMask: null }
    const examples: ReadonlyArray<Event> = [
      { _tag: "TimePasses", ms: 7 }, { _tag: "Start" }, { _tag: "Stop" }, { _tag: "Reregister" },
      { _tag: "Attach", function: fn }, { _tag: "Detach", function: fn }, { _tag: "Reset", function: fn },
      { _tag: "WireRoom", slots: null }, { _tag: "WireRoom", slots: 0 }, { _tag: "FunctionRoom", function: fn, slots: 3 },
      { _tag: "FunctionRoom", function: fn, slots: null },
      { _tag: "QuotasChanged", functions: [fn], quotas: { groups: 1, queue: 0 } },
      { _tag: "LinkChanged", up: false }, { _tag: "SmChanged", smLid: null, smSl: 3 }, { _tag: "SmChanged", smLid: Lid(9), smSl: 0 },
      { _tag: "LidChanged", lid: Lid(8), lmc: 2 }, { _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000001") },
      { _tag: "PkeysChanged", pkeys: [0xffff, 0] },
      { _tag: "GuidTableChanged", block: 1, guids: Array.from({ length: 8 }, (_, k) => Guid(String(k).repeat(16))) },
      { _tag: "AdminGuid", function: fn, guid: null }, { _tag: "AdminGuid", function: fn, guid: Guid("0".repeat(16)) },
      { _tag: "PkeyMapChanged", function: fn, map: [1, null] },
      { _tag: "PolicyChanged", policy: { classes: [{ mgmtClass: 4, allow: "all" }] }, services: null },
      { _tag: "PolicyChanged", policy: { saAttributes: [{ attributeId: 0x31, allow: "none" }] }, services: [{ serviceId: "1".repeat(16), function: fn }] },
      { _tag: "Query", function: fn, attribute: "P_KeyTable", modifier: 1 }, { _tag: "Query", function: fn, attribute: "other", modifier: 0 },
      { _tag: "Verb", function: fn, request: { ...nothing, verb: "createQp", type: "ud", qkey: 5, port: 1, vl: 15 } },
      { _tag: "Verb", function: fn, request: { ...nothing, verb: "modifyQp", qpn: Qpn(9), pkeyIndex: 1, sgidIndex: 2, attrMask: 4, alternate: { port: null, pkeyIndex: 3, sgidIndex: 1 } } }
    ]
    for (const event of examples) expect(eventsOf(encodeEvent(event))).toEqual([event])
    const both: Event = { _tag: "QuotasChanged", functions: [FunctionId(0), fn], quotas: { pending: 2 } }
    expect(eventsOf(encodeEvent(both))).toEqual(apart(both))
  })

  it("of an initial state give that state again [SQP-ENC-2]", () => {
    assertProperty(
      fc.property(init, fc.boolean(), (begin, isPlain) => {
        const whole = toInitial(completeInit(begin))
        const { adminGuids: _admin, policy: _policy, ...bare } = whole
        const given = isPlain ? bare : whole
        const again = encodeInitial(given, { nodeInfo: begin.nodeInfo ?? "", portInfo: begin.portInfo ?? "" })
        expect(Result.isSuccess(decodeCommand(again, 1))).toBe(true)
        expect(initial(toInitial(completeInit(again)))).toEqual(initial(given))
      })
    )
  })
})

describe("actions of the model as outputs", () => {
  it("are the same actions, and the same bytes, when they are read again [SQP-ENC-3]", () => {
    const defer = { to: "defer", function: 1, qp: 1, reason: "wire-full" } as const
    const begin = completeInit(example)
    const { port } = initial(toInitial(begin))
    const deferred = toAction(defer, { op: "start" }, "came")
    expect(deferred && encodeAction(deferred, { n: 1, bytesOf: () => undefined, init: begin, port })).toEqual(defer)
    const met = new Set<string>()
    for (const about of subjects) {
      assertProperty(
        fc.property(scenariosAbout(about, 40), (scenario) => {
          const begin = completeInit(scenario.init)
          for (const { in: command, n, out = [] } of play(scenario, reference())) {
            for (const [i, output] of out.entries()) {
              const action = toAction(output, command, "came")
              if (action === null) continue
              met.add(output.to)
              const bytes = "mad" in output ? bytesOf(output.mad) : undefined
              const { port } = initial(toInitial(begin))
              const encoded = encodeAction(action, { n, bytesOf: () => bytes, init: begin, port })
              const again = toAction(encoded, command, "came")
              expect(again !== null && isSame(action, again), `n ${n} output ${i}`).toBe(true)
              // The port's own attributes in the answer to a query are as the port is now.
              if (output.to !== "answer") expect(encoded).toEqual(output)
            }
          }
        }),
        { numRuns: 6 }
      )
    }
    expect([...met]).toEqual(expect.arrayContaining(["answer", "drop", "event", "function", "tunnel", "wire"]))
  })
})
