/** Examples of how long CM exchanges live, of their TIDs and of SIDR (`spec/cm.md`), told to the model. */
import { describe, expect, it } from "vitest"
import { permits } from "../model/bind.ts"
import { cmMad } from "../model/environment/cm-party.ts"
import { Lid } from "../model/ids.ts"
import { defaultTiming } from "../model/initial.ts"
import type { Cm } from "../model/mad.ts"
import {
  answered, cmOf, ELSEWHERE, fn, G, gidOfFunction, id, mra, NEXT_WIRE, NEXT_WIRE_TID, NONE, P, PEER, peerReq,
  plain, POOL, reasonOf, rej, rep, req, sending, Story, tid, toFunction, toWire, WIRE, WIRE_TID
} from "./cm-story.ts"

describe("the life of an exchange", () => {
  it("must open as long as its REQ may be retried, may open twice as long [SQP-CM-8]", () => {
    // 16 tries of 4.096 us x 2^20 are 68719.5 ms.
    const opening = (): Story => {
      const story = new Story()
      story.sends(1, req(G, { responseTimeout: 20, maxRetries: 15 }))
      return story
    }
    const certain = opening()
    certain.waits(68_719)
    toFunction(certain.arrives(rep(P, WIRE)))
    const optional = opening()
    optional.waits(68_720)
    const before = optional.state
    toFunction(optional.arrives(rep(P, WIRE), { answer: "remembered" }))
    optional.state = before
    expect(reasonOf(optional.arrives(rep(P, WIRE), { answer: "forgotten" }))).toBe("cm-unknown")
    const gone = opening()
    gone.waits(2 * 68_720)
    expect(reasonOf(gone.arrives(rep(P, WIRE)))).toBe("cm-unknown")
  })

  it("must open no longer than openingMax [SQP-CM-8]", () => {
    const story = new Story()
    story.sends(1, req(G, { responseTimeout: 31, maxRetries: 15 }))
    story.waits(defaultTiming.openingMax)
    expect(reasonOf(story.arrives(rep(P, WIRE), { answer: "forgotten" }))).toBe("cm-unknown")
  })

  it("begins anew with every REQ and every MRA [SQP-CM-8]", () => {
    const story = new Story()
    story.sends(1, req(G))
    story.waits(defaultTiming.openingMin - 1)
    story.sends(1, req(G))
    story.waits(defaultTiming.openingMin - 1)
    story.arrives(mra(P, WIRE))
    story.waits(defaultTiming.openingMin - 1)
    toFunction(story.arrives(rep(P, WIRE)))
  })

  it("has no limit once a REP has passed, RTU or not [SQP-CM-8]", () => {
    const story = answered()
    story.sends(1, req(G))
    story.waits(1e9)
    toFunction(story.arrives(plain("DREQ", P, WIRE)))
  })

  it("lingers after an end and after every repetition of it [SQP-CM-8]", () => {
    const story = answered()
    toFunction(story.arrives(plain("DREQ", P, WIRE)))
    story.waits(defaultTiming.linger - 1)
    toFunction(story.arrives(plain("DREQ", P, WIRE)))
    story.waits(defaultTiming.linger - 1)
    expect(cmOf(toWire(story.sends(1, plain("DREP", G, P))), "DREP").localId).toBe(WIRE)
    story.waits(defaultTiming.lingerMax)
    expect(reasonOf(story.sends(1, plain("DREP", G, P)))).toBe("cm-unknown")
  })

  it("is not opened again by a late REP, so that it does end [SQP-CM-8]", () => {
    const story = answered()
    story.sends(1, plain("DREQ", G, P))
    toFunction(story.arrives(rep(P, WIRE)))
    story.waits(defaultTiming.lingerMax)
    expect(reasonOf(story.arrives(rep(P, WIRE)))).toBe("cm-unknown")
  })

  it("is not ended by a message from an address nobody named or saw [SQP-CM-8]", () => {
    const story = answered()
    toFunction(story.arrives(plain("DREQ", P, WIRE), ELSEWHERE))
    story.waits(1e9)
    toFunction(story.arrives(plain("DREQ", P, WIRE), ELSEWHERE))
    story.waits(1e9)
    // Whoever ends must have been known before; any other message makes its address known.
    toFunction(story.arrives(plain("RTU", P, WIRE), ELSEWHERE))
    toFunction(story.arrives(plain("DREQ", P, WIRE), ELSEWHERE))
    story.waits(defaultTiming.lingerMax)
    expect(cmOf(toWire(story.arrives(plain("DREQ", P, WIRE), ELSEWHERE)), "DREP").localId).toBe(WIRE)
  })

  it.each([["its DLID", PEER.lid], ["the LID inside it", Lid(14)]])(
    "is ended by a REJ from where its REQ went: %s [SQP-CM-8]",
    (_, slid) => {
      const story = new Story()
      story.sends(1, req(G, { remoteLid: Lid(14) }))
      story.arrives(rej(NONE, WIRE), { ingress: { slid } })
      expect(story.state.exchanges.map(({ phase }) => phase)).toEqual(["lingering"])
    }
  )

  it("remembers the last four LIDs of its peer [SQP-CM-8]", () => {
    const story = answered()
    for (const lid of [21, 22, 23, 24]) story.arrives(plain("RTU", P, WIRE), { ingress: { slid: Lid(lid) } })
    story.arrives(plain("DREQ", P, WIRE))
    const [exchange] = story.state.exchanges
    expect([exchange?.peerLids, exchange?.phase]).toEqual([[21, 22, 23, 24], "established"])
  })

  it("that was forgotten lets its ids rest from the earliest moment on [SQP-CM-1]", () => {
    const { linger, rest } = defaultTiming
    const story = answered()
    story.sends(1, plain("DREQ", G, P))
    story.waits(linger + 20_000)
    const before = story.state
    story.arrives(plain("DREP", P, WIRE), { answer: "forgotten" })
    expect(new Set(story.state.resting.map(({ remaining }) => remaining))).toEqual(new Set([rest - 20_000]))
    story.state = before
    story.arrives(plain("RTU", P, WIRE), { answer: "remembered" })
    story.waits(5_000)
    story.arrives(plain("DREP", P, WIRE), { answer: "forgotten" })
    expect(new Set(story.state.resting.map(({ remaining }) => remaining))).toEqual(new Set([rest - 5_000]))
  })

  it("ends with its function; the next incarnation hears nothing of it [SQP-LIFE-1]", () => {
    const story = answered()
    story.tell({ _tag: "Reset", function: fn(1) })
    expect(reasonOf(story.arrives(plain("RTU", P, WIRE)))).toBe("cm-unknown")
    expect(reasonOf(story.sends(1, plain("DREQ", G, P)))).toBe("cm-unknown")
  })

  it("does not end with another function: the others' messages pass, both ways [SQP-LIFE-1]", () => {
    const story = answered()
    story.sends(2, req(G))
    story.arrives(rep(P, NEXT_WIRE))
    story.tell({ _tag: "Reset", function: fn(1) })
    expect(toFunction(story.arrives(plain("DREQ", P, NEXT_WIRE))).function).toBe(2)
    expect(cmOf(toWire(story.sends(2, plain("DREP", G, P))), "DREP").localId).toBe(NEXT_WIRE)
    expect(story.state.resting.map(({ id: of }) => of)).toEqual([WIRE, WIRE_TID])
  })

  it("a DREQ in no exchange is answered by a DREP, and nothing is allocated [SQP-CM-10]", () => {
    const story = new Story()
    const { mad } = toWire(story.arrives(plain("DREQ", P, WIRE), { tid: tid(0x99) }))
    expect(mad).toEqual({ ...cmMad(plain("DREP", WIRE, P), tid(0x99)), payload: "made" })
    expect(story.state.exchanges).toEqual([])
  })

  it("a function has at most limits.cm exchanges; the others lose nothing [SQP-CM-13]", () => {
    const story = new Story({ cm: 1 })
    story.sends(1, req(G))
    expect(reasonOf(story.sends(1, req(id(4))))).toBe("cm-quota")
    expect(reasonOf(story.arrives(peerReq(P, 1)))).toBe("cm-quota")
    toWire(story.sends(1, req(G)))
    toFunction(story.arrives(peerReq(P, 2)))
    toFunction(story.arrives(peerReq(P, 2)))
  })

  it("an exchange in its optional life may fill the quota or not [SQP-CM-13]", () => {
    const story = new Story({ cm: 1 })
    story.sends(1, req(G))
    story.waits(defaultTiming.openingMin)
    const before = story.state
    expect(reasonOf(story.sends(1, req(id(4)), { answer: "full" }))).toBe("cm-quota")
    story.state = before
    expect(cmOf(toWire(story.sends(1, req(id(4)), { answer: "room" })), "REQ").localId).toBe(NEXT_WIRE)
  })
})

describe("TIDs of CM messages", () => {
  it("a function's questions leave with wire TIDs, answers bring its own back [SQP-CM-11]", () => {
    const story = new Story()
    const own = tid(0xdead_0000_0007)
    expect(toWire(story.sends(1, req(G), { tid: own })).mad.tid).toBe(WIRE_TID)
    expect(toFunction(story.arrives(rep(P, WIRE), { tid: tid(0xbeef_0000_5001) })).mad.tid).toBe(own)
    expect(toWire(story.sends(1, plain("RTU", G, P), { tid: own })).mad.tid).toBe(WIRE_TID)
    expect(toWire(story.sends(1, plain("DREQ", G, P), { tid: own })).mad.tid).toBe(NEXT_WIRE_TID)
    expect(toWire(story.sends(1, plain("RTU", G, P), { tid: own })).mad.tid).toBe(WIRE_TID)
    expect(toFunction(story.arrives(plain("DREP", P, WIRE), { tid: NEXT_WIRE_TID })).mad.tid).toBe(own)
  })

  it("another guest TID of one question replaces its wire TID, which rests [SQP-CM-11]", () => {
    const story = new Story()
    story.sends(1, req(G))
    expect(toWire(story.sends(1, req(G), { tid: tid(8) })).mad.tid).toBe(NEXT_WIRE_TID)
    expect(story.state.resting.map(({ id }) => id)).toEqual([WIRE_TID])
    expect(toFunction(story.arrives(rep(P, WIRE), { tid: WIRE_TID })).mad.tid).toBe(WIRE_TID)
  })

  it("in exchanges the peer opened its TID passes unchanged, both ways [SQP-CM-11]", () => {
    const story = new Story()
    const peers = tid(0x1234_5678_9abc)
    expect(toFunction(story.arrives(peerReq(P, 1), { tid: peers })).mad.tid).toBe(peers)
    expect(toWire(story.sends(1, rep(G, P), { tid: peers })).mad.tid).toBe(peers)
    expect(toFunction(story.arrives(plain("RTU", P, WIRE), { tid: peers })).mad.tid).toBe(peers)
    expect(toFunction(story.arrives(plain("DREQ", P, WIRE), { tid: tid(5) })).mad.tid).toBe(tid(5))
    expect(toWire(story.sends(1, plain("DREP", G, P), { tid: tid(5) })).mad.tid).toBe(tid(5))
  })
})

describe("SIDR", () => {
  const SERVICE = "0000000000000042"
  const sidrReq = (requestId = P): Cm => ({ _tag: "cm", message: "SIDR_REQ", requestId, serviceId: SERVICE })
  const sidrRep = (requestId = P): Cm => ({ _tag: "cm", message: "SIDR_REP", requestId })
  const grh = { sgid: PEER.gid, dgid: gidOfFunction(1), hopLimit: 0, flowLabel: 0, trafficClass: 0 }

  it("a SIDR_REQ goes by its GRH, else by who registered the service, else to the PF [SQP-CM-12]", () => {
    const services = [{ serviceId: SERVICE, function: fn(2) }]
    const registered = new Story({ services })
    expect(toFunction(registered.arrives(sidrReq(), { ingress: { grh } })).function).toBe(1)
    expect(toFunction(registered.arrives(sidrReq())).function).toBe(2)
    expect(toFunction(new Story().arrives(sidrReq())).function).toBe(0)
  })

  it("a SIDR_REP leaves with the peer's request id, from the function that was asked [SQP-CM-12]", () => {
    const story = new Story()
    story.arrives(peerReq(P, 2))
    story.arrives(sidrReq(), { ingress: { grh } })
    expect(reasonOf(story.sends(2, sidrRep()))).toBe("cm-unknown")
    expect(toWire(story.sends(1, sidrRep())).mad.body).toEqual(sidrRep())
    story.waits(defaultTiming.lingerMax)
    expect(story.state.exchanges.map(({ kind }) => kind)).toEqual(["comm"])
  })

  it("a function's SIDR_REQ gets a request id and a TID, restored in the answer [SQP-CM-12]", () => {
    const story = new Story()
    const first = toWire(story.sends(1, sidrReq(G)))
    expect(cmOf(first, "SIDR_REQ").requestId).toBe(POOL.sidr[0])
    expect(toWire(story.sends(1, sidrReq(G)))).toEqual(first)
    const other = toWire(story.sends(1, sidrReq(G), { tid: tid(8) }))
    expect(cmOf(other, "SIDR_REQ").requestId).toBe(POOL.sidr[1])
    const { function: to, mad } = toFunction(story.arrives(sidrRep(id(0x2001)), { tid: WIRE_TID }))
    expect([to, mad.tid, mad.body]).toEqual([fn(1), tid(7), sidrRep(G)])
  })

  it("request ids and comm ids are two spaces [SQP-CM-12]", () => {
    const story = new Story()
    story.sends(1, req(G))
    expect(permits(story.state, sending(1, sidrReq(G)), [WIRE, NEXT_WIRE_TID])).toBe(true)
    expect(reasonOf(story.arrives(sidrRep(WIRE)))).toBe("cm-unknown")
    expect(story.sends(1, sidrReq(G))).toHaveLength(1)
    expect(reasonOf(story.arrives(plain("RTU", P, id(0x2001))))).toBe("cm-unknown")
  })
})
