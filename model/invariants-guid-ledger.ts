/**
 * What a reader of the traffic knows of alias GUIDs: what was administered, what was asked of the SA and what
 * it answered. It shares nothing with the model of the rules. It sees the MADs of functions when they are taken.
 */
import type { ActionOf } from "./action.ts"
import type { EventOf } from "./event.ts"
import { FunctionId, type Guid, type Lid, low32, NO_GUID, PF, Qpn, SA_GUID } from "./ids.ts"
import { type Observation, withinOf } from "./invariants.ts"
import { CLASS, type GuidInfo, isResponse, type Mad, METHOD } from "./mad.ts"
import type { Config } from "./state.ts"

/** A request about a slot that may still be answered. */
export interface KnownRequest {
  readonly tid: string
  readonly method: number
  /** The GUID a Set asks for. */
  readonly guid: Guid
  readonly lid: Lid
  readonly sentTo: Lid
  readonly tries: number
  /** Since the last try, or up to `lateMs` less. */
  readonly sinceMs: number
  readonly lateMs: number
  /** Whether it may have been given up when what was wanted changed: then the next request need not back off. */
  readonly isFreed: boolean
}

/** What is known of the alias GUID of a VF. */
export interface KnownAlias {
  readonly admin: Guid | null
  /** The GUID of the last Set not released since; {@link NO_GUID} while the SA's choice is not known. */
  readonly asked: Guid | null
  /** Whether the SA's last word is that it is so, and nothing happened since. */
  readonly confirmed: boolean
  readonly open: KnownRequest | null
  /** Since when it must back off, and how long; null if it need not. It may do so up to `lateMs` longer. */
  readonly backOff: { readonly sinceMs: number; readonly lengthMs: number; readonly lateMs: number } | null
  /** How long the next back-off lasts at least, and at most. */
  readonly nextMs: number
  readonly mostMs: number
  /** The table showed its slot while a request was open or given up: until the next one nobody knows what followed. */
  readonly isUnsure: boolean
}

/** The part of the port that this ledger reads and writes. */
export interface GuidLedger {
  readonly running: boolean
  readonly up: boolean
  readonly lid: Lid
  readonly smLid: Lid | null
  readonly functions: ReadonlyArray<{
    readonly attached: boolean
    readonly slot: Guid
    readonly alias: KnownAlias | null
  }>
}

/** The durations that matter here. */
export type GuidTiming = Pick<
  Config["timing"], "saTimeout" | "saRetries" | "slack" | "guidRetry" | "guidRetryMax"
>

/** An alias GUID of which nothing was asked. */
export const newAlias = (admin: Guid | null, { guidRetry }: GuidTiming): KnownAlias =>
  ({ admin, asked: null, confirmed: false, open: null, isUnsure: false, ...noBackOff(guidRetry) })

/** No back-off, and the next one is the shortest. */
const noBackOff = (guidRetry: number) => ({ backOff: null, nextMs: guidRetry, mostMs: guidRetry })

/** The GUID a function wants; null for none. */
export const wants = ({ functions, running }: GuidLedger, n: number): Guid | null => {
  const of = functions[n]
  return running && of?.attached && of.alias ? of.alias.admin : null
}

/** The GUIDs that are being given back and are nobody's. */
export const givenBack = (port: GuidLedger): ReadonlyArray<Guid> =>
  port.functions.flatMap(({ alias }, n) => {
    if (!alias || alias.asked === null || alias.asked === NO_GUID) return []
    const isKept = alias.asked === wants(port, n) && alias.open?.method !== METHOD.DELETE
    return isKept ? [] : [alias.asked]
  })

/** Whether another function has the GUID in its slot, or it was asked for it. */
export const isElsewhere = ({ functions }: GuidLedger, n: number, guid: Guid): boolean =>
  functions.some(({ alias, slot }, i) => i !== n && (slot === guid || alias?.asked === guid))

/** The slot that a record names by its block and the one bit of its mask; -1 if it does not name one. */
export const slotNamed = ({ block, mask }: GuidInfo): number => {
  const bits = Number(BigInt(`0x${mask}`))
  const places = [0, 1, 2, 3, 4, 5, 6, 7].filter((place) => (bits & (1 << (4 + place))) !== 0)
  const [place] = places
  return place === undefined || places.length > 1 ? -1 : 8 * block + place
}

/** A MAD about GUIDInfoRecord with its record. */
export interface SpokenGuid {
  readonly mad: Mad
  readonly record: GuidInfo
}

const spoken = (mad: Mad): SpokenGuid | null =>
  mad.mgmtClass === CLASS.SA && mad.body._tag === "guidInfo" ? { mad, record: mad.body } : null

/** Whether a VF sends Set or Delete of GUIDInfoRecord. */
export const isOfGuids = (event: Observation["event"]): boolean => {
  if (event._tag !== "Egress" || event.function === PF || !("tid" in event.mad) || !spoken(event.mad)) return false
  return event.mad.method === METHOD.SET || event.mad.method === METHOD.DELETE
}

/** The requests about slots that the PF context itself sends in an observation. */
export const guidRequestsIn = (
  { actions, event }: Observation
): ReadonlyArray<SpokenGuid & { readonly action: ActionOf<"ToWire"> }> => {
  // What a function sends itself is no request of the PF context.
  if (event._tag === "Egress" && event.function === PF) return []
  return actions.flatMap((action) => {
    const said = action._tag === "ToWire" && !isResponse(action.mad) ? spoken(action.mad) : null
    return said && action._tag === "ToWire" ? [{ ...said, action }] : []
  })
}

/** The answer of the SA in an observation, and whose slot it is about; null if none must be taken. */
export const guidAnswerIn = (
  port: GuidLedger, { actions, event }: Observation
): (SpokenGuid & { readonly fn: FunctionId; readonly open: KnownRequest }) | null => {
  if (event._tag !== "Ingress" || !("tid" in event.mad) || !isResponse(event.mad)) return null
  const said = spoken(event.mad)
  if (!said || actions.some(({ _tag }) => _tag === "Drop")) return null
  const { address } = event
  const n = port.functions.findIndex(({ alias }) => alias?.open?.tid === low32(said.mad.tid))
  const open = port.functions[n]?.alias?.open
  if (!open || address.srcQp !== Qpn(1)) return null
  if (address.slid !== open.sentTo && address.slid !== port.smLid) return null
  const isAbout = said.record.lid === open.lid && said.record.block === Math.floor(n / 8)
  return said.mad.status !== 0 || isAbout ? { ...said, fn: FunctionId(n), open } : null
}

type Change = (alias: KnownAlias, n: number) => Partial<KnownAlias> & { readonly slot?: Guid }

const every = <P extends GuidLedger>(port: P, change: Change): P => ({
  ...port,
  functions: port.functions.map((of, n) => {
    if (!of.alias) return of
    const { slot = of.slot, ...alias } = change(of.alias, n)
    return { ...of, slot, alias: { ...of.alias, ...alias } }
  })
})

const only = <P extends GuidLedger>(port: P, fn: number, change: Change): P =>
  every(port, (alias, n) => (n === fn ? change(alias, n) : {}))

/** What an event says of alias GUIDs; `port` knows already what else it says, `before` does not. */
export const toldOfGuids = <P extends GuidLedger>(
  port: P, before: P, observation: Observation, timing: GuidTiming
): P => {
  const { actions, event } = observation
  const anew = noBackOff(timing.guidRetry)
  switch (event._tag) {
    case "AdminGuid": {
      const isDone = actions.some((action) => action._tag === "Answer" && action.status === "ok")
      return isDone ? administered(port, event.function, event.guid, timing) : port
    }
    case "Attach":
    case "Detach": {
      const isOther = before.functions[event.function]?.attached !== port.functions[event.function]?.attached
      return isOther
        ? only(port, event.function, ({ open }) => ({ ...anew, confirmed: false, open: freed(open, timing) }))
        : port
    }
    case "LinkChanged":
      return port.up && !before.up ? every(port, ({ open }) => ({ ...anew, open: freed(open, timing) })) : port
    case "LidChanged":
      return port.lid === before.lid ? port : askedAgain(port, timing)
    case "SmChanged":
      return port.smLid === before.smLid ? port : askedAgain(port, timing)
    case "Reregister":
      return askedAgain(port, timing)
    case "GuidTableChanged":
      return every(port, (alias, n) =>
        event.guids[n - 8 * event.block] === undefined ? {} : followed(port, alias, n, timing))
    case "TimePasses":
      return every(port, (alias) => older(alias, event.ms, timing, regained(port, observation)))
    case "Stop":
      return every(port, ({ asked }, n) => ({
        ...anew, asked: null, confirmed: false, open: null, ...slotWithout(port, n, asked)
      }))
    case "Ingress":
      return answered(port, observation, timing)
    case "Egress":
      return administeredBy(port, event, actions, timing)
    default:
      return port
  }
}

const administered = <P extends GuidLedger>(
  port: P, fn: FunctionId, guid: Guid | null, timing: GuidTiming
): P => {
  const functions = port.functions.map((of, n) =>
    n === fn && !of.alias ? { ...of, alias: newAlias(null, timing) } : of)
  const change: Change = ({ admin, open }) =>
    admin === guid
      ? {}
      : { admin: guid, confirmed: false, ...noBackOff(timing.guidRetry), open: freed(open, timing) }
  return only({ ...port, functions }, fn, change)
}

/** A VF administers its own slot: it is told that this was done. */
const administeredBy = <P extends GuidLedger>(
  port: P, { function: fn, mad }: EventOf<"Egress">, actions: Observation["actions"], timing: GuidTiming
): P => {
  const said = "tid" in mad && fn !== PF && !isResponse(mad) ? spoken(mad) : null
  const isDone = actions.some((action) =>
    action._tag === "ToFunction" && action.mad.body._tag === "guidInfo" && action.mad.status === 0)
  if (!said || !isDone) return port
  const { mad: { method }, record: { guids } } = said
  if (method === METHOD.SET) return administered(port, fn, guids[0] ?? NO_GUID, timing)
  return method === METHOD.DELETE ? administered(port, fn, null, timing) : port
}

/** A request as it is when a back-off after it no longer counts: it may have been given up in its slack. */
const freed = (open: KnownRequest | null, timing: GuidTiming): KnownRequest | null =>
  open && mayBeGivenUp(open, timing) ? { ...open, isFreed: true } : open

const mayBeGivenUp = ({ sinceMs, tries }: KnownRequest, { saRetries, saTimeout }: GuidTiming): boolean =>
  tries > saRetries && sinceMs >= saTimeout

const askedAgain = <P extends GuidLedger>(port: P, { guidRetry }: GuidTiming): P =>
  every(port, () => ({ open: null, confirmed: false, isUnsure: false, ...noBackOff(guidRetry) }))

const slotWithout = (port: GuidLedger, n: number, guid: Guid | null) =>
  (port.functions[n]?.slot === guid ? { slot: NO_GUID } : {})

const backsOff = ({ mostMs, nextMs }: KnownAlias, timing: GuidTiming) => ({
  backOff: { sinceMs: 0, lengthMs: nextMs, lateMs: timing.slack + mostMs - nextMs },
  nextMs: doubled(nextMs, timing), mostMs: doubled(mostMs, timing)
})

const doubled = (ms: number, { guidRetryMax }: GuidTiming): number => Math.min(2 * ms, guidRetryMax)

/** What follows for sure a request that nobody answered: a back-off, but if it was given up before something else was wanted. */
const givenUp = (alias: KnownAlias, open: KnownRequest, timing: GuidTiming): Partial<KnownAlias> => {
  const { backOff, ...next } = backsOff(alias, timing)
  const sinceMs = open.sinceMs - timing.saTimeout
  const lateMs = backOff.lateMs + timing.slack + open.lateMs
  return open.isFreed
    ? { ...next, open: null, nextMs: alias.nextMs, backOff: { sinceMs, lengthMs: 0, lateMs: backOff.lengthMs + lateMs } }
    : { ...next, open: null, backOff: { ...backOff, sinceMs, lateMs } }
}

const followed = (
  port: GuidLedger, alias: KnownAlias, n: number, timing: GuidTiming
): Partial<KnownAlias> => {
  const slot = port.functions[n]?.slot
  if (alias.open) return mayBeGivenUp(alias.open, timing) ? { isUnsure: true } : {}
  if (slot === NO_GUID) return alias.confirmed ? { confirmed: false, ...backsOff(alias, timing) } : {}
  const isShown = slot === alias.asked && alias.asked === wants(port, n)
  return isShown ? { confirmed: true, ...noBackOff(timing.guidRetry) } : {}
}

/** GUIDs that functions have again as time passes: their release was given up. */
const regained = (port: GuidLedger, { actions }: Observation): ReadonlyArray<Guid | undefined> =>
  actions.flatMap((action) => (action._tag === "EventTo" ? [port.functions[action.function]?.slot] : []))

const older = (
  alias: KnownAlias, ms: number, timing: GuidTiming, again: ReadonlyArray<Guid | undefined>
): Partial<KnownAlias> => {
  const { asked, backOff, open } = alias
  const aged = open && { ...open, sinceMs: open.sinceMs + ms }
  if (aged && !alias.isUnsure && mayBeGivenUp(aged, timing)) {
    const isOver = aged.sinceMs >= timing.saTimeout + timing.slack + aged.lateMs
    const isKept = aged.method === METHOD.DELETE && asked !== null && again.includes(asked)
    if (isOver || isKept) return givenUp(alias, aged, timing)
  }
  // Once it is over for sure it is just over.
  const sinceMs = backOff ? Math.min(backOff.sinceMs + ms, backOff.lengthMs + backOff.lateMs) : 0
  return { open: aged, backOff: backOff && { ...backOff, sinceMs } }
}

const answered = <P extends GuidLedger>(port: P, observation: Observation, timing: GuidTiming): P => {
  const answer = guidAnswerIn(port, observation)
  if (!answer) return port
  const { fn, mad, open, record } = answer
  const anew = noBackOff(timing.guidRetry)
  // What is answered had not been given up.
  return only(only(port, fn, () => ({ isUnsure: false })), fn, (alias) => {
    const { asked } = alias
    if (open.method === METHOD.DELETE) {
      return mad.status === 0
        ? { ...anew, open: null, asked: null, confirmed: false, ...slotWithout(port, fn, asked) }
        : { open: null, ...backsOff(alias, timing) }
    }
    const shown = mad.status === 0 ? (record.guids[fn % 8] ?? NO_GUID) : NO_GUID
    const isShown = open.guid === NO_GUID ? mayBeChosen(port, fn, shown) : shown === open.guid
    const isWanted = wants(port, fn) === open.guid
    const known = isShown ? { ...anew, open: null, asked: shown } : { open: null }
    if (!isWanted) return known
    return isShown
      ? { ...known, admin: shown, confirmed: true, slot: shown }
      : { ...known, confirmed: false, ...backsOff(alias, timing), ...slotWithout(port, fn, asked) }
  })
}

const mayBeChosen = (port: GuidLedger, fn: number, guid: Guid): boolean =>
  guid !== NO_GUID && guid !== SA_GUID && !isElsewhere(port, fn, guid) &&
  port.functions.every(({ alias }, n) => n === fn || alias?.admin !== guid)

/** What the requests that leave in an observation say of alias GUIDs. */
export const afterGuidRequests = <P extends GuidLedger>(port: P, observation: Observation, timing: GuidTiming): P => {
  const lateMs = withinOf(observation)
  return guidRequestsIn(observation).reduce((next, { action, mad, record }) => {
    const fn = slotNamed(record)
    const tid = low32(mad.tid)
    if (fn <= PF || observation.event._tag === "Stop") return next
    return only(next, fn, (alias) => {
      const { asked, open } = alias
      if (open?.tid === tid) return { open: { ...open, tries: open.tries + 1, sinceMs: 0, lateMs } }
      const guid = record.guids[fn % 8] ?? NO_GUID
      const { method } = mad
      return {
        ...(method === METHOD.DELETE ? slotWithout(next, fn, asked) : {}),
        asked: method === METHOD.SET ? guid : asked,
        // Whoever asks anew has given up what was open, and served its back-off.
        ...(open ? givenUp(alias, open, timing) : {}),
        ...(alias.isUnsure ? { nextMs: timing.guidRetry, mostMs: timing.guidRetryMax, confirmed: false } : {}),
        isUnsure: false,
        backOff: null,
        open: { tid, method, guid, lid: record.lid, sentTo: action.address.dlid, tries: 1, sinceMs: 0, lateMs, isFreed: false }
      }
    })
  }, port)
}
