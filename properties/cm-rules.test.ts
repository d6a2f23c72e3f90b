/** Examples of who gets which CM message, under which id (`spec/cm.md`), told to the model. */
import { describe, expect, it } from "vitest"
import { permits } from "../model/bind.ts"
import { cmMad } from "../model/environment/cm-party.ts"
import type { Event } from "../model/event.ts"
import { DEFAULT_PREFIX, gidOf, Lid, Qpn, SA_GUID } from "../model/ids.ts"
import { defaultTiming } from "../model/initial.ts"
import {
  answered, asked, cmOf, DETACHED, ELSEWHERE, fn, G, gidOfFunction, guid, id, mra, NEXT_WIRE, NEXT_WIRE_TID, NONE,
  P, PEER, peerReq, plain, reasonOf, rej, rep, req, sending, Story, tid, toFunction, toWire, WIRE
} from "./cm-story.ts"

describe("what is a CM message", () => {
  it("a Send with another attribute is dropped, both ways", () => {
    const story = new Story()
    const mad = { ...cmMad(req(G), tid(7)), attributeId: 1, body: { _tag: "opaque" } as const }
    const address = { pkeyIndex: 0, slid: PEER.lid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null }
    const out: Event = { ...sending(1, req(G)), mad }
    const into: Event = { _tag: "Ingress", qp: 1, mad, address }
    expect(story.tell(out)).toEqual([{ _tag: "Drop", function: fn(1), reason: "cm-attribute" }])
    expect(story.tell(into)).toEqual([{ _tag: "Drop", function: null, reason: "cm-attribute" }])
  })
})

describe("comm ids", () => {
  it("two functions with one id leave with two [SQP-CM-1]", () => {
    const story = new Story()
    expect(cmOf(toWire(story.sends(1, req(G))), "REQ").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(2, req(G))), "REQ").localId).toBe(NEXT_WIRE)
  })

  it.each([
    ["0", NONE], ["all ones", id(0xffffffff)], ["the guest's own", id(4)], ["one that is held", WIRE]
  ])("a wire id is never %s [SQP-CM-1]", (_, wireId) => {
    const story = new Story()
    story.sends(1, req(G))
    const event = sending(2, req(id(4)))
    expect(permits(story.state, event, [wireId, NEXT_WIRE_TID])).toBe(false)
    expect(permits(story.state, event, [id(0x1234), NEXT_WIRE_TID])).toBe(true)
  })

  it("a released wire id rests before it is used again [SQP-CM-1]", () => {
    const story = answered()
    story.tell({ _tag: "Reset", function: fn(1) })
    expect(cmOf(toWire(story.sends(2, req(G))), "REQ").localId).toBe(NEXT_WIRE)
    story.waits(defaultTiming.rest)
    expect(cmOf(toWire(story.sends(1, req(G))), "REQ").localId).toBe(WIRE)
  })

  it("a message that quotes a wire id reaches its function, which reads its own [SQP-CM-3]", () => {
    const story = new Story()
    story.sends(1, req(G))
    story.sends(2, req(G))
    const action = toFunction(story.arrives(rep(P, NEXT_WIRE)))
    expect(action.function).toBe(2)
    expect(cmOf(action, "REP")).toEqual(rep(P, G))
  })

  it("a GRH that names another function conflicts with the quoted id [SQP-STEER-1]", () => {
    const grh = { sgid: PEER.gid, dgid: gidOfFunction(2), hopLimit: 0, flowLabel: 0, trafficClass: 0 }
    const actions = answered().arrives(plain("DREQ", P, WIRE), { ingress: { grh } })
    expect(actions).toEqual([{ _tag: "Drop", function: fn(1), reason: "steer-conflict" }])
  })

  it("a repeated REQ leaves with the same wire id, under another TID too while it opens [SQP-CM-4]", () => {
    const story = new Story()
    const first = toWire(story.sends(1, req(G)))
    expect(toWire(story.sends(1, req(G)))).toEqual(first)
    expect(cmOf(toWire(story.sends(1, req(G), { tid: tid(8) })), "REQ").localId).toBe(WIRE)
  })

  it("a late repetition of a REQ belongs to the open exchange, another REQ does not [SQP-CM-4]", () => {
    const story = answered()
    expect(cmOf(toWire(story.sends(1, req(G))), "REQ").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(1, req(G), { tid: tid(8) })), "REQ").localId).toBe(NEXT_WIRE)
  })

  it("a guest that uses an id again after the end gets a fresh wire id, whatever its TID [SQP-CM-1]", () => {
    const story = answered()
    story.sends(1, plain("DREQ", G, P))
    expect(cmOf(toWire(story.sends(1, req(G))), "REQ").localId).toBe(NEXT_WIRE)
  })

  it("a function that answers with an id of an ended conversation means the new one [SQP-CM-4]", () => {
    const story = asked()
    story.sends(1, rep(G, P))
    story.arrives(rej(P, WIRE))
    story.arrives(peerReq(P, 1))
    expect(cmOf(toWire(story.sends(1, rep(G, P))), "REP").localId).toBe(NEXT_WIRE)
  })

  it("once the peer is known, a message with another local id is dropped [SQP-CM-5]", () => {
    const story = answered()
    expect(story.arrives(plain("DREQ", id(0x78), WIRE))).toEqual([
      { _tag: "Drop", function: fn(1), reason: "cm-peer" }
    ])
    expect(toFunction(story.arrives(rej(NONE, WIRE))).function).toBe(1)
  })
})

describe("REQs from the wire", () => {
  it("go to the function whose GID is inside [SQP-CM-2]", () => {
    const story = new Story()
    expect(toFunction(story.arrives(peerReq(P, 2))).function).toBe(2)
    const wellKnown = gidOf(DEFAULT_PREFIX, SA_GUID)
    expect(toFunction(story.arrives(peerReq(id(0x78), 0, { remoteGid: wellKnown }))).function).toBe(0)
  })

  it("are repeated to the function in one exchange [SQP-CM-4]", () => {
    const story = asked()
    toFunction(story.arrives(peerReq(P, 1)))
    expect(story.state.exchanges).toHaveLength(1)
  })

  it("of two peers with one comm id for one function are two exchanges [SQP-CM-4]", () => {
    const story = asked()
    story.arrives(peerReq(P, 1, { caGuid: guid(0x98), localLid: Lid(12) }), ELSEWHERE)
    expect(cmOf(toWire(story.sends(1, rep(G, P), { egress: { dlid: Lid(12) } })), "REP").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(1, rep(id(4), P))), "REP").localId).toBe(NEXT_WIRE)
    expect(story.state.exchanges.map(({ guestId }) => guestId)).toEqual([G, id(4)])
  })

  it("of one peer with one comm id for two functions are two exchanges, each with ids of its own [SQP-CM-4] [SQP-CM-1]", () => {
    const story = asked()
    expect(toFunction(story.arrives(peerReq(P, 2))).function).toBe(2)
    expect(cmOf(toWire(story.sends(1, rep(G, P))), "REP").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(2, rep(G, P))), "REP").localId).toBe(NEXT_WIRE)
    expect([WIRE, NEXT_WIRE].map((wireId) => toFunction(story.arrives(plain("RTU", P, wireId))).function)).toEqual([1, 2])
  })

  it("of two peers with one comm id for one function: it answers whom it heard of last, not who repeats [SQP-CM-4]", () => {
    const story = asked()
    story.arrives(peerReq(P, 1, { caGuid: guid(0x98) }))
    story.arrives(peerReq(P, 1))
    story.sends(1, rep(G, P))
    expect(story.state.exchanges.map(({ guestId, peerGuid }) => [peerGuid, guestId])).toEqual([
      [PEER.caGuid, null], [guid(0x98), G]
    ])
  })

  it("for a function that is not attached are dropped without a REJ [SQP-STEER-5]", () => {
    expect(reasonOf(new Story().arrives(peerReq(P, DETACHED)))).toBe("gid-pending")
  })

  it("for a GID of nobody are answered by a REJ with reason 12, to where they came from [SQP-CM-9]", () => {
    const story = new Story()
    const grh = { sgid: PEER.gid, dgid: gidOfFunction(1), hopLimit: 3, flowLabel: 5, trafficClass: 6 }
    const ingress = { srcQp: Qpn(1), sl: 2, pathBits: 1, grh }
    const { address, from, mad } = toWire(story.arrives(peerReq(P, 9), { tid: tid(0x99), ingress }))
    expect(from).toBeNull()
    expect(address).toEqual({
      pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: PEER.lid, sl: 2, pathBits: 1, rate: 0,
      grh: { sgidIndex: 0, dgid: PEER.gid, hopLimit: 0xff, flowLabel: 5, trafficClass: 6 }
    })
    expect(mad).toEqual({ ...cmMad(rej(NONE, P, guid(0), 12), tid(0x99)), payload: "made" })
  })

  it("for a GID of nobody are answered once in rejInterval [SQP-CM-9]", () => {
    const story = new Story()
    toWire(story.arrives(peerReq(P, 9)))
    story.waits(defaultTiming.rejInterval - 1)
    expect(reasonOf(story.arrives(peerReq(P, 9)))).toBe("cm-rej-rate")
    story.waits(1)
    toWire(story.arrives(peerReq(P, 9)))
  })
})

describe("a REJ that quotes no id", () => {
  /** Two peers at two LIDs ask two functions, both as P. */
  const twoAsked = (slid = Lid(12)): Story => {
    const story = asked()
    story.arrives(peerReq(P, 2, { caGuid: guid(0x98), localLid: slid }), { ingress: { slid } })
    return story
  }

  it("reaches the function its CA GUID asked, with its ids as they are [SQP-CM-6]", () => {
    const action = toFunction(twoAsked().arrives(rej(P, NONE, PEER.caGuid), ELSEWHERE))
    expect(action.function).toBe(1)
    expect(cmOf(action, "REJ")).toEqual(rej(P, NONE, PEER.caGuid))
  })

  it("without a known CA GUID reaches the one function asked from its source [SQP-CM-6]", () => {
    expect(toFunction(twoAsked().arrives(rej(P, NONE), ELSEWHERE)).function).toBe(2)
  })

  it("without a known CA GUID reaches nobody when two were asked from its source [SQP-CM-6]", () => {
    expect(reasonOf(twoAsked(PEER.lid).arrives(rej(P, NONE)))).toBe("cm-unknown")
  })

  it("reaches nobody when its id asked nobody [SQP-CM-6]", () => {
    expect(reasonOf(twoAsked().arrives(rej(id(0x78), NONE, PEER.caGuid)))).toBe("cm-unknown")
  })
})

describe("what a function answers", () => {
  it("leaves only in an exchange it takes part in [SQP-CM-14]", () => {
    const story = asked()
    expect(reasonOf(story.sends(2, rep(G, P)))).toBe("cm-unknown")
    expect(reasonOf(story.sends(1, rep(G, id(0x78))))).toBe("cm-unknown")
    expect(reasonOf(story.sends(1, rep(G, P), { egress: { dlid: Lid(12) } }))).toBe("cm-unknown")
    expect(reasonOf(story.sends(1, plain("DREP", G, P)))).toBe("cm-unknown")
    expect(cmOf(toWire(story.sends(1, rep(G, P))), "REP")).toEqual(rep(WIRE, P))
  })

  it("as a REJ of a REQ leaves without an id, and nothing is allocated [SQP-CM-7]", () => {
    const story = asked()
    expect(cmOf(toWire(story.sends(1, rej(G, P))), "REJ").localId).toBe(NONE)
    expect(story.state.exchanges.map(({ phase, wireId }) => [phase, wireId])).toEqual([["lingering", null]])
  })

  it("as a REJ after an MRA leaves with the wire id the MRA got [SQP-CM-7]", () => {
    const story = asked()
    expect(cmOf(toWire(story.sends(1, mra(G, P))), "MRA").localId).toBe(WIRE)
    expect(cmOf(toWire(story.sends(1, rej(G, P))), "REJ").localId).toBe(WIRE)
  })

  it("as a REJ of its own REQ leaves with the wire id although the peer is not known [SQP-CM-7]", () => {
    const story = new Story()
    story.sends(1, req(G))
    expect(cmOf(toWire(story.sends(1, rej(G, NONE))), "REJ")).toEqual(rej(WIRE, NONE))
  })

  it("goes to QPN 1 or to the QPN the peer was seen from [SQP-CLS-7]", () => {
    const story = new Story()
    const redirected = { egress: { remoteQpn: Qpn(0x44) } }
    expect(reasonOf(story.sends(1, req(G), redirected))).toBe("remote-qpn")
    expect(reasonOf(story.sends(1, plain("RTU", G, P), redirected))).toBe("remote-qpn")
    story.sends(1, req(G))
    story.arrives(rep(P, WIRE), { ingress: { srcQp: Qpn(0x44) } })
    expect(toWire(story.sends(1, plain("RTU", G, P), redirected)).address.remoteQpn).toBe(0x44)
  })
})
