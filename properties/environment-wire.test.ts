/** Small parts of the environment: its wire, choices and peer, and how a closed system asks of its worlds. */
import { describe, expect, it } from "vitest"
import { answeringPeer } from "../model/environment/answering-peer.ts"
import { closedSystem } from "../model/environment/closed-system.ts"
import { firstOutcome, happen, outcomesIn } from "../model/environment/event-system.ts"
import { type IdPool, outcomesOf } from "../model/environment/outcomes.ts"
import { moves, type Packet, put } from "../model/environment/wire.ts"
import type { Event } from "../model/event.ts"
import { initial } from "../model/initial.ts"
import { METHOD } from "../model/mad.ts"
import { outcome } from "../model/outcome.ts"
import { Recall } from "../model/recall.ts"
import { stateRenamed } from "../model/renaming-state.ts"
import { same } from "../model/renaming.ts"
import type { World } from "../model/worlds.ts"
import { modelRules } from "./scope.ts"
import { ask, egress, mad, passes, PERF, small, tid, VF1 } from "./small-world.ts"

const still = initial(small())

describe("the wire", () => {
  const wire = { losses: 1, duplications: 1 }
  const packet = (payload: number, flow = "a"): Packet<number> => ({ flow, payload })
  const happening = (inFlight: ReadonlyArray<Packet<number>>, isOrdered: boolean, budget = wire) =>
    moves({ ...budget, inFlight }, isOrdered).map(({ change, happens, packet: { payload } }) => {
      const { duplications = null, losses = null } = change
      return [payload, happens, change.inFlight.map((of) => of.payload), losses, duplications]
    })

  it("keeps the order of packets of one flow, whatever is between them [SQP-EXP-1]", () => {
    const inFlight = [packet(2, "b"), packet(9), packet(1, "b"), packet(3)].reduce<ReadonlyArray<Packet<number>>>(
      (before, of) => put(before, of, true), [])
    expect(inFlight.map(({ payload }) => payload)).toEqual([9, 3, 2, 1])
    expect(happening(inFlight, true, { losses: 0, duplications: 0 })).toEqual([
      [9, "arrives", [3, 2, 1], null, null], [2, "arrives", [9, 3, 1], null, null]
    ])
  })

  it("lets of equal packets of an unordered wire only one go, as which of them it is makes no difference [SQP-EXP-1]", () => {
    const inFlight = [packet(2), packet(1), packet(1)].reduce<ReadonlyArray<Packet<number>>>(
      (before, of) => put(before, of, false), [])
    expect(happening(inFlight, false, { losses: 0, duplications: 0 })).toEqual([
      [1, "arrives", [1, 2], null, null], [2, "arrives", [1, 1], null, null]
    ])
  })

  it("loses and doubles a packet as long as each budget lasts [SQP-EXP-1]", () => {
    expect(happening([packet(1)], true)).toEqual([
      [1, "arrives", [], null, null], [1, "is lost", [], 0, null], [1, "is duplicated", [1, 1], null, 0]
    ])
    expect(happening([packet(1)], true, { losses: 0, duplications: 0 })).toEqual([[1, "arrives", [], null, null]])
  })
})

describe("choices", () => {
  const none: IdPool = { tid: [], comm: [], sidr: [], qpn: [] }

  it("are all gone through: each alternative, and of ids the first that is permitted [SQP-EXP-1]", () => {
    const pool = { ...none, tid: [1, 2, 3].map(tid) }
    const found: Array<string> = []
    outcomesOf((chooser) => {
      const way = chooser.among("way", ["left", "right"])
      const id = chooser.wireTid((of) => of === tid(1))
      if (chooser.fault() === null) found.push(`${way} ${id}`)
      return outcome(still)
    }, pool)
    expect(found).toEqual([`left ${tid(2)}`, `right ${tid(2)}`])
  })

  it("end with a sentence where a pool of ids is empty, or where somebody chose what is not permitted [SQP-EXP-2]", () => {
    const draws = (choice: ReadonlyArray<string>) => () => outcomesOf((chooser) => {
      chooser.wireTid(() => false)
      return outcome(still)
    }, none, choice)
    expect(draws([])).toThrow("the scope uses up its pool of ids: give it more")
    expect(draws(["no TID"])).toThrow("the explorer chose wrongly: ChoiceNotPermitted")
    expect(draws([tid(1), tid(2)])).toThrow("the explorer chose wrongly: ChoiceTooLong")
    const exhausting = () => ({ possible: [], exhausted: true })
    expect(() => outcomesIn(exhausting, still, passes(1)))
      .toThrow("TimePasses finds no free id: the pool of the scope is too small")
  })
})

describe("what happens to a PF context", () => {
  it("is kept with how it began only where that is known [SQP-EXP-6]", () => {
    const since = { initial: small(), before: [] }
    const [plain] = happen(modelRules, { state: still, monitors: [] }, { _tag: "Start" })
    const [begun] = happen(modelRules, { state: still, monitors: [], since }, { _tag: "Start" })
    expect(plain?.watched).toStrictEqual({ state: plain?.watched.state, monitors: [] })
    expect(begun?.watched.since).toEqual({ initial: since.initial, before: [begun?.observation] })
  })

  it("is nothing where rules have no outcome [SQP-EXP-4]", () => {
    const first = firstOutcome(() => ({ possible: [], exhausted: false }), new Recall())
    expect(first(still, passes(1))).toEqual({ actions: [], state: still })
  })
})

it("A peer answers a Set by GetResp and every other request by its own response; a response it takes", () => {
  const answered = (method: number) =>
    answeringPeer.replies(null, mad({ mgmtClass: PERF, method }), 0xffff)
      .map(({ answer }) => answer?.method ?? null)
  const methods = [METHOD.GET, METHOD.SET, METHOD.DELETE, METHOD.GET_RESP]
  expect(methods.map(answered)).toEqual([[0x81], [0x81], [0x95], [null]])
})

describe("a closed system", () => {
  interface Noting extends World {
    readonly noise: { readonly heard: number; readonly unheard: number }
    readonly noted: number
  }
  /** One way looks at what is heard only; the other lets a function ask or time pass, which is noted. */
  const noting = () => {
    const asked = { listens: 0, notes: 0 }
    const event: Event = egress(VF1, ask)
    const first: Noting = { state: still, monitors: [], noise: { heard: 1, unheard: 0 }, noted: 0 }
    const system = closedSystem<Noting>({
      initial: first,
      ways: [
        ({ noise: { heard } }) => {
          asked.listens += 1
          return [{ label: `hears ${heard}`, change: { noise: { heard: heard + 1, unheard: 0 } } }]
        },
        () => [{ label: "asks", event, change: {} }, { label: "waits", event: passes(1), change: {} }]
      ],
      outcomes: (state) => [outcome(state)],
      notes: () => {
        asked.notes += 1
        return { noted: 7 }
      },
      meets: () => ({}),
      named: (label, actions) => `${label}: ${actions.length} actions`,
      renames: { state: stateRenamed, noise: same, noted: same },
      alike: []
    }, new Recall())
    return { asked, first, system }
  }

  it("has for its moves what may happen, and what is noted of an outcome is in the next world [SQP-EXP-1]", () => {
    const { first, system } = noting()
    const after = { ...first, noted: 7 }
    expect(system.moves(first)).toEqual([
      { label: "hears 1", state: { ...first, noise: { heard: 2, unheard: 0 } } },
      { label: "asks: 0 actions", state: after, observation: { event: egress(VF1, ask), actions: [] } },
      { label: "waits: 0 actions", state: after, observation: { event: passes(1), actions: [] } }
    ])
  })

  it("asks once for all worlds that are the same in what was looked at [SQP-EXP-2]", () => {
    const { asked, first, system } = noting()
    for (let unheard = 0; unheard < 4; unheard++) {
      const labels = [...system.moves({ ...first, noise: { heard: 1, unheard } })].map(({ label }) => label)
      expect(labels).toEqual(["hears 1", "asks: 0 actions", "waits: 0 actions"])
    }
    expect(asked).toEqual({ listens: 1, notes: 2 })
  })

  it("numbers the kinds of its moves from 0 on, each kind once however often it is met [SQP-EXP-1]", () => {
    const { first, system } = noting()
    const kinds: Array<string> = []
    for (const heard of [1, 2, 1]) {
      const numbers = system.numbered?.numbersOf({ ...first, noise: { heard, unheard: 0 } })
      if (!numbers) throw new Error("a closed system has numbers")
      system.numbered?.visit(numbers, (_, kind) => kinds.push(`${kind} ${system.numbered?.label(kind)}`))
    }
    expect(kinds).toEqual([
      "0 hears 1", "1 asks: 0 actions", "2 waits: 0 actions", "3 hears 2", "1 asks: 0 actions", "2 waits: 0 actions",
      "0 hears 1", "1 asks: 0 actions", "2 waits: 0 actions"
    ])
  })
})
