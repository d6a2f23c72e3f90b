/** Wrong models that say nothing wrong and leave something undone: the explorer catches them by the way to rest alone. */
import { expect, it } from "vitest"
import { cmRules, cmSystem } from "../../model/environment/cm-system.ts"
import type { Rules } from "../../model/environment/event-system.ts"
import { type MulticastRules, multicastRules } from "../../model/environment/multicast-scope.ts"
import { multicastSystem } from "../../model/environment/multicast-system.ts"
import { explore, STUCK, type System } from "../../model/explore.ts"
import { cmScopes } from "../cm-scopes.ts"
import { ending } from "../mutations.ts"
import { multicastScopes } from "../multicast-scopes.ts"
import { aliasPresets, subscriptionPresets } from "../sa-scopes.ts"
import { erased, modelRules } from "../scope.ts"
import { livesScope } from "../tid-scopes.ts"

/** A model in which outstanding requests whose life is over stay in the table, where nothing finds them. */
const hoarding: Rules = (state, event) => {
  const all = modelRules(state, event)
  const kept = (after: typeof state) => state.transactions
    .filter(({ wireTid }) => event._tag === "TimePasses" && !after.transactions.some((of) => of.wireTid === wireTid))
    .map((of) => ({ ...of, mgmtClass: 0xff, life: { must: 1e9, may: 1e9 } }))
  return {
    ...all,
    possible: all.possible.map((each) =>
      ({ ...each, state: { ...each.state, transactions: [...each.state.transactions, ...kept(each.state)] } }))
  }
}

/** A model that sends nothing for whoever waits, once the SA has refused the one before. */
const forgetful: MulticastRules = (state, event, chooser) => {
  const { actions, state: after } = multicastRules(state, event, chooser)
  const isRefusal = actions.some((action) => action._tag === "ToFunction" && action.mad.status === 0x0100)
  if (!isRefusal || event._tag !== "Ingress") return { actions, state: after }
  const groups = after.groups.map((group) => {
    const request = group.transaction?.request
    return request ? { ...group, transaction: null, waiting: [request, ...group.waiting] } : group
  })
  return { state: { ...after, groups }, actions: actions.filter(({ _tag }) => _tag !== "ToWire") }
}

/** A model whose back-offs never end, once the SA has declined a GUID. */
const humble = ending((after, event) => (event._tag !== "Ingress" && event._tag !== "TimePasses" ? after : {
  ...after,
  functions: after.functions.map((of) => (of.alias?.due ? { ...of, alias: { ...of.alias, due: Infinity } } : of))
}))

/** A model that remembers Reports for ever. */
const mindful = ending((after, event, before) =>
  (event._tag === "TimePasses" ? { ...after, reports: before.reports } : after))

/** The system with an SA of this name, under wrong rules. */
const withSa = (name: string, rules: Rules): System<unknown, string> => {
  const preset = [...aliasPresets, ...subscriptionPresets].find((each) => each.name === name)
  if (!preset) throw new Error(`there is no ${name}`)
  const none = { vfs: 0, requests: 0, groups: 0, connections: 0, losses: 0, duplications: 0, resets: 0 }
  return preset.build(rules, { ...none, ...preset.parameters })
}

const wrongModels: ReadonlyArray<readonly [string, () => System<unknown, string>]> = [
  ["keeps requests whose life is over where nothing finds them", () => livesScope.system(hoarding)],
  ["lets exchanges open for ever", () => erased(cmSystem(cmScopes["a function is reset"], {
    ...cmRules,
    timePasses: (state, ms) => ({ ...cmRules.timePasses(state, ms), exchanges: state.exchanges })
  }))],
  ["leaves joins waiting once one was refused", () => erased(multicastSystem(multicastScopes["the SA refuses a join"].scope, forgetful))],
  ["never asks again for a GUID that was declined", () => withSa("guid/losses", humble)],
  ["remembers Reports for ever", () => withSa("subscriptions/reports", mindful)]
]

it.each(wrongModels)("A model that %s is caught, and only because it never comes to rest [SQP-EXP-4]", (title, build) => {
  const { counterexample } = explore(build())
  console.log(`a model that ${title}: ${counterexample?.path.join("; ")}`)
  // Said only once all states were visited and none was wrong.
  expect(counterexample?.violations).toEqual([STUCK])
})
