/** The small scopes in which alias GUIDs are explored to the end: an SA that says anything, at any time. */
import {
  happen, type Named, type Rules, type Watched, watched, watchedSystem
} from "../model/environment/event-system.ts"
import type { Event } from "../model/event.ts"
import type { System } from "../model/explore.ts"
import { type FunctionId, type Guid, Lid, NO_GUID, Qpn } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import { eventInvariants } from "../model/invariants-events.ts"
import { guidInvariants } from "../model/invariants-guid.ts"
import { lifecycleInvariants } from "../model/invariants-lifecycle.ts"
import { localViewInvariants } from "../model/invariants-local-view.ts"
import type { GuidInfo } from "../model/mad.ts"
import { nextDue } from "../model/sa-outstanding.ts"
import type { GuidTransaction, State } from "../model/state.ts"
import { named, type Scope, scope } from "./scope.ts"
import {
  egress, guid, ingress, mad, OWN_LID, passes, PF, SA, small, type Small, SM_LID, VF1, VF2
} from "./small-world.ts"

/** What the SA may show in the slot that was asked about. */
type Shown = "asked" | "nothing" | "another" | "refusal"

/** A scope's wishes beside the SA's answers and time, which are always there. */
interface GuidScope {
  readonly begin?: Small
  readonly events: ReadonlyArray<Named>
  /** What the SA may say. */
  readonly shows: ReadonlyArray<Shown>
  /** Whether somebody else may answer in its name. */
  readonly forged?: boolean
}

/** Short times: one repetition, two back-offs. */
export const guidTiming = { saTimeout: 2, saRetries: 1, guidRetry: 1, guidRetryMax: 2, rest: 1 }

/** GUIDs that are nobody's at first. */
const [G, H] = [guid(8), guid(9)]

const recordOf = (fn: FunctionId, lid: Lid, shown: Guid): GuidInfo => ({
  _tag: "guidInfo",
  mask: "0000000000000000",
  lid,
  block: 0,
  guids: Array.from({ length: 8 }, (_, place) => (place === fn ? shown : NO_GUID))
})

const answered = (
  fn: FunctionId, { guid: asked, kind, lid, sentTo, wireTid }: GuidTransaction, shown: Shown
): Event => {
  const own = asked === NO_GUID ? H : asked
  const at = shown === "asked" ? own : shown === "another" ? guid(0xf) : NO_GUID
  return ingress(mad({
    mgmtClass: SA,
    method: kind === "set" ? 0x81 : 0x95,
    status: shown === "refusal" ? 0x0700 : 0,
    attributeId: 0x30,
    tid: wireTid,
    body: recordOf(fn, lid, kind === "set" ? at : NO_GUID)
  }), { slid: sentTo })
}

const forgeries = (fn: FunctionId, transaction: GuidTransaction): ReadonlyArray<Named> => {
  const right = answered(fn, transaction, "asked")
  if (right._tag !== "Ingress" || !("body" in right.mad) || right.mad.body._tag !== "guidInfo") return []
  const { address, mad: of, qp } = right
  const about = (body: GuidInfo) => ingress({ ...of, body }, { ...address, qp })
  return [
    named(`somebody answers for the SM about ${fn}`, ingress(of, { ...address, slid: Lid(9) })),
    named(`another QP answers for the SM about ${fn}`, ingress(of, { ...address, srcQp: Qpn(7) })),
    named(`the SA answers about another LID than ${fn}'s`, about({ ...right.mad.body, lid: Lid(9) })),
    named(`the SA answers about another block than ${fn}'s`, about({ ...right.mad.body, block: 1 }))
  ]
}

const answersIn = (
  { functions }: State, { forged = false, shows }: GuidScope
): ReadonlyArray<Named> =>
  functions.flatMap(({ alias }, n): ReadonlyArray<Named> => {
    const transaction = alias?.transaction
    if (!transaction) return []
    const fn = n === 1 ? VF1 : VF2
    const right = shows.map((shown) =>
      named(`the SA shows ${shown} to a ${transaction.kind} of ${n}`, answered(fn, transaction, shown)))
    return forged ? [...right, ...forgeries(fn, transaction)] : right
  })

/** Time to the next thing that is due, if there is one. */
const dueIn = (state: State): ReadonlyArray<Named> => {
  const next = nextDue(state)
  const ms = next ? Math.max(next.due, 0) : 0
  const rests = state.resting.length > 0 ? 1 : ms
  return rests === 0 ? [] : [named(`${rests} ms`, passes(rests))]
}

/** The PF context after its start, watched by what alias GUIDs could break. */
const begun = (rules: Rules, begin: Initial): Watched => {
  const invariants = [guidInvariants, eventInvariants, localViewInvariants, lifecycleInvariants]
  const [first] = happen(rules, watched(begin, invariants.flatMap((of) => of(begin))), { _tag: "Start" })
  if (first === undefined) throw new Error("a start has an outcome")
  return first.watched
}

/** The system: the PF context, wishes, and an SA of which nothing is sure. */
const guidSystem = (of: GuidScope, rules: Rules): System<Watched, string> =>
  watchedSystem(
    begun(rules, small({ timing: guidTiming, guids: [guid(0), NO_GUID], functions: 2, ...of.begin })),
    rules,
    ({ state }) => [...(state.resting.length < 2 ? [...of.events, ...answersIn(state, of)] : []), ...dueIn(state)]
  )

const admin = (fn: FunctionId, wish: Guid | null): Named =>
  named(`admin GUID of ${fn} is ${wish === null ? "none" : wish.slice(14)}`, {
    _tag: "AdminGuid", function: fn, guid: wish
  })
const life = (fn: FunctionId): ReadonlyArray<Named> => [
  named(`attach ${fn}`, { _tag: "Attach", function: fn }),
  named(`detach ${fn}`, { _tag: "Detach", function: fn })
]
const table = (name: string, ...guids: ReadonlyArray<Guid>): Named =>
  named(`table ${name}`, { _tag: "GuidTableChanged", block: 0, guids: [guid(0), ...guids] })
const shownTo = (fn: FunctionId): Named =>
  named(`GUIDInfo of ${fn}`, { _tag: "Query", function: fn, attribute: "GUIDInfo", modifier: 0 })

/** A VF's own Set or Delete of GUIDInfoRecord: of GUID0 of block 0, unless said otherwise. */
const ofVf = (fn: FunctionId, method: number, wish: Guid, change: Partial<GuidInfo> = {}): Event =>
  egress(fn, mad({
    mgmtClass: SA,
    method,
    attributeId: 0x30,
    body: { ...recordOf(PF, OWN_LID, wish), mask: "0000000000000013", ...change }
  }), { dlid: SM_LID })

const guidScopeOf = (
  title: string, about: Scope["about"], reaches: Scope["reaches"], of: GuidScope
): Scope => scope(title, about, reaches, (rules) => guidSystem(of, rules))

const two = { guids: [guid(0), NO_GUID, NO_GUID], functions: 3, attached: [true, true, true] }

/** The scopes of alias GUIDs; each title follows "when". */
export const guidScopes: ReadonlyArray<Scope> = [
  guidScopeOf(
    "an admin GUID of one VF comes, changes and goes, and the SA grants, declines or is silent",
    ["SQP-GUID-3", "SQP-GUID-4", "SQP-GUID-5", "SQP-GUID-9", "SQP-GUID-10"],
    [
      /shows asked to a set of 1: gid to function 1, port-up to function 1$/,
      /shows nothing to a set of 1: nothing/,
      /is none: ok to function 1, to wire .*, gid to function 1, port-down to function 1/,
      /shows asked to a delete of 1: to wire/,
      /shows refusal to a delete of 1: nothing/
    ],
    {
      begin: {},
      events: [admin(VF1, G), admin(VF1, H), admin(VF1, null), ...life(VF1)],
      shows: ["asked", "nothing", "refusal"]
    }
  ),
  guidScopeOf(
    "the SA chooses the GUID of one VF, and the table is written",
    ["SQP-GUID-4", "SQP-GUID-10"],
    [/shows asked to a set of 1: gid to function 1, port-up/, /table nothing: gid to function 1, port-down/],
    {
      begin: { timing: { ...guidTiming, saRetries: 0, guidRetryMax: 1 } },
      events: [
        admin(VF1, NO_GUID), table("nothing", NO_GUID), table("chosen", H), table("other", G),
        shownTo(VF1)
      ],
      shows: ["asked", "nothing"]
    }
  ),
  guidScopeOf(
    "two VFs are given one GUID after the other",
    ["SQP-GUID-2", "SQP-GUID-6"],
    [/admin GUID of 2 is a8: refused/, /admin GUID of 2 is a8: ok to function 2$/, /shows asked to a delete of 1: to wire/],
    {
      begin: { ...two, timing: { ...guidTiming, saRetries: 0, guidRetryMax: 1 } },
      events: [
        admin(VF1, G), admin(VF1, null), admin(VF2, G), shownTo(VF2),
        named("detach 1", { _tag: "Detach", function: VF1 })
      ],
      shows: ["asked", "refusal"]
    }
  ),
  guidScopeOf(
    "SM, LID and link change and the SM asks to reregister",
    ["SQP-GUID-3", "SQP-GUID-8"],
    [/^SM at 2: sm .* to wire/, /^LID 6: lid .* to wire/, /^reregister: reregister .* to wire/, /^link up: .*to wire/],
    {
      begin: { adminGuids: [null, G], timing: { ...guidTiming, saRetries: 0, guidRetryMax: 1 } },
      events: [
        named("SM at 2", { _tag: "SmChanged", smLid: Lid(2), smSl: 0 }),
        named("SM at 1", { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }),
        named("no SM", { _tag: "SmChanged", smLid: null, smSl: 0 }),
        named("LID 6", { _tag: "LidChanged", lid: Lid(6), lmc: 0 }),
        named("reregister", { _tag: "Reregister" }),
        named("link down", { _tag: "LinkChanged", up: false }),
        named("link up", { _tag: "LinkChanged", up: true })
      ],
      shows: ["asked", "nothing"]
    }
  ),
  guidScopeOf(
    "others answer in the SA's name",
    ["SQP-GUID-7"],
    [/drop sa-answer-source/, /drop sa-answer-stale/],
    { begin: {}, events: [admin(VF1, G), admin(VF1, null)], shows: ["asked", "another"], forged: true }
  ),
  guidScopeOf(
    "the PF context stops and starts and the VF is reset",
    ["SQP-GUID-3", "SQP-GUID-9"],
    [/^stop: to wire/, /^start: .*to wire/, /^reset: tunnel/],
    {
      begin: { adminGuids: [null, G] },
      events: [
        named("stop", { _tag: "Stop" }), named("start", { _tag: "Start" }),
        named("reset", { _tag: "Reset", function: VF1 }), admin(VF1, null), admin(VF1, H)
      ],
      shows: ["asked", "nothing"]
    }
  ),
  guidScopeOf(
    "VFs ask for their GUIDs themselves, and policy lets them",
    ["SQP-GUID-3", "SQP-GUID-11"],
    [/VF1 sets a8: to function 1 .*to wire/, /VF1 deletes: to function 1 .*to wire/, /VF2 sets a8: to function 2 [^,]*$/],
    {
      begin: {
        ...two, policy: { classes: [], saAttributes: [{ attributeId: 0x30, allow: "all" }] },
        timing: { ...guidTiming, saRetries: 0, guidRetryMax: 1 }
      },
      events: [
        named("VF1 sets a8", ofVf(VF1, 0x02, G)), named("VF1 deletes", ofVf(VF1, 0x15, NO_GUID)),
        named("VF2 sets a8", ofVf(VF2, 0x02, G)),
        named("VF1 sets the slot of VF2", ofVf(VF1, 0x02, H, { mask: "0000000000000043" })),
        named("VF1 sets its slot at another LID", ofVf(VF1, 0x02, H, { lid: Lid(9) }))
      ],
      shows: ["asked"]
    }
  )
]
