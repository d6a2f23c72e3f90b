/**
 * Where the peer of a CM exchange is (spec/cm.md, "Where the peer is"): LIDs, and GIDs by a keyed hash of 32
 * bits, which is enough for what only refuses to end an exchange.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { CM_RECORD } from "./cm-record.ts"
import * as hashIndex from "./hash-index.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { FLAGS, GIDS, LID_COUNT_SHIFT, LIDS, PROPOSED_GID, PROPOSED_LID } = CM_RECORD
const { hashEnd, hashWord } = hashIndex

/** How many LIDs, and how many GIDs, of its peer an exchange remembers. */
const ADDRESSES_MAX = 4

/** The addresses of peers. A GID is named by its {@link CmAddresses.gidAt}; 0 is none. */
export interface CmAddresses {
  /** The GID at word `at` of `slots`, the region that a MAD lies in, as one number; 0 if it is 0. */
  readonly gidAt: (slots: Int32Array, at: number) => number
  /** True if the exchange knows the LID, but for its lowest `lmc` bits, or the GID. */
  readonly knows: (exchange: number, lid: number, gid: number, lmc: number) => boolean
  /**
   * The exchange knows the LID and the GID, if they are not 0; of more than four of a kind the oldest goes.
   */
  readonly addAddress: (exchange: number, lid: number, gid: number) => void
  /** A LAP named where the peer will be, too. */
  readonly propose: (exchange: number, lid: number, gid: number) => void
  /** An APR came: what the last LAP proposed is known if it was accepted, and forgotten otherwise. */
  readonly settle: (exchange: number, accepted: boolean) => void
}

/** The addresses in the records of a region. A factory, see engine.ts. */
export const makeCmAddresses = (region: SharedRegion, seed: number): CmAddresses => {
  const { words } = region

  const gidAt = (slots: Int32Array, at: number): number => {
    const a = slots[at]!
    const b = slots[at + 1]!
    const c = slots[at + 2]!
    const d = slots[at + 3]!
    if ((a | b | c | d) === 0) return 0
    const hash = hashEnd(hashWord(hashWord(hashWord(hashWord(seed, a), b), c), d))
    return hash === 0 ? 1 : hash
  }

  const lidCount = (exchange: number): number => (words[exchange + FLAGS]! >>> LID_COUNT_SHIFT) & 7
  const lidAt = (exchange: number, i: number): number =>
    (words[exchange + LIDS + (i >>> 1)]! >>> ((i & 1) * 16)) & 0xffff
  const setLidAt = (exchange: number, i: number, lid: number): void => {
    const at = exchange + LIDS + (i >>> 1)
    const shift = (i & 1) * 16
    words[at] = (words[at]! & ~(0xffff << shift)) | (lid << shift)
  }

  const knowsLid = (exchange: number, lid: number, lmc: number): boolean => {
    const count = lidCount(exchange)
    for (let i = 0; i < count; i++) if ((lidAt(exchange, i) ^ lid) >>> lmc === 0) return true
    return false
  }
  const knowsGid = (exchange: number, gid: number): boolean => {
    for (let at = exchange + GIDS; at < exchange + GIDS + ADDRESSES_MAX; at++) if (words[at] === gid) return true
    return false
  }
  const knows = (exchange: number, lid: number, gid: number, lmc: number): boolean =>
    knowsLid(exchange, lid, lmc) || (gid !== 0 && knowsGid(exchange, gid))

  const addLid = (exchange: number, lid: number): void => {
    if (lid === 0 || knowsLid(exchange, lid, 0)) return
    const count = lidCount(exchange)
    if (count === ADDRESSES_MAX) {
      for (let i = 1; i < ADDRESSES_MAX; i++) setLidAt(exchange, i - 1, lidAt(exchange, i))
      setLidAt(exchange, ADDRESSES_MAX - 1, lid)
    } else {
      setLidAt(exchange, count, lid)
      words[exchange + FLAGS]! += 1 << LID_COUNT_SHIFT
    }
  }
  const addGid = (exchange: number, gid: number): void => {
    if (gid === 0 || knowsGid(exchange, gid)) return
    const last = exchange + GIDS + ADDRESSES_MAX - 1
    for (let i = exchange + GIDS; i < last; i++) words[i] = words[i + 1]!
    words[last] = gid
  }
  const addAddress = (exchange: number, lid: number, gid: number): void => {
    addLid(exchange, lid)
    addGid(exchange, gid)
  }

  const propose = (exchange: number, lid: number, gid: number): void => {
    words[exchange + PROPOSED_LID] = lid
    words[exchange + PROPOSED_GID] = gid
  }
  const settle = (exchange: number, accepted: boolean): void => {
    if (accepted) addAddress(exchange, words[exchange + PROPOSED_LID]!, words[exchange + PROPOSED_GID]!)
    propose(exchange, 0, 0)
  }
  return { gidAt, knows, addAddress, propose, settle }
}
