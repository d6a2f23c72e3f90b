/** What invariants over CM remember of a trace longer than memory. */
import { describe, expect, it } from "vitest"
import { cmMad } from "../model/environment/cm-party.ts"
import { Lid } from "../model/ids.ts"
import { defaultLimits, defaultTiming } from "../model/initial.ts"
import { emptyLedger, type Ledger, noted } from "../model/invariants-cm-ledger.ts"
import type { Cm } from "../model/mad.ts"
import { breaks, isLost, leaves, reaches, waits } from "./cm-seen.ts"
import {
  G, gidOfFunction, id, mra, NONE, P, PEER, peerReq, plain, rej, rep, req, tid, WIRE
} from "./cm-story.ts"
import { egress, ingress, VF1 } from "./small-world.ts"

const bounds = { timing: defaultTiming, limits: defaultLimits }

/** A message of the peer is handed to the function. */
const handed = (ledger: Ledger, cm: Cm): Ledger => {
  const mad = cmMad(cm, tid(1))
  const event = ingress(mad)
  const { address } = event
  return noted(bounds, ledger, { event, actions: [{ _tag: "ToFunction", function: VF1, qp: 1, address, mad }] })
}

/** The function answers, and its answer leaves under another id. */
const answered = (ledger: Ledger, cm: Cm, as: Cm): Ledger => {
  const event = egress(VF1, cmMad(cm, tid(1)))
  const address = { ...event.address, grh: null }
  const mad = cmMad(as, tid(1))
  return noted(bounds, ledger, { event, actions: [{ _tag: "ToWire", qp: 1, from: VF1, cause: null, address, mad }] })
}

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, n) => n + 1)
const asked = (count: number): Ledger =>
  numbers(count).reduce((ledger, n) => handed(ledger, peerReq(id(n), 1)), emptyLedger)

/** The conversation that an answer to the n-th REQ begins. */
const begun = (ledger: Ledger, n: number): Pick<Ledger["conversations"][number], "must" | "ended"> | undefined =>
  answered(ledger, rep(id(0x70), id(n)), rep(id(0x1001), id(n))).conversations[0]

describe("what invariants over CM remember", () => {
  it("is nothing before anything happened [SQP-CM-8]", () => {
    expect(Object.values(emptyLedger).flat()).toEqual([false])
  })

  it("is the last 128 REQs, and that there were more [SQP-CM-8]", () => {
    expect([asked(128).asked.length, asked(128).forgot]).toEqual([128, false])
    const { asked: last, forgot } = asked(130)
    expect(last.map(({ peerId }) => peerId)).toEqual(numbers(130).slice(2).map(id))
    expect(forgot).toBe(true)
  })

  it("is as well the last 128 ids of peers, and REQs that ended unanswered [SQP-CM-8]", () => {
    const told = numbers(130).reduce((ledger, n) => handed(ledger, rep(id(n), id(0x1001))), emptyLedger)
    expect([told.told.length, told.told[0]?.peerId, told.asked.length, told.forgot]).toEqual([128, id(3), 0, true])
    const refused = numbers(130).reduce((ledger, n) => handed(ledger, rej(id(n), id(0))), emptyLedger)
    expect([refused.refused.length, refused.asked.length, refused.forgot]).toEqual([128, 0, true])
  })

  it("binds nobody to a conversation whose REQ is forgotten, for it may have ended before it was answered [SQP-CM-8]", () => {
    const bound = { must: null, ended: "no" }
    expect(begun(asked(130), 3)).toMatchObject(bound)
    expect(begun(asked(130), 1)).toMatchObject({ must: 0, ended: "perhaps" })
    expect(begun(asked(128), 1)).toMatchObject(bound)
    expect(begun(asked(128), 0x99)).toMatchObject(bound)
  })
  it("may make an answer to a REQ late, and nothing else that a function says [SQP-CM-8]", () => {
    const bound = { must: defaultTiming.openingMin, ended: "no" }
    const bind = (cm: Cm, as: Cm) =>
      expect(answered(asked(130), cm, as).conversations).toMatchObject([bound])
    bind(req(G), req(WIRE))
    bind(plain("RTU", G, P), plain("RTU", WIRE, P))
    bind(mra(G, P), mra(WIRE, P))
    const late = answered(asked(130), mra(G, id(1)), mra(WIRE, id(1)))
    expect(late.conversations).toMatchObject([{ must: 0, ended: "perhaps" }])
  })
})

/** Over a minute, which is how long an opening lasts at least, and as long lingers what ended. */
const aMinute = waits(65)
/** A REQ that asks for 68.7 s. */
const slowly = { responseTimeout: 24 }
const ELSEWHERE = { slid: Lid(0x200) }
const dreq = plain("DREQ", P, WIRE)
/** Two more conversations begin: with one before, that is one more than there is room for. */
const full = [leaves(1, req(id(4)), id(0x1002)), leaves(1, req(id(5)), id(0x1003))]
const wronglyLost = (...history: ReadonlyArray<ReturnType<typeof waits>>): boolean =>
  breaks("SQP-CM-8", ...history, isLost(dreq))

describe("how long a REQ binds", () => {
  const [began, beganSlowly] = [leaves(1, req(G), WIRE), leaves(1, req(G, slowly), WIRE)]
  const told = reaches(1, rep(P, WIRE), G)

  it("is as long as it asks for, and a repetition adds to it but takes nothing back [SQP-CM-8]", () => {
    expect(wronglyLost(began, waits(59))).toBe(true)
    expect(wronglyLost(began, aMinute)).toBe(false)
    expect(wronglyLost(began, beganSlowly, aMinute)).toBe(true)
    expect(wronglyLost(beganSlowly, began, aMinute)).toBe(true)
    expect(wronglyLost(beganSlowly, waits(69))).toBe(false)
  })

  it("is without limit once it was answered, also if it is repeated late [SQP-CM-8]", () => {
    expect(wronglyLost(began, told, waits(1000))).toBe(true)
    expect(wronglyLost(began, told, began, waits(1000))).toBe(true)
  })

  it("is no longer than each REQ asked for, if it was perhaps refused in between [SQP-CM-8]", () => {
    const refused = reaches(1, rej(P, WIRE), G)
    expect(wronglyLost(began, refused, beganSlowly, waits(59))).toBe(true)
    expect(wronglyLost(began, refused, beganSlowly, aMinute)).toBe(false)
  })

  it("is a minute more for one that may have given way, and its end does not prolong that [SQP-CM-8]", () => {
    const late = [began, told, ...full, began, waits(50), reaches(1, dreq, G)]
    expect(wronglyLost(began, told, ...full)).toBe(false)
    expect(wronglyLost(...late, waits(9))).toBe(true)
    expect(wronglyLost(...late, waits(15))).toBe(false)
  })

  it("begins anew for what ends it late, but for a REJ that lacks the peer's id [SQP-CM-8]", () => {
    expect(wronglyLost(began, aMinute, leaves(1, rej(G, P), WIRE))).toBe(true)
    expect(wronglyLost(began, aMinute, leaves(1, rej(G, NONE), WIRE))).toBe(false)
  })
})

describe("a conversation that a peer began", () => {
  const open = [reaches(1, peerReq(P, 1)), leaves(1, rep(G, P), WIRE)]
  const established = [...open, reaches(1, plain("RTU", P, WIRE), G)]

  it("ends by a terminal message from where the peer is known to be, by LID or GID [SQP-CM-15]", () => {
    const ends = (how: Parameters<typeof reaches>[3]) =>
      !wronglyLost(...open, reaches(1, dreq, G, how), aMinute)
    expect(ends({})).toBe(true)
    expect(ends({ sgid: gidOfFunction(9) })).toBe(true)
    expect(ends({ ...ELSEWHERE, sgid: PEER.gid })).toBe(true)
    expect(ends(ELSEWHERE)).toBe(false)
    expect(ends({ ...ELSEWHERE, sgid: gidOfFunction(9) })).toBe(false)
  })

  it("knows each place that its REQ came from before it was answered [SQP-CM-15]", () => {
    const first = reaches(1, peerReq(P, 1), null, ELSEWHERE)
    const later = reaches(1, peerReq(P, 1), null, { slid: Lid(0x300) })
    const history = [leaves(1, rep(G, P), WIRE), reaches(1, dreq, G, ELSEWHERE), aMinute]
    expect(wronglyLost(first, later, ...history)).toBe(false)
    expect(wronglyLost(later, ...history)).toBe(true)
  })

  it("is taken back by a REJ that quotes no id from there until it is established [SQP-CM-8]", () => {
    const takesBack = reaches(1, rej(P, NONE))
    expect(wronglyLost(...open, takesBack, aMinute)).toBe(false)
    expect(wronglyLost(...open, reaches(1, rej(P, NONE), null, ELSEWHERE), aMinute)).toBe(true)
    expect(wronglyLost(...established, takesBack, aMinute)).toBe(true)
    expect(wronglyLost(...established, reaches(1, rej(P, WIRE), G), aMinute)).toBe(false)
  })

  it("may give way while it is half-open, but not if it is used afterwards [SQP-CM-13]", () => {
    expect(wronglyLost(...open, ...full.slice(1))).toBe(true)
    expect(wronglyLost(...open, ...full)).toBe(false)
    expect(wronglyLost(...established, ...full)).toBe(true)
    expect(wronglyLost(...open, ...full, reaches(1, plain("RTU", P, WIRE), G))).toBe(true)
    expect(wronglyLost(...open, ...full, reaches(1, dreq, G))).toBe(true)
    expect(wronglyLost(...open, ...full, reaches(1, dreq, G), aMinute)).toBe(false)
  })

  it("gives way to its own function only [SQP-CM-13]", () => {
    const others = [reaches(2, peerReq(P, 2)), leaves(2, rep(G, P), WIRE)]
    expect(wronglyLost(...others, leaves(1, req(id(3)), id(0x1004)), ...full)).toBe(true)
  })

  it("ends like any other if the peer calls itself 0 [SQP-CM-8]", () => {
    const nameless = plain("DREQ", NONE, WIRE)
    const [was, is] = [reaches(1, peerReq(NONE, 1)), leaves(1, rep(G, NONE), WIRE)]
    expect(wronglyLost(was, is, aMinute)).toBe(true)
    expect(wronglyLost(was, is, reaches(1, nameless, G), aMinute)).toBe(false)
    const slow = [was, leaves(1, mra(G, NONE), WIRE), aMinute]
    expect(wronglyLost(...slow)).toBe(false)
    expect(wronglyLost(...slow, leaves(1, plain("DREQ", G, NONE), WIRE))).toBe(true)
  })
})
