/** Scopes with an SA in the loop that holds what it is asked for, refuses, is late, loses and forgets. */
import type { Rules } from "../model/environment/event-system.ts"
import { guidSa } from "../model/environment/sa-guids.ts"
import { informSa } from "../model/environment/sa-informs.ts"
import { serviceSa } from "../model/environment/sa-services.ts"
import { FunctionId, NO_GUID } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import type { Invariant } from "../model/invariants.ts"
import { transportInvariants } from "../model/invariants-all.ts"
import { subscriptionSaInvariants } from "../model/invariants-subscription-sa.ts"
import { subscriptionInvariants } from "../model/invariants-subscriptions.ts"
import type { Described, Values } from "./preset.ts"
import { type NamedEvent, served } from "./served-scope.ts"
import { DELETE, sends, SET } from "./service-scopes.ts"
import { gid, guid, type Small, SM_LID } from "./small-world.ts"
import { asks, reports } from "./subscription-scopes.ts"

// Subscriptions

const ofSubscriptions = (begin: Initial): ReadonlyArray<Invariant> =>
  [...transportInvariants(begin), ...subscriptionInvariants(), ...subscriptionSaInvariants(begin)]

const subscribing = (fn: FunctionId): ReadonlyArray<NamedEvent> =>
  [["subscribes", asks(fn, 1)], ["ends it", asks(fn, 0)]]

const REREGISTER = { name: "reregister", event: { _tag: "Reregister" } as const }
const FORGETS = { name: "the SA forgets; reregister", event: { _tag: "Reregister" } as const, forgets: true }

/** Subscriptions with an SA that holds them. */
export const subscriptionPresets: ReadonlyArray<Described<Rules>> = [
  {
    name: "subscriptions/losses",
    title: "two functions subscribe and end it, MADs are lost, and the SA is late",
    reaches: [/is lost/, /drop sa-timeout/, /coalesced/, /drop horizon/, /the SA says 512/],
    timeouts: 2
  },
  {
    name: "subscriptions/refusals",
    title: "the SA refuses a subscription and MADs are lost",
    reaches: [/the SA says 256/, /GetResp of TID . from LID 1 arrives: to function \d \S+, to wire/],
    timeouts: 1, refusals: 1
  },
  {
    name: "subscriptions/resets",
    title: "a subscriber is reset and MADs are lost",
    reaches: [/reset of VF1: .*to wire/, /reset of VF1: drop function-gone/, /arrives: to wire/],
    parameters: { resets: 1, requests: 1 }, timeouts: 1
  },
  {
    name: "subscriptions/reregister",
    title: "the SM asks to reregister, and the SA may have forgotten all",
    reaches: [/forgets; reregister: .*to wire/, /GetResp of TID . from LID 1 arrives: drop response-unasked/],
    others: [REREGISTER, FORGETS], parameters: { requests: 1 }, timeouts: 1
  },
  {
    name: "subscriptions/reports",
    isAlike: () => false,
    title: "the SA reports while functions subscribe, end it and lose their P_Key",
    reaches: [/a report: .*to function 1.*to function 2/, /a report: .*drop report-unwanted/, /no P_Key for VF1: .*to wire/],
    others: [
      { name: "a report", event: reports }, { name: "no P_Key for VF1", event: { _tag: "PkeyMapChanged", function: FunctionId(1), map: [null] } as const }
    ],
    timeouts: 0, parameters: { requests: 1, resets: 1 }
  },
  {
    name: "subscriptions/partitions",
    title: "the port loses the partition of a subscription and MADs are lost",
    reaches: [/no P_Key: pkey .*to function 1/, /is lost/],
    others: [{ name: "no P_Key", event: { _tag: "PkeysChanged", pkeys: [0x8001] } as const }],
    timeouts: 0
  },
  {
    name: "subscriptions/quota",
    title: "a function with room for one subscription asks for two, and MADs are lost",
    reaches: [/subscription-quota/, /is lost/],
    parameters: { vfs: 1 }, begin: () => ({ limits: { subscriptions: 1 } }),
    wishes: (fn: FunctionId) => [...subscribing(fn), ["subscribes to another", asks(fn, 1, 65)] as const]
  },
  {
    name: "subscriptions/all-trouble",
    title: "functions subscribe, end it and are reset, MADs are lost and doubled, and the SA is late and forgets",
    // No refusals: of a request that the wire doubled the SA may refuse one and grant the other, which nobody can see.
    reaches: [], isLong: true,
    others: [REREGISTER, FORGETS], timeouts: 2, parameters: { resets: 1, duplications: 1 }
  }
].map(({ ...of }) => served({
  about: ["SQP-SUB-1", "SQP-SUB-2", "SQP-SUB-3", "SQP-SUB-4", "SQP-SUB-7"], respondent: informSa,
  wishes: subscribing, invariants: ofSubscriptions, ...of
}))

// ServiceRecords

const registering = (fn: FunctionId): ReadonlyArray<NamedEvent> =>
  [["registers", sends(SET, { gid: gid(fn) }, fn)], ["deletes it", sends(DELETE, { gid: gid(fn) }, fn)]]

/** ServiceRecords with an SA that holds them. */
export const servicePresets: ReadonlyArray<Described<Rules>> = [
  {
    name: "service-records/losses",
    title: "two functions register and delete records, and MADs are lost",
    reaches: [/is lost/, /DeleteResp of TID . from LID 1 arrives: to function 2/],
    timeouts: 0
  },
  {
    name: "service-records/resets",
    // What two deleted at once is repeated at once, in the order of their numbers.
    isAlike: ({ resets }: Values) => resets < 2,
    title: "a function with a record is reset, the SA is late, and MADs are lost",
    reaches: [/is lost/, /reset of VF1: .*to wire/, /10 ms pass: to wire/],
    parameters: { resets: 1, requests: 1 }, timeouts: 1
  },
  {
    name: "service-records/no-sm",
    isAlike: () => false,
    title: "the SM goes and comes while functions lose the GIDs that their records name",
    reaches: [/no GIDs: .*to wire/, /no SM: sm/, /SM again: .*to wire/],
    others: [
      { name: "no SM", event: { _tag: "SmChanged", smLid: null, smSl: 0 } as const },
      { name: "SM again", event: { _tag: "SmChanged", smLid: SM_LID, smSl: 0 } as const },
      { name: "no GIDs", event: { _tag: "GuidTableChanged", block: 0, guids: [guid(0), NO_GUID, NO_GUID] } as const }
    ],
    otherTimes: 3, timeouts: 1, parameters: { requests: 1 }
  },
  {
    name: "service-records/all-trouble",
    isAlike: ({ resets }: Values) => resets < 2,
    title: "functions register, delete and are reset, MADs are lost and doubled, the SA refuses and is late",
    reaches: [], isLong: true, parameters: { resets: 2, duplications: 1 }, refusals: 1, timeouts: 2
  }
].map((of) => served({
  about: ["SQP-SVC-1", "SQP-SVC-2", "SQP-SVC-3"], respondent: serviceSa, wishes: registering, ...of
}))

// Alias GUIDs

const administering = (fn: FunctionId): ReadonlyArray<NamedEvent> =>
  [guid(8), null].map((wish) => [
    `shall have ${wish === null ? "none" : wish.slice(14)}`, { _tag: "AdminGuid", function: fn, guid: wish }
  ])

const nameless = (functions: number): Small =>
  ({ guids: [guid(0), ...Array.from({ length: functions - 1 }, () => NO_GUID)] })

/** Alias GUIDs with an SA that holds them. */
export const aliasPresets: ReadonlyArray<Described<Rules>> = [
  {
    name: "guid/losses",
    title: "two functions are given GUIDs and lose them again, the SA declines, and MADs are lost",
    reaches: [/is lost/, /the SA declines/, /: ok to function 1, to wire/, /refused to function/, /gid to function 1/],
    refusals: 1, timeouts: 1
  },
  {
    name: "guid/forgetful-sa",
    title: "the SM asks to reregister, and the SA may have forgotten the GUIDs it gave",
    reaches: [/forgets; reregister: .*to wire/],
    others: [REREGISTER, FORGETS], timeouts: 1, parameters: { requests: 1 }
  },
  {
    name: "guid/all-trouble",
    isAlike: () => false,
    title: "functions are given GUIDs, detach and are reset, MADs are lost and doubled, the SA declines and forgets",
    reaches: [], isLong: true,
    others: [REREGISTER, FORGETS, { name: "detach of VF1", event: { _tag: "Detach", function: FunctionId(1) } as const }],
    otherTimes: 2, parameters: { resets: 1, duplications: 1 }, refusals: 2, timeouts: 3
  }
].map((of) => served({
  about: ["SQP-GUID-3", "SQP-GUID-4", "SQP-GUID-5", "SQP-GUID-6", "SQP-GUID-9"], respondent: guidSa, begin: nameless,
  wishes: administering, ...of
}))
