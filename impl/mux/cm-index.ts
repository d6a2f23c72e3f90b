/** The ways to find CM exchanges (spec/cm.md): by the guest's id, by the peer's id, by its CA GUID. */
import type { SharedRegion } from "../ring/memory.ts"
import { CM_RECORD, type CmRecords } from "./cm-record.ts"
import * as hashIndex from "./hash-index.ts"
import type { Deadlines } from "./timers.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { CA_HIGH, CA_LINKS, CA_LOW, FLAGS, GUEST, GUEST_LINKS, PEER, PEER_LINKS, SIDR } = CM_RECORD
const { hashEnd, hashIndexWords, hashWord, makeHashIndex } = hashIndex

/** SIDR exchanges and connections are never taken for each other. */
const KEY_CM = 1
const KEY_SIDR = 2

/** Words that the indexes of at most `exchanges` exchanges take from a region. */
export const cmIndexWords = (exchanges: number): number => 3 * hashIndexWords(exchanges)

/** Finds exchanges. Only living ones are found; a walk goes on with the `next` of its `first`. */
export interface CmIndex {
  /** The first exchange of function `f` with this guest id. */
  readonly firstOfGuest: (f: number, guestId: number, sidr: boolean, now: number) => number
  readonly nextOfGuest: (exchange: number, now: number) => number
  /** The first passive exchange of function `f` whose peer has this id. */
  readonly firstOfPeer: (f: number, peerId: number, sidr: boolean, now: number) => number
  readonly nextOfPeer: (exchange: number, now: number) => number
  /** The best passive exchange of function `f` with this CA GUID and id of the peer. */
  readonly ofCa: (f: number, caHigh: number, caLow: number, peerId: number, now: number) => number
  /** The exchange has its guest id now. */
  readonly addGuest: (exchange: number) => void
  /** The passive exchange has its peer now. */
  readonly addAsker: (exchange: number) => void
  readonly removeGuest: (exchange: number) => void
  readonly removeAsker: (exchange: number) => void
}

/** Nothing is found yet. `exchanges` is about how many there will be. A factory, see engine.ts. */
export const makeCmIndex = (
  region: SharedRegion,
  exchanges: number,
  records: CmRecords,
  deadlines: Deadlines,
  seed: number
): CmIndex => {
  const { words } = region
  const { better, functionOf, guestId, is, peerId } = records
  const byGuest = makeHashIndex(region, exchanges, GUEST_LINKS)
  const byCa = makeHashIndex(region, exchanges, CA_LINKS)
  const byPeer = makeHashIndex(region, exchanges, PEER_LINKS)

  const idHash = (f: number, id: number, sidr: boolean): number =>
    hashEnd(hashWord(hashWord(seed, f | ((sidr ? KEY_SIDR : KEY_CM) << 8)), id))
  const caHash = (f: number, caHigh: number, caLow: number, id: number): number =>
    hashEnd(hashWord(hashWord(hashWord(hashWord(seed, f), caHigh), caLow), id))
  const isOf = (exchange: number, f: number, sidr: boolean): boolean =>
    (words[exchange + FLAGS]! & (0xff | SIDR)) === (f | (sidr ? SIDR : 0))

  const guestFrom = (from: number, f: number, id: number, sidr: boolean, now: number): number => {
    let exchange = from
    for (; exchange !== 0; exchange = byGuest.next(exchange)) {
      const same = words[exchange + GUEST] === id && isOf(exchange, f, sidr)
      if (same && !deadlines.isDue(exchange, now)) return exchange
    }
    return 0
  }
  const firstOfGuest = (f: number, id: number, sidr: boolean, now: number): number =>
    guestFrom(byGuest.first(idHash(f, id, sidr)), f, id, sidr, now)
  const nextOfGuest = (exchange: number, now: number): number =>
    guestFrom(byGuest.next(exchange), functionOf(exchange), guestId(exchange), is(exchange, SIDR), now)

  const peerFrom = (from: number, f: number, id: number, sidr: boolean, now: number): number => {
    let exchange = from
    for (; exchange !== 0; exchange = byPeer.next(exchange)) {
      const same = words[exchange + PEER] === id && isOf(exchange, f, sidr)
      if (same && !deadlines.isDue(exchange, now)) return exchange
    }
    return 0
  }
  const firstOfPeer = (f: number, id: number, sidr: boolean, now: number): number =>
    peerFrom(byPeer.first(idHash(f, id, sidr)), f, id, sidr, now)
  const nextOfPeer = (exchange: number, now: number): number =>
    peerFrom(byPeer.next(exchange), functionOf(exchange), peerId(exchange), is(exchange, SIDR), now)

  const ofCa = (f: number, caHigh: number, caLow: number, id: number, now: number): number => {
    let best = 0
    let exchange = byCa.first(caHash(f, caHigh, caLow, id))
    for (; exchange !== 0; exchange = byCa.next(exchange)) {
      const same = words[exchange + PEER] === id && words[exchange + CA_LOW] === caLow &&
        words[exchange + CA_HIGH] === caHigh && functionOf(exchange) === f
      if (same && !deadlines.isDue(exchange, now)) best = better(best, exchange)
    }
    return best
  }

  const addGuest = (exchange: number): void =>
    byGuest.insert(exchange, idHash(functionOf(exchange), guestId(exchange), is(exchange, SIDR)))
  const addAsker = (exchange: number): void => {
    const f = functionOf(exchange)
    const sidr = is(exchange, SIDR)
    const id = peerId(exchange)
    if (!sidr) byCa.insert(exchange, caHash(f, words[exchange + CA_HIGH]!, words[exchange + CA_LOW]!, id))
    byPeer.insert(exchange, idHash(f, id, sidr))
  }
  const removeAsker = (exchange: number): void => {
    byPeer.remove(exchange)
    if (!is(exchange, SIDR)) byCa.remove(exchange)
  }
  return {
    firstOfGuest, nextOfGuest, firstOfPeer, nextOfPeer, ofCa, addGuest, addAsker, removeGuest: byGuest.remove, removeAsker
  }
}
