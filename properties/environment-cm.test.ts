/** The parties of the closed system of communication management, and what may happen around them. */
import { describe, expect, it } from "vitest"
import {
  asksForTime, hears, idleParty, type Party, type Standing, utterances
} from "../model/environment/cm-party.ts"
import {
  type CmScope, type CmWorld, functionOf, type Packet, peerLid, PORT_LID, SHARED_ID, SHARED_TID, type Somebody,
  stillScope
} from "../model/environment/cm-scope.ts"
import { type CmRules, cmRules, cmSystem } from "../model/environment/cm-system.ts"
import { CommId, NO_COMM_ID, NO_GUID } from "../model/ids.ts"
import type { Cm } from "../model/mad.ts"
import { outcome } from "../model/outcome.ts"
import { labelsIn, worldAfter } from "./going.ts"
import { CM, egress, guid, ingress, mad, VF1 } from "./small-world.ts"

const guest = (n: number): Somebody => ({ is: "guest", n })
const peer = (n: number): Somebody => ({ is: "peer", n })

const PEER_ID = CommId("0000000a")
const knowing = (standing: Standing, id = PEER_ID): Party =>
  ({ ...idleParty(SHARED_ID, SHARED_TID, guid(1)), standing, other: { lid: peerLid(0), id, tid: SHARED_TID } })

/** A message of the peer with this id to whom it quotes. */
const said = (message: "REP" | "RTU" | "DREQ" | "DREP" | "REJ", localId = PEER_ID, remoteId = SHARED_ID): Cm => {
  const ids = { _tag: "cm", localId, remoteId } as const
  if (message === "REP") return { ...ids, message, caGuid: guid(9) }
  return message === "REJ" ? { ...ids, message, rejected: 0, reason: 4, ariGuid: NO_GUID } : { ...ids, message }
}
const answers = (["REP", "RTU", "DREQ", "DREP", "REJ"] as const).map((message) => said(message))

describe("a party of a conversation", () => {
  it("repeats what wants an answer, a REP and a DREQ, and nothing else", () => {
    const all = (["was-asked", "was-answered", "connected", "was-closed"] as const).flatMap((standing) =>
      utterances(knowing(standing)).map(({ cm, party: { unanswered } }) => [cm.message, unanswered?.cm ?? null]))
    const [rep] = utterances(knowing("was-asked"))
    expect(all).toEqual([
      ["REP", rep?.cm], ["REJ", null], ["RTU", null], ["REJ", null],
      ["DREQ", said("DREQ", SHARED_ID, PEER_ID)], ["DREP", null]
    ])
  })

  it("says nothing while it does not know to whom, and asks for time only where it was asked", () => {
    const lonely: Party = { ...knowing("was-asked"), other: null }
    const asking = (party: Party) => asksForTime(party, 15)?.cm ?? null
    expect([utterances(lonely), asking(lonely), asking(knowing("asked"))]).toEqual([[], null, null])
    expect(asking(knowing("was-asked"))).toMatchObject({ message: "MRA", remoteId: PEER_ID, serviceTimeout: 15 })
  })

  it("ignores everything but a REQ before it has spoken", () => {
    const idle = idleParty(SHARED_ID, SHARED_TID, guid(1))
    for (const cm of answers) expect([cm, hears(idle, peerLid(0), SHARED_TID, cm)]).toEqual([cm, idle])
  })

  it("is closed by a DREQ in a conversation that it began or accepted, and not before or after", () => {
    const heard = (standing: Standing) => hears(knowing(standing), peerLid(0), SHARED_TID, said("DREQ")).standing
    expect((["asked", "done", "answered", "was-answered", "connected", "closing"] as const).map(heard))
      .toEqual(["asked", "done", "was-closed", "was-closed", "was-closed", "was-closed"])
  })
})

const systemOf = (scope: Partial<CmScope>, rules: CmRules = cmRules) => cmSystem({ ...stillScope, ...scope }, rules)
const labels = (system: ReturnType<typeof systemOf>, world: CmWorld = system.initial): ReadonlyArray<string> =>
  labelsIn(system, world)

describe("the closed system of communication management", () => {
  it("is still where nothing is allowed to happen, and treats no functions as alike unless told [SQP-EXP-7]", () => {
    const system = systemOf({})
    expect([labels(system), system.symmetry]).toEqual([[], undefined])
    expect(systemOf({ alike: [[functionOf(0), functionOf(1)]] }).symmetry?.permutations).toBe(1)
    // A trace that tells of a path leaves out tunnels and the events of ports, and begins with all attached.
    expect(system.context).toMatchObject({ isOneArea: true, initial: { attached: [true, true, true] } })
  })

  it("lets any guest start anew, as often as it may", () => {
    const system = systemOf({ resets: 1 })
    expect(labels(system)).toEqual(["function 1 is reset", "function 2 is reset"])
    const begun = { ...system.initial, guests: [knowing("connected"), knowing("connected")] }
    const reset = worldAfter(system, begun, "function 2 is reset")
    expect(reset.guests.map(({ standing }) => standing)).toEqual(["connected", "idle"])
    expect(labels(system, reset)).not.toContain("function 1 is reset")
  })

  it("lets strangers forge messages with a wire id that may be in use [SQP-CM-15]", () => {
    const forging = (forged: CmScope["forged"]) => {
      const system = systemOf({ forgeries: 1, forged })
      const forgeries = labels(system)
      const { inFlight, scope } = worldAfter(system, system.initial, forgeries[1] ?? "")
      return [...forgeries, ...inFlight.map(({ flow }) => flow), scope.forgeries]
    }
    const of = (name: (id: number) => string) => [1, 2, 3].map((id) => `somebody forges ${name(id)}`)
    expect(forging("stranger")).toEqual([...of((id) => `DREQ(ee, ${id})`), "9 5", 0])
    expect(forging("elsewhere")).toEqual([...of((id) => `DREQ(1, ${id})`), "666 5", 0])
    expect(forging("nameless")).toEqual([...of((id) => `REJ(0, ${id})`), "9 5", 0])
  })

  it("hands a repeated REQ to the party of a peer that has it, not to one that is free", () => {
    const system = systemOf({ guests: 1, questions: [{ from: guest(0), to: peer(0) }], duplications: 1 })
    const asked = worldAfter(system, system.initial, "function 1 sends REQ")
    const [packet] = asked.inFlight
    const cm = packet?.payload.cm
    if (packet === undefined || cm?.message !== "REQ") throw new Error("a REQ is in flight")
    const { flow, payload } = packet
    const name = `REQ(${Number(cm.localId)}) from LID 5`
    const standings = ({ peers }: CmWorld) => peers.map((parties) => parties.map(({ standing }) => standing))
    const heard = worldAfter(system, asked, `${name} is duplicated`, `${name} arrives`)
    expect(standings(heard)).toEqual([["was-asked", "idle"]])
    const again = worldAfter(system, heard, `${name} arrives`)
    expect([standings(again), again.inFlight]).toEqual([[["was-asked", "idle"]], []])
    // Another conversation is for the other party.
    const other = { flow, payload: { ...payload, cm: { ...cm, localId: CommId("00000077") } } }
    const both = worldAfter(system, { ...heard, inFlight: [other] }, "REQ(77) from LID 5 arrives")
    expect(standings(both)).toEqual([["was-asked", "was-asked"]])
  })

  /** Rules that hand everything from the wire to the first guest as it came. */
  const handing: CmRules = {
    ...cmRules,
    ingress: (state, { address: { grh, pathBits, sl, slid, srcQp }, mad }) => outcome(state, {
      _tag: "ToFunction", function: functionOf(0), qp: 1, mad,
      address: { pkeyIndex: 0, slid, srcQp, sl, pathBits, grh }
    })
  }
  /** Where a guest stands once it was handed a message, and how that is called. */
  const handed = (party: Party, cm: Cm): readonly [Standing | undefined, string | undefined] => {
    const system = systemOf({ guests: 1 }, handing)
    const payload: Packet = { slid: peerLid(0), dlid: PORT_LID, tid: SHARED_TID, cm }
    const world: CmWorld = { ...system.initial, guests: [party], inFlight: [{ flow: "9 5", payload }] }
    const [move] = [...system.moves(world)].filter(({ label }) => label.includes(" arrives"))
    return [move?.state.guests[0]?.standing, move?.label]
  }

  it("has guests that hear what quotes their id, and ignore conversations that are not theirs", () => {
    expect(handed(knowing("closing"), said("DREP")))
      .toEqual(["done", "DREP(a, 1) from LID 9 arrives > function 1 DREP(a, 1)"])
    const foreign = CommId("a0000002")
    expect(handed(knowing("closing"), said("DREP", PEER_ID, foreign)))
      .toEqual(["closing", "DREP(a, a0000002) from LID 9 arrives > function 1 DREP(a, a0000002)"])
    expect(handed(knowing("connected"), said("DREQ", PEER_ID, NO_COMM_ID))[0]).toBe("connected")
  })

  it("has guests that take a REJ without an id for the conversation of its sender [SQP-CM-6]", () => {
    const nameless = said("REJ", PEER_ID, NO_COMM_ID)
    expect(handed(knowing("was-asked"), nameless)[0]).toBe("done")
    expect(handed(knowing("was-asked", CommId("0000000b")), nameless)[0]).toBe("was-asked")
    expect(handed(idleParty(SHARED_ID, SHARED_TID, guid(1)), nameless)[0]).toBe("idle")
  })

  it("calls SIDR messages by their request id, and parties ignore them", () => {
    const requestId = CommId("0000000c")
    const sidr = [
      { _tag: "cm", message: "SIDR_REQ", requestId, serviceId: "0000000000000001" },
      { _tag: "cm", message: "SIDR_REP", requestId }
    ] as const
    expect(sidr.map((cm) => handed(knowing("asked"), cm))).toEqual([
      ["asked", "SIDR_REQ(c) from LID 9 arrives > function 1 SIDR_REQ(c)"],
      ["asked", "SIDR_REP(c) from LID 9 arrives > function 1 SIDR_REP(c)"]
    ])
  })

  it("takes no notice of what is no CM message: it is named, but neither travels nor is heard", () => {
    const opaque = mad({ mgmtClass: CM })
    const { address } = ingress(opaque)
    const wireAddress = { ...egress(VF1, opaque).address, grh: null }
    const straying: CmRules = {
      ...cmRules,
      ingress: (state) => outcome(
        state,
        { _tag: "EventTo", function: functionOf(0), event: "lid" },
        { _tag: "ToWire", from: null, cause: null, qp: 1, address: wireAddress, mad: opaque },
        { _tag: "ToFunction", function: functionOf(0), qp: 1, address, mad: opaque }
      )
    }
    const system = systemOf({ guests: 1 }, straying)
    const payload: Packet = { slid: peerLid(0), dlid: PORT_LID, tid: SHARED_TID, cm: said("DREP") }
    const world: CmWorld = { ...system.initial, guests: [knowing("closing")], inFlight: [{ flow: "9 5", payload }] }
    const seen = [...system.moves(world)].map(({ label, state }) => [label, state.guests, state.inFlight])
    expect(seen).toEqual([["DREP(a, 1) from LID 9 arrives > EventTo > wire  > function 1 ", world.guests, []]])
  })
})
