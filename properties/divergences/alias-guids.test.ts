import { describe, expect, it } from "vitest"
import { hexOf } from "../mads.ts"
import { at, guid, methodOf, NO_GUID, OWN_LID, response, type Outcome, type Story, told } from "./story.ts"

const WANTED = hexOf(0xd00d, 16)
const OTHER = hexOf(0xbeef, 16)
const SET = "02"
const DELETE = "15"
const RETRIES = { saTimeout: 100, saRetries: 2, guidRetry: 1000, guidRetryMax: 4000, slack: 0 }
/** VF 1 wants a GUID and has none; the others have theirs from the table. */
const wanting = { guids: [guid(0), NO_GUID, guid(2), guid(3)], adminGuids: [null, WANTED], timing: RETRIES }

/** The GUID that a GUIDInfoRecord shows for slot 1. */
const shown = (mad: string): string => at(mad, 72, 8)
/** The SA's answer to a request about slot 1, which shows `value` there. */
const answer = (mad: string, value: string, method = 0x81): string => {
  const text = response(mad, { method })
  return text.slice(0, 144) + value + text.slice(160)
}
const sent = (outcome: Outcome): ReadonlyArray<string> => outcome.all("wire").map(({ mad }) => mad)
const only = (outcome: Outcome): string => {
  const [mad, ...more] = sent(outcome)
  if (mad === undefined || more.length > 0) throw new Error(`one request expected: ${JSON.stringify(outcome.out)}`)
  return mad
}
const sees = (story: Story, f: number): string | undefined =>
  story.does({ op: "query", function: f, attribute: "GUIDInfo", modifier: 0 }).answer.data?.slice(0, 16)

describe("an alias GUID", () => {
  it("is asked for until the SA shows it; what is declined is asked again after a back-off, not at once [SQP-GUID-5]", told((story) => {
    let asked = only(story.start)
    expect([methodOf(asked), shown(asked), sees(story, 1)]).toEqual([SET, WANTED, NO_GUID])
    for (const backOffMs of [1000, 2000, 4000, 4000]) {
      expect(story.arrives(answer(asked, NO_GUID)).out).toEqual([])
      expect(sent(story.waits(backOffMs - 1))).toEqual([])
      asked = only(story.waits(1))
    }
    expect(story.arrives(answer(asked, WANTED)).events).toEqual(["gid of 1", "port-up of 1"])
    expect(sees(story, 1)).toBe(WANTED)
    expect(sent(story.waits(60_000))).toEqual([])
  }, wanting))

  it("that nobody answers for is asked again and again, and never forgotten [SQP-GUID-5]", told((story) => {
    const first = only(story.start)
    const tries = [100, 200].map(() => only(story.waits(100)))
    expect(tries).toEqual([first, first])
    expect(sent(story.waits(100))).toEqual([])
    const second = only(story.waits(1000))
    expect(at(second, 8, 8)).not.toBe(at(first, 8, 8))
    expect(story.arrives(answer(second, WANTED)).events).toEqual(["gid of 1", "port-up of 1"])
  }, wanting))

  it("is judged by what was asked: an answer about another block or LID is none, and makes nobody ask faster [SQP-GUID-7]", told((story) => {
    const asked = only(story.start)
    const good = answer(asked, WANTED)
    const block = good.slice(0, 116) + "05" + good.slice(118)
    const lid = good.slice(0, 112) + hexOf(OWN_LID + 1, 4) + good.slice(116)
    for (let i = 0; i < 20; i++) {
      for (const wrong of [block, lid]) expect(story.arrives(wrong).drops).toEqual(["sa-answer-stale of nobody"])
    }
    expect(sent(story.waits(99))).toEqual([])
    expect(story.arrives(good).events).toEqual(["gid of 1", "port-up of 1"])
  }, wanting))

  it("that is taken away before the answer came is not given by it, but released [SQP-GUID-9]", told((story) => {
    const asked = only(story.start)
    expect(sent(story.does({ op: "adminGuid", function: 1, guid: null }))).toEqual([])
    const released = only(story.arrives(answer(asked, WANTED)))
    expect([methodOf(released), sees(story, 1)]).toEqual([DELETE, NO_GUID])
    expect(story.arrives(answer(released, NO_GUID, 0x95)).out).toEqual([])
    expect(sent(story.waits(60_000))).toEqual([])
  }, wanting))

  it("of a function that ends is released at the SA, and nobody gets it before [SQP-GUID-6]", told((story) => {
    story.arrives(answer(only(story.start), WANTED))
    const released = only(story.does({ op: "detach", function: 1 }))
    expect([methodOf(released), at(released, 72, 8)]).toEqual([DELETE, NO_GUID])
    const moved = { op: "adminGuid", function: 2, guid: WANTED } as const
    expect(story.does(moved).answer.status).toBe("refused")
    story.arrives(answer(released, NO_GUID, 0x95))
    story.does({ op: "adminGuid", function: 1, guid: null })
    const given = story.does(moved)
    expect(given.answer.status).toBe("ok")
    expect(sees(story, 2)).not.toBe(WANTED)
  }, { ...wanting, guids: [guid(0), NO_GUID, NO_GUID] }))

  it("whose request is out when the PF context stops finds nobody with its answer [SQP-GUID-8]", told((story) => {
    const asked = only(story.start)
    story.does({ op: "stop" })
    expect(story.arrives(answer(asked, WANTED)).drops).toEqual(["not-attached of nobody"])
    const again = only(story.does({ op: "start" }))
    expect(story.arrives(answer(asked, WANTED)).drops).toEqual(["response-unasked of nobody"])
    expect(story.arrives(answer(again, WANTED)).events).toEqual(["gid of 1", "port-up of 1"])
  }, wanting))

  it("that the SA declines is not the function's, whatever the administrator wants [SQP-GUID-4]", told((story) => {
    for (const declined of [NO_GUID, OTHER]) {
      const asked = declined === NO_GUID ? only(story.start) : only(story.waits(1000))
      story.arrives(answer(asked, declined))
      expect(sees(story, 1)).toBe(NO_GUID)
    }
  }, wanting))
})
