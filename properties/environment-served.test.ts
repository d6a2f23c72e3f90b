/** What may happen in a system with somebody who answers, and when all of it is quiet. */
import { describe, expect, it } from "vitest"
import { answeringPeer } from "../model/environment/answering-peer.ts"
import { happen, type Rules, watched } from "../model/environment/event-system.ts"
import {
  budgetOf, type Respondent, type ServedScope, servedSystem, type ServedWorld, type Wish
} from "../model/environment/served-system.ts"
import type { Event } from "../model/event.ts"
import type { System } from "../model/explore.ts"
import { Lid } from "../model/ids.ts"
import { modelRules } from "./scope.ts"
import { asks as subscribes } from "./subscription-scopes.ts"
import { labelsIn, worldAfter } from "./going.ts"
import { ask, egress, small, SM_LID, VF1, VF2 } from "./small-world.ts"

type Served = System<ServedWorld<string>, string>

/** Knows what he was asked last, by method, and answers; as wrong, late or silent as `of` says. */
const knowing = (of: Partial<Respondent<string>> = {}): Respondent<string> => ({
  initial: "nothing",
  replies: (_, request, pkey) =>
    answeringPeer.replies(null, request, pkey).map((each) => ({ ...each, known: "asked" })),
  disagreements: (known) => (known === "asked" ? ["he was asked"] : []),
  rename: (known) => known,
  ...of
})
const content = knowing({ disagreements: () => [] })

const wish = (name: string, event: Event, of: Partial<Wish> = {}): Wish =>
  ({ name, event, spends: "others", ...of })
const asking = wish("VF1 asks", egress(VF1, ask), { spends: budgetOf(VF1) })
const otherAsking = wish("VF2 asks", egress(VF2, ask), { spends: budgetOf(VF2) })
const noSm = wish("no SM", { _tag: "SmChanged", smLid: null, smSl: 0 })
const stop = wish("stop", { _tag: "Stop" })
const subscribing = wish("VF1 subscribes", subscribes(VF1, 1), { spends: budgetOf(VF1) })

const timing = { saTimeout: 10, saRetries: 1, slack: 5, tidMin: 100, tidMax: 100, rest: 1000 }
const begin = small({ timing })

const served = (
  respondent: Respondent<string>, change: Partial<ServedScope<string>> = {}, rules: Rules = modelRules
): Served => {
  const budgets = { [budgetOf(VF1)]: 1, [budgetOf(VF2)]: 1, others: 2 }
  const nothing = { wishes: [], losses: 0, duplications: 0, refusals: 0, timeouts: 0, alike: [] }
  const [start] = happen(modelRules, watched(begin, []), { _tag: "Start" })
  if (!start) throw new Error("a start has an outcome")
  return servedSystem({ respondent, budgets, ...nothing, ...change }, start.watched, rules)
}

/** With what the names of actions begin. */
const ACTIONS = /: (nothing|deferred|to wire|to function|tunnel|sm|lid|port-down).*/

/** What may happen in a world, without what the PF context does then. */
const labels = (system: Served, world: ServedWorld<string>): ReadonlyArray<string> =>
  [...new Set(labelsIn(system, world).map((label) => label.replace(ACTIONS, "")))]

/** The world after these happened from the first on, each the first of its name. */
const after = (system: Served, ...names: ReadonlyArray<string>): ServedWorld<string> =>
  worldAfter(system, system.initial, ...names)

describe("in a system with somebody who answers", () => {
  it("nothing comes before MADs that waited and have room [SQP-FAIR-2]", () => {
    const full = (slots: number | null) => wish(`room ${slots}`, { _tag: "WireRoom", slots })
    const system = served(content, {
      wishes: [full(0), full(null), asking, otherAsking],
      budgets: { [budgetOf(VF1)]: 1, [budgetOf(VF2)]: 1, others: 3 }
    })
    const waiting = after(system, "room 0", "VF1 asks", "VF2 asks")
    expect(labels(system, waiting)).toEqual(["room 0", "room null"])
    const roomy = worldAfter(system, waiting, "room null")
    expect(labels(system, roomy)).toEqual(["MAD of 1 taken", "MAD of 2 taken"])
    expect(system.quiet?.(roomy)).toBe(true)
    expect(worldAfter(system, roomy, "MAD of 1", "MAD of 2").inFlight).toHaveLength(2)
  })

  it("a wish may happen while its budget lasts, and only in states that it asks for [SQP-EXP-1]", () => {
    const down: Event = { _tag: "LinkChanged", up: false }
    const system = served(content, {
      wishes: [
        wish("down", down, { when: ({ port }) => port.up }), wish("never", down, { when: () => false }),
        wish("unpaid", down, { spends: "nothing" }), wish("LID 6", { _tag: "LidChanged", lid: Lid(6), lmc: 0 })
      ]
    })
    expect(labels(system, system.initial)).toEqual(["down", "LID 6"])
    expect(labels(system, after(system, "down"))).toEqual(["LID 6"])
    expect(labels(system, after(system, "down", "LID 6"))).toEqual([])
  })

  it("a request to which he has nothing to say is taken, and refused only while he may refuse [SQP-EXP-1]", () => {
    const silent = served(knowing({ replies: () => [] }), { wishes: [asking] })
    const label = /^Get of TID \d+ from LID 5 arrives: is taken$/
    expect(labels(silent, after(silent, "VF1 asks"))).toEqual([expect.stringMatching(label)])
    const refusing = knowing({
      replies: (known) => [{ label: "is refused", known, answer: null, isRefusal: true }]
    })
    const unwilling = served(refusing, { wishes: [asking] })
    const asked = after(unwilling, "VF1 asks")
    expect([labels(unwilling, asked), unwilling.quiet?.(asked)]).toEqual([[], true])
    const willing = served(refusing, { wishes: [asking], refusals: 1 })
    expect(after(willing, "VF1 asks", "Get of TID")).toMatchObject({ inFlight: [], refusals: 0 })
  })

  it("who forgets is not heard of with what he knew before, but is still asked [SQP-EXP-1]", () => {
    const system = served(content, {
      wishes: [asking, otherAsking, wish("he forgets", { _tag: "Reregister" }, { forgets: true })]
    })
    const before = after(system, "VF1 asks", "Get of TID", "VF2 asks")
    const forgotten = worldAfter(system, before, "he forgets")
    const addressees = ({ inFlight, known }: ServedWorld<string>) =>
      [known, ...inFlight.map(({ payload }) => payload.to)]
    expect(addressees(before)).toEqual(["asked", "port", "respondent"])
    expect(addressees(forgotten)).toEqual(["nothing", "respondent"])
  })

  it("time passes until what is due next is due and must have happened, and never by nothing [SQP-EXP-1]", () => {
    const system = served(content, { wishes: [subscribing], losses: 1, timeouts: 2 })
    const times = (...way: ReadonlyArray<string>) =>
      labels(system, after(system, ...way)).filter((label) => label.endsWith("pass"))
    expect(times("VF1 subscribes")).toEqual(["10 ms pass", "15 ms pass"])
    expect(times("VF1 subscribes", "10 ms pass: nothing")).toEqual(["5 ms pass"])
  })

  it("functions take the budgets of those with them whose places they take, and no others [SQP-EXP-7]", () => {
    const { initial, symmetry } = served(content, { alike: [[VF1, VF2]] })
    const world = { ...initial, budgets: { [budgetOf(VF1)]: 3, [budgetOf(VF2)]: 4, others: 5 } }
    expect(symmetry?.renamed(world, 0).budgets).toStrictEqual({ [budgetOf(VF1)]: 4, [budgetOf(VF2)]: 3, others: 5 })
  })
})

describe("a system with somebody who answers is quiet", () => {
  it("only where he knows what is true, once nothing is under way any more [SQP-EXP-4]", () => {
    const wishes = [asking, subscribing]
    const wrong = served(knowing(), { wishes, losses: 1 })
    const right = served(content, { wishes, losses: 1 })
    const ways: ReadonlyArray<ReadonlyArray<string>> = [
      // A request is in flight; nothing is, but the PF context waits for an answer and will ask again.
      ["VF1 asks"], ["VF1 subscribes"], ["VF1 subscribes", "Set of TID 1 from LID 5 is lost"]
    ]
    for (const way of ways) {
      expect([way, right.quiet?.(after(right, ...way))]).toEqual([way, true])
      expect([way, wrong.quiet?.(after(wrong, ...way))]).toEqual([way, false])
    }
    expect(wrong.quiet?.(wrong.initial)).toBe(true)
  })

  it("only where the PF context comes to rest [SQP-EXP-4]", () => {
    /** A model that never forgets the requests that functions had outstanding. */
    const hoarding: Rules = (state, event) => {
      const { exhausted, possible } = modelRules(state, event)
      const { transactions } = state
      return { exhausted, possible: possible.map((of) => ({ ...of, state: { ...of.state, transactions } })) }
    }
    const system = served(content, { wishes: [asking] })
    const hoarder = served(content, { wishes: [asking] }, hoarding)
    const asked = after(system, "VF1 asks", "Get of TID", "GetResp of TID")
    const unanswered = { ...asked, state: after(system, "VF1 asks").state }
    expect(unanswered.inFlight).toEqual([])
    expect([system.quiet?.(unanswered), hoarder.quiet?.(unanswered)]).toEqual([true, false])
  })

  it("and wrong by the truth only where nothing is under way and an SM could be asked [SQP-EXP-4]", () => {
    const system = served(knowing({ disagreements: () => ["he is wrong"] }), {
      wishes: [asking, subscribing, noSm, stop], losses: 1
    })
    const said = (...way: ReadonlyArray<string>) => system.violations(after(system, ...way))
    expect(said()).toEqual(["he is wrong"])
    expect(said("VF1 asks", "Get of TID", "GetResp of TID")).toEqual(["he is wrong"])
    for (const way of [["VF1 asks"], ["VF1 subscribes", "Set of TID 1 from LID 5 is lost"], ["no SM"], ["stop"]]) {
      expect([way, said(...way)]).toEqual([way, []])
    }
  })

  it("unless it waits for what the PF context can still bring about [SQP-EXP-4]", () => {
    const wishes = [noSm, wish("SM", { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }), stop]
    const quiet = (isWaitedFor: boolean, ...way: ReadonlyArray<string>) => {
      const system = served(knowing({ isWaitedFor: () => isWaitedFor }), { wishes })
      return system.quiet?.(after(system, ...way))
    }
    expect([quiet(false), quiet(true), quiet(true, "no SM"), quiet(true, "no SM", "SM"), quiet(true, "stop")])
      .toEqual([true, false, true, false, true])
  })

  it("though an answer reaches a LID that the port has no more: there it is not heard [SQP-EXP-4]", () => {
    const heard: Array<Event["_tag"]> = []
    const listening: Rules = (state, event) => {
      heard.push(event._tag)
      return modelRules(state, event)
    }
    const wishes = [asking, wish("LID 6", { _tag: "LidChanged", lid: Lid(6), lmc: 0 })]
    const owing = knowing({
      disagreements: (_, { transactions }) => transactions.map(() => "a request is unanswered")
    })
    const system = served(owing, { wishes }, listening)
    const moved = after(system, "VF1 asks", "Get of TID", "LID 6")
    const label = /^GetResp .* arrives where the port is no more$/
    expect(labels(system, moved)).toContainEqual(expect.stringMatching(label))
    heard.length = 0
    expect(system.quiet?.(moved)).toBe(false)
    expect(heard).not.toContain("Ingress")
  })
})
