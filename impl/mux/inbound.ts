/** Requests from the wire that were delivered, so that their function may answer them (spec/tid.md). */
import type { SharedRegion } from "../ring/memory.ts"
import { DEADLINE_LINK_WORDS, Deadlines, deadlinesWords } from "./timers.ts"
import { HASH_LINK_WORDS, hashEnd, HashIndex, hashIndexWords, hashWord } from "./hash-index.ts"
import { RecordPool, recordPoolWords } from "./record-pool.ts"
import { lidOf, remoteQpnOf, TID_BYTE } from "./slots.ts"
import { whereWord, whoWord } from "./transactions.ts"

const LINKS = 0
const WHO = LINKS + HASH_LINK_WORDS
const WHERE = WHO + 1
const TID_HIGH = WHERE + 1
const TID_LOW = TID_HIGH + 1
const DEADLINE = TID_LOW + 1
const IN_USE = DEADLINE + DEADLINE_LINK_WORDS
const STRIDE = 12

/** Words that the memory of requests takes from a region. */
export const inboundWords = (functions: number, perFunction: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + hashIndexWords(functions * perFunction) +
  deadlinesWords(functions, 1)

/** What the memory of requests is made from. */
export interface InboundOptions {
  readonly functions: number
  readonly perFunction: number
  /** Life after the last use. */
  readonly lifeMs: number
  readonly seed: number
}

/** Delivered requests by function, QP, class, LID and QPN of the asker, and TID. 0 is no request. */
export class Inbound {
  readonly #words: Int32Array
  readonly #view: DataView
  readonly #pool: RecordPool
  readonly #index: HashIndex
  readonly #deadlines: Deadlines
  readonly #seed: number

  constructor(region: SharedRegion, options: InboundOptions) {
    const { functions, perFunction } = options
    this.#words = region.words
    this.#view = region.view
    this.#pool = new RecordPool(region, functions, perFunction, STRIDE)
    this.#index = new HashIndex(region, functions * perFunction, LINKS)
    this.#deadlines = new Deadlines(region, functions, [options.lifeMs], DEADLINE)
    this.#seed = options.seed
  }

  /**
   * The remembered request of function `f` with the address and TID of the MAD in `slot`: the one it repeats or
   * controls (from the wire) or answers (to the wire). 0: there is none.
   */
  find(f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number {
    let record = this.#seek(0, qp, mgmtClass, slot, mad, now)
    while (record !== 0 && this.functionOf(record) !== f) record = this.#seek(record, qp, mgmtClass, slot, mad, now)
    return record
  }

  /** The same among all functions; 0 also when several remember such a request. */
  findOnly(qp: number, mgmtClass: number, slot: number, mad: number, now: number): number {
    const record = this.#seek(0, qp, mgmtClass, slot, mad, now)
    return record === 0 || this.#seek(record, qp, mgmtClass, slot, mad, now) !== 0 ? 0 : record
  }

  /** The function that the request was delivered to. */
  functionOf(record: number): number {
    return this.#words[record + WHO]! & 0xff
  }

  /** True if function `f` may have one more request. */
  hasRoom(f: number, now: number): boolean {
    if (this.#pool.used(f) === this.#pool.perFunction) this.collect(f, 1, now)
    return this.#pool.used(f) < this.#pool.perFunction
  }

  /** Remembers the request in `slot` as delivered to function `f`, which has room and none like it. */
  remember(f: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): void {
    const words = this.#words
    const record = this.#pool.take(f)
    if (record === 0) return
    const who = whoWord(0, mgmtClass, lidOf(words, slot))
    const where = whereWord(remoteQpnOf(words, slot), qp)
    const high = this.#view.getInt32(mad + TID_BYTE)
    const low = this.#view.getInt32(mad + TID_BYTE + 4)
    words[record + WHO] = who | f
    words[record + WHERE] = where
    words[record + TID_HIGH] = high
    words[record + TID_LOW] = low
    words[record + IN_USE] = 1
    this.#index.insert(record, this.#hash(who, where, high, low))
    this.#deadlines.clear(record)
    this.#deadlines.arm(record, f, 0, now)
  }

  /** The life of a request starts anew. */
  use(record: number, now: number): void {
    this.#deadlines.arm(record, this.functionOf(record), 0, now)
  }

  /** Collects up to `most` requests of function `f` that are past their life. */
  collect(f: number, most: number, now: number): void {
    for (let i = 0; i < most; i++) {
      const record = this.#deadlines.due(f, now)
      if (record === 0) return
      this.#forget(f, record)
    }
  }

  /** Forgets every request of function `f`. */
  endFunction(f: number): void {
    for (let i = 0; i < this.#pool.touched(f); i++) {
      const record = this.#pool.record(f, i)
      if (this.#words[record + IN_USE] !== 0) this.#forget(f, record)
    }
  }

  /** The next living record after `from` (0: from the start) with the address and TID of the MAD in `slot`. */
  #seek(from: number, qp: number, mgmtClass: number, slot: number, mad: number, now: number): number {
    const words = this.#words
    const who = whoWord(0, mgmtClass, lidOf(words, slot))
    const where = whereWord(remoteQpnOf(words, slot), qp)
    const high = this.#view.getInt32(mad + TID_BYTE)
    const low = this.#view.getInt32(mad + TID_BYTE + 4)
    const hash = this.#hash(who, where, high, low)
    let record = from === 0 ? this.#index.first(hash) : this.#index.next(from)
    while (record !== 0) {
      const same = words[record + TID_LOW] === low && words[record + TID_HIGH] === high &&
        (words[record + WHO]! & ~0xff) === who && words[record + WHERE] === where
      if (same && !this.#deadlines.isDue(record, now)) return record
      record = this.#index.next(record)
    }
    return 0
  }

  #forget(f: number, record: number): void {
    this.#index.remove(record)
    this.#deadlines.cancel(record)
    this.#words[record + IN_USE] = 0
    this.#pool.give(f, record)
  }

  #hash(who: number, where: number, high: number, low: number): number {
    return hashEnd(hashWord(hashWord(hashWord(hashWord(this.#seed, who), where), high), low))
  }
}
