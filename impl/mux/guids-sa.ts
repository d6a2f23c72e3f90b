/**
 * Alias GUIDs (spec/guid.md): asks the SA for the GUIDs that the administrator wants VFs to have, gives them
 * to the VFs once the SA shows them, and takes them back. Plain objects; nothing is thrown.
 */
import { SLOT_MAD_BYTE } from "../ring/slot.ts"
import { madHeader } from "../wire/mad-header.ts"
import { SA_STATUS } from "../wire/status.ts"
import type { MuxTiming } from "./config.ts"
import type { ControlHost } from "./control-host.ts"
import { type Alias, Aliases, type SlotTransaction } from "./guids-alias.ts"
import { NO_GUID } from "./guids-admin.ts"
import { GuidNews, type GuidNewsParts } from "./guids-heard.ts"
import { ownSlotWish, shownIn, slotMad } from "./guids-mads.ts"
import type { SaClient, SaNews } from "./sa-client.ts"
import { SaTransactions } from "./sa-transactions.ts"

/** What alias GUIDs stand on. */
export interface AliasGuidsParts extends GuidNewsParts {
  readonly host: ControlHost
  readonly timing: Pick<MuxTiming, "saRetries" | "guidRetry" | "guidRetryMax">
  /** By function; null, or missing, where nothing is asked. */
  readonly adminGuids: ReadonlyArray<string | null>
  readonly guidCap: number
}

/** The alias GUIDs of one port. */
export class AliasGuids implements SaClient {
  readonly #parts: AliasGuidsParts
  readonly #aliases: Aliases
  readonly #news: GuidNews
  readonly #transactions: SaTransactions<SlotTransaction, Alias>
  /** No back-off ends earlier. */
  #earliestMs = Number.POSITIVE_INFINITY
  readonly #resume = (alias: Alias, nowMs: number): void => {
    const { transaction } = alias
    if (transaction === null) this.#settle(alias, nowMs)
    else if (transaction.unsent) this.#transactions.send(alias, transaction, nowMs)
  }

  constructor(parts: AliasGuidsParts) {
    const { adminGuids, functions, guids, host, timing } = parts
    const admins = Array.from({ length: functions.count }, (_, f) => adminGuids[f]?.toLowerCase() ?? null)
    this.#parts = parts
    this.#aliases = new Aliases(admins, timing.guidRetry, guids, (f) => functions.isAttached(f))
    this.#news = new GuidNews(parts)
    this.#transactions = new SaTransactions(host)
  }

  /** The admin GUID of VF `f` from now on; false: refused, nothing changes. */
  administer(f: number, guid: string | null): boolean {
    const isDone = this.#note(f, guid)
    if (isDone) this.settle()
    return isDone
  }

  /**
   * Takes Set or Delete(GUIDInfoRecord) of VF `f` from the slot at word `slotWord`: its own slot alone may be
   * named. Notes the wish and returns the status of the answer; {@link AliasGuids.settle} comes after it.
   */
  request(f: number, slotWord: number): number {
    const { host, port } = this.#parts
    const wish = ownSlotWish(host.region.view, slotWord * 4 + SLOT_MAD_BYTE, port.lid)
    return wish !== undefined && this.#note(f, wish) ? 0 : SA_STATUS.ERR_REQ_INVALID
  }

  #note(f: number, guid: string | null): boolean {
    const alias = this.#aliases.all[f]
    if (alias === undefined || !this.#aliases.mayBeAdmin(f, guid, this.#parts.guidCap)) return false
    if (alias.admin === guid) return true
    alias.admin = guid
    this.#isOther(alias)
    return true
  }

  /** Function `f` was attached or detached: what it wants is another. Reset is neither. */
  changed(f: number): void {
    const alias = this.#aliases.all[f]
    if (alias === undefined) return
    this.#isOther(alias)
    this.settle()
  }

  /** Asks what is to be asked. */
  settle(): void {
    this.#settleAll(this.#parts.host.nowMs())
  }

  /** The SM wrote the slots from 8 * `block` on. */
  followTable(block: number, table: ReadonlyArray<string>): void {
    const { guids, host } = this.#parts
    const nowMs = host.nowMs()
    guids.setBlock(block, table)
    for (const alias of this.#aliases.all) {
      if (alias.transaction !== null) continue
      // Undefined in another block: then it equals nothing.
      const slot = table[alias.f - 8 * block]
      if (slot === NO_GUID) {
        if (alias.confirmed) this.#declined(alias, nowMs)
      } else if (slot === alias.asked && slot === this.#aliases.wantedBy(alias)) {
        alias.confirmed = true
        this.#endBackOff(alias)
      }
    }
    this.#settleAll(nowMs)
  }

  sentTo(tid: number, nowMs: number): number {
    return this.#transactions.get(tid, nowMs)?.address.lid ?? 0
  }

  answer(tid: number, mad: number, nowMs: number): boolean {
    const { view } = this.#parts.host.region
    const transaction = this.#transactions.get(tid, nowMs)
    const alias = transaction && this.#aliases.all[transaction.f]
    if (transaction === undefined || alias === undefined) return false
    const shown = shownIn(view, mad, transaction.lid, alias.f)
    if (shown === null) return false
    this.#giveUp(alias)
    if (transaction.kind === "set") this.#answered(alias, transaction.guid, shown, nowMs)
    else if (madHeader.Status.get(view, mad) === 0) this.#released(alias)
    else this.#backOff(alias, nowMs)
    this.#settleAll(nowMs)
    return true
  }

  poll(nowMs: number): void {
    this.#transactions.resumeBlocked(this.#resume, nowMs)
    const due = this.#transactions.due(nowMs)
    if (due.length === 0 && nowMs < this.#earliestMs) return
    for (const transaction of due) this.#timeout(transaction, nowMs)
    this.#earliestMs = Number.POSITIVE_INFINITY
    for (const alias of this.#aliases.all) {
      if (alias.resumeMs === null) continue
      if (alias.resumeMs <= nowMs) alias.resumeMs = null
      else this.#earliestMs = Math.min(this.#earliestMs, alias.resumeMs)
    }
    this.#settleAll(nowMs)
  }

  nextDueMs(): number {
    return Math.min(this.#transactions.nextDueMs(), this.#earliestMs)
  }

  /** Nothing: a reset keeps the GUID, and a detach is told by `changed` once it is done. */
  endFunction(): void {}

  /** The SA may know nothing, or nothing of this LID: all is asked again, and stays in use until declined. */
  portEvent({ lidChanged = false, linkUp = false, reregister = false, smChanged = false }: SaNews): void {
    const isAnew = lidChanged || reregister || smChanged
    if (!isAnew && !linkUp) return
    for (const alias of this.#aliases.all) {
      this.#endBackOff(alias)
      if (!isAnew) continue
      this.#giveUp(alias)
      alias.confirmed = false
    }
    this.#settleAll(this.#parts.host.nowMs())
  }

  /** The port's own slots are no function's to lose. */
  confine(): void {}

  stop(): boolean {
    const nowMs = this.#parts.host.nowMs()
    this.#transactions.takeBlocked()
    for (const alias of this.#aliases.all) {
      this.#giveUp(alias)
      if (alias.asked !== null && this.#canAsk()) this.#release(alias, nowMs)
      if (this.#transactions.isBlocked) return false
      this.#giveUp(alias)
      this.#released(alias)
    }
    this.#transactions.clear()
    this.#news.forget(this.#hidden())
    return true
  }

  get isWithSa(): boolean {
    return this.#transactions.isWithSa
  }

  /** No request of a function waits here. */
  waiting(): number {
    return 0
  }

  /** `guids`: what the SA holds for a function that wants it; what is on its way back is no function's. */
  held(f: number | null): Readonly<Record<string, number>> {
    const isHeld = (alias: Alias): boolean => f === null
      ? alias.asked !== null
      : alias.f === f && alias.asked !== null && this.#aliases.releasedBy(alias) === null
    return { guids: this.#aliases.all.filter(isHeld).length }
  }

  /** What the function wants is another: nothing is confirmed, and nothing is waited for. */
  #isOther(alias: Alias): void {
    alias.confirmed = false
    this.#endBackOff(alias)
  }

  #canAsk(): boolean {
    const { host, port } = this.#parts
    return port.up && host.smLid() !== 0
  }

  /** Asks what is to be asked, lowest function first, then tells whose GUID is another now. */
  #settleAll(nowMs: number): void {
    for (const alias of this.#aliases.all) this.#settle(alias, nowMs)
    this.#news.tell(this.#hidden())
  }

  #hidden(): ReadonlySet<string> {
    return new Set(this.#aliases.all.flatMap((alias) => this.#aliases.releasedBy(alias) ?? []))
  }

  #settle(alias: Alias, nowMs: number): void {
    const { asked, confirmed, f, resumeMs, transaction } = alias
    if (transaction !== null || resumeMs !== null || !this.#canAsk()) return
    const wanted = this.#aliases.wantedBy(alias)
    if (asked !== null && asked !== wanted) return this.#release(alias, nowMs)
    if (wanted === null || confirmed) return
    if (wanted !== NO_GUID && this.#aliases.isTaken(f, wanted)) return
    if (this.#open(alias, "set", wanted, nowMs)) alias.asked = wanted
  }

  /** Asks the SA to forget the slot, which loses what was asked at once. */
  #release(alias: Alias, nowMs: number): void {
    if (this.#open(alias, "delete", NO_GUID, nowMs)) this.#leaveSlot(alias)
  }

  #open(alias: Alias, kind: SlotTransaction["kind"], guid: string, nowMs: number): boolean {
    const { f } = alias
    const { lid } = this.#parts.port
    return this.#transactions.open(alias, {
      owner: f,
      mad: (tid) => slotMad(tid, kind, lid, f, guid),
      make: (common) => ({ ...common, f, kind, guid, lid })
    }, nowMs)
  }

  #leaveSlot({ asked, f }: Alias): void {
    const { guids } = this.#parts
    if (guids.slot(f) === asked) guids.setSlot(f, NO_GUID)
  }

  /** The SA answered a Set of `sent`. */
  #answered(alias: Alias, sent: string, shown: string, nowMs: number): void {
    const { f } = alias
    const isShown = sent === NO_GUID ? this.#aliases.mayBeChosen(f, shown) : shown === sent
    const isWanted = this.#aliases.wantedBy(alias) === sent
    if (isShown) {
      alias.asked = shown
      this.#endBackOff(alias)
    }
    if (!isWanted) return
    if (!isShown) return this.#declined(alias, nowMs)
    alias.admin = shown
    alias.confirmed = true
    this.#parts.guids.setSlot(f, shown)
  }

  #declined(alias: Alias, nowMs: number): void {
    this.#leaveSlot(alias)
    alias.confirmed = false
    this.#backOff(alias, nowMs)
  }

  /** The SA holds nothing for the slot any more. */
  #released(alias: Alias): void {
    this.#leaveSlot(alias)
    alias.asked = null
    alias.confirmed = false
    this.#endBackOff(alias)
  }

  #backOff(alias: Alias, nowMs: number): void {
    alias.resumeMs = nowMs + alias.backOffMs
    alias.backOffMs = Math.min(2 * alias.backOffMs, this.#parts.timing.guidRetryMax)
    this.#earliestMs = Math.min(this.#earliestMs, alias.resumeMs)
  }

  #endBackOff(alias: Alias): void {
    alias.resumeMs = null
    alias.backOffMs = this.#parts.timing.guidRetry
  }

  /** The transaction is over, answered or not. */
  #giveUp(alias: Alias): void {
    const { transaction } = alias
    if (transaction === null) return
    alias.transaction = null
    this.#transactions.end(transaction)
  }

  #timeout(transaction: SlotTransaction, nowMs: number): void {
    const alias = this.#aliases.all[transaction.f]
    if (alias?.transaction !== transaction) return this.#transactions.end(transaction)
    const { saRetries } = this.#parts.timing
    if (transaction.sends <= saRetries) return this.#transactions.send(alias, transaction, nowMs)
    this.#giveUp(alias)
    this.#backOff(alias, nowMs)
  }
}
