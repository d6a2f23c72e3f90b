/** What invariants over CM remember of a trace longer than memory. */
import { describe, expect, it } from "vitest"
import { cmMad } from "../model/environment/cm-party.ts"
import { defaultLimits, defaultTiming } from "../model/initial.ts"
import { emptyLedger, type Ledger, noted } from "../model/invariants-cm-ledger.ts"
import type { Cm } from "../model/mad.ts"
import { id, peerReq, rej, rep, tid } from "./cm-story.ts"
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
})
