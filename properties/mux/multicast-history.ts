/** A random history of multicast membership: commands, the scripted SA, and what must hold after each. */
import { Bench, type Delivered, MGIDS, NO_MGID, RECORD, type Reply } from "./multicast-fixture.ts"
import { check, WireJudge } from "./multicast-judge.ts"
import { type Answer, type Asked, type Exchange, type Fate, QKEY_MASK, ScriptedSa } from "./multicast-sa.ts"

/** One step of a history. Indices are taken modulo what there is. */
export type Command =
  | {
    readonly op: "join"
    readonly f: number
    readonly group: number
    readonly bits: number
    readonly qKey: number
  }
  | { readonly op: "repeat"; readonly which: number }
  | { readonly op: "leave"; readonly f: number; readonly group: number; readonly bits: number }
  | { readonly op: "end"; readonly f: number }
  | { readonly op: "reregister"; readonly forgotten: boolean }
  | { readonly op: "sm"; readonly lid: number }
  | { readonly op: "room"; readonly slots: number }
  | { readonly op: "pass"; readonly ms: number }
  | { readonly op: "late"; readonly which: number }
  | { readonly op: "replay"; readonly which: number; readonly wrong: Reply }

const FUNCTIONS = [0, 1, 2, 3]
/** Statuses that the PF context never gives by itself. */
const REFUSALS = [0x0100, 0x0300, 0x0500, 0x0700]
const QKEYS = [undefined, RECORD.Q_Key, 0xbad]

/** The run of one history; the first violation throws. */
export class History {
  readonly #bench = new Bench()
  readonly #sa = new ScriptedSa()
  readonly #judge: WireJudge
  readonly #fates: ReadonlyArray<Fate>
  /** What functions were told: bits by MGID, then by function. */
  readonly #told = new Map<string, Map<number, number>>()
  readonly #asked: Array<Asked> = []
  readonly #late: Array<Answer> = []
  readonly #past: Array<Answer> = []
  readonly #received = [0, 0, 0, 0]
  /** Groups of which the SA refused a re-join though it had not forgotten. */
  readonly #estranged = new Set<string>()
  readonly #answeredTids = new Set<string>()
  #fate = 0
  #sentSeen = 0
  #deliveredSeen = 0
  #serial = 0
  #healed = false

  /** `fates` are used in turn, again and again; `strict`: the wire ring is never full. */
  constructor(fates: ReadonlyArray<Fate>, strict: boolean) {
    this.#fates = fates
    this.#judge = new WireJudge(this.#bench, strict)
    this.#bench.limits = { groups: 3, pending: 4, services: 4 }
    this.#bench.timing = { ...this.#bench.timing, saTimeout: 100, saRetries: 1, horizon: 150, tidMin: 1000, tidMax: 2000 }
  }

  /** Does one command and checks all that must hold after it. */
  run(command: Command): void {
    this.#do(command)
    this.#settle()
    this.#judge.expire()
    this.#checkAlways()
    if (this.#isQuiescent()) this.#checkSa()
  }

  /** No fault any more: the port reregisters, everything is answered, SA and functions agree [SQP-MC-1]. */
  heal(): void {
    this.#healed = true
    this.#bench.wireRoom = Number.POSITIVE_INFINITY
    this.run({ op: "sm", lid: 1 })
    this.run({ op: "pass", ms: 500 })
    this.run({ op: "reregister", forgotten: true })
    this.run({ op: "pass", ms: 500 })
    while (this.#late.length > 0) this.run({ op: "late", which: 0 })
    check(this.#isQuiescent(), "nothing comes to rest", this.#bench.membership.groupsView())
    this.#checkSa()
  }

  /** All functions end: nothing is left of them, here or at the SA. */
  finish(): void {
    for (const f of FUNCTIONS) this.run({ op: "end", f })
    this.run({ op: "pass", ms: this.#bench.timing.tidMax })
    const { membership, tids } = this.#bench
    check(membership.groupsView().length === 0, "groups of nobody are left", membership.groupsView())
    check(tids.size === 0, "TIDs of nobody are left", tids.size)
    check(membership.nextDueMs() === Number.POSITIVE_INFINITY, "something is due for ever")
    for (const mgid of this.#sa.port.keys()) check(this.#sa.bits(mgid) === 0, "the SA keeps a member", mgid)
  }

  #do(command: Command): void {
    switch (command.op) {
      case "join":
        return this.#join(command.f, MGIDS[command.group] ?? NO_MGID, command.bits, QKEYS[command.qKey])
      case "repeat":
        return this.#repeat(command.which)
      case "leave":
        return this.#leave(command.f, command.group, command.bits)
      case "end":
        return this.#end(command.f)
      case "reregister":
        if (command.forgotten) this.#forget()
        return this.#portEvent({ reregister: true })
      case "sm":
        if (this.#bench.sm.lid === command.lid) return
        this.#bench.sm = { lid: command.lid, sl: 0 }
        this.#forget()
        return this.#portEvent({ smChanged: true })
      case "room":
        this.#bench.wireRoom = command.slots > 3 ? Number.POSITIVE_INFINITY : command.slots
        return
      case "pass":
        return this.#pass(command.ms)
      case "late":
        return this.#deliverLate(command.which)
      case "replay":
        return this.#replay(command.which, command.wrong)
    }
  }

  #join(f: number, mgid: string, bits: number, qKey: number | undefined): void {
    const { atMs, marker, tid } = { atMs: this.#bench.now, marker: this.#serial % 64, tid: this.#nextTid() }
    const asked = { f, tid, mgid, bits, marker, atMs, open: true, granted: false }
    this.#asked.push(asked)
    this.#ask(asked, qKey)
  }

  #ask(asked: Asked, qKey: number | undefined): void {
    const { bits, f, marker, mgid, tid } = asked
    const drops = this.#bench.drops.length
    const mask = (1 << 11) | (qKey === undefined ? 0 : QKEY_MASK)
    this.#received[f]! += 1
    this.#bench.join(f, { mgid, bits, tid, mask, components: { PacketLifeTime: marker, Q_Key: qKey ?? 0 } })
    const reason = this.#bench.drops[drops]?.reason
    if (reason === "no-sm" || reason === "pending-quota" || reason === "group-quota") asked.open = false
  }

  #repeat(which: number): void {
    const waiting = this.#asked.filter((asked) =>
      asked.open && this.#asked.filter(({ f, open }) => open && f === asked.f).length ===
        this.#bench.membership.waiting(asked.f))
    const asked = waiting[which % Math.max(1, waiting.length)]
    if (asked === undefined || this.#bench.sm.lid === 0) return
    const drops = this.#bench.drops.length
    this.#ask(asked, undefined)
    const dropped = this.#bench.drops[drops]
    const coalesced = dropped?.f === asked.f && dropped.reason === "coalesced"
    check(coalesced, "a repetition not coalesced [SQP-MC-8]", asked)
  }

  #leave(f: number, group: number, bits: number): void {
    const known = [...new Set([...MGIDS, ...this.#told.keys()])]
    const mgid = known[group % known.length]!
    const has = this.#bits(mgid, f)
    // Above 15: bits that the function has, so that most leaves are valid; the others must be refused.
    const leaving = bits > 15 ? (bits & has) || has || 1 : bits
    const valid = (leaving & ~has) === 0
    const tid = this.#nextTid()
    this.#received[f]! += 1
    if (valid) this.#told.get(mgid)?.set(f, has & ~leaving)
    this.#bench.leave(f, { mgid, bits: leaving, tid })
    const answer = this.#bench.delivered[this.#deliveredSeen]
    const [status, joinState] = valid ? [0, has & ~leaving] : [0x0200, has]
    check(
      answer?.f === f && answer.tid === tid && answer.method === 0x95 && answer.status === status &&
        answer.joinState === joinState,
      "a leave not answered as it must be [SQP-MC-4]", [answer, status, joinState])
    this.#deliveredSeen += 1
  }

  #end(f: number): void {
    for (const members of this.#told.values()) members.delete(f)
    for (const asked of this.#asked) if (asked.f === f) asked.open = false
    this.#bench.membership.endFunction(f)
    check(this.#bench.membership.waiting(f) === 0, "an ended function still waits [SQP-MC-10]", f)
  }

  /** The SA's memory of the port is gone, and with it what could not be known of it. */
  #forget(): void {
    this.#sa.port.clear()
    this.#estranged.clear()
    for (const exchange of this.#judge.exchanges.values()) {
      exchange.grantedIn = null
      exchange.reached = true
      exchange.taken ||= exchange.kind === "re-join"
    }
  }

  #portEvent(event: { reregister?: boolean; smChanged?: boolean }): void {
    this.#judge.portEvent()
    this.#bench.membership.portEvent(event)
    if (this.#bench.sm.lid === 0) for (const asked of this.#asked) asked.open = false
  }

  #pass(ms: number): void {
    const { membership } = this.#bench
    const until = this.#bench.now + ms
    for (let due = membership.nextDueMs(); due <= until; due = membership.nextDueMs()) {
      this.#bench.now = Math.max(this.#bench.now, due)
      membership.poll(this.#bench.now)
      this.#settle()
    }
    this.#bench.now = until
    membership.poll(until)
  }

  #deliverLate(which: number): void {
    const [answer] = this.#late.splice(which % Math.max(1, this.#late.length), 1)
    if (answer !== undefined) this.#arrive(answer)
  }

  #replay(which: number, wrong: Reply): void {
    const answer = this.#past[which % Math.max(1, this.#past.length)]
    if (answer === undefined) return
    if (wrong.slid === undefined && wrong.sourceQpn === undefined) return this.#arrive(answer)
    const live = answer.exchange.phase === "outstanding" || this.#judge.takes(answer) === true
    const before = this.#snapshot()
    this.#bench.reply(answer.copy, { ...answer.reply, ...wrong })
    const { f, reason } = this.#bench.drops[this.#bench.drops.length - 1]!
    const refused = f === null && (reason === "sa-answer-source" || !live)
    check(refused, "a stranger was heard [SQP-MC-13]", [answer, reason])
    check(this.#snapshot() === before, "a stranger changed something [SQP-MC-13]", answer)
  }

  /** The SA reads what was sent, and answers at once where it does. */
  #settle(): void {
    for (let copies = 0; ; copies++) {
      check(copies < 1000, "no end of asking the SA", this.#bench.sent[this.#sentSeen])
      this.#hear()
      const copy = this.#bench.sent[this.#sentSeen]
      if (copy === undefined) return
      this.#sentSeen += 1
      const exchange = this.#judge.seen(copy, this.#union(copy.mgid), this.#asked)
      const fate = this.#healed ? "answered" : this.#fates[this.#fate++ % this.#fates.length]!
      if (fate === "request lost" || copy.address.lid !== this.#bench.sm.lid) continue
      const decides = exchange.copies.length === 1 && fate.startsWith("refused") && exchange.kind !== "leave"
      if (decides) exchange.refusal = REFUSALS[this.#fate % REFUSALS.length]!
      const reply = this.#sa.process(copy, exchange.refusal)
      exchange.reached = true
      if ((reply.status ?? 0) === 0) exchange.grantedIn = reply.mgid ?? exchange.mgid
      const answer = { exchange, copy, reply: { ...reply, slid: copy.address.lid } }
      if (fate === "answer lost") this.#past.push(answer)
      else if (fate.endsWith("late")) this.#late.push(answer)
      else this.#arrive(answer)
    }
  }

  /** An answer of the SA arrives. */
  #arrive(answer: Answer): void {
    const { exchange, reply } = answer
    const { delivered, drops } = this.#bench
    this.#past.push(answer)
    const takes = this.#judge.takes(answer)
    const union = this.#union(reply.mgid ?? exchange.mgid)
    const before = { dropped: drops.length, delivered: delivered.length, snapshot: this.#snapshot() }
    this.#bench.reply(answer.copy, reply)
    const dropped = drops[before.dropped]
    const stale = dropped?.f === null && dropped.reason === "sa-answer-stale"
    check(takes === null || stale === !takes, `an answer ${takes ? "not taken" : "taken"} [SQP-MC-6]`, answer)
    if (stale) return check(this.#snapshot() === before.snapshot, "a stale answer changed something", answer)
    const status = reply.status ?? 0
    const heard = delivered.slice(before.delivered)
    if (exchange.kind === "join" && status !== 0) this.#checkRefusal(exchange, status, heard)
    if (exchange.kind === "re-join" && status !== 0) {
      this.#told.delete(exchange.mgid)
      this.#estranged.add(exchange.mgid)
    }
    this.#judge.took(answer, union)
  }

  /** [SQP-MC-5] The one who asked is answered with the SA's status; nobody, if he has ended. */
  #checkRefusal({ asked }: Exchange, status: number, heard: ReadonlyArray<Delivered>): void {
    const expected = asked?.open === true ? [`${asked.f} ${asked.tid}`] : []
    const got = heard.filter((answer) => answer.status === status).map(({ f, tid }) => `${f} ${tid}`)
    check(String(got) === String(expected), "a refusal to somebody else [SQP-MC-5]", { got, expected })
  }

  /** What functions hear of their joins; each request is answered once at most. */
  #hear(): void {
    for (; this.#deliveredSeen < this.#bench.delivered.length; this.#deliveredSeen++) {
      const answer = this.#bench.delivered[this.#deliveredSeen]!
      const asked = this.#asked.find(({ f, tid }) => f === answer.f && tid === answer.tid)
      check(asked !== undefined && asked.open && answer.method === 0x81, "an answer to nothing open", answer)
      check(!this.#answeredTids.has(asked.tid), "a second answer", answer)
      this.#answeredTids.add(asked.tid)
      asked.open = false
      if (answer.status === 0) {
        const mgid = asked.mgid === NO_MGID ? answer.mgid : asked.mgid
        const known = asked.granted || this.#judge.covers(mgid, asked.bits, this.#union(mgid))
        check(known, "a success of which the SA knows nothing [SQP-MC-3]", answer)
        const members = this.#told.get(mgid) ?? new Map<number, number>()
        this.#told.set(mgid, members.set(asked.f, (members.get(asked.f) ?? 0) | asked.bits))
      }
      const has = this.#bits(answer.mgid, asked.f)
      check(answer.joinState === has, `an answer with other bits than ${has}`, answer)
    }
  }

  /** After every command. */
  #checkAlways(): void {
    const { answered, delivered, drops, membership, tids } = this.#bench
    for (const f of FUNCTIONS) {
      const heard = delivered.filter((answer) => answer.f === f).length
      const sum = heard + drops.filter((drop) => drop.f === f).length + membership.waiting(f)
      check(sum === this.#received[f], `${this.#received[f]} requests, ${sum} accounted for [SQP-ACC-1]`, f)
    }
    check(answered.length === delivered.length, "an answer that is not counted")
    const groups = membership.groupsView()
    const live = [...this.#judge.exchanges.values()].filter(({ phase }) => phase !== "over").length
    check(tids.size <= live + groups.length, "more TIDs than transactions", [tids.size, live])
    for (const group of groups) {
      const told = [...this.#told.get(group.mgid) ?? []].filter(([, bits]) => bits !== 0)
      const members = group.members.map((member) => [member.function, member.joinState])
      const agree = String(members.map(String).sort()) === String(told.map(String).sort())
      check(agree, "other members than were told [SQP-MC-10]", { group, told })
      const inUse = group.held !== 0 || members.length > 0 || group.waiting > 0 || group.transaction !== null
      check(inUse, "an empty group", group)
    }
    for (const mgid of this.#told.keys()) {
      check(this.#union(mgid) === 0 || groups.some((group) => group.mgid === mgid), "a lost group", mgid)
    }
  }

  #isQuiescent(): boolean {
    const { membership, sm, wireRoom } = this.#bench
    const rest = membership.groupsView().every(({ held, mgid, rejoin, transaction, waiting }) =>
      transaction === null && waiting === 0 && !rejoin && (held & ~this.#union(mgid)) === 0)
    return rest && sm.lid !== 0 && wireRoom > 3 && this.#late.length === 0
  }

  /** [SQP-MC-1], but for groups whose only answers were lost: nobody can know of them what the SA holds. */
  #checkSa(): void {
    const unknown = new Set(this.#estranged)
    for (const { grantedIn, kind, mgid, phase, reached, taken } of this.#judge.exchanges.values()) {
      if (phase === "outstanding" || taken) continue
      if (kind === "re-join" || (kind === "leave" && !reached)) unknown.add(mgid)
      if (kind !== "leave" && grantedIn !== null) unknown.add(grantedIn)
    }
    for (const mgid of new Set([...this.#sa.port.keys(), ...this.#told.keys()])) {
      const [sa, union] = [this.#sa.bits(mgid), this.#union(mgid)]
      check(unknown.has(mgid) || sa === union, `the SA holds ${sa}, the functions ${union} [SQP-MC-1]`, mgid)
    }
  }

  #bits(mgid: string, f: number): number {
    return this.#told.get(mgid)?.get(f) ?? 0
  }

  #union(mgid: string): number {
    return [...this.#told.get(mgid)?.values() ?? []].reduce((all, bits) => all | bits, 0)
  }

  #nextTid(): string {
    this.#serial += 1
    return this.#serial.toString(16).padStart(16, "f")
  }

  #snapshot(): string {
    const { delivered, membership, sent } = this.#bench
    return JSON.stringify([membership.groupsView(), delivered.length, sent.length])
  }
}
