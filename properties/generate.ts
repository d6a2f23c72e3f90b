/**
 * Generates command sequences for any implementation: functions with colliding ids, and an environment that
 * answers, duplicates, loses, reorders and lies. A move is decided when it is its turn, because most of them
 * answer an output of this run; answers quote ids by `copy`, so the trace that results replays against
 * anybody.
 */
import fc from "fast-check"
import type { Init } from "../impl/trace/command.ts"
import type { Line } from "../impl/trace/line.ts"
import { hexOf } from "./mads.ts"
import {
  advance, functionRoom, lifecycle, limits, memberQuery, membershipRequest, muchRoom, policy, portEvent, query, room,
  verb
} from "./moves/control.ts"
import { mostly } from "./moves/draws.ts"
import { adminGuid, guidAnswer, guidRequest, guidTable } from "./moves/guids.ts"
import {
  again,
  allowedRequest,
  cmAsk,
  cmReply,
  malformed,
  refusedRequest,
  respond,
  smp
} from "./moves/guest.ts"
import { ownRmppControl, redirectAnswer, redirectedRequest } from "./moves/redirect.ts"
import { insaneSaAnswer, saAnswer, saTable } from "./moves/sa.ts"
import { serviceRequest } from "./moves/services.ts"
import { answer, loopback, peerAsk, peerReply, rmppControl, unasked } from "./moves/wire.ts"
import { informAnswer, informRequest, report, reportResponse } from "./moves/subscriptions.ts"
import type { Subject } from "./subject.ts"
import { type Move, World } from "./world.ts"

/**
 * What a sequence is about, and how often it does what. Some leave whole areas out, so that others get deep.
 */
interface Profile {
  readonly about: string
  readonly weight: number
  readonly moves: ReadonlyArray<readonly [number, fc.Arbitrary<Move>]>
  /** What it begins with; {@link init} by default. */
  readonly begin?: () => fc.Arbitrary<Init>
}

const profiles: ReadonlyArray<Profile> = [
  {
    about: "everything",
    weight: 3,
    moves: [
      [6, allowedRequest],
      [2, refusedRequest],
      [1, smp],
      [1, malformed],
      [4, cmAsk],
      [6, cmReply],
      [3, respond],
      [3, again],
      [6, answer],
      [4, saAnswer],
      [3, peerAsk],
      [5, peerReply],
      [2, loopback],
      [3, unasked],
      [1, rmppControl],
      [5, membershipRequest],
      [1, memberQuery],
      [1, saTable],
      [2, serviceRequest],
      [3, advance],
      [2, lifecycle],
      [2, portEvent],
      [1, adminGuid],
      [1, guidAnswer],
      [2, informRequest],
      [2, informAnswer],
      [2, report],
      [1, reportResponse],
      [1, policy],
      [1, ownRmppControl],
      [1, redirectAnswer],
      [1, redirectedRequest],
      [2, verb],
      [1, query]
    ]
  },
  {
    about: "transactions",
    weight: 2,
    moves: [
      [8, allowedRequest],
      [1, refusedRequest],
      [8, answer],
      [3, again],
      [3, advance],
      [1, lifecycle],
      [3, unasked],
      [3, respond],
      [2, rmppControl],
      [2, ownRmppControl],
      [3, redirectAnswer],
      [4, redirectedRequest],
      [2, loopback]
    ]
  },
  {
    about: "communication management",
    weight: 2,
    moves: [
      [4, cmAsk],
      [8, cmReply],
      [4, peerAsk],
      [8, peerReply],
      [3, again],
      [3, advance],
      [3, loopback],
      [1, lifecycle]
    ]
  },
  {
    about: "multicast",
    weight: 2,
    moves: [
      [8, membershipRequest],
      [2, memberQuery],
      [7, saAnswer],
      [1, saTable],
      [2, again],
      [4, advance],
      [1, lifecycle],
      [2, report],
      [1, informRequest],
      [2, informAnswer],
      [3, portEvent]
    ]
  },
  {
    about: "joins and leaves",
    weight: 1,
    // Nothing but membership, the SA and time: what an implementation does first.
    begin: () => init.map((begin) => ({ ...begin, groupNotices: false })),
    moves: [
      [8, membershipRequest],
      [7, saAnswer],
      [2, again],
      [3, advance]
    ]
  },
  {
    about: "subscriptions",
    weight: 2,
    moves: [
      [8, informRequest],
      [7, informAnswer],
      [8, report],
      [5, reportResponse],
      [2, again],
      [3, advance],
      [1, lifecycle],
      [3, portEvent],
      [1, policy],
      [1, allowedRequest],
      [1, functionRoom]
    ]
  },
  {
    about: "QPs, views, port events",
    weight: 2,
    moves: [
      [9, verb],
      [2, query],
      [4, portEvent],
      [2, lifecycle],
      [2, allowedRequest],
      [2, refusedRequest],
      [2, policy],
      [1, smp],
      [1, membershipRequest],
      [2, answer]
    ]
  },
  {
    about: "alias GUIDs",
    weight: 2,
    begin: () => withAdminGuids(),
    moves: [
      [6, adminGuid],
      [3, guidRequest],
      [10, guidAnswer],
      [5, advance],
      [2, guidTable],
      [2, portEvent],
      [3, lifecycle],
      [1, query],
      [1, allowedRequest],
      [1, membershipRequest],
      [1, saAnswer],
      [1, peerAsk]
    ]
  },
  {
    about: "service records",
    weight: 1,
    moves: [
      [8, serviceRequest],
      [7, answer],
      [2, again],
      [4, advance],
      [3, lifecycle],
      [3, portEvent]
    ]
  },
  {
    about: "full rings",
    weight: 2,
    moves: [
      [6, room],
      [2, muchRoom],
      [1, limits],
      [6, allowedRequest],
      [2, refusedRequest],
      [1, smp],
      [5, membershipRequest],
      [4, saAnswer],
      [3, informRequest],
      [3, informAnswer],
      [4, report],
      [4, answer],
      [3, respond],
      [2, cmAsk],
      [3, cmReply],
      [2, peerAsk],
      [3, peerReply],
      [2, unasked],
      [2, again],
      [2, advance],
      [2, lifecycle],
      [1, portEvent]
    ]
  },
  {
    about: "an insane SA",
    weight: 1,
    moves: [
      [8, membershipRequest],
      [7, insaneSaAnswer],
      [2, again],
      [4, advance],
      [1, lifecycle]
    ]
  }
]

const movesOf = (profile: Profile, length: number, atLeast = 1): fc.Arbitrary<ReadonlyArray<Move>> =>
  fc.array(fc.oneof(...profile.moves.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
    minLength: atLeast,
    maxLength: length,
    size: "max"
  })

/** Short times, so that every bound is met within a sequence. */
const timing = {
  tidMin: 1000,
  tidMax: 1500,
  rest: 1000,
  linger: 1000,
  lingerMax: 1500,
  openingMin: 500,
  openingMax: 2000,
  saTimeout: 100,

  horizon: 330,
  renewGrace: 250,
  slack: 0,
  prefixGrace: 500,
  rejInterval: 50,
  guidRetry: 60,
  guidRetryMax: 400
}

const NODE_INFO = Array.from({ length: 64 }, (_, i) => hexOf(0x40 + i, 2)).join("")
const PORT_INFO = Array.from({ length: 64 }, (_, i) => hexOf(0xff - i, 2)).join("")

/** A PF context to begin with: few functions, small quotas, short times. */
export const init: fc.Arbitrary<Init> = fc
  .record({
    functions: fc.integer({ min: 2, max: 5 }),
    seed: fc.nat(),
    guids: mostly(6, "distinct", "one missing", "two equal"),
    lmc: fc.nat(1),
    smLid: mostly<number | null>(8, 1, null),
    otherPort: mostly(2, false, true),
    inactive: mostly(3, 0, 1, 2),
    maps: mostly(2, "default", "swapped"),
    // Whether the port is a full member of the default partition, as few but the SM's are.
    defaultPkey: mostly(3, 0xffff, 0x7fff),
    tids: fc.integer({ min: 1, max: 4 }),
    cm: fc.integer({ min: 1, max: 6 }),
    groups: fc.integer({ min: 1, max: 3 }),
    pending: fc.integer({ min: 1, max: 3 }),
    subscriptions: fc.integer({ min: 1, max: 3 }),
    inbound: mostly(3, 2, 1, 3, 4, 0),
    redirects: mostly(3, 2, 1, 16, 0),
    services: fc.integer({ min: 1, max: 2 }),
    groupNotices: mostly(3, false, true),
    queue: fc.integer({ min: 1, max: 3 }),
    horizon: fc.constantFrom(150, 330, 1000),
    saRetries: fc.nat(2)
  })
  .map(
    ({
      cm,
      defaultPkey,
      functions,
      groupNotices,
      groups,
      guids,
      horizon,
      inactive,
      inbound,
      redirects,
      lmc,
      maps,
      otherPort,
      pending,
      queue,
      services,
      saRetries,
      seed,
      smLid,
      subscriptions,
      tids
    }): Init => ({
      op: "init",
      format: "special-qp/1",
      seed,
      functions,
      subnetPrefix: "fe80000000000000",
      guids: Array.from({ length: functions }, (_, f) =>
        hexOf(
          guids === "one missing" && f === 1
            ? 0
            : guids === "two equal" && f === functions - 1
              ? 0xa00
              : 0xa00 + f,
          16
        )
      ),
      // The other port of function 1 has the GUID of the last function here: this port's come first.
      ...(otherPort && {
        otherPortGuids: Array.from({ length: functions }, (_, f) => hexOf(f === 1 ? 0xa00 + functions - 1 : 0xc00 + f, 16))
      }),
      nodeGuids: Array.from({ length: functions }, (_, f) => hexOf(0xf00 + f, 16)),
      pkeys: [defaultPkey, 0x8001, 0x0002, 0],
      virt2phys:
        maps === "default"
          ? []
          : Array.from({ length: functions }, (_, f) =>
              f === 0 ? [] : f % 2 === 1 ? [0, 1, null] : [1, 0, 2]
            ),
      lid: 5 - (5 % (1 << lmc)),
      lmc,
      smLid,
      smSl: 1,
      active: Array.from({ length: functions }, (_, f) => inactive === 0 || f !== inactive),
      groupNotices,
      nodeInfo: NODE_INFO,
      portInfo: PORT_INFO,
      limits: { tids, cm, groups, pending, services, inbound, redirects, subscriptions, queue },
      timing: { ...timing, horizon, saRetries },
      policy: { services: [{ serviceId: hexOf(1, 16), function: 1 }] }
    })
  )

/** A whole sequence: a PF context, and what is done to it after its start. */
export interface Scenario {
  readonly about: string
  readonly init: Init
  readonly moves: ReadonlyArray<Move>
  readonly [fc.toStringMethod]: () => string
}

/** A scenario that prints as what it does. */
const scenarioOf = (about: string, begin: Init, moves: ReadonlyArray<Move>): Scenario => ({
  about,
  init: begin,
  moves,
  [fc.toStringMethod]: () => `${about}: ${moves.map(({ label }) => label).join(", ")}`
})

/** VFs whose GUIDs are asked of the SA from the start, some of its choice. */
const withAdminGuids = (): fc.Arbitrary<Init> =>
  fc
    .tuple(init, fc.array(mostly<string | null>(2, null, hexOf(0, 16), "own"), { minLength: 5, maxLength: 5 }), fc.nat(7))
    .map(([begin, admins, cap]) => ({
      ...begin,
      guids: begin.guids.map((guid, f) => (f > 0 && (admins[f] ?? null) !== null ? hexOf(0, 16) : guid)),
      adminGuids: begin.guids.map((_, f) => (f === 0 ? null : admins[f] === "own" ? hexOf(0xa30 + f, 16) : (admins[f] ?? null))),
      ...(cap === 7 ? { guidCap: 2, adminGuids: [] } : {}),
      policy: { ...begin.policy, ...(cap % 2 === 0 ? { saAttributes: [{ attributeId: 0x30, allow: "all" as const }] } : {}) }
    }))

const scenariosOf = (profile: Profile, length: number, atLeast?: number): fc.Arbitrary<Scenario> =>
  fc
    .tuple(profile.begin?.() ?? init, movesOf(profile, length, atLeast))
    .map(([begin, moves]) => scenarioOf(profile.about, begin, moves))

/**
 * Scenarios of at most `length` moves. In those about an insane SA the invariants of multicast mean nothing:
 * they take the SA at its word.
 */
export const scenarios = (length: number): fc.Arbitrary<Scenario> =>
  fc.oneof(
    ...profiles.map((profile) => ({ weight: profile.weight, arbitrary: scenariosOf(profile, length) }))
  )

/** What {@link swarms} are about. */
export const SWARM = "this and that"

/** What sequences can be about: the names of the profiles. */
export const subjects: ReadonlyArray<string> = profiles.map(({ about }) => about)

/** The most moves of a sequence, where nothing else is said. */
export const LENGTH = 60

/** Scenarios about one thing, of at most `length` moves and at least one, or as many as asked. */
export const scenariosAbout = (about: string, length: number, atLeast?: number): fc.Arbitrary<Scenario> =>
  fc.oneof(
    ...profiles.filter((profile) => profile.about === about).map((profile) => scenariosOf(profile, length, atLeast))
  )

/**
 * Scenarios of a few kinds of moves out of all, `kinds` of them: what the subjects keep apart meets, and each kind
 * comes often.
 */
export const swarms = (kinds: number, length: number, atLeast: number): fc.Arbitrary<Scenario> => {
  const all = [...new Set(profiles.flatMap(({ moves }) => moves.map(([, move]) => move)))]
  return fc.subarray(all, { minLength: kinds, maxLength: kinds }).chain((some) => {
    const profile = { about: SWARM, weight: 0, moves: some.map((move) => [1, move] as const) }
    return fc.boolean().chain((hasAdmin) =>
      scenariosOf(hasAdmin ? { ...profile, begin: withAdminGuids } : profile, length, atLeast))
  })
}

/** How many moves a stopped PF context sees before it is started again. */
const IDLE_MOVES = 2

/** How many commands pass between two looks at the accounting, by the seed of the run; 1 is after each. */
const auditEvery = ({ seed = 0 }: Init): number => (seed % 4 === 0 ? 1 : 7)

/** Settings of {@link playing}. */
export interface PlayOptions {
  /** Whether each command is followed by a `settle`: for who may answer late. */
  readonly settles?: boolean
  /** Commands that are left out. */
  readonly without?: ReadonlySet<Line["in"]["op"]>
}

/**
 * What is done in a scenario, a line at a time: it is told each line as it was done, with its outputs, because the
 * next may quote them. The accounting is asked for now and then.
 */
export function* playing(
  { init: begin, moves }: Pick<Scenario, "init" | "moves">,
  { settles = false, without = new Set() }: PlayOptions = {}
): Generator<Line, void, Line> {
  const world = new World(begin)
  let lines = 0
  function* apply(command: Line["in"]): Generator<Line, void, Line> {
    if (without.has(command.op)) return
    world.note(yield { n: ++lines, in: command })
    if (settles && command.op !== "init") world.note(yield { n: ++lines, in: { op: "settle" } })
  }
  yield* apply(begin)
  yield* apply({ op: "start" })
  let idle = 0
  for (const move of moves) {
    // A PF context that is stopped does little: it is started again before long.
    idle = world.running ? 0 : idle + 1
    if (idle > IDLE_MOVES) yield* apply({ op: "start" })
    const command = move.resolve(world)
    if (command !== null) yield* apply(command)
    if (lines % auditEvery(begin) === 0) yield* apply({ op: "counters" })
  }
  yield* apply({ op: "counters" })
}

/** Plays a scenario on an implementation: the trace that results. */
export const play = (
  scenario: Pick<Scenario, "init" | "moves">, subject: Subject, options: PlayOptions = {}
): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  const inputs = playing(scenario, options)
  for (let next = inputs.next(); !next.done;) {
    const line = subject.apply(next.value)
    lines.push(line)
    next = inputs.next(line)
  }
  return lines
}

/** Plays the inputs of a trace on an implementation again. */
export const replay = (lines: ReadonlyArray<Line>, subject: Subject): ReadonlyArray<Line> =>
  lines.map(({ in: command, n }) => subject.apply({ n, in: command }))
