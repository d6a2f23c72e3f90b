/** Invariants in progress: what they see of MADs that wait, what they share, and what names their memories. */
import { describe, expect, it } from "vitest"
import {
  askedAgain, invariant, type Invariant, invariantsOver, memoryKey, type Monitor, type Observation, observeAll,
  violations, withinOf
} from "../model/invariants.ts"
import { dropped, seen, told, toWire } from "./invariant-story.ts"
import { ask, egress, VF1 } from "./small-world.ts"

const posted = egress(VF1, ask)
const waits = seen(posted, { _tag: "Defer", function: VF1, qp: 1, reason: "wire-full" })
const taken = seen({ _tag: "Taken", egress: posted }, toWire(VF1, ask))
/** The same as another observation, which nobody has seen yet. */
const takenAnew = () => seen(taken.event, ...taken.actions)
const after = (of: Invariant, ...history: ReadonlyArray<Observation>): Monitor =>
  history.reduce((monitor, next) => monitor.observe(next), of.start())

describe("an invariant", () => {
  it("sees a MAD when it is taken, not while it waits or where it is refused, and one for all [SQP-FAIR-2]", () => {
    const all: Array<Observation> = []
    const [first, second] = [1, 2].map((n) =>
      invariant<number>("SQP-FAIR-2", `Nothing is wrong ${n}`, 0, (memory, observation) => {
        all.push(observation)
        return { memory: memory + 1 }
      }))
    const monitors = [first, second].flatMap((of) => (of ? [of.start()] : []))
    const next = [waits, seen(posted, told(VF1, { status: "refused" })), takenAnew()].reduce(observeAll, monitors)
    expect(next.map(({ memory }) => memory)).toEqual([1, 1])
    expect(all.map(({ actions, event }) => [event, actions])).toEqual([[posted, taken.actions], [posted, taken.actions]])
    expect(all[0]).toBe(all[1])
  })

  it("that learns nothing stays the same, and one that was broken looks no farther [SQP-EXP-3]", () => {
    const once = invariant<ReadonlyArray<string>>("SQP-FAIR-2", "A MAD is dropped once", [], (memory, { actions }) => {
      const isDrop = actions.some(({ _tag }) => _tag === "Drop")
      if (isDrop && memory.length > 0) return { violation: `after ${memory.join()}` }
      return { memory: isDrop ? ["a drop"] : memory }
    })
    const [one, drop] = [once.start(), seen(posted, dropped(VF1, "tid-quota"))]
    expect(one.observe(seen({ _tag: "Reregister" }))).toBe(one)
    const broken = after(once, drop, drop)
    expect(broken.observe(drop)).toBe(broken)
    expect(violations([one, broken])).toEqual(["A MAD is dropped once (SQP-FAIR-2): after a drop"])
  })

  it("that shares a memory has it computed once for all who share it [SQP-EXP-3]", () => {
    let computed = 0
    const judge = invariantsOver<{ readonly seen: number }>({ seen: 0 }, ({ seen: count }) => {
      computed += 1
      return { seen: count + 1 }
    })
    const all = ["One", "Two", "Three"].map((title) => judge("SQP-FAIR-2", title, () => undefined).start())
    const next = [takenAnew(), waits, takenAnew()].reduce(observeAll, all)
    expect([new Set(next.map(({ memory }) => memory)).size, computed]).toEqual([1, 2])
    expect(next.map(({ memory }) => memory)).toEqual([{ seen: 2 }, { seen: 2 }, { seen: 2 }])
  })

  it("asks again for another memory or another observation [SQP-EXP-3]", () => {
    const asked = askedAgain((memory: string, { event }: Observation) => [memory, event._tag])
    const known = asked("a", taken)
    expect([asked("a", taken), asked("b", taken), asked("a", waits), asked("a", taken)])
      .toEqual([known, ["b", "Taken"], ["a", "Egress"], known])
    const last = asked("a", taken)
    expect(asked("a", taken)).toBe(last)
  })
})

describe("the key of monitors", () => {
  const titled = invariant("SQP-FAIR-2", "All is well", null, (memory) => ({ memory })).start()
  const holding = (memory: unknown, violation?: string): Monitor => ({ ...titled, invariant: titled.invariant, memory, violation })

  it("names each memory once, be it an object, a text, a number or nothing, and what is violated [SQP-EXP-3]", () => {
    const shared = { joins: [1] }
    const key = memoryKey([shared, shared, { joins: [2] }, "text", 5, null, undefined].map((memory) => holding(memory)))
    expect(key).toBe('{"joins":[1]},{"joins":[2]},"text",5,null,')
    expect(memoryKey([holding({ joins: [2] })])).toBe('{"joins":[2]}')
    expect(memoryKey([holding(null, "nothing is")])).toBe("null,All is well (SQP-FAIR-2): nothing is")
  })
})

describe("how much later than told something may have happened", () => {
  it("is what a passing of time says, and nothing of all else [SQP-CHK-1]", () => {
    const passing = { _tag: "TimePasses", ms: 5, within: 3 } as const
    expect([passing, { _tag: "TimePasses", ms: 5 } as const, posted].map((event) => withinOf(seen(event)))).toEqual([3, 0, 0])
  })
})
