/**
 * What a reader of the traffic knows of the port and its functions: what it was told at first, by port events
 * and verbs, and which QPNs were announced. It shares nothing with the model of the rules.
 */
import type { VerbRequest } from "./event.ts"
import {
  DEFAULT_PREFIX,
  FunctionId,
  type Gid,
  type Guid,
  guidOf,
  type Lid,
  NO_GUID,
  PF,
  prefixOf,
  type Qpn,
  SA_GUID,
  type SubnetPrefix
} from "./ids.ts"
import type { Initial } from "./initial.ts"
import { invariantsOver, type Observation } from "./invariants.ts"
import { portLedger } from "./renaming-ledgers.ts"
import type { Policy } from "./state.ts"
import {
  afterGuidRequests, givenBack, type GuidTiming, isOfGuids, type KnownAlias, newAlias, toldOfGuids
} from "./invariants-guid-ledger.ts"

/** A QP of a function: proxy or tunnel of QP0 or QP1, or one it created. */
export interface KnownQp {
  readonly qpn: Qpn
  readonly is: "proxy 0" | "proxy 1" | "tunnel" | "created"
  readonly qkey: number
  /** The virtual P_Key index it was set to; a proxy has none, each of its MADs names one. */
  readonly pkeyIndex: number | null
}

/** What is known of one function. */
export interface KnownFunction {
  readonly attached: boolean
  /** What is known of its alias GUID; null where nothing was ever administered. */
  readonly alias: KnownAlias | null
  /** Its slot of the GUID table, as the SM wrote it. */
  readonly slot: Guid
  readonly map: ReadonlyArray<number | null>
  readonly qps: ReadonlyArray<KnownQp>
}

/** What is known of the port. */
export interface PortLedger {
  readonly running: boolean
  readonly up: boolean
  readonly lid: Lid
  readonly lmc: number
  readonly smLid: Lid | null
  readonly smSl: number
  readonly prefix: SubnetPrefix
  readonly former: { readonly prefix: SubnetPrefix; readonly remaining: number } | null
  readonly pkeys: ReadonlyArray<number>
  readonly policy: Policy
  readonly otherPortGuids: ReadonlyArray<Guid>
  readonly functions: ReadonlyArray<KnownFunction>
}

/** The Q_Key every proxy QP sends with (SQP-QP-6). */
export const PROXY_QKEY = 0x8001_0000

/** What is known before anything happened. */
export const knownAtFirst = ({
  adminGuids,
  attached,
  config,
  guids,
  pkeyMaps,
  policy = { classes: [], saAttributes: [] },
  port
}: Initial): PortLedger => ({
  running: false,
  up: port.up,
  lid: port.lid,
  lmc: port.lmc,
  smLid: port.smLid,
  smSl: port.smSl,
  prefix: port.prefix,
  former: port.formerPrefix,
  pkeys: port.pkeys,
  policy,
  otherPortGuids: config.otherPortGuids ?? [],
  functions: guids.map((slot, n) => ({
    attached: n === PF || attached[n] === true,
    alias: n === PF || (adminGuids?.[n] ?? null) === null
      ? null
      : newAlias(adminGuids?.[n] ?? null, config.timing),
    slot,
    map: pkeyMaps[n] ?? [0],
    qps: []
  }))
})

const judges = new WeakMap<Initial, ReturnType<typeof invariantsOver<PortLedger>>>()

/**
 * Invariants over the port ledger of a PF context that begins like this. All areas share one, so an explorer
 * holds it once.
 */
export const overPort = (begin: Initial): ReturnType<typeof invariantsOver<PortLedger>> => {
  const known = judges.get(begin)
  if (known) return known
  const judge = invariantsOver(knownAtFirst(begin), learnt(begin.config.timing), portLedger)
  judges.set(begin, judge)
  return judge
}

/** The durations that a reader counts. */
type KnownTiming = GuidTiming & { readonly prefixGrace: number }

/** Whether alias GUIDs matter to an observation: some were administered, or are now. */
export const administers = ({ functions }: PortLedger, { event }: Observation): boolean =>
  event._tag === "AdminGuid" || isOfGuids(event) || functions.some(({ alias }) => alias !== null)

/** What is known once an event was told, before what comes of it is seen to leave. */
export const told =
  (timing: KnownTiming) =>
  (port: PortLedger, observation: Observation): PortLedger => {
    const next = heard(timing.prefixGrace)(port, observation)
    return administers(next, observation) ? toldOfGuids(next, port, observation, timing) : next
  }

/** What is known after one more observation; the same object if nothing new was learnt. */
export const learnt =
  (timing: KnownTiming) =>
  (port: PortLedger, observation: Observation): PortLedger => {
    const next = told(timing)(port, observation)
    return administers(next, observation) ? afterGuidRequests(next, observation, timing) : next
  }

const heard =
  (prefixGrace: number) =>
  (port: PortLedger, { actions, event }: Observation): PortLedger => {
    switch (event._tag) {
      case "Start":
        return announced({ ...port, running: true }, actions)
      case "Stop":
        return port.running ? { ...port, running: false, functions: port.functions.map(withoutQps) } : port
      case "Attach":
        return announced(changed(port, event.function, { attached: true }), actions)
      case "Detach":
        return changed(port, event.function, { attached: false, qps: [] })
      case "Reset":
        return announced(changed(port, event.function, { qps: [] }), actions)
      case "TimePasses":
        return aged(port, event.ms)
      case "PrefixChanged": {
        if (event.subnetPrefix === port.prefix) return port
        return {
          ...port,
          prefix: event.subnetPrefix,
          former: { prefix: port.prefix, remaining: prefixGrace }
        }
      }
      case "PkeysChanged":
        return { ...port, pkeys: event.pkeys }
      case "PkeyMapChanged":
        return event.function === PF ? port : changed(port, event.function, { map: event.map })
      case "GuidTableChanged": {
        const slotOf = (before: Guid, n: number) => event.guids[n - 8 * event.block] ?? before
        return { ...port, functions: port.functions.map((of, n) => ({ ...of, slot: slotOf(of.slot, n) })) }
      }
      case "LidChanged":
        return { ...port, lid: event.lid, lmc: event.lmc }
      case "SmChanged":
        return { ...port, smLid: event.smLid, smSl: event.smSl }
      case "LinkChanged":
        return { ...port, up: event.up }
      case "PolicyChanged":
        return { ...port, policy: { ...port.policy, ...event.policy } }
      case "Verb":
        return afterVerb(port, event.function, event.request, actions)
      case "AdminGuid":
      case "Egress":
      case "Taken":
      case "Ingress":
      case "WireRoom":
      case "FunctionRoom":
      case "QuotasChanged":
      case "Reregister":
      case "Query":
        return port
    }
  }

const changed = (port: PortLedger, fn: FunctionId, change: Partial<KnownFunction>): PortLedger => ({
  ...port,
  functions: port.functions.map((of, n) => (n === fn ? { ...of, ...change } : of))
})

const withoutQps = (of: KnownFunction): KnownFunction => ({ ...of, qps: [] })

const announced = (port: PortLedger, actions: Observation["actions"]): PortLedger =>
  actions.reduce<PortLedger>((next, action) => {
    if (action._tag !== "Tunnel") return next
    const { function: fn, proxyQpn, qp, tunnelQpn } = action
    const others = next.functions[fn]?.qps ?? []
    const proxy: KnownQp = { qpn: proxyQpn, is: `proxy ${qp}`, qkey: PROXY_QKEY, pkeyIndex: null }
    const tunnel: KnownQp = { qpn: tunnelQpn, is: "tunnel", qkey: 0, pkeyIndex: null }
    return changed(next, fn, { qps: [...others, proxy, tunnel] })
  }, port)

const aged = (port: PortLedger, ms: number): PortLedger => {
  if (port.former === null) return port
  const remaining = port.former.remaining - ms
  return { ...port, former: remaining > 0 ? { ...port.former, remaining } : null }
}

const afterVerb = (
  port: PortLedger,
  fn: FunctionId,
  { attrMask, pkeyIndex, qkey, qpn, type, verb }: VerbRequest,
  actions: Observation["actions"]
): PortLedger => {
  const answer = actions.find((action) => action._tag === "Answer")
  const of = port.functions[fn]
  if (answer?.status !== "ok" || of === undefined) return port
  switch (verb) {
    case "createQp":
      if (answer.qpn === null || type === "smi" || type === "gsi") return port
      return changed(port, fn, {
        qps: [...of.qps, { qpn: answer.qpn, is: "created", qkey: qkey ?? 0, pkeyIndex: pkeyIndex ?? 0 }]
      })
    case "modifyQp": {
      const isNamed = (bit: number) => attrMask === null || (attrMask & bit) !== 0
      const change = {
        ...(pkeyIndex !== null && isNamed(0x10) ? { pkeyIndex } : {}),
        ...(qkey !== null && isNamed(0x40) ? { qkey } : {})
      }
      const isSet = (qp: KnownQp) => qp.qpn === qpn && qp.is === "created"
      return changed(port, fn, { qps: of.qps.map((qp) => (isSet(qp) ? { ...qp, ...change } : qp)) })
    }
    case "destroyQp":
      return changed(port, fn, { qps: of.qps.filter((qp) => qp.qpn !== qpn) })
    case "postSend":
      return port
  }
}

/** The proxy QPN of a function's QP0 or QP1; undefined while none was announced. */
export const proxyOf = (port: PortLedger, fn: FunctionId, qp: 0 | 1): Qpn | undefined =>
  port.functions[fn]?.qps.find(({ is }) => is === `proxy ${qp}`)?.qpn

/** A QP a function may name: a proxy, or one it created. */
export const nameable = (port: PortLedger, fn: FunctionId, qpn: Qpn | null): KnownQp | undefined =>
  port.functions[fn]?.qps.find((qp) => qp.qpn === qpn && qp.is !== "tunnel")

/** Whether a function may send and receive MADs. */
export const isOpen = (port: PortLedger, fn: FunctionId): boolean =>
  port.running && port.functions[fn]?.attached === true

/**
 * The GUID of a function; {@link NO_GUID} if it has none, a lower slot has the same (SQP-GUID-2) or it is
 * being given back (SQP-GUID-6).
 */
export const knownGuid = (port: PortLedger, fn: FunctionId): Guid => {
  const { functions } = port
  const guid = functions[fn]?.slot ?? NO_GUID
  const isOthers = functions.slice(0, fn).some(({ slot }) => slot === guid) || givenBack(port).includes(guid)
  return isOthers ? NO_GUID : guid
}

/** The function a GID names, null for nobody (SQP-STEER-2). */
export const namedBy = (port: PortLedger, gid: Gid): FunctionId | null => {
  const [prefix, guid] = [prefixOf(gid), guidOf(gid)]
  if (prefix === port.prefix && guid === SA_GUID) return PF
  const isOurs = [port.prefix, DEFAULT_PREFIX, port.former?.prefix].includes(prefix)
  if (!isOurs || guid === NO_GUID) return null
  const n = givenBack(port).includes(guid) ? -1 : port.functions.findIndex(({ slot }) => slot === guid)
  const index = n < 0 ? port.otherPortGuids.indexOf(guid) : n
  return index < 0 ? null : FunctionId(index)
}

/** The physical index behind a function's virtual one; null where there is no P_Key. */
export const physicalIndex = (port: PortLedger, fn: FunctionId, index: number): number | null => {
  const physical = fn === PF ? index : (port.functions[fn]?.map[index] ?? null)
  return physical === null || partitionAt(port, physical) === 0 ? null : physical
}

/** The partition of a physical P_Key index: 15 bits; 0 for none. */
export const partitionAt = ({ pkeys }: PortLedger, physical: number): number =>
  (pkeys[physical] ?? 0) & 0x7fff

/** The P_Key table as a function reads it. */
export const readTable = (port: PortLedger, fn: FunctionId): ReadonlyArray<number> =>
  fn === PF
    ? port.pkeys
    : (port.functions[fn]?.map ?? []).map((physical) => (physical === null ? 0 : (port.pkeys[physical] ?? 0)))
