/** The judge of what a membership sends to the SA, by what functions asked and were told, and by answers. */
import { type Bench, NO_MGID, type Sent } from "./multicast-fixture.ts"
import type { Answer, Asked, Exchange } from "./multicast-sa.ts"

/** ComponentMask of a re-join: with it the SA could create the group. */
const REJOIN_MASK = 0x130c7
const FULL_BITS = 9

/** Throws with what was seen. */
export function check(holds: boolean, what: string, seen?: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(seen)}`)
}

const kindOf = (sent: Sent): Exchange["kind"] =>
  sent.method === 0x15 ? "leave" : sent.mask === REJOIN_MASK ? "re-join" : "join"

/** All wire TIDs so far. */
export class WireJudge {
  readonly exchanges = new Map<string, Exchange>()
  readonly #bench: Bench
  /** The bits that accepted answers say the SA holds, by MGID. */
  readonly #held = new Map<string, number>()
  /** The bit that must be left alone next, since the SA refused to have several left at once. */
  readonly #single = new Map<string, number>()
  /** False where the wire ring may be full: then a cause may be gone by the time its send is seen. */
  readonly #strict: boolean

  constructor(bench: Bench, strict: boolean) {
    this.#bench = bench
    this.#strict = strict
  }

  /** Judges one copy; `union` is what functions were told of its group. */
  seen(copy: Sent, union: number, asked: ReadonlyArray<Asked>): Exchange {
    this.expire()
    const known = this.exchanges.get(copy.tid)
    if (known === undefined) return this.#begun(copy, union, asked)
    const last = known.copies[known.copies.length - 1]!
    const first = known.copies[0]!
    check(known.phase === "outstanding", "a copy after the end of its transaction", copy)
    check(copy.hex === first.hex, "a retry with other bytes", copy)
    check(JSON.stringify(copy.address) === JSON.stringify(first.address), "a retry elsewhere", copy)
    check(copy.atMs - last.atMs >= this.#bench.timing.saTimeout, "a retry too early", copy)
    known.copies.push(copy)
    check(known.copies.length <= this.#copiesOf(known.mgid), "a retry too many", copy)
    return known
  }

  /** Copies that are sent of one transaction. */
  #copiesOf(mgid: string): number {
    return mgid === NO_MGID ? 1 : 1 + this.#bench.timing.saRetries
  }

  #begun(copy: Sent, union: number, asked: ReadonlyArray<Asked>): Exchange {
    const { mgid } = copy
    const kind = kindOf(copy)
    for (const other of this.exchanges.values()) {
      const clear = other.mgid !== mgid || other.phase !== "outstanding"
      check(clear, "a second transaction of its group [SQP-MC-6]", copy)
    }
    const cause = kind === "join" ? causeOf(copy, asked) : null
    if (this.#strict) this.#judgeCause(copy, kind, cause, union)
    this.#single.delete(mgid)
    if (kind === "re-join") this.#held.set(mgid, 0)
    const exchange: Exchange = {
      tid: copy.tid, kind, mgid, bits: copy.joinState, asked: cause, copies: [copy], phase: "outstanding",
      givenUpMs: 0, former: false, refusal: null, grantedIn: null, reached: false, taken: false
    }
    this.exchanges.set(copy.tid, exchange)
    return exchange
  }

  #judgeCause(copy: Sent, kind: Exchange["kind"], cause: Asked | null, union: number): void {
    if (kind === "leave") {
      const excess = (this.#held.get(copy.mgid) ?? 0) & ~union
      const leaving = this.#single.get(copy.mgid) ?? excess
      check(copy.joinState === leaving, `a leave of other bits than ${leaving} [SQP-MC-2]`, copy)
    } else if (kind === "re-join") {
      check(copy.joinState === union, `a re-join of other bits than ${union} [SQP-MC-11]`, copy)
    } else {
      check(cause !== null, "a join nobody asked for [SQP-MC-2]", copy)
      const ageMs = copy.atMs - cause.atMs
      check(ageMs <= this.#bench.timing.horizon, "a join beyond the horizon [SQP-MC-8]", copy)
      check(!this.covers(copy.mgid, copy.joinState, union), "a join that changes nothing [SQP-MC-2]", copy)
    }
  }

  /** True if a join may be answered here: the SA and some function have the bits, a full one among them. */
  covers(mgid: string, bits: number, union: number): boolean {
    const sure = (this.#held.get(mgid) ?? 0) & union
    return mgid !== NO_MGID && (bits & ~sure) === 0 && (sure & FULL_BITS) !== 0
  }

  /** A transaction whose last copy is `saTimeout` old is given up; one given up long ago is over. */
  expire(): void {
    const { now, timing } = this.#bench
    for (const exchange of this.exchanges.values()) {
      const { copies, mgid } = exchange
      const untilMs = copies[copies.length - 1]!.atMs + timing.saTimeout
      const exhausted = copies.length === this.#copiesOf(mgid) && now >= untilMs
      if (exchange.phase === "outstanding" && exhausted) {
        this.#giveUp(exchange, untilMs)
        if (exchange.kind === "leave") this.#hold(mgid, 0, exchange.bits)
        if (exchange.asked !== null) exchange.asked.open = false
      }
      if (exchange.phase === "given up" && now - exchange.givenUpMs >= timing.tidMax) exchange.phase = "over"
    }
  }

  /** Every outstanding transaction is given up: its request, if any, waits again; a leave is still owed. */
  portEvent(): void {
    this.expire()
    this.#single.clear()
    for (const exchange of this.exchanges.values()) {
      exchange.former = true
      if (exchange.phase !== "outstanding") continue
      exchange.reached ||= exchange.kind === "leave"
      this.#giveUp(exchange, this.#bench.now)
    }
  }

  #giveUp(exchange: Exchange, atMs: number): void {
    exchange.phase = exchange.kind === "leave" ? "over" : "given up"
    exchange.givenUpMs = atMs
  }

  /** Whether the membership must take this answer now; null if it may or may not. */
  takes({ exchange, reply }: Answer): boolean | null {
    this.expire()
    if (exchange.phase !== "given up") return exchange.phase === "outstanding"
    if ((reply.status ?? 0) !== 0) return false
    return this.#bench.now - exchange.givenUpMs < this.#bench.timing.tidMin ? true : null
  }

  /** The membership took the answer: what the SA is now known to hold; `union` is that before the answer. */
  took({ exchange, reply }: Answer, union: number): void {
    const success = (reply.status ?? 0) === 0
    const { bits: asked, copies, kind, mgid } = exchange
    exchange.phase = "over"
    if (kind === "leave") {
      const single = 2 ** [0, 1, 2, 3].findIndex((bit) => (asked & (1 << bit)) !== 0)
      if (success || asked === single) this.#hold(mgid, 0, asked)
      else this.#single.set(mgid, single)
      return
    }
    // Another copy of a refused join may still succeed.
    if (!success && copies.length > 1) this.#giveUp(exchange, this.#bench.now)
    if (!success) return
    exchange.taken = true
    if (exchange.asked !== null) exchange.asked.granted = true
    const bits = reply.joinState ?? 0
    this.#hold(reply.mgid ?? exchange.mgid, exchange.former ? bits & ~union : bits, 0)
  }

  #hold(mgid: string, more: number, fewer: number): void {
    this.#held.set(mgid, ((this.#held.get(mgid) ?? 0) | more) & ~fewer)
  }
}

/** The open request that a join carries. */
const causeOf = (copy: Sent, asked: ReadonlyArray<Asked>): Asked | null =>
  asked.find((join) =>
    join.open && join.mgid === copy.mgid && join.bits === copy.joinState &&
    join.marker === copy.components.PacketLifeTime
  ) ?? null
