/** Shows short histories to the invariants of CM: which observation is wrong, and what is not. */
import { describe, expect, it } from "vitest"
import { cmMad } from "../model/environment/cm-party.ts"
import { type CommId, Guid, Lid, SubnetPrefix, type Tid } from "../model/ids.ts"
import type { Observation } from "../model/invariants.ts"
import type { Cm } from "../model/mad.ts"
import {
  arrives, breaks, happens, isAnswered, isLost, leaves, leavesAs, reaches, ROOM, sidrRep, sidrReq, waits
} from "./cm-seen.ts"
import {
  apr, fn, G, guid, id, lap, mra, NEXT_WIRE, NEXT_WIRE_TID, NONE, P, peerReq, plain, rej, rep, req, tid, WIRE,
  WIRE_TID
} from "./cm-story.ts"
import { egress, mad, ping, SA } from "./small-world.ts"

const [OTHER_G, OTHER_P, THIRD_WIRE] = [id(4), id(0x78), id(0x1003)]
/** Function 1 asks. */
const began = leaves(1, req(G), WIRE, { becomes: WIRE_TID })
const told = reaches(1, rep(P, WIRE), G, { tid: WIRE_TID, becomes: tid(7) })
const reset = happens({ _tag: "Reset", function: fn(1) })
const detached = happens({ _tag: "Detach", function: fn(1) })
const deferred = (cm: Cm) =>
  arrives(cm, {}, () => [{ _tag: "Defer", function: fn(1), qp: 1, reason: "cm-unknown" }])

describe("ids on the wire", () => {
  it("stand for one conversation, and for no other until they rested since it was over [SQP-CM-1]", () => {
    const begunBy = (n: number, own = G) => leaves(n, req(own, { responseTimeout: 1 }), WIRE)
    expect(breaks("SQP-CM-1", began, told, leaves(1, plain("RTU", G, P), WIRE))).toBe(false)
    expect([begunBy(1), begunBy(1, OTHER_G), begunBy(2)].map((next) => breaks("SQP-CM-1", began, told, next)))
      .toEqual([false, true, true])
    const over = [began, told, leaves(1, plain("DREQ", G, P), WIRE)]
    expect(breaks("SQP-CM-1", ...over, leaves(1, plain("DREQ", G, P), WIRE))).toBe(false)
    for (const ended of [over, [began, reset], [began, detached]]) {
      const next = [begunBy(1), begunBy(2)]
      expect(next.map((of) => breaks("SQP-CM-1", ...ended, waits(119), of))).toEqual([true, true])
      expect(next.map((of) => breaks("SQP-CM-1", ...ended, waits(120), of))).toEqual([false, false])
    }
  })

  it("are neither 0, but in a REJ, nor all ones [SQP-CM-1]", () => {
    expect(breaks("SQP-CM-1", leaves(1, req(G), NONE))).toBe(true)
    expect(breaks("SQP-CM-1", leaves(1, rej(G, P), NONE))).toBe(false)
    expect(breaks("SQP-CM-1", leaves(1, req(G), id(0xffff_ffff)))).toBe(true)
  })

  it("are not the guest's, and what ends a conversation brings no new one [SQP-CM-7]", () => {
    expect(breaks("SQP-CM-7", leaves(1, req(G), G))).toBe(true)
    const rejection = leaves(1, rej(G, P), WIRE)
    expect(breaks("SQP-CM-7", rejection)).toBe(true)
    expect(breaks("SQP-CM-7", leaves(1, rej(G, P), NONE))).toBe(false)
    expect(breaks("SQP-CM-7", began, rejection)).toBe(false)
    expect(breaks("SQP-CM-7", leaves(1, mra(G, P), WIRE))).toBe(false)
  })

  it("are not judged of a message that leaves as one of another kind: the frame is [SQP-CM-1]", () => {
    for (const requirement of ["SQP-CM-1", "SQP-CM-4", "SQP-CM-7"] as const) {
      expect(breaks(requirement, began, leavesAs(1, sidrRep(G), req(WIRE)))).toBe(false)
      expect(breaks(requirement, began, leavesAs(1, req(G), sidrRep(WIRE)))).toBe(false)
    }
    expect(breaks("SQP-CM-11", began, leavesAs(1, req(G), sidrReq(WIRE), { becomes: WIRE_TID }))).toBe(true)
  })

  it("are the same of a REQ said again, whatever other functions or conversations say [SQP-CM-4]", () => {
    const again = leaves(1, req(G), THIRD_WIRE, { becomes: WIRE_TID })
    expect(breaks("SQP-CM-4", began, began)).toBe(false)
    expect(breaks("SQP-CM-4", began, again)).toBe(true)
    expect(breaks("SQP-CM-4", began, leaves(2, req(G), NEXT_WIRE), again)).toBe(true)
    expect(breaks("SQP-CM-4", began, leaves(2, req(G), WIRE), again)).toBe(true)
    expect(breaks("SQP-CM-4", began, leaves(1, req(OTHER_G), NEXT_WIRE), again)).toBe(true)
    expect(breaks("SQP-CM-4", began, told, again)).toBe(true)
    expect(breaks("SQP-CM-4", began, reset, began, again)).toBe(true)
  })

  it("may differ between two conversations of a function that are called the same there [SQP-CM-4]", () => {
    const second = leaves(1, req(G), NEXT_WIRE, { tid: tid(8) })
    expect(breaks("SQP-CM-4", began, second, leaves(1, req(G), NEXT_WIRE))).toBe(false)
    const early = leaves(1, mra(G, OTHER_P), WIRE)
    const late = leaves(1, mra(G, OTHER_P), NEXT_WIRE)
    expect(breaks("SQP-CM-4", began, early, late)).toBe(true)
    expect(breaks("SQP-CM-4", began, early, told, late)).toBe(false)
    const rtu = plain("RTU", G, P)
    expect(breaks("SQP-CM-4", began, told, leaves(1, rtu, WIRE), leaves(1, rtu, NEXT_WIRE))).toBe(true)
  })

  it("may differ between MRAs to two peers, and after what ends one with that peer [SQP-CM-4]", () => {
    const first = leaves(1, mra(G, P), WIRE)
    const again = leaves(1, mra(G, P), THIRD_WIRE)
    expect(breaks("SQP-CM-4", began, first, leaves(1, mra(G, OTHER_P), NEXT_WIRE))).toBe(false)
    expect(breaks("SQP-CM-4", first, leaves(1, mra(OTHER_G, P), NEXT_WIRE), again)).toBe(true)
    expect(breaks("SQP-CM-4", first, leaves(1, rej(OTHER_G, P), NEXT_WIRE), again)).toBe(false)
  })

  it("need not be there in a REJ, whatever the same one had before [SQP-CM-4]", () => {
    const refused = leaves(1, rej(G, P), WIRE)
    expect(breaks("SQP-CM-4", refused, leaves(1, rej(G, P), NONE))).toBe(false)
    expect(breaks("SQP-CM-4", refused, leaves(1, rej(G, P), NEXT_WIRE))).toBe(true)
  })
})

describe("whom a message reaches", () => {
  it("is who holds the id it quotes, under the id it has there [SQP-CM-3]", () => {
    const answer = (n: number, guest = G) => reaches(n, rep(P, WIRE), guest)
    expect([answer(1), answer(1, OTHER_G), answer(2)].map((seen) => breaks("SQP-CM-3", began, seen)))
      .toEqual([false, true, true])
    expect(breaks("SQP-CM-3", answer(1))).toBe(true)
    expect(breaks("SQP-CM-3", leaves(1, sidrReq(G), WIRE), answer(1))).toBe(true)
    expect(breaks("SQP-CM-3", reaches(1, peerReq(P, 1)))).toBe(false)
  })

  it("is for a SIDR_REP who asked, with the id it asked with [SQP-CM-12]", () => {
    const asked = leaves(1, sidrReq(G), id(0x2001))
    const answer = (n: number, guest = G) =>
      arrives(sidrRep(id(0x2001)), {}, ({ address }) =>
        [{ _tag: "ToFunction", function: fn(n), qp: 1, address, mad: cmMad(sidrRep(guest), tid(9)) }])
    expect([answer(1), answer(1, OTHER_G), answer(2)].map((seen) => breaks("SQP-CM-12", asked, seen)))
      .toEqual([false, true, true])
    expect(breaks("SQP-CM-12", leaves(1, req(G), id(0x2001)), answer(1))).toBe(true)
    expect(breaks("SQP-CM-12", asked, reaches(2, rep(P, id(0x2001)), G))).toBe(false)
  })

  it("is nobody if a stranger quotes the id of a conversation, unless he refuses a REQ [SQP-CM-5]", () => {
    const says = (own: CommId) => reaches(1, plain("RTU", own, WIRE), G)
    expect(breaks("SQP-CM-5", began, says(OTHER_P))).toBe(false)
    expect(breaks("SQP-CM-5", began, told, says(P))).toBe(false)
    expect(breaks("SQP-CM-5", began, told, says(OTHER_P))).toBe(true)
    expect(breaks("SQP-CM-5", began, told, says(NONE))).toBe(true)
    expect(breaks("SQP-CM-5", began, told, reaches(1, rej(NONE, WIRE), G))).toBe(false)
    expect(breaks("SQP-CM-5", began, told, reaches(1, rej(OTHER_P, WIRE), G))).toBe(true)
  })

  it("is for a REQ who had its GID before, until GUIDs may have moved [SQP-CM-2]", () => {
    const toFirst = reaches(1, peerReq(P, 1))
    const elsewhere = reaches(2, peerReq(OTHER_P, 1))
    const body = { _tag: "guidInfo", mask: "0000000000000000", lid: Lid(5), block: 0, guids: [] } as const
    const record = mad({ mgmtClass: SA, body })
    const idle = { _tag: "LinkChanged", up: true } as const
    const moving = [
      happens({ _tag: "AdminGuid", function: fn(1), guid: Guid("00000000000000b1") }),
      happens({ _tag: "Attach", function: fn(1) }),
      happens({ _tag: "PrefixChanged", subnetPrefix: SubnetPrefix("fec0000000000001") }),
      happens({ _tag: "GuidTableChanged", block: 0, guids: [guid(0xb0)] }),
      happens(idle, { _tag: "EventTo", function: fn(1), event: "gid" }),
      arrives(record, {}, () => [])
    ]
    const isWrongAfter = (seen: Observation) => breaks("SQP-CM-2", toFirst, seen, elsewhere)
    expect(moving.map(isWrongAfter)).toEqual(moving.map(() => false))
    const staying = [
      happens(idle),
      happens(idle, { _tag: "EventTo", function: fn(1), event: "pkey" }),
      happens(egress(fn(1), record)),
      arrives(ping, {}, () => []),
      happens({ _tag: "Detach", function: fn(2) })
    ]
    expect(staying.map(isWrongAfter)).toEqual(staying.map(() => true))
  })

  it("is for a REJ that quotes no id one that was asked, unlike for other messages [SQP-CM-6]", () => {
    const asked = reaches(1, peerReq(P, 1))
    expect(breaks("SQP-CM-6", asked, reaches(1, rej(P, NONE)))).toBe(false)
    expect(breaks("SQP-CM-6", asked, reaches(1, rej(OTHER_P, NONE)))).toBe(true)
    expect(breaks("SQP-CM-6", asked, reaches(2, rej(P, NONE)))).toBe(true)
    expect(breaks("SQP-CM-6", asked, reaches(1, mra(OTHER_P, NONE)))).toBe(false)
  })

  it("is nobody once the PF context stopped [SQP-LIFE-1]", () => {
    expect(breaks("SQP-LIFE-1", began, told)).toBe(false)
    expect(breaks("SQP-LIFE-1", began, happens({ _tag: "Stop" }), told)).toBe(true)
  })

  it("is told by the ids of functions: a peer may be called like one of them [SQP-CM-8]", () => {
    expect(breaks("SQP-CM-8", began, isLost(rep(P, WIRE)))).toBe(true)
    expect(breaks("SQP-CM-8", began, leaves(2, mra(OTHER_G, WIRE), NEXT_WIRE))).toBe(false)
    expect(breaks("SQP-CM-8", began, deferred(rep(P, WIRE)))).toBe(false)
  })
})

describe("what a PF context says itself", () => {
  it("is of all REJs the one that refuses a REQ, with reason 12 and no id [SQP-CM-9]", () => {
    const asked = peerReq(P, 9)
    expect(breaks("SQP-CM-9", isAnswered(asked, rej(NONE, P, guid(0), 12)))).toBe(false)
    const wrong = [
      isAnswered(asked, rej(NONE, P, guid(0), 4)),
      isAnswered(asked, rej(WIRE, P, guid(0), 12)),
      isAnswered(asked, rej(NONE, OTHER_P, guid(0), 12)),
      isAnswered(asked, rej(NONE, P, guid(0), 12), tid(10)),
      isAnswered(plain("DREQ", P, WIRE), rej(NONE, P, guid(0), 12)),
      isAnswered(ping, rej(NONE, P, guid(0), 12))
    ]
    expect(wrong.map((seen) => breaks("SQP-CM-9", seen))).toEqual(wrong.map(() => true))
  })

  it("is a DREP with the ids and the TID of the DREQ [SQP-CM-10]", () => {
    const asked = plain("DREQ", P, WIRE)
    expect(breaks("SQP-CM-10", isAnswered(asked, plain("DREP", WIRE, P)))).toBe(false)
    const wrong = [
      isAnswered(asked, plain("DREP", WIRE, OTHER_P)),
      isAnswered(asked, plain("DREP", NEXT_WIRE, P)),
      isAnswered(asked, plain("DREP", WIRE, P), tid(10)),
      isAnswered(plain("RTU", P, WIRE), plain("DREP", WIRE, P)),
      isAnswered(ping, plain("DREP", WIRE, P))
    ]
    expect(wrong.map((seen) => breaks("SQP-CM-10", seen))).toEqual(wrong.map(() => true))
  })

  it("is an answer to every DREQ that quotes an id of no conversation and is lost [SQP-CM-10]", () => {
    const dreq = plain("DREQ", P, WIRE)
    expect(breaks("SQP-CM-10", isLost(dreq))).toBe(true)
    expect(breaks("SQP-CM-10", isLost(plain("RTU", P, WIRE)))).toBe(false)
    expect(breaks("SQP-CM-10", isLost(plain("DREQ", P, NONE)))).toBe(false)
    expect(breaks("SQP-CM-10", began, isLost(dreq))).toBe(false)
    expect(breaks("SQP-CM-10", deferred(dreq))).toBe(false)
    expect(breaks("SQP-CM-10", arrives(dreq, {}, () => []))).toBe(false)
    const unknown = { _tag: "Drop", function: fn(1), reason: "cm-unknown" } as const
    expect(breaks("SQP-CM-10", happens(egress(fn(1), cmMad(dreq, tid(9))), unknown))).toBe(false)
  })
})

describe("TIDs of CM messages", () => {
  it("are the peer's in an answer, and perhaps the PF context's in an RTU, MRA or REJ [SQP-CM-11]", () => {
    const changed = (cm: Cm) => breaks("SQP-CM-11", leavesAs(1, cm, cm, { tid: tid(7), becomes: tid(8) }))
    const same = (cm: Cm) => breaks("SQP-CM-11", leavesAs(1, cm, cm))
    const answers = [rep(G, P), plain("DREP", G, P), apr(G, P), sidrRep(G)]
    expect(answers.map(changed)).toEqual([true, true, true, true])
    expect(answers.map(same)).toEqual([false, false, false, false])
    expect([plain("RTU", G, P), mra(G, P), rej(G, P)].map(changed)).toEqual([false, false, false])
  })

  it("are one for each kind of message that asks, and not another's [SQP-CM-11]", () => {
    const shared = [req(OTHER_G), lap(OTHER_G, P), plain("DREQ", OTHER_G, P), sidrReq(OTHER_G)]
      .map((cm) => breaks("SQP-CM-11", began, leaves(2, cm, NEXT_WIRE, { becomes: WIRE_TID })))
    expect(shared).toEqual([true, true, true, true])
    const asksAgain = leaves(1, lap(G, P), WIRE, { tid: tid(8), becomes: NEXT_WIRE_TID })
    const late = (becomes: Tid) =>
      breaks("SQP-CM-11", began, told, asksAgain, reaches(1, mra(P, WIRE), G, { tid: WIRE_TID, becomes }))
    expect([late(tid(7)), late(tid(8)), late(WIRE_TID)]).toEqual([false, true, true])
  })

  it("are free for others once they rested, which those of an open conversation never do [SQP-CM-11]", () => {
    const taken = leaves(2, req(OTHER_G), NEXT_WIRE, { becomes: WIRE_TID })
    expect(breaks("SQP-CM-11", began, waits(119), taken)).toBe(true)
    expect(breaks("SQP-CM-11", began, waits(120), taken)).toBe(false)
    expect(breaks("SQP-CM-11", began, told, waits(120), taken)).toBe(true)
  })
})

describe("how many conversations a function begins", () => {
  const full = [began, leaves(1, sidrReq(G), id(0x2001))]

  it("is as many as it has room for, SIDR included, but for those that are over [SQP-CM-13]", () => {
    expect(full).toHaveLength(ROOM)
    expect(full.map((_, n) => breaks("SQP-CM-13", ...full.slice(0, n + 1)))).toEqual([false, false])
    const more = leaves(1, req(OTHER_G), NEXT_WIRE)
    expect(breaks("SQP-CM-13", ...full, more)).toBe(true)
    expect(breaks("SQP-CM-13", ...full, leaves(1, sidrReq(OTHER_G), id(0x2002)))).toBe(true)
    expect(breaks("SQP-CM-13", ...full, waits(60), more)).toBe(false)
    expect([reset, detached].map((ends) => breaks("SQP-CM-13", ...full, ends, more))).toEqual([false, false])
  })

  it("does not count what others begin, repetitions, and answers to peers [SQP-CM-13]", () => {
    expect(breaks("SQP-CM-13", ...full, leaves(2, req(OTHER_G), NEXT_WIRE))).toBe(false)
    expect(full.map((again) => breaks("SQP-CM-13", ...full, again))).toEqual([false, false])
    expect(breaks("SQP-CM-13", ...full, leaves(1, rep(OTHER_G, P), NEXT_WIRE))).toBe(false)
  })
})

describe("whom a function speaks to", () => {
  it("is who spoke to it, and not to another; an MRA is left to the rule of ids [SQP-CM-14]", () => {
    const rtu = leaves(1, plain("RTU", G, P), WIRE)
    expect(breaks("SQP-CM-14", began)).toBe(false)
    expect(breaks("SQP-CM-14", began, rtu)).toBe(true)
    expect(breaks("SQP-CM-14", began, told, rtu)).toBe(false)
    expect(breaks("SQP-CM-14", began, reaches(2, rep(P, WIRE), G), rtu)).toBe(true)
    expect(breaks("SQP-CM-14", began, leaves(1, mra(G, P), WIRE))).toBe(false)
  })
})
