/**
 * Places to which responses redirected functions (spec/classes.md, "Redirection"). Rare: few, and looked
 * through.
 */
import type { SharedRegion } from "../ring/memory.ts"
import { COMMON_ATTRIBUTE } from "../wire/attributes.ts"
import { CLASS_PORT_INFO } from "../wire/class-port-info.ts"
import { isVendorOuiClass, MGMT_CLASS } from "../wire/classes.ts"
import { METHOD, RESPONSE_BIT } from "../wire/methods.ts"
import { makeRecordPool, recordPoolWords } from "./record-pool.ts"
import { ATTRIBUTE_BYTE, CLASS_BYTE, DGID_WORD, hasGrh, lidOf, METHOD_BYTE, remoteQpnOf } from "./slots.ts"
import { deadlinesWords, type Life, makeDeadlines } from "./timers.ts"

// A record; its first word is the pool's while it is free.
const LINK = 0
const CLASS = LINK + 1
/** 0: the place is behind the GID. */
const LID = CLASS + 1
/** -1: no place. */
const QPN = LID + 1
const GID = QPN + 1
const DEADLINE = GID + 4
const STRIDE = 12
const NO_PLACE = -1
const GID_WORDS = 4
const QPN_MASK = 0xff_ffff
/** Byte of the DGID in a slot. */
const DGID_BYTE = DGID_WORD * 4
/** The last QPN that is no place: QP1 is where requests go anyway. */
const GSI_QPN = 1

/** Words that the places take from a region. */
export const redirectsWords = (functions: number, perFunction: number): number =>
  recordPoolWords(functions, perFunction, STRIDE) + deadlinesWords(functions, 1)

/** What places are made from. */
export interface RedirectsOptions {
  readonly functions: number
  readonly perFunction: number
  /** Life after the last use. */
  readonly life: Life
}

/** Places by function, class, QPN, and LID or GID. 0 is no place. */
export interface Redirects {
  /** Learns from the response at byte `mad` that was delivered to function `f`. */
  readonly learn: (f: number, mad: number, now: number) => void
  /**
   * The place to which the request in `slot`, on QP1, is addressed; 0: function `f` was not redirected there.
   */
  readonly find: (f: number, mgmtClass: number, slot: number, now: number) => number
  /** A request leaves for a place: its life starts anew. */
  readonly use: (f: number, place: number, now: number) => void
  /** Collects up to `most` places of function `f` that are past their life. */
  readonly collect: (f: number, most: number, now: number) => void
  /** Forgets every place of function `f`. */
  readonly endFunction: (f: number) => void
  /** How many the function has, those past their life that were not collected included. */
  readonly used: (f: number) => number
}

/** True for a MAD at byte `mad` that may redirect: GetResp(ClassPortInfo). */
const isClassPortInfo = (view: DataView, mad: number): boolean =>
  view.getUint8(mad + METHOD_BYTE) === (METHOD.Get | RESPONSE_BIT) &&
  view.getUint16(mad + ATTRIBUTE_BYTE) === COMMON_ATTRIBUTE.ClassPortInfo

/** Where the ClassPortInfo of a class stands in its MADs; 0 for a class that redirects nobody. */
const dataByte = (mgmtClass: number): number => {
  if (mgmtClass === MGMT_CLASS.SubnAdm) return 56
  if (mgmtClass === MGMT_CLASS.Perf || mgmtClass === MGMT_CLASS.DevMgt) return 64
  return isVendorOuiClass(mgmtClass) ? 40 : 0
}

/** No places yet. A factory, see engine.ts. */
export const makeRedirects = (region: SharedRegion, options: RedirectsOptions): Redirects => {
  const { functions, life, perFunction } = options
  const { view, words } = region
  const pool = makeRecordPool(region, functions, perFunction, STRIDE)
  const deadlines = makeDeadlines(region, functions, [life], DEADLINE)

  const forget = (f: number, place: number): void => {
    deadlines.cancel(place)
    words[place + QPN] = NO_PLACE
    pool.give(f, place)
  }
  const collect = (f: number, most: number, now: number): void => {
    for (let i = 0; i < most; i++) {
      const place = deadlines.due(f, now)
      if (place === 0) return
      forget(f, place)
    }
  }
  const giveWay = (f: number, now: number): void => {
    const due = deadlines.due(f, now)
    const place = due !== 0 ? due : deadlines.oldest(f, 0)
    if (place !== 0) forget(f, place)
  }

  const sameGid = (place: number, at: number): boolean => {
    for (let i = 0; i < GID_WORDS; i++) if (words[place + GID + i] !== view.getInt32(at + 4 * i)) return false
    return true
  }
  /** The living place with this key; `lid` 0: the one behind the GID at byte `gid`. */
  const seek = (f: number, mgmtClass: number, qpn: number, lid: number, gid: number, now: number): number => {
    for (let i = 0; i < pool.touched(f); i++) {
      const place = pool.record(f, i)
      const same = words[place + QPN] === qpn && words[place + CLASS] === mgmtClass && words[place + LID] === lid &&
        (lid !== 0 || sameGid(place, gid))
      if (same && !deadlines.isDue(place, now)) return place
    }
    return 0
  }
  const use = (f: number, place: number, now: number): void => deadlines.arm(place, f, 0, now)

  const learn = (f: number, mad: number, now: number): void => {
    if (!isClassPortInfo(view, mad)) return
    const mgmtClass = view.getUint8(mad + CLASS_BYTE)
    const at = dataByte(mgmtClass)
    const info = mad + at
    const qpn = view.getUint32(info + CLASS_PORT_INFO.Reserved.byte) & QPN_MASK
    if (at === 0 || qpn <= GSI_QPN) return
    const lid = view.getUint16(info + CLASS_PORT_INFO.RedirectLID.byte)
    const gid = info + CLASS_PORT_INFO.RedirectGID.byte
    const known = seek(f, mgmtClass, qpn, lid, gid, now)
    if (known !== 0) return use(f, known, now)
    if (pool.used(f) === perFunction) giveWay(f, now)
    const place = pool.take(f)
    if (place === 0) return
    words[place + CLASS] = mgmtClass
    words[place + LID] = lid
    words[place + QPN] = qpn
    for (let i = 0; i < GID_WORDS; i++) words[place + GID + i] = lid === 0 ? view.getInt32(gid + 4 * i) : 0
    deadlines.clear(place)
    deadlines.arm(place, f, 0, now)
  }

  const find = (f: number, mgmtClass: number, slot: number, now: number): number => {
    const qpn = remoteQpnOf(words, slot)
    const lid = lidOf(words, slot)
    const atLid = lid === 0 ? 0 : seek(f, mgmtClass, qpn, lid, 0, now)
    if (atLid !== 0 || !hasGrh(words, slot)) return atLid
    return seek(f, mgmtClass, qpn, 0, DGID_BYTE + slot * 4, now)
  }

  const endFunction = (f: number): void => {
    for (let i = 0; i < pool.touched(f); i++) {
      const place = pool.record(f, i)
      if (words[place + QPN] !== NO_PLACE) forget(f, place)
    }
  }
  return { learn, find, use, collect, endFunction, used: pool.used }
}
