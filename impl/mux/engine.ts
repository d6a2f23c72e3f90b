/**
 * The PF context: operates the real special QPs for all functions. `poll` is the hot path; everything else is
 * the control plane, and one thread calls both.
 *
 * The parts on the hot path are made by factories, not classes: V8 compiles what a factory's only object closes
 * over into the code as constants, which measured 1.7 times as fast as fields. So a thread runs one PF context.
 */
import { reasons } from "../../spec/reasons.ts"
import { checkCount, checkInteger, checkObject, inputError } from "../input/check.ts"
import type { SharedRegion } from "../ring/memory.ts"
import type { RingConsumer, RingProducer } from "../ring/spsc.ts"
import type { FunctionEvent } from "../vhca/events.ts"
import { localView } from "../vhca/local-view.ts"
import type { FunctionRings, Qp } from "../vhca/proxy.ts"
import type { VerbAnswer, VerbRequest } from "../vhca/verbs.ts"
import { DEFAULT_QUANTUM, type MuxConfig, type MuxService } from "./config.ts"
import { checkHex64, checkServices } from "./config-check.ts"
import type { MuxCounters } from "./counters.ts"
import type { Tunnel } from "./functions.ts"
import { NO_GUID } from "./guids-admin.ts"
import type { HcaPlace } from "./hca-parts.ts"
import { LifeCycle } from "./life-cycle.ts"
import { buildParts, type MuxParts } from "./parts.ts"
import type { PolicyLists } from "./policy-lists.ts"
import type { PortEvent } from "../port/port-event.ts"
import { hexOfHalves } from "./port-state.ts"
import { type TableCount, tableCounts } from "./tables.ts"
import { makePump, type Pump } from "./pump.ts"
import { NO_BOUND } from "./rings.ts"

/** Functions whose expired entries are collected in one poll, and how many of each kind. */
const COLLECT_FUNCTIONS = 4
const COLLECT_ENTRIES = 32
const PF = 0
const REASONS = Object.keys(reasons).length

/** The QP, which must be 0 or 1: the rings of another function lie beside them. */
const checkedQp = (qp: Qp): Qp => {
  if (qp !== 0 && qp !== 1) throw inputError("qp", "0 or 1", qp ?? String(qp))
  return qp
}

/** The PF context of one port. */
export class Mux {
  /** Holds every ring and table. */
  readonly region: SharedRegion
  /** The ends of the wire rings that belong to the port, by QP. */
  readonly wire: {
    readonly outgoing: readonly [RingConsumer, RingConsumer]
    readonly incoming: readonly [RingProducer, RingProducer]
  }
  /** Word offset of the doorbell that is rung when MADs arrive, from functions or from the wire. */
  readonly doorbell: number
  readonly #config: MuxConfig
  readonly #parts: MuxParts
  readonly #life: LifeCycle
  readonly #pump: Pump
  #collectNext = 0

  /**
   * A PF context of one port; `place` is for an HCA of two (hca.ts). Throws an InputError when the configuration is
   * not sound or the host has no room.
   */
  constructor(config: MuxConfig, place?: HcaPlace) {
    this.#config = config
    this.#parts = buildParts(config, place)
    this.#life = new LifeCycle(this.#parts)
    this.#pump = makePump(this.#parts, config.quantum ?? DEFAULT_QUANTUM)
    const { region, rings } = this.#parts
    this.region = region
    this.wire = { outgoing: rings.wireOut, incoming: rings.wireIn }
    this.doorbell = rings.doorbell
  }

  /** Whom the GUIDs of this port do not name, those of the other port of the HCA may (SQP-STEER-6). */
  setOtherPort(other: Mux): void {
    if (!(other instanceof Mux) || other === this) throw inputError("the other port", "the Mux of another port", other)
    this.#parts.guids.setOther(other.#parts.guids)
  }

  /** Opens the PF context: function 0, then every function asked for before. Running already: nothing. */
  start(): void {
    this.#life.start()
    this.#parts.rings.flush()
  }

  /**
   * Leaves all groups and releases everything. Stopped already: nothing. When the ring to the wire is full, the
   * following polls leave the rest.
   */
  stop(): void {
    this.#life.stop()
    this.#parts.rings.flush()
  }

  /** True while the SA owes an answer: who stops now does not learn what it grants, and cannot leave it. */
  get isWithSa(): boolean {
    return this.#parts.saClients.isWithSa
  }

  /** True once nothing is left to do after `stop`. */
  get isStopped(): boolean {
    return this.#life.isStopped
  }

  /** Opens the tunnels of function `f`; while stopped it is remembered for the start. Attached already: nothing. */
  attach(f: number): void {
    this.#parts.functions.check(f)
    this.#life.attach(f)
    this.#parts.rings.flush()
  }

  /**
   * Ends function `f`, whose driver must use its rings no more. Not attached: nothing. Throws an InputError for the
   * PF, which lives as long as the PF context.
   */
  detach(f: number): void {
    this.#parts.functions.check(f, 1)
    this.#life.detach(f)
    this.#parts.rings.flush()
  }

  /** Ends function `f` and attaches it anew. Not attached: nothing. Throws an InputError for the PF. */
  reset(f: number): void {
    this.#parts.functions.check(f, 1)
    if (!this.#parts.functions.isAttached(f)) return
    this.#life.reset(f)
    this.#parts.rings.flush()
  }

  /**
   * The GUID that VF `f` shall have from now on (spec/guid.md): 16 hex digits, 0 for one of the SA's choice, null for
   * none. False: refused, because the slot or the GUID is not to be had. Throws an InputError for the PF or a bad GUID.
   */
  setAdminGuid(f: number, guid: string | null): boolean {
    this.#parts.functions.check(f, 1)
    if (guid !== null) checkHex64("the admin GUID", guid)
    const isDone = this.#parts.aliasGuids.administer(f, guid?.toLowerCase() ?? null)
    this.#parts.rings.flush()
    return isDone
  }

  /** Tells the PF context of a change at the port. Throws an InputError for a value out of range; nothing changes. */
  portEvent(event: PortEvent): void {
    const { changes, functions, reports, rings, saClients } = this.#parts
    const news = changes.apply(event)
    if (functions.running) {
      if (news.reregister === true || news.smChanged === true) reports.markFormer()
      saClients.portEvent(news)
    }
    rings.flush()
  }

  /** Replaces the virtual P_Key table of VF `f` (spec/pkey.md). Throws an InputError for the PF or a bad table. */
  setPkeyMap(f: number, map: ReadonlyArray<number | null>): void {
    this.#parts.functions.check(f, 1)
    this.#parts.changes.setPkeyMap(f, map)
    if (!this.#parts.functions.running) return
    this.#parts.saClients.confine()
    this.#parts.rings.flush()
  }

  /**
   * Changes what VFs may use, from the next MAD on; what is not given stays (spec/classes.md). Throws an InputError for
   * a class that no policy may name or a function that does not exist; then nothing changes.
   */
  setPolicy(policy: Partial<PolicyLists> & { readonly services?: ReadonlyArray<MuxService> }): void {
    checkObject("policy", policy)
    const { services, ...lists } = policy
    if (services !== undefined) checkServices("policy.services", services, this.#config.functions)
    this.#parts.policy.change(lists)
    if (services !== undefined) this.#parts.services.replace(services)
  }

  /**
   * Changes quotas of function `f`; what it holds beyond stays. Throws an InputError for one beyond what the PF context
   * was made with.
   */
  setQuota(f: number, quota: Partial<Pick<MuxConfig["limits"], "groups" | "pending">>): void {
    this.#parts.functions.check(f)
    this.#parts.host.setQuota(f, quota)
  }

  /** A verb of function `f` (spec/qp.md). */
  verb(f: number, request: VerbRequest): VerbAnswer {
    this.#parts.functions.check(f)
    return this.#parts.verbs.verb(f, request)
  }

  /** A local query of function `f`: the attribute as it must see it, 64 bytes, or null when it is refused. */
  query(f: number, attribute: string, modifier: number): Uint8Array | null {
    const { functions, guids, pkeys, port } = this.#parts
    functions.check(f)
    if (!functions.isAttached(f) || modifier >>> 0 !== modifier) return null
    const { nodeGuids, nodeInfo, portInfo } = this.#config
    const { lid, lmc, prefixHigh, prefixLow, smLid, smSl, up } = port
    return localView({
      nodeInfo, portInfo, lid, lmc, smLid, smSl,
      nodeGuid: f === PF ? null : nodeGuids[f] ?? NO_GUID,
      guid: guids.hex(f),
      active: up && guids.has(f),
      subnetPrefix: hexOfHalves(prefixHigh, prefixLow),
      pkeys: pkeys.view(f)
    }, attribute, modifier)
  }

  /**
   * Works off what waits, at most `budget` MADs, and what is due at `nowMs` (milliseconds of a clock that never
   * goes back). Returns how many MADs were taken. Throws an InputError for anything but integers from 0.
   */
  poll(budget: number, nowMs: number): number {
    const { functions, membership, port, rings, saClients, subscriptions } = this.#parts
    checkCount("budget", budget)
    checkInteger("nowMs", nowMs, 0, Number.MAX_SAFE_INTEGER)
    const ticked = port.advance(nowMs)
    if (functions.running) saClients.poll(port.nowMs)
    else this.#life.continueStop()
    if (ticked) this.#collect()
    rings.flush()
    const moved = this.#pump.move(budget)
    if (this.#config.groupNotices === true && functions.running) {
      subscriptions.listen(membership.hasMembers)
      rings.flush()
    }
    return moved
  }

  /**
   * True if functions have MADs that were seen but not taken: call `poll` again, once the port made room. False:
   * nothing is to be done before the doorbell rings or `nextDueMs`.
   */
  get hasWork(): boolean {
    return this.#pump.hasWork()
  }

  /** When `poll` is needed though nothing arrives, on its clock; null: never. It may be earlier than needed. */
  nextDueMs(): number | null {
    const { functions, port, saClients } = this.#parts
    if (!functions.running) return this.#life.isStopped ? null : port.nowMs
    const due = saClients.nextDueMs()
    return Number.isFinite(due) ? due : null
  }

  /** Where function `f` puts the MADs it sends on `qp`; publishing wakes the PF context. Always the same object. */
  functionEgress(f: number, qp: Qp): RingProducer {
    this.#parts.functions.check(f)
    return this.#parts.rings.functionEgress[2 * f + checkedQp(qp)]!
  }

  /** Where function `f` finds the MADs for its proxy of `qp`. Always the same object. */
  functionIngress(f: number, qp: Qp): RingConsumer {
    this.#parts.functions.check(f)
    return this.#parts.rings.functionIngress[2 * f + checkedQp(qp)]!
  }

  /**
   * By which another thread attaches to the rings of function `f`, instead of using the two ends above: see
   * impl/vhca/proxy.ts. From then on that thread may sleep.
   */
  functionRings(f: number): FunctionRings {
    this.#parts.functions.check(f)
    this.#parts.rings.ringDoorbell(f)
    return this.#parts.rings.offsets[f]!
  }

  /**
   * The port takes `count` more MADs of functions from the ring to the wire, or the driver of a function so many of
   * its own; null: any number, as at the start. What the PF context sends itself needs no credit.
   */
  credit(to: "wire" | number, qp: Qp, count: number | null): void {
    const { functions, rings } = this.#parts
    checkedQp(qp)
    if (count !== null) checkCount("count", count)
    if (to === "wire") return rings.creditWire(qp, count ?? NO_BOUND)
    functions.check(to)
    rings.creditFunction(to, qp, count ?? NO_BOUND)
  }

  /** The tunnels of function `f` by QP; null while it is not attached. */
  tunnels(f: number): readonly [Tunnel, Tunnel] | null {
    this.#parts.functions.check(f)
    return this.#parts.functions.tunnels(f)
  }

  /** Takes the events of function `f`, oldest first. */
  takeEvents(f: number): ReadonlyArray<FunctionEvent> {
    this.#parts.functions.check(f)
    return this.#parts.events.take(f)
  }

  /** The accounting of function `f`; null: of nobody. */
  counters(f: number | null): MuxCounters {
    const { counters, functions, saClients } = this.#parts
    if (f === null) return counters.view(counters.nobody, 0)
    functions.check(f)
    return counters.view(f, saClients.waiting(f))
  }

  /** MADs taken so far from the proxies of function `f`. */
  received(f: number): number {
    const { counters, functions } = this.#parts
    functions.check(f)
    return counters.taken(f)
  }

  /** MADs dropped at the cost of function `f`, or of nobody (null), by the place of the reason in spec/reasons.ts. */
  dropped(f: number | null, reason: number): number {
    const { counters, functions } = this.#parts
    if (f !== null) functions.check(f)
    checkInteger("the place of the reason", reason, 0, REASONS - 1)
    return counters.drops(f ?? counters.nobody, reason)
  }

  /** What is held at the present time, table by table; what has no entries is not named. */
  tables(): ReadonlyArray<TableCount> {
    return tableCounts(this.#parts)
  }

  /** Entries past their life are not used any more; this gives their ids back, a few functions a poll. */
  #collect(): void {
    const { cm, functions, inbound, port, redirects, reports, transactions } = this.#parts
    reports.collect(port.nowMs)
    for (let i = 0; i < COLLECT_FUNCTIONS; i++) {
      const f = this.#collectNext
      this.#collectNext = f + 1 < functions.count ? f + 1 : 0
      transactions.collect(f, COLLECT_ENTRIES, port.now)
      inbound.collect(f, COLLECT_ENTRIES, port.now)
      redirects.collect(f, COLLECT_ENTRIES, port.now)
      cm.collect(f, COLLECT_ENTRIES, port.now)
    }
  }
}
