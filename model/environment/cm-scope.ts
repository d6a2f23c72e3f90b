/** How much may happen in the closed system of `cm-system.ts`, and how it begins. */
import { CommId, DEFAULT_PREFIX, FunctionId, gidOf, Guid, Lid, Tid } from "../ids.ts"
import { defaultLimits, defaultTiming, type Initial, initial } from "../initial.ts"
import { cmInvariants } from "../invariants-cm.ts"
import type { Timing } from "../state.ts"
import type { Alike } from "../symmetry.ts"
import type { World } from "../worlds.ts"
import { idleParty, type Message, type Party, type Place } from "./cm-party.ts"
import type { IdPool } from "./outcomes.ts"
import type { Wire } from "./wire.ts"

/** Somebody: guest n is function n + 1, peer n is a host of its own. */
export interface Somebody {
  readonly is: "guest" | "peer"
  readonly n: number
}

/** A conversation that may begin. */
export interface Question {
  readonly from: Somebody
  readonly to: Somebody
}

/** A DREQ of another local id, a REJ without one, or a DREQ with the right ids that comes from elsewhere. */
export type Forged = "stranger" | "nameless" | "elsewhere"

/** What may happen, and how often. */
export interface CmScope {
  readonly guests: number
  readonly peers: number
  /** Conversations that may begin, each once, in any order. */
  readonly questions: ReadonlyArray<Question>
  readonly losses: number
  readonly duplications: number
  /** Messages that a party repeats for want of an answer. */
  readonly repetitions: number
  /** Forged messages with a wire id that may be in use, and what is wrong with them. */
  readonly forgeries: number
  readonly forged: Forged
  /** MRAs by which whoever was asked says that it takes longer. */
  readonly mras: number
  /** Exchanges that a function may have. */
  readonly room: number
  /** Times that differ from {@link scopeTiming}. */
  readonly timing: Partial<Timing>
  /** Times to wait, each once, in this order. */
  readonly waits: ReadonlyArray<number>
  /** Resets of any guest's function. */
  readonly resets: number
  /** Functions of guests that are treated alike. */
  readonly alike: Alike
}

/** A scope in which nothing happens; scopes are written as differences to it. */
export const stillScope: CmScope = {
  guests: 2, peers: 1, questions: [], losses: 0, duplications: 0, repetitions: 0, forgeries: 0,
  forged: "stranger", mras: 0, room: defaultLimits.cm, timing: {}, waits: [], resets: 0,
  alike: []
}

/** A message in flight. */
export interface Packet extends Message {
  readonly slid: Lid
}

/** The system at one moment. */
export interface CmWorld extends World, Wire<Packet> {
  readonly guests: ReadonlyArray<Party>
  readonly peers: ReadonlyArray<ReadonlyArray<Party>>
  readonly scope: CmScope
}

/** Short times: an opening lives 100..200 ms, lingering 60..90 ms, ids rest 100 ms. */
export const scopeTiming: Timing = {
  ...defaultTiming, tidMin: 60, tidMax: 90, openingMin: 100, openingMax: 100, linger: 60, lingerMax: 90, rest: 100,
  rejInterval: 10
}

/** The port's LID; peer n has LID 9 + n. */
export const PORT_LID = Lid(5)
/** Every guest's comm id, and a peer's first. */
export const SHARED_ID = CommId("00000001")
/** Everybody's TID. */
export const SHARED_TID = Tid("0000000000000001")
/** A LID that nobody has. */
export const ELSEWHERE = Lid(666)
/** A local id that no party has. */
export const FORGED_ID = CommId("000000ee")
/** Parties a peer has, to be asked by several guests at once. */
const PARTIES_PER_PEER = 2
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0")
/** The ids the PF context draws from. */
export const POOL: IdPool = {
  comm: [1, 2, 3, 4, 5, 6].map((n) => hex(n, 8)),
  sidr: [],
  tid: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => hex(n, 16)),
  qpn: []
}

const guestGuid = (n: number): Guid => Guid(hex(0x10 + n, 16))
const peerGuid = (n: number): Guid => Guid(hex(0x90 + n, 16))
/** The LID of a peer. */
export const peerLid = (n: number): Lid => Lid(9 + n)
/** Where somebody is reached. */
export const placeOf = ({ is, n }: Somebody): Place =>
  is === "guest"
    ? { lid: PORT_LID, gid: gidOf(DEFAULT_PREFIX, guestGuid(n)) }
    : { lid: peerLid(n), gid: gidOf(DEFAULT_PREFIX, peerGuid(n)) }
/** The function of a guest; the PF does not take part. */
export const functionOf = (guest: number): FunctionId => FunctionId(guest + 1)

/** A guest as it starts, and starts anew. */
export const newGuest = (n: number): Party => idleParty(SHARED_ID, SHARED_TID, guestGuid(n))

const guestsOf = ({ guests }: CmScope): ReadonlyArray<number> => Array.from({ length: guests }, (_, n) => n)

/** What the PF context of a scope is made from. */
export const initialOf = (scope: CmScope): Initial => {
  const guests = guestsOf(scope)
  return {
    config: {
      limits: { ...defaultLimits, cm: scope.room }, timing: { ...scopeTiming, ...scope.timing }, services: [], nodeGuids: []
    },
    port: {
      up: true, lid: PORT_LID, lmc: 0, smLid: Lid(1), smSl: 0, prefix: DEFAULT_PREFIX, formerPrefix: null,
      pkeys: [0xffff]
    },
    guids: [Guid(hex(0x0f, 16)), ...guests.map(guestGuid)],
    pkeyMaps: [],
    attached: [true, ...guests.map(() => true)]
  }
}

/** The world before anything happened. */
export const firstWorld = (scope: CmScope): CmWorld => {
  const guests = guestsOf(scope)
  const begin = initialOf(scope)
  return {
    state: { ...initial(begin), running: true },
    monitors: cmInvariants(begin.config).map((each) => each.start()),
    guests: guests.map(newGuest),
    peers: Array.from({ length: scope.peers }, (_, n) =>
      Array.from({ length: PARTIES_PER_PEER }, (_, party) =>
        idleParty(CommId(hex(1 + party, 8)), SHARED_TID, peerGuid(n)))),
    inFlight: [],
    losses: scope.losses,
    duplications: scope.duplications,
    scope
  }
}
