/** What the PF context asks the SA: whose memory a request takes, and who is served first. */
import { describe, expect, it } from "vitest"
import type { ControlHost } from "../../impl/mux/control-host.ts"
import type { SaClient } from "../../impl/mux/sa-client.ts"
import { SaClients } from "../../impl/mux/sa-clients.ts"
import { REMEMBERED_MAX, type SaSubject, type SaTransaction, SaTransactions } from "../../impl/mux/sa-transactions.ts"
import { SLOT_LID, SLOT_REMOTE_QPN } from "../../impl/ring/slot.ts"
import { Scarce } from "./scarce.ts"

interface Subject extends SaSubject<SaTransaction> {
  readonly name: string
}

const timing = { saTimeout: 100, saRetries: 1, horizon: 5000, renewGrace: 0, tidMin: 1000, tidMax: 3000 }
/** How long a request that was given up is remembered. */
const MEMORY_MS = 2000

/** Requests to an SA that never answers, by a clock and with room that the test sets. */
class Asked extends Scarce {
  nowMs = 0
  identity = 0
  smLid = 1
  /** The TIDs of what left. */
  readonly sent: Array<number> = []
  readonly drops: Array<string> = []
  readonly host = {
    timing, nowMs: () => this.nowMs, smLid: () => this.smLid, smSl: () => 0, identity: () => this.identity,
    drop: (_: unknown, reason: string) => void this.drops.push(reason),
    takeTid: this.takeTid, releaseTid: this.releaseTid,
    sendToWire: (_: unknown, mad: Uint8Array) => {
      if (!this.takeRoom()) return false
      this.sent.push(new DataView(mad.buffer).getUint32(0))
      return true
    }
  } as unknown as ControlHost
  readonly all = new SaTransactions<SaTransaction, Subject>(this.host)

  /** A subject for which something is asked, or waits to be. */
  ask(owner: number | null, name = ""): Subject {
    const subject: Subject = { name, transaction: null }
    this.resume(subject, owner)
    return subject
  }

  /** What the areas do with who waited. */
  resume(subject: Subject, owner: number | null = null): void {
    const { transaction } = subject
    if (transaction !== null) return this.all.send(subject, transaction, this.nowMs)
    const mad = (tid: number): Uint8Array => {
      const bytes = new Uint8Array(256)
      new DataView(bytes.buffer).setUint32(0, tid)
      return bytes
    }
    this.all.open(subject, { owner, mad, make: (common) => ({ ...common }) }, this.nowMs)
  }

  /** Asked for and given up at once. */
  givenUp(owner: number | null): SaTransaction {
    const { transaction } = this.ask(owner)
    if (transaction === null) throw new Error("there was no TID")
    this.all.remember(transaction, this.nowMs)
    return transaction
  }

  /** Which of these are still known. */
  known(transactions: ReadonlyArray<SaTransaction | null>): number {
    return transactions.filter((one) => one !== null && this.all.get(one.tid, this.nowMs) === one).length
  }
}

describe("requests to the SA that were given up", () => {
  it("are remembered until their time is over, not longer: the TID is free at that moment [SQP-TID-6]", () => {
    const asked = new Asked()
    const { tid } = asked.givenUp(1)
    expect(asked.all.count(MEMORY_MS - 1)).toBe(1)
    expect(asked.all.count(MEMORY_MS)).toBe(0)
    expect(asked.all.get(tid, MEMORY_MS - 1)?.tid).toBe(tid)
    expect([asked.all.get(tid, MEMORY_MS), asked.taken.size]).toEqual([undefined, 0])
    asked.ask(1)
    expect([asked.all.count(0), asked.all.count(10 ** 9)]).toEqual([1, 1])
  })

  it("of one function beyond the most that is remembered push out its own oldest one, and nobody else's [SQP-FAIR-5]", () => {
    const asked = new Asked()
    const others = [asked.givenUp(2), asked.givenUp(null), asked.ask(1).transaction, asked.ask(2).transaction]
    const own = Array.from({ length: REMEMBERED_MAX }, () => asked.givenUp(1))
    expect(asked.known(own)).toBe(REMEMBERED_MAX)
    own.push(asked.givenUp(1), asked.givenUp(1))
    expect(asked.known(own.slice(0, 2))).toBe(0)
    expect(asked.known(own.slice(2))).toBe(REMEMBERED_MAX)
    expect(asked.known(others)).toBe(others.length)
  })

  it("count as long as they are remembered, and others never: what ended makes room for as many [SQP-FAIR-5]", () => {
    const asked = new Asked()
    const remembered = (count: number): ReadonlyArray<SaTransaction> =>
      Array.from({ length: count }, () => asked.givenUp(1))
    for (let times = 0; times < 3; times++) {
      for (const one of remembered(2)) asked.all.end(one)
      const { transaction } = asked.ask(1)
      if (transaction !== null) asked.all.end(transaction)
    }
    const all = remembered(REMEMBERED_MAX)
    expect(asked.known(all)).toBe(REMEMBERED_MAX)
    asked.givenUp(1)
    expect(asked.known(all)).toBe(REMEMBERED_MAX - 1)
  })

  it("may be forgotten before, those alone that are such, and nothing that is outstanding [SQP-SUB-13]", () => {
    const asked = new Asked()
    const [one, two] = [asked.givenUp(1), asked.givenUp(2)]
    const open = asked.ask(1).transaction
    asked.all.forget(({ owner }) => owner === 1)
    expect([asked.known([one]), asked.known([two, open])]).toEqual([0, 2])
  })

  it("are with the SA as long as it may well answer, one that never left as long as if it had [SQP-LIFE-3]", () => {
    const asked = new Asked()
    const { transaction } = asked.ask(1)
    asked.nowMs = 30
    expect(asked.all.isWithSa).toBe(true)
    if (transaction !== null) asked.all.remember(transaction, asked.nowMs)
    const untilMs = (): number => {
      while (asked.all.isWithSa && asked.nowMs < 1000) asked.nowMs += 1
      return asked.nowMs
    }
    expect(untilMs()).toBe(timing.saTimeout)
    asked.room = 0
    const blocked = asked.ask(1).transaction
    asked.all.takeBlocked()
    if (blocked !== null) asked.all.remember(blocked, asked.nowMs)
    expect([blocked?.unsent, asked.sent.length]).toEqual([false, 1])
    expect(untilMs()).toBe(2 * timing.saTimeout)
  })
})

describe("requests to the SA that are due", () => {
  it("come in the order in which they are due, not in which they were made [SQP-MC-3]", () => {
    const asked = new Asked()
    const [first, second] = [asked.ask(1, "first"), asked.ask(1, "second")]
    asked.nowMs = 50
    asked.resume(first)
    expect(asked.all.due(99)).toEqual([])
    expect(asked.all.due(1000)).toEqual([second.transaction, first.transaction])
  })

  it("cost a poll no memory while there are none", () => {
    const asked = new Asked()
    asked.ask(1)
    expect(asked.all.due(50)).toBe(asked.all.due(51))
  })
})

describe("what waits for a TID or for room on the wire", () => {
  /** Serves who waits; returns the TIDs that left. */
  const served = (asked: Asked): ReadonlyArray<number> => {
    const before = asked.sent.length
    asked.all.resumeBlocked((subject) => asked.resume(subject), asked.nowMs)
    return asked.sent.slice(before)
  }

  it("is served oldest first, all of it as far as there is room, each once; who has a TID goes first [SQP-FAIR-5]", () => {
    const asked = new Asked()
    const sent = [asked.ask(1), asked.ask(1)].map(({ transaction }) => transaction?.tid)
    asked.tids = 2
    asked.ask(1, "waits for a TID")
    asked.room = 0
    asked.resume({ name: "repeated", transaction: asked.all.get(sent[0] ?? 0, 0) ?? null })
    asked.resume({ name: "repeated", transaction: asked.all.get(sent[1] ?? 0, 0) ?? null })
    expect(served(asked)).toEqual([])
    asked.tids = 3
    asked.room = 1
    expect(served(asked)).toEqual([sent[0]])
    asked.room = 9
    expect(served(asked)).toEqual([sent[1], 3])
    expect([asked.all.isBlocked, served(asked)]).toEqual([false, []])
  })

  it("is with the SA, so that an end waits for it, until all is cleared [SQP-LIFE-3]", () => {
    const asked = new Asked()
    asked.tids = 0
    asked.ask(1)
    expect([asked.all.isWithSa, asked.all.isBlocked]).toEqual([true, true])
    asked.all.clear()
    expect([asked.all.isWithSa, asked.all.isBlocked, asked.all.nextDueMs()]).toEqual([false, false, Infinity])
  })
})

describe("the areas that ask the SA", () => {
  it("lose what P_Keys or GUIDs no longer allow in the step that changes these, an answer or a poll [SQP-SVC-2]", () => {
    const asked = new Asked()
    const confined: Array<number> = []
    const area = (changes: boolean): SaClient => ({
      sentTo: () => 1,
      answer: () => {
        asked.identity += 1
        return true
      },
      poll: () => void (asked.identity += changes ? 1 : 0),
      confine: () => void confined.push(asked.identity)
    }) as unknown as SaClient
    const region = { view: new DataView(new ArrayBuffer(1024)), words: new Int32Array(256).fill(1) }
    const clients = new SaClients({ ...asked.host, region } as unknown as ControlHost, [area(false), area(true)])
    clients.answer(0)
    expect(confined).toEqual([1, 1])
    clients.poll(0)
    expect(confined).toEqual([1, 1, 2, 2])
    clients.confine()
    expect(confined).toEqual([1, 1, 2, 2])
  })

  it("take no answer of LID 0, although that stands for an SM that is not known [SQP-MC-6]", () => {
    const asked = new Asked()
    asked.smLid = 0
    const area = { sentTo: () => 1, answer: () => true } as unknown as SaClient
    const region = { view: new DataView(new ArrayBuffer(1024)), words: new Int32Array(256) }
    region.words[SLOT_REMOTE_QPN] = 1
    const clients = new SaClients({ ...asked.host, region } as unknown as ControlHost, [area])
    clients.answer(0)
    expect(asked.drops).toEqual(["sa-answer-source"])
    region.words[SLOT_LID] = 1
    clients.answer(0)
    expect(asked.drops).toEqual(["sa-answer-source"])
    expect(clients.held(1)).toEqual({})
  })
})
