/** Which exchange a CM message belongs to where another one looks alike (`spec/cm.md`), told to the model. */
import { describe, expect, it } from "vitest"
import { Lid } from "../model/ids.ts"
import type { Cm } from "../model/mad.ts"
import {
  answered, asked, cmOf, DETACHED, ELSEWHERE, fn, G, guid, id, lap, mra, NEXT_WIRE, NONE, P, PEER, peerReq, plain, reasonOf, rej,
  rep, req, Story, tid, toFunction, toWire, WIRE, WIRE_TID
} from "./cm-story.ts"

const sidrReq = (requestId = P): Cm => ({ _tag: "cm", message: "SIDR_REQ", requestId, serviceId: "0000000000000001" })
const sidrRep = (requestId = P): Cm => ({ _tag: "cm", message: "SIDR_REP", requestId })
const OTHER = id(4)

const phases = ({ state }: Story) => state.exchanges.map(({ kind, phase }) => [kind, phase])
const lidsOf = ({ state }: Story) => state.exchanges.map(({ peerLids }) => peerLids)

/** A story in which the peer's SIDR_REQ reached function 1, which registered the service. */
const sidrAsked = (): Story => {
  const story = new Story({ services: [{ serviceId: "0000000000000001", function: fn(1) }] })
  story.arrives(sidrReq())
  return story
}
/** A story in which function 1 answered the peer. */
const accepted = (): Story => {
  const story = asked()
  story.sends(1, rep(G, P))
  return story
}

describe("a message of a function", () => {
  it("about comm ids is not of a SIDR exchange with the same id [SQP-CM-12] [SQP-CM-14]", () => {
    const story = sidrAsked()
    for (const cm of [rep(G, P), mra(G, P), rej(G, P), rej(NONE, P)]) expect(reasonOf(story.sends(1, cm))).toBe("cm-unknown")
    const opening = new Story()
    opening.sends(1, sidrReq(G))
    for (const cm of [mra(G, P), rej(G, NONE)]) expect(reasonOf(opening.sends(1, cm))).toBe("cm-unknown")
    expect(cmOf(toWire(opening.sends(1, req(G), { tid: tid(8) })), "REQ").localId).toBe(WIRE)
    expect(phases(opening)).toEqual([["sidr", "opening"], ["comm", "opening"]])
  })

  it("about request ids is not of a connection with the same id [SQP-CM-12] [SQP-CM-14]", () => {
    expect(reasonOf(asked().sends(1, sidrRep()))).toBe("cm-unknown")
  })

  it("is not a REP, or a REJ, of an id of which it asked itself and heard nothing [SQP-CM-14]", () => {
    const story = new Story()
    story.sends(1, req(G))
    expect(reasonOf(story.sends(1, rep(G, P)))).toBe("cm-unknown")
    expect(reasonOf(story.sends(1, rej(G, P)))).toBe("cm-unknown")
    expect(reasonOf(story.sends(1, rej(OTHER, NONE)))).toBe("cm-unknown")
    expect(phases(story)).toEqual([["comm", "opening"]])
  })

  it("without an id of its own belongs to what the peer began, and with a wrong one to nothing [SQP-CM-14]", () => {
    expect(reasonOf(answered().sends(1, rej(NONE, P)))).toBe("cm-unknown")
    expect(reasonOf(accepted().sends(1, rej(OTHER, P)))).toBe("cm-unknown")
    expect(cmOf(toWire(accepted().sends(1, rej(NONE, P))), "REJ")).toEqual(rej(NONE, P))
    expect(cmOf(toWire(accepted().sends(1, rej(G, P))), "REJ")).toEqual(rej(WIRE, P))
  })

  it("is a REQ of its own though the id was told in an answer to the peer [SQP-CM-4]", () => {
    const story = asked()
    expect(cmOf(toWire(story.sends(1, mra(G, P))), "MRA").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(1, req(G))), "REQ").localId).toBe(NEXT_WIRE)
  })

  it("is a repeated REQ by the TID of the REQ, whatever else was asked since [SQP-CM-4]", () => {
    const story = answered()
    story.sends(1, lap(G, P), { tid: tid(8) })
    expect(cmOf(toWire(story.sends(1, req(G))), "REQ").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(1, req(G), { tid: tid(8) })), "REQ").localId).toBe(NEXT_WIRE)
  })

  it("is a repeated SIDR_REQ by request id and TID, until it is answered [SQP-CM-12]", () => {
    const story = new Story()
    const idOf = (requestId: typeof G) => cmOf(toWire(story.sends(1, sidrReq(requestId))), "SIDR_REQ").requestId
    expect([idOf(G), idOf(OTHER), idOf(G)]).toEqual([id(0x2001), id(0x2002), id(0x2001)])
    story.arrives(sidrRep(id(0x2001)), { tid: WIRE_TID })
    expect(idOf(G)).toBe(id(0x2003))
  })

  it("that answers with the TID of its question leaves with the wire TID of that [SQP-CM-11]", () => {
    const story = answered()
    expect(toWire(story.sends(1, mra(G, P))).mad.tid).toBe(WIRE_TID)
    expect(toWire(story.sends(1, plain("RTU", G, P))).mad.tid).toBe(WIRE_TID)
    expect(toWire(story.sends(1, rej(G, P))).mad.tid).toBe(WIRE_TID)
    expect(toWire(story.sends(1, plain("DREP", G, P))).mad.tid).toBe(tid(7))
  })

  it("with a new TID lets the wire TID of the former one rest [SQP-CM-11] [SQP-TID-6]", () => {
    const story = new Story()
    story.sends(1, req(G))
    story.sends(1, req(G), { tid: tid(8) })
    expect(story.state.resting.map(({ id: of, space }) => [space, of])).toEqual([["tid", WIRE_TID]])
  })

  it("is remembered by its TID in the order in which a conversation asks [SQP-CM-11]", () => {
    const story = answered()
    story.sends(1, plain("DREQ", G, P), { tid: tid(8) })
    story.sends(1, lap(G, P), { tid: tid(6) })
    expect(story.state.exchanges.flatMap(({ tids }) => tids.map(({ message }) => message))).toEqual(["REQ", "LAP", "DREQ"])
  })
})

describe("a message of the peer", () => {
  it("is a repeated SIDR_REQ by function, request id and source, until it is answered [SQP-CM-12]", () => {
    const story = sidrAsked()
    expect(toFunction(story.arrives(sidrReq())).function).toBe(1)
    expect(phases(story)).toEqual([["sidr", "opening"]])
    story.arrives(sidrReq(id(0x78)))
    story.arrives(sidrReq(), ELSEWHERE)
    expect(phases(story)).toHaveLength(3)
    story.tell({ _tag: "PolicyChanged", policy: {}, services: [{ serviceId: "0000000000000001", function: fn(2) }] })
    story.arrives(sidrReq())
    expect(story.state.exchanges.map((of) => [of.function, of.peerId])).toEqual([[1, P], [1, id(0x78)], [1, P], [2, P]])
    story.sends(2, sidrRep())
    story.arrives(sidrReq())
    expect(phases(story).map(([, phase]) => phase)).toEqual(["opening", "opening", "opening", "lingering", "opening"])
  })

  it("is a SIDR_REQ for a function that is not attached, or that is not there, and reaches nobody [SQP-STEER-5]", () => {
    for (const n of [DETACHED, 9]) {
      const story = new Story({ services: [{ serviceId: "0000000000000001", function: fn(n) }] })
      expect(reasonOf(story.arrives(sidrReq()))).toBe("gid-pending")
    }
  })

  it("is a SIDR_REQ beside a connection of the same id, and no REJ finds it [SQP-CM-12] [SQP-CM-6]", () => {
    const story = new Story({ services: [{ serviceId: "0000000000000001", function: fn(1) }] })
    story.arrives(peerReq(P, 1))
    story.arrives(sidrReq())
    expect(phases(story)).toEqual([["comm", "opening"], ["sidr", "opening"]])
    expect(story.state.exchanges.map(({ peerGuid }) => peerGuid)).toEqual([PEER.caGuid, null])
    expect(reasonOf(sidrAsked().arrives(rej(P, NONE)))).toBe("cm-unknown")
  })

  it("that quotes no id takes back what it asked, not what it answered [SQP-CM-6]", () => {
    expect(reasonOf(answered().arrives(rej(P, NONE, PEER.caGuid)))).toBe("cm-unknown")
    expect(reasonOf(answered().arrives(rej(P, NONE)))).toBe("cm-unknown")
  })

  it("that quotes no id and is no REJ belongs to nothing: a DREQ is answered [SQP-CM-10] [SQP-CM-3]", () => {
    expect(cmOf(toWire(asked().arrives(plain("DREQ", P, NONE))), "DREP").remoteId).toBe(P)
    expect(reasonOf(asked().arrives(plain("RTU", P, NONE)))).toBe("cm-unknown")
  })

  it("is the same REQ under another TID while it opens, and then under its last [SQP-CM-4]", () => {
    const story = asked()
    story.arrives(peerReq(P, 1), { tid: tid(10) })
    story.sends(1, rep(G, P))
    story.arrives(plain("RTU", P, WIRE), { tid: tid(11) })
    story.arrives(peerReq(P, 1), { tid: tid(10) })
    expect(phases(story)).toEqual([["comm", "established"]])
    story.arrives(peerReq(P, 1))
    expect(phases(story)).toEqual([["comm", "established"], ["comm", "opening"]])
  })

  it("that ends an exchange makes no address known, others do [SQP-CM-15]", () => {
    const away = { ...ELSEWHERE, tid: WIRE_TID }
    for (const cm of [plain("DREQ", P, WIRE), plain("DREP", P, WIRE), rej(P, WIRE)]) {
      const story = answered()
      toFunction(story.arrives(cm, away))
      expect([lidsOf(story), phases(story)]).toEqual([[[PEER.lid]], [["comm", "half-open"]]])
    }
    const sidr = new Story()
    sidr.sends(1, sidrReq(G))
    toFunction(sidr.arrives(sidrRep(id(0x2001)), away))
    expect([lidsOf(sidr), phases(sidr)]).toEqual([[[PEER.lid]], [["sidr", "opening"]]])
    const told = answered()
    told.arrives(mra(P, WIRE), away)
    expect(lidsOf(told)).toEqual([[PEER.lid, Lid(12)]])
  })

  it("with a GRH from elsewhere ends nothing, and from its own GID does [SQP-CM-15]", () => {
    const from = (n: number) => ({
      ingress: { slid: Lid(12), grh: { sgid: gidOfPeer(n), dgid: gidOfOwn, hopLimit: 1, flowLabel: 0, trafficClass: 0 } }
    })
    const gidOfOwn = req(G).localGid
    const gidOfPeer = (n: number) => peerReq(P, 1).localGid.slice(0, 16) + guid(n) as typeof gidOfOwn
    const story = answered()
    toFunction(story.arrives(plain("DREQ", P, WIRE), from(0x55)))
    expect(phases(story)).toEqual([["comm", "half-open"]])
    toFunction(story.arrives(plain("DREQ", P, WIRE), from(0x99)))
    expect(phases(story)).toEqual([["comm", "lingering"]])
  })

  it("is a REJ that ends what is established, if it quotes both ids [SQP-CM-8]", () => {
    const story = answered()
    story.sends(1, plain("RTU", G, P))
    expect(phases(story)).toEqual([["comm", "established"]])
    toFunction(story.arrives(rej(P, WIRE)))
    expect(phases(story)).toEqual([["comm", "lingering"]])
  })
})

describe("the end of an exchange", () => {
  it("lets its ids rest, and none where it never had one [SQP-CM-1]", () => {
    const story = asked()
    story.tell({ _tag: "Reset", function: fn(1) })
    expect([story.state.exchanges, story.state.resting]).toEqual([[], []])
  })

  it("makes room in the order in which REPs passed, whatever has passed since [SQP-CM-13]", () => {
    const story = new Story({ cm: 2 })
    story.sends(1, req(G))
    story.sends(1, req(OTHER), { tid: tid(8) })
    story.arrives(rep(P, WIRE))
    story.arrives(rep(id(0x78), NEXT_WIRE))
    story.arrives(mra(P, WIRE))
    story.sends(1, req(id(5)), { tid: tid(10) })
    expect(story.state.exchanges.map(({ guestId }) => guestId)).toEqual([OTHER, id(5)])
  })

  it("makes room for its own function only [SQP-CM-13]", () => {
    const story = new Story({ cm: 1 })
    story.sends(1, req(G))
    story.arrives(rep(P, WIRE), { tid: WIRE_TID })
    story.sends(2, req(G))
    expect(reasonOf(story.sends(2, req(OTHER), { tid: tid(8) }))).toBe("cm-quota")
    expect(story.state.exchanges.map((of) => [of.function, of.phase])).toEqual([[1, "half-open"], [2, "opening"]])
  })
})
