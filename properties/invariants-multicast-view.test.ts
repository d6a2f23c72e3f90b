/** Short histories that break the invariant about what VFs are shown of memberships, and their neighbours. */
import { describe, expect, it } from "vitest"
import type { Event } from "../model/event.ts"
import { ATTRIBUTE, type Mad, type McMember, type McMembers, METHOD, type Rmpp } from "../model/mad.ts"
import { NO_RECORD } from "../model/multicast-record.ts"
import { breaks, seen, toFunction } from "./invariant-story.ts"
import { A } from "./multicast-seen.ts"
import { joins } from "./sa-story.ts"
import { gid, ingress, mad, PERF, PF, ping, SA, SM_LID, small, VF1 } from "./small-world.ts"

const wrong = breaks("A VF is shown the PortGID, JoinState and ProxyJoin of nobody but itself", small())
const about = (body: Mad["body"], change: Partial<Mad> = {}): Mad =>
  mad({ mgmtClass: SA, method: METHOD.GET_RESP, attributeId: ATTRIBUTE.MC_MEMBER_RECORD, body, ...change })
const fromWire = (of: Mad): Event => ingress(of, { slid: SM_LID })

describe("what a VF is shown of one member", () => {
  const record = (change: Partial<McMember>): McMember => ({ ...NO_RECORD, mgid: A, ...change })
  /** The record in a MAD from the wire, and what of it a function is handed. */
  const handed = (wire: Partial<McMember>, given: Partial<McMember>, change: Partial<Mad> = {}, fn = VF1) =>
    wrong(seen(fromWire(about(record(wire))), toFunction(fn, about(record(given), change))))

  it("is no PortGID, JoinState or ProxyJoin that came from the wire, whichever is not 0 [SQP-MC-16]", () => {
    const came = { portGid: gid(0), joinState: 1, proxyJoin: 1 }
    expect(handed(came, {})).toBeNull()
    const shown: ReadonlyArray<Partial<McMember>> = [
      came, { portGid: gid(0) }, { joinState: 1 }, { proxyJoin: 1 }, { joinState: 1, proxyJoin: 1 }
    ]
    expect(shown.map((given) => handed(came, given))).toEqual(shown.map(() => 0))
  })

  it("may be what it asked for: a PortGID that the answer of the SA did not name [SQP-MC-16]", () => {
    expect([handed({ portGid: gid(0) }, { portGid: gid(1), joinState: 1 }),
      handed({ portGid: gid(1) }, { portGid: gid(1) })])
      .toEqual([null, 0])
    const given = toFunction(VF1, about(record({ portGid: gid(1), joinState: 1 })))
    const others: ReadonlyArray<Event> = [
      joins(VF1, "a"), { _tag: "TimePasses", ms: 1 }, fromWire(about({ _tag: "opaque" })),
      { ...ingress(ping), mad: { _tag: "malformed", lengthBytes: 1 } }
    ]
    expect(others.map((event) => wrong(seen(event, given)))).toEqual(others.map(() => null))
    const bare = toFunction(VF1, about(record({ joinState: 1 })))
    expect(others.map((event) => wrong(seen(event, bare)))).toEqual([null, null, 0, 0])
  })

  it("is not judged of the PF, of requests, of other attributes and classes [SQP-MC-16]", () => {
    const [came, given] = [{ portGid: gid(0) }, { portGid: gid(0), joinState: 1 }]
    expect([handed(came, given), handed(came, given, {}, PF)]).toEqual([0, null])
    const others: ReadonlyArray<Partial<Mad>> = [
      { method: METHOD.SET }, { attributeId: ATTRIBUTE.NOTICE }, { mgmtClass: PERF }
    ]
    expect(others.map((change) => handed(came, given, change))).toEqual([null, null, null])
    expect(wrong(seen(fromWire(about(record(came))), toFunction(VF1, ping)))).toBeNull()
  })

  it("is judged of each MAD that a function is handed, at any time [SQP-MC-16]", () => {
    const [good, bad] = [{}, { portGid: gid(0) }].map((given) =>
      seen(fromWire(about(record({ portGid: gid(0) }))), toFunction(VF1, about(record({}))), toFunction(VF1,
        about(record(given)))))
    if (good === undefined || bad === undefined) throw new Error("no history")
    expect([wrong(good, good), wrong(good, bad)]).toEqual([null, 1])
  })
})

describe("what a VF is shown of a table of members", () => {
  /** 200 bytes of a segment that are 0 but for one. */
  const bytes = (at: number, byte: number): string =>
    Array.from({ length: 200 }, (_, i) => (i === at ? byte.toString(16).padStart(2, "0") : "00")).join("")
  const members = (change: Partial<McMembers>): McMembers =>
    ({ _tag: "mcMembers", mask: NO_RECORD.mask, segment: 1, payloadLength: 220, attributeOffset: 7, data: "",
      ...change })
  const data: Rmpp = { active: true, type: 1 }
  const table = (change: Partial<McMembers>, rmpp: Rmpp | null = data, event: Event = fromWire(ping)) =>
    wrong(seen(event, toFunction(VF1, about(members(change), { method: METHOD.GET_TABLE_RESP, rmpp }))))
  /** The bytes at which a bit shows, of those from 0 on. */
  const secret = (length: number, byte: number, change: Partial<McMembers> = {}) =>
    Array.from({ length }, (_, at) => at).filter((at) => table({ data: bytes(at, byte), ...change }) === 0)
  const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

  it("is nothing at the places of PortGID, JoinState and ProxyJoin of each record [SQP-MC-16]", () => {
    expect(secret(60, 0xff)).toEqual([...from(16, 31), 48, 49])
    expect([secret(60, 0x0f), secret(60, 0x70)]).toEqual([[...from(16, 31), 48], from(16, 31)])
    expect([secret(60, 0x80), secret(60, 0xf0)]).toEqual([[...from(16, 31), 49], [...from(16, 31), 49]])
    expect(table({ data: bytes(56 + 16, 1) })).toBe(0)
    expect([56 + 15, 56 + 32, 3 * 56 + 15].map((at) => table({ data: bytes(at, 0xff) })))
      .toEqual([null, null, null])
    const rest = (joinState: number) => from(0, 199).map((at) => {
      const hidden = new Map([[48, at < 56 ? `f${joinState}` : "f0"], [49, "7f"]])
      return at % 56 >= 16 && at % 56 < 32 ? "00" : hidden.get(at % 56) ?? "ff"
    }).join("")
    expect([0, 1].map((joinState) => table({ data: rest(joinState) }))).toEqual([null, 0])
    expect(secret(80, 1, { attributeOffset: 8 })).toEqual([...from(16, 31), 48])
  })

  it("is found by the place of a segment, whichever that is, and by the first where it says none [SQP-MC-16]", () => {
    const first = (segment: number, rmpp: Rmpp | null = data) =>
      from(0, 55).find((at) => table({ data: bytes(at, 1), segment }, rmpp) === 0)
    // The second segment begins 32 bytes after the beginning of a record, the third 8.
    expect([first(0), first(1), first(2), first(3)]).toEqual([16, 16, 16, 8])
    const places = (segment: number) =>
      from(0, 55).filter((at) => table({ data: bytes(at, 0xff), segment }) === 0)
    expect([places(2), places(3)])
      .toEqual([[16, 17, ...from(40, 55)], [...from(8, 23), 40, 41].sort((a, b) => a - b)])
    expect([first(3, null), first(3, { active: false, type: 1 })]).toEqual([16, 16])
  })

  it("is nothing at all where no record can be told from the next [SQP-MC-16]", () => {
    expect([0, 6].map((attributeOffset) => table({ data: bytes(199, 0x10), attributeOffset }))).toEqual([0, 0])
    expect([0, 6, 7].map((attributeOffset) => table({ data: bytes(0, 0), attributeOffset })))
      .toEqual([null, null, null])
    expect(table({ data: bytes(183, 0x10), attributeOffset: 7 })).toBeNull()
  })

  it("is not judged of ACK, STOP and ABORT, which carry none, or of what the PF context answers [SQP-MC-16]", () => {
    const told = { data: bytes(16, 1) }
    const kinds = [1, 2, 3, 4].map((type) => table(told, { active: true, type }))
    expect(kinds).toEqual([0, null, null, null])
    expect([table(told, { active: false, type: 2 }), table(told, null), table(told, data, joins(VF1, "a"))])
      .toEqual([0, 0, null])
  })
})
