/**
 * The rows of spec/cm.md that need several messages, told to our implementation and judged by the checker: times,
 * addresses, room, and REJs that lack an id.
 */
import { describe, expect, it } from "vitest"
import { at, begin, connect, connectTo, gid, grhTo, peer, request, type Story, told } from "./divergences/story.ts"
import { CLASS, type CmName, cm, hexOf, type Pieces } from "./mads.ts"

const L = "00000101"
const R = "00000900"
const NONE = "00000000"
const TID = "0000000000000077"
const ELSEWHERE = { slid: 66 }
const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }
const localId = (mad: string): string => at(mad, 24, 4)
const remoteId = (mad: string): string => at(mad, 28, 4)

const ids = (name: CmName, local: string, remote: string, pieces: Pieces = []): string =>
  cm(name, TID, [[24, local], [28, remote], [32, "00000000"], [36, peer.caGuid], [52, peer.caGuid], ...pieces])
/** A path in a REQ or LAP: LIDs, then GIDs. */
const path = (local: number, remote: number, localGid = hexOf(0, 32), remoteGid = hexOf(0, 32)): string =>
  hexOf(local, 4) + hexOf(remote, 4) + localGid + remoteGid
const serviceTime = (exponent: number): Pieces => [[33, hexOf(exponent << 3, 2)]]

/** Function 1 asked the peer; the wire id. */
const asked = (story: Story, change: Parameters<typeof connect>[1] = {}): string =>
  localId(story.sends(1, connect(1, change), toPeer).wire.mad)
/** Function 1 asked and was answered. */
const halfOpen = (story: Story, change: Parameters<typeof connect>[1] = {}, peerId = R): string => {
  const wire = asked(story, change)
  story.arrives(ids("REP", peerId, wire), fromPeer)
  return wire
}
/** Function 1 asked, was answered and said RTU. */
const established = (story: Story, change: Parameters<typeof connect>[1] = {}): string => {
  const wire = halfOpen(story, change)
  story.sends(1, ids("RTU", change.localId ?? L, R), toPeer)
  return wire
}
/** The peer asked function 1, which answered; the wire id. */
const accepted = (story: Story, change: Parameters<typeof connectTo>[1] = {}): string => {
  story.arrives(connectTo(1, change), fromPeer)
  return localId(story.sends(1, ids("REP", L, R), toPeer).wire.mad)
}

/** Times that show: openings last 1 to 60 s, lingering a tenth of a second. */
const times = {
  ...begin,
  timing: { openingMin: 1000, openingMax: 60_000, linger: 100, lingerMax: 200, rest: 60_000 }
}
const full = (cmLimit: number) => ({ ...begin, limits: { cm: cmLimit } })

describe("a repeated message", () => {
  /** Sends or receives a message three times: what comes of it is the same each time. */
  const thrice = (act: () => { readonly mad: string }): string => {
    const [first, ...others] = [act(), act(), act()].map(({ mad }) => mad)
    expect(others).toEqual([first, first])
    return first ?? ""
  }
  const out = (story: Story, mad: string) => thrice(() => story.sends(1, mad, toPeer).wire)
  const into = (story: Story, mad: string) => thrice(() => story.arrives(mad, fromPeer).got)

  it("of every kind in a conversation that a function opens leaves, and arrives, as the first did [SQP-CM-4]", told((story) => {
    const wire = localId(out(story, connect(1)))
    for (const mad of [ids("MRA", R, wire), ids("REP", R, wire)]) expect(remoteId(into(story, mad))).toBe(L)
    expect(localId(out(story, ids("RTU", L, R)))).toBe(wire)
    expect(localId(out(story, ids("LAP", L, R, [[44, path(9, 67)]])))).toBe(wire)
    expect(remoteId(into(story, ids("APR", R, wire)))).toBe(L)
    expect(localId(out(story, ids("DREQ", L, R)))).toBe(wire)
    expect(remoteId(into(story, ids("DREP", R, wire)))).toBe(L)
    // Late copies of what came before still find it, and open nothing again.
    for (const mad of [ids("REP", R, wire), ids("APR", R, wire)]) expect(remoteId(into(story, mad))).toBe(L)
    story.waits(200)
    expect(story.arrives(ids("REP", R, wire), fromPeer).drops).toEqual(["cm-unknown of nobody"])
  }, { ...times, timing: { ...times.timing, openingMin: 50, openingMax: 50 } }))

  it("of every kind in a conversation that a peer opens does so, too, to the REJ that ends it [SQP-CM-4]", told((story) => {
    expect(localId(into(story, connectTo(1)))).toBe(R)
    const wire = localId(out(story, ids("MRA", L, R)))
    expect(localId(out(story, ids("REP", L, R)))).toBe(wire)
    expect(remoteId(into(story, ids("RTU", R, wire)))).toBe(L)
    expect(remoteId(into(story, ids("LAP", R, wire, [[44, path(66, 9)]])))).toBe(L)
    expect(localId(out(story, ids("APR", L, R)))).toBe(wire)
    expect(localId(into(story, connectTo(1)))).toBe(R)
    expect(localId(out(story, ids("REJ", L, R)))).toBe(wire)
  }, full(1)))

  it("of SIDR is one request, and its answer may be repeated [SQP-CM-12]", told((story) => {
    const request = cm("SIDR_REQ", TID, [[24, L], [32, hexOf(1, 16)]])
    const wire = localId(out(story, request))
    const answer = cm("SIDR_REP", TID, [[24, wire]])
    expect(localId(into(story, answer))).toBe(L)
    expect(localId(story.arrives(request, fromPeer).got.mad)).toBe(L)
    const reply = cm("SIDR_REP", TID, [[24, L]])
    expect(thrice(() => story.sends(0, reply, toPeer).wire)).toBe(reply)
  }))
})

describe("an MRA", () => {
  // 4.096 us x 2^22 are 17.18 s; a REQ without retries and with the same exponent asks for as much.
  it("of the peer lengthens the opening by its own service time [SQP-CM-8]", told((story) => {
    const wire = asked(story, { responseTimeout: 10, maxRetries: 0 })
    story.arrives(ids("MRA", R, wire, serviceTime(22)), fromPeer)
    story.waits(17_000)
    expect(story.arrives(ids("REP", R, wire), fromPeer).got.function).toBe(1)
  }, times))

  it("of a function is its first message, and lengthens the opening of the peer's REQ [SQP-CM-8]", told((story) => {
    story.arrives(connectTo(1, { responseTimeout: 22, maxRetries: 0 }), fromPeer)
    const wire = localId(story.sends(1, ids("MRA", L, R, serviceTime(22)), toPeer).wire.mad)
    story.waits(34_000)
    expect(localId(story.sends(1, ids("REP", L, R), toPeer).wire.mad)).toBe(wire)
  }, times))

  it("is not taken back by the REQ that comes again after it, nor by a shorter MRA [SQP-CM-8]", told((story) => {
    const request = connectTo(1, { responseTimeout: 10, maxRetries: 0 })
    story.arrives(request, fromPeer)
    const wire = localId(story.sends(1, ids("MRA", L, R, serviceTime(22)), toPeer).wire.mad)
    story.arrives(request, fromPeer)
    story.sends(1, ids("MRA", L, R, serviceTime(1)), toPeer)
    story.waits(17_000)
    expect(localId(story.sends(1, ids("REP", L, R), toPeer).wire.mad)).toBe(wire)
  }, times))

  it("with a service time beyond all bounds does not keep an opening for ever [SQP-CM-8]", told((story) => {
    const wire = asked(story)
    story.arrives(ids("MRA", R, wire, serviceTime(31)), fromPeer)
    story.waits(120_000)
    expect(story.arrives(ids("REP", R, wire), fromPeer).drops).toEqual(["cm-unknown of nobody"])
  }, times))

  it("of a REP, or of a LAP, changes nothing: what was answered has no deadline [SQP-CM-8]", told((story) => {
    const wire = established(story)
    story.sends(1, ids("MRA", L, R, serviceTime(1)), toPeer)
    story.waits(1_000_000)
    expect(story.arrives(ids("DREQ", R, wire), fromPeer).got.function).toBe(1)
  }, times))
})

describe("an exchange that ended", () => {
  it("is remembered for as long as its own timeouts let it be repeated [SQP-CM-8]", told((story) => {
    const wire = established(story, { responseTimeout: 20, maxRetries: 3 })
    story.arrives(ids("DREQ", R, wire), fromPeer)
    story.waits(17_000)
    expect(localId(story.sends(1, ids("DREP", L, R), toPeer).wire.mad)).toBe(wire)
  }, times))

  it("is forgotten after linger, where its timeouts are short [SQP-CM-8]", told((story) => {
    const wire = established(story, { responseTimeout: 0, maxRetries: 0 })
    story.arrives(ids("DREQ", R, wire), fromPeer)
    story.waits(200)
    expect(story.sends(1, ids("DREP", L, R), toPeer).drops).toEqual(["cm-unknown of 1"])
  }, times))
})

describe("a REJ without a local id", () => {
  it("ends an opening, as a refusal of the REQ does [SQP-CM-8]", told((story) => {
    const wire = asked(story, { responseTimeout: 0, maxRetries: 0 })
    expect(story.arrives(ids("REJ", NONE, wire), fromPeer).got.function).toBe(1)
    story.waits(200)
    expect(story.arrives(ids("REP", R, wire), fromPeer).drops).toEqual(["cm-unknown of nobody"])
  }, { ...times, timing: { ...times.timing, openingMin: 60_000 } }))

  it("ends nothing that was answered, from either side [SQP-CM-8]", told((story) => {
    const wire = established(story)
    expect(story.arrives(ids("REJ", NONE, wire), fromPeer).got.function).toBe(1)
    const other = accepted(story)
    const { mad } = story.sends(1, ids("REJ", NONE, R), toPeer).wire
    expect([localId(mad), remoteId(mad)]).toEqual([NONE, R])
    story.waits(1_000_000)
    expect(story.arrives(ids("DREQ", R, wire), fromPeer).got.function).toBe(1)
    expect(story.arrives(ids("DREQ", R, other), fromPeer).got.function).toBe(1)
  }, times))

  it("of a function that forgot what it had answered reaches the peer [SQP-CM-7]", told((story) => {
    accepted(story)
    story.arrives(connectTo(1), fromPeer)
    expect(localId(story.sends(1, ids("REJ", NONE, R), toPeer).wire.mad)).toBe(NONE)
    expect(story.sends(2, ids("REJ", NONE, R), toPeer).drops).toEqual(["cm-unknown of 2"])
    expect(story.sends(1, ids("REJ", NONE, R), { dlid: 67 }).drops).toEqual(["cm-unknown of 1"])
  }))
})

describe("a REJ(timeout) without a remote id", () => {
  it("ends what was answered but never heard, and nothing established [SQP-CM-6] [SQP-CM-8]", told((story) => {
    const unheard = accepted(story)
    expect(story.arrives(ids("REJ", R, NONE), fromPeer).got.function).toBe(1)
    story.waits(200)
    expect(story.arrives(ids("RTU", R, unheard), fromPeer).drops).toEqual(["cm-unknown of nobody"])
    const heard = accepted(story, { responseTimeout: 0, maxRetries: 0 })
    story.arrives(ids("RTU", R, heard), fromPeer)
    expect(story.arrives(ids("REJ", R, NONE), fromPeer).got.function).toBe(1)
    story.waits(1_000_000)
    expect(story.arrives(ids("DREQ", R, heard), fromPeer).got.function).toBe(1)
  }, { ...times, timing: { ...times.timing, openingMin: 50, openingMax: 50 } }))
})

describe("a peer", () => {
  it("that lost its memory and uses its id again has a conversation of its own [SQP-CM-4]", told((story) => {
    const stale = accepted(story)
    expect(story.arrives(connectTo(1, { tid: "0000000000000078" }), fromPeer).got.function).toBe(1)
    const fresh = localId(story.sends(1, ids("REP", "00000102", R), toPeer).wire.mad)
    expect(fresh).not.toBe(stale)
    expect(remoteId(story.arrives(ids("RTU", R, fresh), fromPeer).got.mad)).toBe("00000102")
    expect(remoteId(story.arrives(ids("REJ", R, stale, [[34, "000a"]]), fromPeer).got.mad)).toBe(L)
  }))

  it("whose REQ is refused as stale hears so, and its exchange is over [SQP-CM-7]", told((story) => {
    story.arrives(connectTo(1), fromPeer)
    const { mad } = story.sends(1, ids("REJ", NONE, R, [[34, "000a"]]), toPeer).wire
    expect([localId(mad), remoteId(mad), at(mad, 34, 2)]).toEqual([NONE, R, "000a"])
    story.waits(200)
    expect(story.sends(1, ids("REP", L, R), toPeer).drops).toEqual(["cm-unknown of 1"])
  }, { ...times, timing: { ...times.timing, openingMin: 50, openingMax: 50 } }))

  it("is the CA that answered first: a REP of another CA with the same ids is dropped [SQP-CM-5]", told((story) => {
    const wire = halfOpen(story)
    expect(story.arrives(ids("REP", R, wire, [[52, hexOf(0xdd00, 16)]]), fromPeer).drops).toEqual(["cm-peer of 1"])
    expect(story.arrives(ids("REP", R, wire), fromPeer).got.function).toBe(1)
  }))
})

describe("an address ends an exchange", () => {
  /** Whether a DREQ of this address ended the exchange: a DREP is then unknown after lingering. */
  const ends = (story: Story, wire: string, from: { slid: number; grh?: ReturnType<typeof grhTo> }): boolean => {
    expect(story.arrives(ids("DREQ", R, wire), from).got.function).toBe(1)
    story.waits(1000)
    return story.sends(1, ids("DREP", L, R), toPeer).drops.includes("cm-unknown of 1")
  }
  const short = { responseTimeout: 0, maxRetries: 0 } as const
  const far = `fd00000000000001${hexOf(0xee, 16)}`

  it("not from where nobody was named or seen [SQP-CM-15]", told((story) => {
    const wire = established(story, short)
    for (const name of ["REJ", "DREQ", "REJ", "DREP", "DREQ"] as const) {
      expect(story.arrives(ids(name, R, wire), ELSEWHERE).got.function).toBe(1)
    }
    expect(ends(story, wire, ELSEWHERE)).toBe(false)
  }, times))

  it("from the alternate path that its REQ named, of either side [SQP-CM-15]", told((story) => {
    expect(ends(story, established(story, { ...short, alternate: path(9, 66) }), ELSEWHERE)).toBe(true)
    const passive = accepted(story, { ...short, alternate: path(67, 9) })
    expect(ends(story, passive, { slid: 67 })).toBe(true)
  }, times))

  it("by its GID, whatever the router's LID is [SQP-CM-15]", told((story) => {
    const wire = established(story, { ...short, alternate: path(0, 0, hexOf(0, 32), far) })
    expect(ends(story, wire, { slid: 66, grh: grhTo(gid(1), far) })).toBe(true)
  }, times))

  it("of a peer's LAP once the function accepts it, not before [SQP-CM-15]", told((story) => {
    const wire = established(story, short)
    story.arrives(ids("LAP", R, wire, [[44, path(66, 9)]]), fromPeer)
    story.sends(1, ids("APR", L, R, [[33, "01"]]), toPeer)
    expect(story.arrives(ids("DREQ", R, wire), ELSEWHERE).got.function).toBe(1)
    story.waits(1000)
    story.arrives(ids("LAP", R, wire, [[44, path(68, 9)]]), fromPeer)
    story.sends(1, ids("APR", L, R), toPeer)
    expect(ends(story, wire, { slid: 68 })).toBe(true)
  }, times))

  it("of a function's LAP once the peer accepts it [SQP-CM-15]", told((story) => {
    const wire = established(story, short)
    story.sends(1, ids("LAP", L, R, [[44, path(9, 67)]]), toPeer)
    story.arrives(ids("APR", R, wire), fromPeer)
    expect(ends(story, wire, { slid: 67 })).toBe(true)
  }, times))

  it("on other path bits of a LID it knows [SQP-CM-15]", told((story) => {
    expect(ends(story, established(story, short), { slid: peer.lid + 1 })).toBe(true)
  }, { ...times, lid: 4, lmc: 1 }))
})

describe("the room of a function", () => {
  it("is made by its oldest half-open exchange, whose REP passed first [SQP-CM-13]", told((story) => {
    const second = asked(story, { localId: "00000102" })
    const first = halfOpen(story, { localId: "00000101" })
    story.arrives(ids("REP", R, second), fromPeer)
    asked(story, { localId: "00000103" })
    expect(story.arrives(ids("DREQ", R, first), fromPeer).wire.mad.slice(32, 36)).toBe("0016")
    expect(story.arrives(ids("DREQ", R, second), fromPeer).got.function).toBe(1)
  }, full(2)))

  it("is made for a peer's REQ too, by exchanges of its own alone [SQP-CM-13]", told((story) => {
    const wire = halfOpen(story)
    const { mad } = story.sends(2, connect(2), toPeer).wire
    story.arrives(ids("REP", R, localId(mad)), fromPeer)
    expect(story.arrives(connectTo(1), fromPeer).got.function).toBe(1)
    expect(story.arrives(ids("RTU", R, wire), fromPeer).drops).toEqual(["cm-unknown of nobody"])
    expect(story.arrives(ids("DREQ", R, localId(mad)), fromPeer).got.function).toBe(2)
  }, full(1)))

  it("is never made by an opening, established or lingering exchange [SQP-CM-13]", told((story) => {
    const wire = established(story, { localId: "00000101" })
    asked(story, { localId: "00000102" })
    expect(story.sends(1, connect(1, { localId: "00000103" }), toPeer).drops).toEqual(["cm-quota of 1"])
    story.arrives(ids("DREQ", R, wire), fromPeer)
    expect(story.sends(1, connect(1, { localId: "00000103" }), toPeer).drops).toEqual(["cm-quota of 1"])
  }, full(2)))

  it("is not used by a REQ that no check lets pass: nothing gives way to it [SQP-CM-13]", told((story) => {
    const wire = halfOpen(story)
    const conflict = { ...fromPeer, grh: grhTo(gid(2)) }
    expect(story.arrives(connectTo(1), conflict).drops).toEqual(["steer-conflict of 1"])
    expect(story.sends(1, connect(1, { localId: "00000102" }), { ...toPeer, remoteQpn: 9 }).drops).toEqual([
      "remote-qpn of 1"
    ])
    expect(story.arrives(ids("DREQ", R, wire), fromPeer).got.function).toBe(1)
  }, full(1)))

  it("is enough in a flood of REQs that the function answers: what is established stays [SQP-CM-13]", told((story) => {
    const wire = established(story)
    for (let i = 0; i < 40; i++) {
      const id = hexOf(0xa000 + i, 8)
      story.arrives(connectTo(1, { localId: id, caGuid: hexOf(0xd000 + i, 16) }), fromPeer)
      story.sends(1, ids("REP", hexOf(0x200 + i, 8), id), toPeer)
    }
    expect(story.arrives(ids("DREQ", R, wire), fromPeer).got.function).toBe(1)
  }, full(4)))
})

describe("what a CM says of itself", () => {
  const get = (tid: string): string => request({ mgmtClass: CLASS.CM, attribute: 1, tid })

  it("is asked by a VF like anybody's ClassPortInfo, and the answer is its own [SQP-CM-16]", told((story) => {
    const { mad } = story.sends(1, get("0000000000000055"), toPeer).wire
    expect(at(mad, 8, 8)).not.toBe("0000000000000055")
    const answer = mad.slice(0, 6) + "81" + mad.slice(8)
    expect(at(story.arrives(answer, fromPeer).got.mad, 8, 8)).toBe("0000000000000055")
  }))

  it("is asked of the function the DGID names, which may answer, and of the PF without a GRH [SQP-CM-16]", told((story) => {
    const { got } = story.arrives(get("0000000000000066"), { ...fromPeer, grh: grhTo(gid(2)) })
    expect([got.function, at(got.mad, 8, 8)]).toEqual([2, "0000000000000066"])
    const answer = got.mad.slice(0, 6) + "81" + got.mad.slice(8)
    expect(story.sends(2, answer, toPeer).wire.mad).toBe(answer)
    expect(story.arrives(get("0000000000000067"), fromPeer).got.function).toBe(0)
    const set = request({ mgmtClass: CLASS.CM, method: 2, attribute: 1 })
    expect(story.arrives(set, { ...fromPeer, grh: grhTo(gid(2)) }).drops).toEqual(["unsolicited of 2"])
  }))
})
