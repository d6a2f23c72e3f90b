/** Tells CM examples to the model, one message after the other, through its whole `step`. */
import type { Action, ActionOf } from "../model/action.ts"
import { choices, type Pool } from "../model/bind.ts"
import { cmMad, NO_ALTERNATE } from "../model/environment/cm-party.ts"
import type { EgressAddress, Event, EventOf, IngressAddress } from "../model/event.ts"
import { CommId, DEFAULT_PREFIX, FunctionId, gidOf, Guid, Lid, Qpn, Tid } from "../model/ids.ts"
import { defaultLimits, defaultTiming, initial } from "../model/initial.ts"
import type { AlternatePath, Cm, CmMessage, CmOf } from "../model/mad.ts"
import type { Config, State } from "../model/state.ts"

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0")

/** Short names for ids in examples. */
export const id = (n: number): CommId => CommId(hex(n, 8))
export const tid = (n: number): Tid => Tid(hex(n, 16))
export const guid = (n: number): Guid => Guid(hex(n, 16))
export const fn = FunctionId
export const NONE = id(0)

/** GUIDs of the functions: 0xa0 is the PF, 0xa0 + n function n; the last is not attached. */
export const FUNCTIONS = 4
export const DETACHED = FUNCTIONS - 1
export const PEER = { lid: Lid(9), caGuid: guid(0x99), gid: gidOf(DEFAULT_PREFIX, guid(0x99)) }
const PORT = Lid(5)
/** Wire comm ids begin at 0x1001, SIDR ids at 0x2001, wire TIDs at 0x5001. */
const numbered = (first: number, digits: number) =>
  Array.from({ length: 40 }, (_, n) => hex(first + n, digits))
export const POOL: Pool = {
  comm: numbered(0x1001, 8), sidr: numbered(0x2001, 8), tid: numbered(0x5001, 16), qpn: numbered(0x40, 6)
}

/** The GID of a function. */
export const gidOfFunction = (n: number) => gidOf(DEFAULT_PREFIX, guid(0xa0 + n))

/** A REQ, with small timeouts unless said otherwise. */
export const req = (localId: CommId, change: Partial<CmOf<"REQ">> = {}): CmOf<"REQ"> => ({
  _tag: "cm", message: "REQ", localId, caGuid: guid(0xa0), localGid: gidOfFunction(1), remoteGid: PEER.gid,
  localLid: PORT, remoteLid: PEER.lid, alternate: NO_ALTERNATE, responseTimeout: 0, maxRetries: 0, ...change
})
/** A REQ of the peer for a function. */
export const peerReq = (localId: CommId, to: number, change: Partial<CmOf<"REQ">> = {}): CmOf<"REQ"> =>
  req(localId, {
    caGuid: PEER.caGuid, localGid: PEER.gid, remoteGid: gidOfFunction(to), localLid: PEER.lid,
    remoteLid: PORT, ...change
  })
/** A REP of somebody's. */
export const rep = (localId: CommId, remoteId: CommId, caGuid = PEER.caGuid): Cm =>
  ({ _tag: "cm", message: "REP", localId, remoteId, caGuid })
/** A REJ; `ariGuid` is what stands first in its ARI. */
export const rej = (localId: CommId, remoteId: CommId, ariGuid = guid(0), reason = 4): Cm =>
  ({ _tag: "cm", message: "REJ", localId, remoteId, rejected: 0, reason, ariGuid })
/** A message that has ids only. */
export const plain = (message: "RTU" | "DREQ" | "DREP", localId: CommId, remoteId: CommId): Cm =>
  ({ _tag: "cm", message, localId, remoteId })
/** An MRA. */
export const mra = (localId: CommId, remoteId: CommId, serviceTimeout = 0): Cm =>
  ({ _tag: "cm", message: "MRA", localId, remoteId, serviceTimeout })
/** A LAP. */
export const lap = (localId: CommId, remoteId: CommId, change: Partial<AlternatePath> = {}): Cm =>
  ({ _tag: "cm", message: "LAP", localId, remoteId, alternate: { ...NO_ALTERNATE, ...change } })
/** An APR; status 0 accepts. */
export const apr = (localId: CommId, remoteId: CommId, status = 0): Cm =>
  ({ _tag: "cm", message: "APR", localId, remoteId, status })

/** The event of a function that sends a CM message to the peer. */
export const sending = (
  n: number, cm: Cm, t = tid(7), change: Partial<EgressAddress> = {}
): EventOf<"Egress"> => ({
  _tag: "Egress",
  function: fn(n),
  qp: 1,
  srcQpn: null,
  address: {
    pkeyIndex: 0, remoteQpn: Qpn(1), qkey: 0x8001_0000, dlid: PEER.lid, sl: 0, pathBits: 0, rate: 0,
    grh: null, ...change
  },
  mad: cmMad(cm, t)
})

interface Differently {
  readonly tid?: Tid
  readonly egress?: Partial<EgressAddress>
  readonly ingress?: Partial<IngressAddress>
  /** The answer to a question about an optional life or a full quota. */
  readonly answer?: "remembered" | "forgotten" | "room" | "full"
}

/** A story in progress; every line of it answers with the actions of the step. */
export class Story {
  state: State
  constructor(config: { readonly cm?: number; readonly services?: Config["services"] } = {}) {
    const { cm = defaultLimits.cm, services = [] } = config
    this.state = initial({
      config: {
        limits: { ...defaultLimits, cm }, timing: defaultTiming, services,
        nodeGuids: []
      },
      port: {
        up: true, lid: PORT, lmc: 0, smLid: Lid(1), smSl: 0, prefix: DEFAULT_PREFIX, formerPrefix: null,
        pkeys: [0xffff]
      },
      guids: Array.from({ length: FUNCTIONS }, (_, n) => guid(0xa0 + n)),
      pkeyMaps: [],
      attached: Array.from({ length: FUNCTIONS }, (_, n) => n !== DETACHED)
    })
    this.tell({ _tag: "Start" })
  }

  /** A function sends a CM message to the peer. */
  sends(n: number, cm: Cm, { answer, egress, tid: t = tid(7) }: Differently = {}): ReadonlyArray<Action> {
    return this.tell(sending(n, cm, t, egress), answer)
  }

  /** A CM message arrives from the peer. */
  arrives(cm: Cm, { answer, ingress, tid: t = tid(9) }: Differently = {}): ReadonlyArray<Action> {
    const address: IngressAddress = {
      pkeyIndex: 0, slid: PEER.lid, srcQp: Qpn(1), sl: 0, pathBits: 0, grh: null, ...ingress
    }
    return this.tell({ _tag: "Ingress", qp: 1, address, mad: cmMad(cm, t) }, answer)
  }

  /** Time passes. */
  waits(ms: number): void {
    this.tell({ _tag: "TimePasses", ms })
  }

  /** Anything happens; of several possible outcomes the one with this answer. */
  tell(event: Event, answer?: Differently["answer"]): ReadonlyArray<Action> {
    const { possible } = choices(this.state, event, POOL)
    const chosen = possible.filter(({ choice }) => answer === undefined || choice.includes(answer))
    const [only] = chosen
    if (only === undefined || chosen.length !== 1) {
      throw new Error(`${event._tag} has ${chosen.length} of ${possible.length} outcomes; say which`)
    }
    this.state = only.state
    return only.actions
  }
}

/** The one thing that went to the wire. */
export const toWire = (actions: ReadonlyArray<Action>): ActionOf<"ToWire"> => the(actions, "ToWire")
/** The one thing that was handed to a function. */
export const toFunction = (actions: ReadonlyArray<Action>): ActionOf<"ToFunction"> =>
  the(actions, "ToFunction")
/** The reason of the one drop. */
export const reasonOf = (actions: ReadonlyArray<Action>): string => the(actions, "Drop").reason

const the = <Tag extends Action["_tag"]>(actions: ReadonlyArray<Action>, tag: Tag): ActionOf<Tag> => {
  const isIt = (action: Action): action is ActionOf<Tag> => action._tag === tag
  const [action] = actions
  if (action === undefined || actions.length !== 1 || !isIt(action)) {
    throw new Error(`expected one ${tag}, got ${JSON.stringify(actions)}`)
  }
  return action
}

/** The CM message of an action. */
export const cmOf = <M extends CmMessage>(
  { mad: { body } }: ActionOf<"ToWire" | "ToFunction">, message: M
): CmOf<M> => {
  const isIt = (cm: Cm): cm is CmOf<M> => cm.message === message
  if (body._tag !== "cm" || !isIt(body)) throw new Error(`expected a ${message}, got ${JSON.stringify(body)}`)
  return body
}

/** The first ids the PF context draws. */
export const [WIRE, NEXT_WIRE] = [id(0x1001), id(0x1002)]
export const [WIRE_TID, NEXT_WIRE_TID] = [tid(0x5001), tid(0x5002)]
/** The peer's id, two guests' common id. */
export const [P, G] = [id(0x77), id(3)]
/** From an address nobody named. */
export const ELSEWHERE = { ingress: { slid: Lid(12) } }

/** A story in which function 1 asked and was answered. */
export const answered = (): Story => {
  const story = new Story()
  story.sends(1, req(G))
  story.arrives(rep(P, WIRE), { tid: WIRE_TID })
  return story
}

/** A story in which the peer asked function 1. */
export const asked = (): Story => {
  const story = new Story()
  story.arrives(peerReq(P, 1))
  return story
}
