/** What the table of CM exchanges does where ids run out, and with what is left of one that was forgotten. */
import { describe, expect, it } from "vitest"
import { makeCmEgress } from "../../impl/mux/cm-egress.ts"
import { cmLives } from "../../impl/mux/cm-lives.ts"
import { CM_RECORD } from "../../impl/mux/cm-record.ts"
import { type CmTable, cmTableWords, makeCmTable } from "../../impl/mux/cm-table.ts"
import { defaultTiming } from "../../impl/mux/config.ts"
import { DROP_CM_QUOTA, FORWARD } from "../../impl/mux/outcomes.ts"
import { PortState } from "../../impl/mux/port-state.ts"
import { makeWireIds, type WireIds, wireIdsWords } from "../../impl/mux/wire-ids.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { SLOT_LID, SLOT_MAD_BYTE, SLOT_REMOTE_QPN, SLOT_WORDS } from "../../impl/ring/slot.ts"
import { message, rep, req } from "./cm-fixture.ts"
import { hex, muxConfig, PEER_LID, seededRandom32 } from "./fixture.ts"

const { ACTIVE, IN_USE, SIDR, TID_DREQ, TID_KINDS, TID_LAP, TID_REQUEST } = CM_RECORD
const FUNCTIONS = 2
const PER_FUNCTION = 4
const IDS = FUNCTIONS * PER_FUNCTION
const timing = { ...defaultTiming, linger: 100, lingerMax: 150, openingMin: 50, openingMax: 400, rest: 1000 }
const lives = cmLives(timing)

interface Made {
  readonly region: SharedRegion
  readonly table: CmTable
  readonly tids: WireIds
  readonly commIds: WireIds
}

/** A table; of scarce ids there are four, each once in `rest`. */
const make = (scarce: { readonly tids?: boolean; readonly commIds?: boolean } = {}): Made => {
  const region = SharedRegion.create(cmTableWords(FUNCTIONS, PER_FUNCTION, lives.livesMs.length) + 3 * wireIdsWords(3 * IDS) + 1024)
  const random32 = seededRandom32(1)
  const space = (isScarce = false): WireIds =>
    makeWireIds(region, { ids: isScarce ? 1 : 3 * IDS, restMs: timing.rest, random32, ...(isScarce ? { generationBits: 1 } : {}) })
  const [tids, commIds, sidrIds] = [space(scarce.tids), space(scarce.commIds), space()]
  const table = makeCmTable(region, {
    functions: FUNCTIONS, perFunction: PER_FUNCTION, lives, tids: tids!, commIds: commIds!, sidrIds: sidrIds!, seed: 7
  })
  return { region, table, tids: tids!, commIds: commIds! }
}
/** None of the scarce ids is left. */
const useUp = (ids: WireIds): void => {
  for (let i = 0; i < 4; i++) ids.release(ids.take(1, 0))
  expect(ids.take(1, 0)).toBe(0)
}

describe("an exchange that is forgotten", () => {
  it("leaves every other one to be found, whatever it was found by itself [SQP-CM-2] [SQP-CM-6]", () => {
    const { table } = make()
    for (let id = 1; id <= 32; id++) {
      const kept = table.create(0, 0)
      table.setAsker(kept, 0, 7, id)
      expect(table.bind(kept, id, 0)).toBe(true)
      for (const flags of [0, ACTIVE, SIDR, ACTIVE | SIDR]) {
        const other = table.create(0, flags)
        if ((flags & ACTIVE) === 0) table.setAsker(other, 0, 8, id)
        table.forget(other)
        expect([table.firstOfGuest(0, id, false, 0), table.firstOfPeer(0, id, false, 0), table.ofCa(0, 0, 7, id, 0)])
          .toEqual([kept, kept, kept])
      }
      table.forget(kept)
    }
    expect(table.used(0)).toBe(0)
  })

  it("gives its own TIDs back, and none that looks like a GID it knew [SQP-TID-6]", () => {
    const { table, tids } = make()
    const other = table.create(1, ACTIVE)
    const tid = table.takeTid(other, TID_REQUEST, 1, 2, 0)
    const owner = tids.owner(tid)
    for (let later = 0; later < 4; later++) {
      const exchange = table.create(0, ACTIVE)
      for (const kind of [TID_REQUEST, TID_LAP, TID_DREQ]) table.takeTid(exchange, kind, 3, 4, 0)
      table.addAddress(exchange, 0, tid)
      for (let gid = 1; gid <= later; gid++) table.addAddress(exchange, 0, gid)
      const view = new DataView(new ArrayBuffer(8))
      view.setInt32(4, tid)
      table.restoreTid(exchange, tid, view, 0)
      expect([view.getInt32(0), view.getInt32(4), tids.living()]).toEqual([0, tid, 1 + TID_KINDS])
      table.forget(exchange)
      expect([tids.owner(tid), tids.living()]).toEqual([owner, 1])
    }
  })

  it("is one past its life before it is one that is half-open [SQP-CM-13]", () => {
    const { table } = make()
    const open = table.create(0, 0)
    table.open(open)
    for (let i = 1; i < PER_FUNCTION; i++) table.ask(table.create(0, ACTIVE), 50, 0)
    expect(table.makeRoom(0, 1000)).toBe(true)
    expect([table.used(0), table.is(open, IN_USE)]).toEqual([PER_FUNCTION - 1, true])
  })
})

describe("the TIDs of an exchange", () => {
  it("leave alone the TID of a message whose lower half is 0, though it keeps none of most kinds [SQP-CM-11]", () => {
    const { table } = make()
    const exchange = table.create(0, 0)
    table.setPeerTid(exchange, 1, 2)
    const view = new DataView(new ArrayBuffer(8))
    view.setInt32(0, 0x5eed)
    table.restoreTid(exchange, 0, view, 0)
    expect([view.getInt32(0), view.getInt32(4)]).toEqual([0x5eed, 0])
  })

  it("that are replaced rest, of each kind, and nobody else's, whatever the function calls its own [SQP-CM-11] [SQP-TID-6]", () => {
    const { table, tids } = make()
    const other = table.takeTid(table.create(1, ACTIVE), TID_REQUEST, 0, 1, 0)
    const exchange = table.create(0, ACTIVE)
    for (const kind of [TID_REQUEST, TID_LAP, TID_DREQ]) {
      for (let i = 0; i < 3; i++) table.takeTid(exchange, kind, other, other + i, 0)
      expect(tids.living()).toBe(2 + kind)
    }
    expect(tids.owner(other)).not.toBe(0)
  })

  it("stay as they are where no other is free and rested [SQP-TID-6]", () => {
    const { table, tids } = make({ tids: true })
    const exchange = table.create(0, ACTIVE)
    const tid = table.takeTid(exchange, TID_DREQ, 1, 2, 0)
    for (let i = 0; i < 3; i++) tids.release(tids.take(1, 0))
    expect(table.takeTid(exchange, TID_DREQ, 1, 3, 0)).toBe(0)
    expect(tids.owner(tid)).not.toBe(0)
    expect(table.takeTid(exchange, TID_DREQ, 1, 2, 0)).toBe(tid)
  })
})

describe("the wire id of an exchange", () => {
  it("is another one where the guest's own would be the next, which rests then [SQP-CM-1]", () => {
    const drawn = (guestId: number) => {
      const { commIds, table } = make()
      const exchange = table.create(0, ACTIVE)
      expect(table.bind(exchange, guestId, 0)).toBe(true)
      expect(commIds.living()).toBe(1)
      return table.wireId(exchange)
    }
    const first = drawn(1)
    expect(drawn(2)).toBe(first)
    expect([0, first]).not.toContain(drawn(first))
  })

  it("is none where no one is free and rested, and the exchange has no name [SQP-TID-6]", () => {
    for (const guestId of [0, 1]) {
      const { commIds, table } = make({ commIds: true })
      useUp(commIds)
      const exchange = table.create(0, 0)
      expect(table.bind(exchange, guestId, 0)).toBe(false)
      expect([table.is(exchange, CM_RECORD.HAS_GUEST), table.firstOfGuest(0, guestId, false, 0)]).toEqual([false, 0])
    }
  })
})

describe("a function's message for which no id is free and rested is dropped for cm-quota:", () => {
  /** Function 1 sends on a table that lacks what `scarce` says; the outcome, and the MAD as it was left. */
  const bench = (scarce: { readonly tids?: boolean; readonly commIds?: boolean }) => {
    const made = make(scarce)
    const { bytes, words } = made.region
    const slot = made.region.allocate(SLOT_WORDS)
    const egress = makeCmEgress(made.region, made.table, new PortState(muxConfig().port), 0)
    const take = (mad: Uint8Array): number => {
      words[slot + SLOT_LID] = PEER_LID
      words[slot + SLOT_REMOTE_QPN] = 1
      bytes.set(mad, slot * 4 + SLOT_MAD_BYTE)
      return egress.take(1, slot)
    }
    const left = (): string => hex(bytes.slice(slot * 4 + SLOT_MAD_BYTE, slot * 4 + SLOT_MAD_BYTE + 256))
    return { ...made, left, take }
  }
  const L = 0x1111
  const R = 0x2222

  it("a REQ, of which nothing is remembered [SQP-CM-13] [SQP-TID-6]", () => {
    for (const scarce of [{ tids: true }, { commIds: true }]) {
      const { commIds, left, table, take, tids } = bench(scarce)
      useUp(scarce.tids === true ? tids : commIds)
      expect(take(req(L))).toBe(DROP_CM_QUOTA)
      expect([table.used(1), commIds.living(), tids.living(), left()]).toEqual([0, 0, 0, hex(req(L))])
    }
  })

  it("a REQ again with another TID, whose exchange lives on with its own [SQP-CM-13] [SQP-TID-6]", () => {
    const { table, take, tids } = bench({ tids: true })
    expect(take(req(L))).toBe(FORWARD)
    for (let i = 0; i < 3; i++) tids.release(tids.take(1, 0))
    expect(take(req(L, { tid: "0000000000000002" }))).toBe(DROP_CM_QUOTA)
    expect(take(req(L))).toBe(FORWARD)
    expect([table.used(1), tids.living()]).toEqual([1, 1])
  })

  it("a LAP or DREQ, which ends nothing [SQP-CM-13] [SQP-TID-6]", () => {
    const { left, table, take, tids } = bench({ tids: true })
    expect(take(req(L))).toBe(FORWARD)
    const exchange = table.firstOfGuest(1, L, false, 0)
    table.setPeer(exchange, 0, 0, R)
    table.open(exchange)
    for (let i = 0; i < 3; i++) tids.release(tids.take(1, 0))
    for (const kind of ["LAP", "DREQ"] as const) {
      const mad = message(kind, L, R, "0000000000000002")
      expect([take(mad), left()]).toEqual([DROP_CM_QUOTA, hex(mad)])
    }
    expect([table.isOpen(exchange), table.is(exchange, CM_RECORD.ESTABLISHED)]).toEqual([true, false])
  })

  it("a REP or MRA that would be the function's first one in an exchange [SQP-CM-13] [SQP-TID-6]", () => {
    const { commIds, left, table, take } = bench({ commIds: true })
    const exchange = table.create(1, 0)
    table.setAsker(exchange, 0, 0, R)
    table.addAddress(exchange, PEER_LID, 0)
    useUp(commIds)
    for (const mad of [rep(L, R), message("MRA", L, R)]) expect([take(mad), left()]).toEqual([DROP_CM_QUOTA, hex(mad)])
    expect([table.isOpening(exchange), table.is(exchange, CM_RECORD.HAS_GUEST)]).toEqual([true, false])
  })
})

it("the table takes as many words of its region as it said, where these are whole lines", () => {
  const [functions, perFunction, lifeCount] = [32, 32, lives.livesMs.length]
  const words = cmTableWords(functions, perFunction, lifeCount)
  const region = SharedRegion.create(words + wireIdsWords(1) + 64)
  const ids = makeWireIds(region, { ids: 1, restMs: 1, random32: seededRandom32(1) })
  const before = region.wordsFree
  makeCmTable(region, { functions, perFunction, lives, tids: ids, commIds: ids, sidrIds: ids, seed: 7 })
  expect(before - region.wordsFree).toBe(words)
})
