/** All areas that ask the SA, as one. */
import { SLOT_LID, SLOT_MAD_BYTE, SLOT_REMOTE_QPN } from "../ring/slot.ts"
import { madHeader } from "../wire/mad-header.ts"
import type { ControlHost } from "./control-host.ts"
import { CONSUMED } from "./outcomes.ts"
import type { SaClient, SaNews } from "./sa-client.ts"

/** The areas of one PF context, in the order in which they are asked. */
export class SaClients {
  readonly #host: ControlHost
  readonly #clients: ReadonlyArray<SaClient>
  /** Who is polled first: room on the wire is scarce when polls matter, and it goes round. */
  #first = 0
  /** What clients were confined to last. */
  #identity: number

  constructor(host: ControlHost, clients: ReadonlyArray<SaClient>) {
    this.#host = host
    this.#clients = clients
    this.#identity = host.identity()
  }

  /** True if a response with this wire TID (low 32 bits; class SA, QP1) is for {@link SaClients.answer}. */
  owns(tid: number): boolean {
    return this.#find(tid, this.#host.nowMs()) !== null
  }

  /**
   * Takes a response of the SA from the slot at word `slotWord`; one that is not for us or not from the SM,
   * the one it was sent to or the current one, is dropped at nobody's cost (SQP-MC-6, SQP-MC-13). Returns
   * CONSUMED.
   */
  answer(slotWord: number): number {
    const { view, words } = this.#host.region
    const mad = slotWord * 4 + SLOT_MAD_BYTE
    const tid = madHeader.TransactionID.low(view, mad)
    const nowMs = this.#host.nowMs()
    const slid = (words[slotWord + SLOT_LID] ?? 0) & 0xffff
    const sourceQpn = (words[slotWord + SLOT_REMOTE_QPN] ?? 0) & 0xff_ffff
    const found = this.#find(tid, nowMs)
    if (found === null) {
      this.#host.drop(null, "sa-answer-stale")
    } else if (slid === 0 || (slid !== found.sentTo && slid !== this.#host.smLid()) || sourceQpn !== 1) {
      this.#host.drop(null, "sa-answer-source")
    } else if (!found.client.answer(tid, mad, nowMs)) {
      this.#host.drop(null, "sa-answer-stale")
    }
    this.confine()
    return CONSUMED
  }

  /** Does what is due in all areas. */
  poll(nowMs: number): void {
    const { length } = this.#clients
    for (let i = 0; i < length; i++) this.#clients[(this.#first + i) % length]!.poll(nowMs)
    this.#first = (this.#first + 1) % length
    this.confine()
  }

  /** Takes back what functions may no longer have, if P_Keys, GUIDs or the prefix changed; cheap if not. */
  confine(): void {
    if (this.#host.identity() === this.#identity) return
    this.#identity = this.#host.identity()
    for (const client of this.#clients) client.confine()
  }

  /** When `poll` is needed next, on the host's clock; Infinity for never. */
  nextDueMs(): number {
    let due = Number.POSITIVE_INFINITY
    for (const client of this.#clients) due = Math.min(due, client.nextDueMs())
    return due
  }

  /** Function `f` ends. */
  endFunction(f: number): void {
    for (const client of this.#clients) client.endFunction(f)
  }

  /** A port event. */
  portEvent(news: SaNews): void {
    for (const client of this.#clients) client.portEvent(news)
    this.confine()
  }

  /** Takes everything back; false: call again when there is room. */
  stop(): boolean {
    let done = true
    for (const client of this.#clients) done = client.stop() && done
    return done
  }

  /** True while a request is with the SA, or waits to be sent to it. */
  get isWithSa(): boolean {
    return this.#clients.some((client) => client.isWithSa)
  }

  /** How many requests of function `f` are neither answered nor dropped yet. */
  waiting(f: number): number {
    let waiting = 0
    for (const client of this.#clients) waiting += client.waiting(f)
    return waiting
  }

  /** What all areas hold, by table: for function `f`, or (null) in all and for nobody. */
  held(f: number | null): Readonly<Record<string, number>> {
    const sum: Record<string, number> = {}
    for (const client of this.#clients) {
      for (const [table, entries] of Object.entries(client.held?.(f) ?? {})) sum[table] = (sum[table] ?? 0) + entries
    }
    return sum
  }

  #find(tid: number, nowMs: number): { readonly client: SaClient; readonly sentTo: number } | null {
    for (const client of this.#clients) {
      const sentTo = client.sentTo(tid, nowMs)
      if (sentTo !== 0) return { client, sentTo }
    }
    return null
  }
}
