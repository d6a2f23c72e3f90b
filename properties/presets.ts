/** The presets: every system of the model that can be explored by a name, of all areas of `spec/`. */
import { cmRules, type CmRules, cmSystem } from "../model/environment/cm-system.ts"
import { type CmScope, stillScope as stillCmScope } from "../model/environment/cm-scope.ts"
import {
  type MulticastRules, multicastRules, type MulticastScope, stillScope as stillMulticastScope
} from "../model/environment/multicast-scope.ts"
import { multicastSystem } from "../model/environment/multicast-system.ts"
import type { Rules } from "../model/environment/event-system.ts"
import { stillTidScope, type TidQuestion, tidSystem } from "../model/environment/tid-system.ts"
import { FunctionId, Gid } from "../model/ids.ts"
import type { RequirementId } from "../spec/requirements.ts"
import { accountingMutants } from "./accounting-mutants.ts"
import { cmMutants } from "./cm-mutants.ts"
import { type CmScopeName, cmScopes, largeCmScope } from "./cm-scopes.ts"
import { fairnessMutants } from "./fairness-mutants.ts"
import { functionRoomScope, wireRoomScope } from "./fairness-scopes.ts"
import { guidMutants } from "./guid-mutants.ts"
import { guidScopes } from "./guid-scopes.ts"
import { multicastMutants } from "./multicast-mutants.ts"
import { largeMulticastScope, type MulticastScopeName, multicastScopes } from "./multicast-scopes.ts"
import { narrowMutants } from "./narrow-mutants.ts"
import { policyMutants, portMutants, qpMutants } from "./port-mutants.ts"
import {
  addressScope, guidScope, largeLifecycleScope, lifecycleScope, portScope, qpPkeyScope, qpScope
} from "./port-scopes.ts"
import {
  administeredScope, classesScope, pkeyScope, prefixScope, redirectScope, smpScope, steeringScope
} from "./policy-scopes.ts"
import { peerPresets } from "./peer-scopes.ts"
import { type Family, fixedPreset, type Preset, presetOf } from "./preset.ts"
import { changingQuotaScope, cmAddressScope, reportScope, sidrScope } from "./rare-scopes.ts"
import { aliasPresets, servicePresets, subscriptionPresets } from "./sa-scopes.ts"
import { erased, modelRules, type Scope, started } from "./scope.ts"
import { ask, small, tid } from "./small-world.ts"
import { lossScope, serviceMutants, serviceScope } from "./service-scopes.ts"
import { subscriptionMutants } from "./subscription-scopes.ts"
import { steeringMutants, tidMutants } from "./tid-mutants.ts"
import {
  forgeryScope, givingWayInboundScope, givingWayScope, livesScope, pingsScope, quotaScope, resetOfAskerScope,
  resetOfResponderScope, rmppScope, sharedTidScope
} from "./tid-scopes.ts"

/** The model's rules as a whole, and its wrong models. */
const wholeModel: Family<Rules> = {
  rules: modelRules,
  mutants: [
    ...tidMutants, ...steeringMutants, ...policyMutants, ...qpMutants, ...portMutants, ...fairnessMutants,
    ...accountingMutants, ...guidMutants, ...serviceMutants, ...subscriptionMutants, ...narrowMutants
  ]
}
const cmFamily: Family<CmRules> = { rules: cmRules, mutants: cmMutants }
const multicastFamily: Family<MulticastRules> = { rules: multicastRules, mutants: multicastMutants }

/** Scopes of events that happen as they like, by name. */
const eventScopes: Readonly<Record<string, Scope | undefined>> = {
  "qp/verbs": qpScope,
  "qp/pkeys": qpPkeyScope,
  "classes/sending": classesScope,
  "classes/administered": administeredScope,
  "classes/redirects": redirectScope,
  "classes/smps": smpScope,
  "steering/grhs": steeringScope,
  "steering/prefixes": prefixScope,
  "pkey/tables": pkeyScope,
  "events/addresses": addressScope,
  "local-view/ports": portScope,
  "fairness/wire-room": wireRoomScope,
  "fairness/function-room": functionRoomScope,
  "lifecycle/orders": lifecycleScope,
  "service-records/ends": serviceScope,
  "service-records/lost-names": lossScope,
  "guid/table": guidScope,
  "guid/administered": guidScopes[0],
  "guid/chosen": guidScopes[1],
  "guid/one-after-the-other": guidScopes[2],
  "guid/port-events": guidScopes[3],
  "guid/forged": guidScopes[4],
  "guid/stops": guidScopes[5],
  "guid/own-requests": guidScopes[6],
  "tid/shared": sharedTidScope,
  "tid/lives": livesScope,
  "tid/reset-of-asker": resetOfAskerScope,
  "tid/pings": pingsScope,
  "tid/reset-of-responder": resetOfResponderScope,
  "tid/forgeries": forgeryScope,
  "tid/quota": quotaScope,
  "tid/rmpp": rmppScope,
  "tid/giving-way": givingWayScope,
  "tid/giving-way-inbound": givingWayInboundScope,
  "cm/sidr": sidrScope,
  "cm/addresses": cmAddressScope,
  "subscriptions/report-sources": reportScope,
  "fairness/changing-quotas": changingQuotaScope
}

const CM: ReadonlyArray<RequirementId> = ["SQP-CM-1", "SQP-CM-2", "SQP-CM-3", "SQP-CM-4", "SQP-CM-5", "SQP-CM-6"]
const MC: ReadonlyArray<RequirementId> = ["SQP-MC-1", "SQP-MC-2", "SQP-MC-4", "SQP-MC-5", "SQP-MC-6"]

const cmPreset = (slug: string, title: CmScopeName, isLong = false): Preset => {
  const scope: CmScope = cmScopes[title]
  const { duplications, losses, resets } = scope
  return presetOf(cmFamily, {
    name: `cm/${slug}`, title, about: CM, reaches: [], isLong,
    parameters: { losses, duplications, resets },
    build: (rules, values) => erased(cmSystem({
      ...scope, losses: values.losses, duplications: values.duplications, resets: values.resets
    }, rules))
  })
}

const cmPresets: ReadonlyArray<Preset> = [
  cmPreset("two-asked", "two peers with one comm id and one TID ask two functions"),
  cmPreset("among-functions", "a function asks another of its port over a bad wire"),
  cmPreset("bad-wire", "a function asks over a bad wire and lingering becomes optional"),
  cmPreset("asked-over-bad-wire", "a peer asks over a bad wire"),
  cmPreset("id-twice", "a function uses its id twice, before and after the former conversation and its rest are over"),
  cmPreset("repetitions", "a function repeats itself while the opening becomes optional and ends"),
  cmPreset("reset", "a function is reset"),
  cmPreset("next-incarnation", "a function is reset and its next incarnation uses the same id"),
  cmPreset("mra-asks", "a function asks, and is told to wait longer than its REQ could be repeated"),
  cmPreset("mra-asked", "a peer asks, and is told to wait longer than its REQ could be repeated"),
  cmPreset("mra-ended", "a peer is told to wait, its REQ comes again all the same, and somebody tries to end it"),
  cmPreset("mra-repeated", "a function is told to wait, and its REQ leaves again all the same"),
  cmPreset("nameless-rej", "somebody refuses without an id what may have been answered"),
  cmPreset("dreq-from-elsewhere", "somebody from elsewhere ends a conversation with the right ids"),
  cmPreset("room-for-one", "a function with room for one conversation asks, and is asked by another"),
  cmPreset("room-for-one-twice", "a function with room for one conversation uses its id twice"),
  cmPreset("forged-dreq", "somebody forges a DREQ from the address of the peer")
]

/** Two conversations, one from each side, over a bad wire. */
const cmBothWays = presetOf(cmFamily, {
  name: "cm/both-ways", title: "a function asks a peer that asks another function over a bad wire", about: CM,
  reaches: [], isLong: true, parameters: {}, build: (rules) => erased(cmSystem(largeCmScope, rules))
})

const vfsOf = (vfs: number): ReadonlyArray<FunctionId> =>
  Array.from({ length: vfs }, (_, n) => FunctionId(n + 1))

/** So many functions, each with so many conversations with one peer. */
const cmConnections = presetOf(cmFamily, {
  name: "cm/losses",
  title: "two functions with one comm id and one TID ask one peer and MADs are lost",
  about: CM,
  reaches: [/is lost/],
  parameters: { vfs: 2, connections: 1, losses: 1, duplications: 0, resets: 0 },
  build: (rules, { connections, duplications, losses, resets, vfs }) => erased(cmSystem({
    ...stillCmScope, guests: vfs, losses, duplications, resets,
    questions: Array.from({ length: vfs * connections }, (_, n) =>
      ({ from: { is: "guest", n: Math.floor(n / connections) }, to: { is: "peer", n: 0 } })),
    alike: [vfsOf(vfs)]
  }, rules))
})

const multicastPreset = (slug: string, title: MulticastScopeName): Preset => {
  const { reaches, scope } = multicastScopes[title]
  const { duplications, losses, resets } = scope
  return presetOf(multicastFamily, {
    name: `multicast/${slug}`, title, about: MC, reaches, parameters: { losses, duplications, resets },
    build: (rules, values) => {
      const change: Partial<MulticastScope> =
        { losses: values.losses, duplications: values.duplications, resets: values.resets }
      return erased(multicastSystem({ ...scope, ...change }, rules))
    }
  })
}

const multicastPresets: ReadonlyArray<Preset> = [
  multicastPreset("three-states", "two functions join and leave with three JoinStates"),
  multicastPreset("bad-wire", "packets are lost and come twice"),
  multicastPreset("refusal", "the SA refuses a join"),
  multicastPreset("slow-sa", "the SA is slow"),
  multicastPreset("reset", "a function with two JoinStates is reset"),
  multicastPreset("reset-and-loss", "a function is reset while packets are lost"),
  multicastPreset("confined", "functions lose P_Keys and GUIDs"),
  multicastPreset("reregister", "the SM asks to reregister, with two JoinStates"),
  multicastPreset("reregister-and-loss", "the SM asks to reregister while packets are lost"),
  multicastPreset("renewals", "functions join again or not after a reregister"),
  multicastPreset("refused-again", "the SA refuses to have members again"),
  multicastPreset("other-sm", "another SM takes over"),
  multicastPreset("other-sm-second-state", "another SM takes over while a second JoinState is asked for"),
  multicastPreset("no-sm", "the SM is gone for a while"),
  multicastPreset("two-groups", "there are two groups, created by the first who joins"),
  multicastPreset("chosen-mgid", "the SA chooses the MGID"),
  multicastPreset("stop", "the PF context stops"),
  multicastPreset("forgotten", "what was given up is forgotten"),
  multicastPreset("slack", "sends may be late"),
  multicastPreset("repetitions", "functions repeat themselves"),
  multicastPreset("stranger", "a stranger answers in the SA's name"),
  multicastPreset("overtaking", "packets overtake each other")
]

const MGIDS = Array.from({ length: 4 }, (_, n) => Gid(`ff12a01cfe8000000000000000000${777 + 111 * n}`))

/** So many functions that join and leave so many groups, each as often as said. */
const multicastMembers = presetOf(multicastFamily, {
  name: "multicast/losses",
  title: "two functions join and leave groups twice and MADs are lost",
  about: MC,
  reaches: [/is lost/, /10 ms pass; wire Set/],
  parameters: { vfs: 2, requests: 2, groups: 1, losses: 1, duplications: 0, resets: 0 },
  build: (rules, { duplications, groups, losses, requests, resets, vfs }) => {
    const mgids = MGIDS.slice(0, groups)
    const wishes = mgids.flatMap((mgid) =>
      [{ method: "join", mgid, bits: 1 } as const, { method: "leave", mgid, bits: 1 } as const])
    return erased(multicastSystem({
      ...stillMulticastScope, existing: mgids, losses, duplications, resets, timeouts: 1,
      wishes: Array.from({ length: vfs }, () => wishes), requests: Array.from({ length: vfs }, () => requests),
      creates: "every", alike: [vfsOf(vfs)]
    }, rules))
  }
})

/** Three functions, all JoinStates, and everything may go wrong. */
const multicastTrouble = presetOf(multicastFamily, {
  name: "multicast/all-trouble", title: "three functions join and leave with all JoinStates in all trouble", about: MC,
  reaches: [], isLong: true, parameters: {}, build: (rules) => erased(multicastSystem(largeMulticastScope, rules))
})

/** So many functions that ask one peer with one TID, each as often as said. */
const tidAskers = presetOf(wholeModel, {
  name: "tid/losses",
  title: "two functions ask one peer with one TID twice and MADs are lost and doubled",
  about: ["SQP-TID-1", "SQP-TID-2", "SQP-TID-3", "SQP-TID-4"],
  reaches: [/answer .* is lost/, /answer .* is duplicated/, /to function 2/],
  parameters: { vfs: 2, requests: 2, losses: 1, duplications: 1, resets: 0 },
  build: (rules, { duplications, losses, requests, resets, vfs: count }) => {
    const vfs = vfsOf(count)
    const questions = vfs.map((from): TidQuestion => ({ from, to: "peer", mad: ask, tid: tid(7), times: requests }))
    return erased(tidSystem(
      {
        ...stillTidScope, questions, losses, duplications, resets: vfs.slice(0, resets),
        alike: [vfs.slice(0, resets), vfs.slice(resets)]
      },
      started(rules, small({ functions: count + 1, timing: { rest: 4 } })), rules
    ))
  }
})

/** All presets, by area and name. */
export const presets: ReadonlyArray<Preset> = [
  ...Object.entries(eventScopes).flatMap(([name, scope]) => (scope ? fixedPreset(wholeModel, name, scope) : [])),
  { ...fixedPreset(wholeModel, "lifecycle/orders-and-qps", largeLifecycleScope), isLong: true },
  ...[...peerPresets, ...subscriptionPresets, ...servicePresets, ...aliasPresets].map((of) => presetOf(wholeModel, of)),
  ...cmPresets,
  cmConnections,
  cmBothWays,
  ...multicastPresets,
  multicastTrouble,
  multicastMembers,
  tidAskers
]

/** The preset of a name; an unknown one throws a sentence that names those there are. */
export const presetNamed = (name: string): Preset => {
  const found = presets.find((preset) => preset.name === name)
  if (found) return found
  throw new RangeError(`there is no preset ${name}; there are: ${presets.map((preset) => preset.name).join(", ")}`)
}

/** The presets of an area that every test run explores. */
export const presetsOf = (area: string): ReadonlyArray<Preset> =>
  presets.filter((preset) => preset.area === area && !preset.isLong)
