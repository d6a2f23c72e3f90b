/** Builds the parts of a PF context and lays their tables into one shared region. */
import { SharedRegion } from "../ring/memory.ts"
import { SLOT_WORDS } from "../ring/slot.ts"
import { EventQueues } from "../vhca/events.ts"
import { Qpns } from "../vhca/qpns.ts"
import { VerbsGate } from "../vhca/verbs.ts"
import { Answers } from "./answers.ts"
import { makeCmEgress } from "./cm-egress.ts"
import { makeCmIngress } from "./cm-ingress.ts"
import { type CmLives, cmLives, lifeWithin } from "./cm-lives.ts"
import { CmMade } from "./cm-made.ts"
import type { CmTable } from "./cm-table.ts"
import { DEFAULT_REDIRECTS, type MuxConfig } from "./config.ts"
import { checkConfig } from "./config-check.ts"
import { type Counters, makeCounters } from "./counters.ts"
import { type Egress, makeEgress } from "./egress.ts"
import { Functions } from "./functions.ts"
import { Guids } from "./guids.ts"
import { GUID_CAP_MAX } from "./guids-admin.ts"
import { AliasGuids } from "./guids-sa.ts"
import { buildCm, cmTids, cmWords, type HcaPlace } from "./hca-parts.ts"
import { Host, ownTids } from "./host.ts"
import { type Inbound, inboundWords, makeInbound } from "./inbound.ts"
import { type Ingress, makeIngress } from "./ingress.ts"
import { Membership } from "./multicast.ts"
import { makePkeys, type Pkeys } from "./pkeys.ts"
import { makePolicy, type Policy } from "./policy.ts"
import { DEFAULT_POLICY } from "./policy-lists.ts"
import { PortChanges } from "./port-changes.ts"
import { PortState } from "./port-state.ts"
import { systemRandom32 } from "./random.ts"
import { makeRedirects, type Redirects, redirectsWords } from "./redirects.ts"
import { Reports } from "./reports.ts"
import { makeRings, type Rings, ringsWords } from "./rings.ts"
import { SaClients } from "./sa-clients.ts"
import { ServiceRecords } from "./service-records.ts"
import { Services } from "./services.ts"
import { Subscriptions } from "./subscriptions.ts"
import { makeTransactions, type Transactions, transactionsWords } from "./transactions.ts"
import { makeWireIds, type WireIds, wireIdsWords } from "./wire-ids.ts"

/** The parts of a PF context. */
export interface MuxParts {
  readonly region: SharedRegion
  readonly port: PortState
  readonly functions: Functions
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly policy: Policy
  readonly services: Services
  readonly rings: Rings
  readonly counters: Counters
  readonly transactions: Transactions
  readonly inbound: Inbound
  readonly redirects: Redirects
  readonly cm: CmTable
  /** The exchanges are those of an HCA, which ends them; else they end with the functions of this port. */
  readonly hasSharedCm: boolean
  readonly host: Host
  readonly membership: Membership
  /** All areas that ask the SA, membership among them. */
  readonly saClients: SaClients
  readonly aliasGuids: AliasGuids
  readonly subscriptions: Subscriptions
  readonly reports: Reports
  readonly egress: Egress
  readonly ingress: Ingress
  readonly events: EventQueues
  readonly changes: PortChanges
  readonly verbs: VerbsGate
  /** The ids on the wire, by space. */
  readonly ids: { readonly tids: WireIds; readonly commIds: WireIds; readonly sidrIds: WireIds }
}

/** Every allocation is rounded up to a multiple of this; the sum of the parts allows for it. */
const ALIGN_WORDS = 32
const ALLOCATIONS_MAX = 64

const tidCount = (config: MuxConfig, hasSharedCm: boolean): number =>
  config.functions * config.limits.tids + ownTids(config) + (hasSharedCm ? 0 : cmTids(config))

const regionWords = (config: MuxConfig, lives: CmLives, hasSharedCm: boolean): number => {
  const { functions, limits } = config
  return ringsWords(functions, config.functionSlots, config.wireSlots) + SLOT_WORDS +
    wireIdsWords(tidCount(config, hasSharedCm)) + transactionsWords(functions, limits.tids) +
    inboundWords(functions, limits.inbound) + redirectsWords(functions, limits.redirects ?? DEFAULT_REDIRECTS) +
    (hasSharedCm ? 0 : cmWords(config, lives)) + ALLOCATIONS_MAX * ALIGN_WORDS
}

interface Tables {
  readonly ids: MuxParts["ids"]
  readonly transactions: Transactions
  readonly inbound: Inbound
  readonly redirects: Redirects
  readonly cm: CmTable
}

const buildTables = (
  config: MuxConfig, region: SharedRegion, lives: CmLives, random32: () => number, place: HcaPlace | undefined
): Tables => {
  const { functions, limits, timing } = config
  const tids = makeWireIds(region, {
    ids: tidCount(config, place !== undefined), restMs: timing.rest, random32,
    ...(place && { half: place.hca.tidsOfPorts })
  })
  const { cm, commIds, sidrIds } = place?.hca ?? buildCm(region, config, lives, tids, random32)
  const life = lifeWithin(timing.tidMin, timing.tidMax)
  const seed = (): number => random32() | 0
  return {
    ids: { tids, commIds, sidrIds },
    transactions: makeTransactions(region, { functions, perFunction: limits.tids, life, tids, seed: seed() }),
    inbound: makeInbound(region, { functions, perFunction: limits.inbound, life, seed: seed() }),
    redirects: makeRedirects(region, { functions, perFunction: limits.redirects ?? DEFAULT_REDIRECTS, life }),
    cm
  }
}

/**
 * Builds all parts; `place` is where in an HCA of two ports they stand, if they do. Throws an InputError when the
 * configuration is not sound or the host has no room.
 */
export const buildParts = (config: MuxConfig, place?: HcaPlace): MuxParts => {
  checkConfig(config)
  const random32 = config.random32 ?? systemRandom32()
  const lives = cmLives(config.timing)
  const region = SharedRegion.create(regionWords(config, lives, place !== undefined), { copy: config.copy ?? "wasm" })
  const rings = makeRings(region, config.functions, config.functionSlots, config.wireSlots)
  const tables = buildTables(config, region, lives, random32, place)
  const { cm, ids, inbound, redirects, transactions } = tables
  const { tids } = ids
  const port = new PortState(config.port)
  const qpns = place?.hca.qpns ?? new Qpns()
  const portIndex = place?.portIndex ?? 0
  const functions = new Functions(config.functions, qpns, random32)
  const guids = new Guids(config.functions, config.guids, port)
  if (config.otherPortGuids !== undefined) guids.setOther(new Guids(config.functions, config.otherPortGuids, port))
  const pkeys = makePkeys(config.functions, config.port.pkeys, config.pkeyMaps)
  const counters = makeCounters(config.functions)
  const events = new EventQueues(config.functions)
  const host = new Host({ region, config, port, guids, pkeys, rings, tids, counters, events })
  const membership = new Membership(host)
  const aliasGuids = new AliasGuids({
    host, port, guids, functions, events,
    timing: config.timing, adminGuids: config.adminGuids ?? [], guidCap: config.guidCap ?? GUID_CAP_MAX
  })
  const serviceRecords = new ServiceRecords(host)
  const subscriptions = new Subscriptions(host)
  // GUIDs last: the SA asks whose a GUID is before it takes back what names it.
  const saClients = new SaClients(host, [membership, subscriptions, serviceRecords, aliasGuids])
  const reports = new Reports({
    region, timing: config.timing, port, guids, pkeys, functions, rings, counters, host, subscriptions, membership
  })
  const made = new CmMade({ region, rings, guids }, port, config.timing.rejInterval)
  const services = new Services(config.services)
  const policy = makePolicy({ ...DEFAULT_POLICY, ...config.policy })
  const egress = makeEgress(region, {
    functions, port, guids, pkeys, policy, transactions, inbound, redirects,
    cm: makeCmEgress(region, cm, port, portIndex),
    answers: new Answers(region, rings, guids),
    multicast: membership,
    serviceRecords,
    aliasGuids,
    subscriptions,
    reports,
    scratch: region.allocate(SLOT_WORDS)
  })
  const ingress = makeIngress(region, {
    functions, port, guids, pkeys, tids, transactions, inbound, redirects, rings, counters,
    cm: makeCmIngress(region, { table: cm, guids, services, made, port, portIndex }),
    ownAnswers: saClients,
    serviceRecords,
    reports
  })
  const verbs = new VerbsGate(config.functions, qpns, {
    isAttached: (f) => functions.isAttached(f),
    proxyQpn: (f, qp) => functions.proxyQpn(f, qp),
    isTunnelQkey: (qkey) => functions.isTunnelQkey(qkey),
    physicalPkeyIndex: (f, virtual) => pkeys.toPhysical(f, virtual)
  })
  const { prefixGrace: prefixGraceMs } = config.timing
  const changes = new PortChanges({ port, guids, pkeys, functions, events, aliasGuids, prefixGraceMs })
  return {
    region, port, functions, guids, pkeys, policy, services, rings, counters, transactions, inbound, redirects, cm,
    hasSharedCm: place !== undefined, host,
    membership, saClients, aliasGuids, subscriptions, reports, egress,
    ingress, events, changes, verbs, ids
  }
}
