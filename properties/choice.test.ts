/** How a chooser answers: what it takes of a choice, draws, and finds wrong. */
import { describe, expect, it } from "vitest"
import { Chooser, type Draw, VARIABLE } from "../model/choice.ts"
import { CommId, Qpn } from "../model/ids.ts"

const none = () => false
const TID = "00000000000000a1"

/** What a chooser finds wrong with the TID it is given. */
const faultOfTid = (id: string, taken: (id: string) => boolean = none) => {
  const chooser = new Chooser([id])
  chooser.wireTid(taken)
  return chooser.fault()
}

describe("a chooser", () => {
  it("gives the answers of its choice in their order, and says them again [SQP-MODEL-1]", () => {
    const chooser = new Chooser(["later", TID])
    expect(chooser.among("due", ["now", "later"])).toBe("later")
    expect(chooser.wireTid(none)).toBe(TID)
    expect(chooser.answers()).toEqual(["later", TID])
    expect(chooser.fault()).toBeNull()
  })

  it("asks nothing where there is one alternative [SQP-MODEL-1]", () => {
    const chooser = new Chooser([])
    expect(chooser.among("due", ["now"])).toBe("now")
    expect([chooser.answers(), chooser.fault()]).toEqual([[], null])
  })

  it("says which question has no answer, and goes on with any [SQP-MODEL-1]", () => {
    const among = new Chooser([])
    expect(among.among("due", ["now", "later"])).toBe("now")
    expect(among.fault()).toEqual({
      _tag: "ChoiceTooShort", question: { _tag: "Among", about: "due", alternatives: ["now", "later"] }
    })
    const fresh = new Chooser([])
    expect(fresh.wireTid(none)).toBe(`${VARIABLE}0`)
    expect(fresh.fault()).toMatchObject({ _tag: "ChoiceTooShort", question: { _tag: "FreshId", space: "tid" } })
  })

  it("says which answer is none of the alternatives, and how many are left over [SQP-MODEL-1]", () => {
    const wrong = new Chooser(["never"])
    expect(wrong.among("due", ["now", "later"])).toBe("now")
    expect(wrong.fault()).toEqual({ _tag: "ChoiceNotPermitted", answer: "never", about: "due" })
    const long = new Chooser(["now", "now", "now"])
    long.among("due", ["now", "later"])
    expect(long.fault()).toEqual({ _tag: "ChoiceTooLong", unused: 2 })
  })

  it("says what was wrong first [SQP-MODEL-1]", () => {
    const chooser = new Chooser(["never"])
    chooser.among("first", ["now", "later"])
    chooser.among("second", ["now", "later"])
    expect(chooser.fault()).toMatchObject({ about: "first" })
  })

  it("takes no id that is badly written, taken or nobody's [SQP-TID-1] [SQP-CM-1] [SQP-QP-2]", () => {
    expect(faultOfTid(TID)).toBeNull()
    for (const id of ["a1", `${TID}0`, `0${TID}`, "00000000000000A1", "0000000000000000", "12345678zzzzzzzz"]) {
      expect(faultOfTid(id), id).toMatchObject({ _tag: "ChoiceNotPermitted", answer: id })
    }
    expect(faultOfTid(TID, (id) => id === TID)).toMatchObject({ _tag: "ChoiceNotPermitted" })
    const comm = (id: string) => {
      const chooser = new Chooser([id])
      chooser.wireCommId("comm", CommId("00000005"), none)
      return chooser.fault()
    }
    expect(comm("00000006")).toBeNull()
    for (const id of ["00000000", "ffffffff", "00000005"]) expect(comm(id)).not.toBeNull()
  })

  it("takes no real special QP for a QPN [SQP-QP-2]", () => {
    const qpn = (id: string) => {
      const chooser = new Chooser([id])
      return [chooser.qpn((candidate) => candidate === Qpn(7)), chooser.fault() === null]
    }
    expect(["000000", "000001", "000002", "000007", "ffffff"].map(qpn)).toEqual([
      [0, false], [1, false], [2, true], [7, false], [0xffffff, true]
    ])
  })

  it("draws ids, tells which, and says that there is none [SQP-MODEL-1]", () => {
    const draw: Draw = (space, permitted, n) => ["0000000000000000", TID].find((id) => space === "tid" && n === 1 && permitted(id))
    const chooser = new Chooser(["later"], draw)
    chooser.among("due", ["now", "later"])
    expect(chooser.wireTid(none)).toBe(TID)
    expect([chooser.answers(), chooser.fault()]).toEqual([["later", TID], null])
    expect(chooser.wireTid(none)).toBe(`${VARIABLE}2`)
    expect(chooser.answers()).toEqual(["later", TID, `${VARIABLE}2`])
    expect(chooser.fault()).toMatchObject({ _tag: "ChoiceTooShort", question: { _tag: "FreshId", space: "tid" } })
  })

  it("knows by how much later something may have happened that nobody saw [SQP-CHK-8]", () => {
    const chooser = new Chooser([])
    expect([chooser.happens(9), chooser.lateMs]).toEqual([0, 0])
    chooser.observedWithin(5)
    expect([chooser.happens(9), chooser.lateMs]).toEqual([5, 5])
    expect([chooser.happens(3), chooser.lateMs]).toEqual([3, 3])
    expect([chooser.happens(-1), chooser.lateMs]).toEqual([0, 0])
    chooser.followsFromAll()
    expect(chooser.lateMs).toBe(5)
  })
})
