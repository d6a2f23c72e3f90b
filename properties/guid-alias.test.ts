/** Alias GUIDs in the model: what is wanted, asked, and given back; what an administrator and the SA may say. */
import { describe, expect, it } from "vitest"
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import { aliasIn, mayBeAdmin, mayBeChosen, releasedBy, wantedBy, withAlias } from "../model/guids-alias.ts"
import { isOwnSlot, recordAbout, slotRecord } from "../model/guids-record.ts"
import { FunctionId, gidOf, Guid, Lid, NO_GUID, SA_GUID, WireTid } from "../model/ids.ts"
import { initial } from "../model/initial.ts"
import { ATTRIBUTE, METHOD } from "../model/mad.ts"
import type { GuidTransaction, State } from "../model/state.ts"
import { actionsOf, after, endOf, outcomeOf, running } from "./happening.ts"
import {
  arrivingFor, guid, ingress, mad, OWN_LID, passes, PF, ping, PREFIX, SA, SM_LID, small, type Small, VF1, VF2
} from "./small-world.ts"

const [NEW, OTHER] = [Guid("00000000000000c1"), Guid("00000000000000c2")]
const wantsFor = (fn: FunctionId, of: Guid | null): Event => ({ _tag: "AdminGuid", function: fn, guid: of })
const wants = (of: Guid | null): Event => wantsFor(VF1, of)
const link = (up: boolean): Event => ({ _tag: "LinkChanged", up })
const noSm: Event = { _tag: "SmChanged", smLid: null, smSl: 0 }
const sm: Event = { _tag: "SmChanged", smLid: SM_LID, smSl: 0 }

/** Methods of what is sent to the wire. */
const sent = (actions: ReadonlyArray<Action>): ReadonlyArray<number> =>
  actions.flatMap((action) => (action._tag === "ToWire" ? [action.mad.method] : []))

/** The SA answers the request of a function that is with it. */
const answeredFor = (fn: FunctionId, state: State, shown: Guid, status = 0): Event => {
  const request = aliasIn(state, fn).transaction
  if (!request) throw new Error("nothing is asked")
  return ingress(mad({
    mgmtClass: SA, status, tid: request.wireTid, attributeId: ATTRIBUTE.GUID_INFO_RECORD,
    method: request.kind === "set" ? METHOD.GET_RESP : METHOD.DELETE_RESP,
    body: slotRecord(OWN_LID, fn, shown)
  }), { slid: SM_LID })
}
const answered = (state: State, shown: Guid, status = 0): Event => answeredFor(VF1, state, shown, status)
const answering = (state: State, shown: Guid, status = 0): State => after(state, answered(state, shown, status))

/** A PF context that asked for a GUID for VF1 and got it. */
const confirmed = (change: Small = {}): State => answering(after(running(small(change)), wants(NEW)), NEW)

describe("an alias GUID in the model", () => {
  it("is a function's once the SA showed it, and asked back when it is wanted no longer [SQP-GUID-3, SQP-GUID-4, SQP-GUID-9]", () => {
    const state = confirmed()
    expect(state.functions[VF1]).toMatchObject({ slot: NEW, guid: NEW, alias: { admin: NEW, asked: NEW, confirmed: true, due: null } })
    const left = outcomeOf(state, wants(null))
    expect(sent(left.actions)).toEqual([METHOD.DELETE])
    expect(left.state.functions[VF1]).toMatchObject({ slot: NO_GUID, guid: NO_GUID })
    const gone = outcomeOf(left.state, answered(left.state, NO_GUID))
    expect(sent(gone.actions)).toEqual([])
    expect(gone.state.functions[VF1]).toMatchObject({ slot: NO_GUID, alias: null })
  })

  it("is asked for in the place of another only when that is given back [SQP-GUID-9]", () => {
    const { actions, state } = outcomeOf(confirmed(), wants(OTHER))
    expect(sent(actions)).toEqual([METHOD.DELETE])
    const next = outcomeOf(state, answered(state, NO_GUID))
    expect(sent(next.actions)).toEqual([METHOD.SET])
    expect(next.state.functions[VF1]?.alias).toMatchObject({ admin: OTHER, asked: OTHER, confirmed: false })
  })

  it("is asked for again at once when the link comes up, whatever the back-off [SQP-GUID-5]", () => {
    const declined = answering(after(running(small()), wants(NEW)), NEW, 0x0200)
    expect(aliasIn(declined, VF1)).toMatchObject({ transaction: null, due: 1_000, backOffMs: 2_000 })
    expect(sent(actionsOf(after(declined, link(false)), link(true)))).toEqual([METHOD.SET])
  })

  it("is no question of time where it does not back off [SQP-GUID-5]", () => {
    expect(after(confirmed({ timing: { slack: 1 } }), passes(1)).functions[VF1]?.alias).toMatchObject({ due: null })
  })

  it("is not confirmed by a table that shows what is wanted no longer [SQP-GUID-4]", () => {
    const unwanted = after(confirmed(), noSm, wants(null))
    const shown = after(unwanted, { _tag: "GuidTableChanged", block: 0, guids: [guid(0), NEW] })
    expect(shown.functions[VF1]).toMatchObject({ slot: NEW, guid: NO_GUID, alias: { admin: null, asked: NEW, confirmed: false } })
    expect(endOf(shown, ingress(ping, arrivingFor(gidOf(PREFIX, NEW))))).not.toBe("function 1")
    expect(sent(actionsOf(shown, sm))).toEqual([METHOD.DELETE])
  })

  it("is what the SA chooses, where 0 is wanted [SQP-GUID-3, SQP-GUID-4]", () => {
    const asks = after(running(small()), wants(NO_GUID))
    expect(aliasIn(asks, VF1)).toMatchObject({ transaction: { kind: "set", guid: NO_GUID } })
    expect(answering(asks, OTHER).functions[VF1]).toMatchObject({
      slot: OTHER, guid: OTHER, alias: { admin: OTHER, asked: OTHER, confirmed: true, due: null }
    })
  })

  it("is asked back again after a back-off, where the SA does not take it; then the next begins anew [SQP-GUID-9, SQP-GUID-5]", () => {
    const left = after(confirmed(), wants(null))
    const refused = outcomeOf(left, answered(left, NEW, 0x0200))
    expect(sent(refused.actions)).toEqual([])
    expect(aliasIn(refused.state, VF1)).toMatchObject({
      admin: null, asked: NEW, transaction: null, due: 1_000, backOffMs: 2_000
    })
    const again = outcomeOf(refused.state, passes(1_000))
    expect(sent(again.actions)).toEqual([METHOD.DELETE])
    const wanted = answering(after(again.state, wants(OTHER)), NO_GUID)
    expect(aliasIn(wanted, VF1)).toMatchObject({ transaction: { kind: "set", guid: OTHER }, backOffMs: 1_000 })
    const declined = answering(wanted, NEW)
    expect(aliasIn(declined, VF1)).toMatchObject({ due: 1_000, backOffMs: 2_000 })
    const given = answering(after(declined, passes(1_000)), OTHER)
    expect(aliasIn(given, VF1)).toMatchObject({ asked: OTHER, due: null, backOffMs: 1_000 })
  })

  it("is confirmed by the block of the table that shows it, and by no other [SQP-GUID-4, SQP-GUID-2]", () => {
    const VF9 = FunctionId(9)
    const table = (block: number, fn: FunctionId): Event => {
      const guids = Array.from({ length: 8 }, (_, n) => (n === fn % 8 ? NEW : guid(8 * block + n)))
      return { _tag: "GuidTableChanged", block, guids }
    }
    for (const [fn, block] of [[VF1, 0], [VF9, 1]] as const) {
      const attached = Array.from({ length: 10 }, (_, n) => n === fn)
      const asks = after(running(small({ functions: 10, attached })), wantsFor(fn, NEW))
      const unsure = after(asks, answeredFor(fn, asks, NEW), noSm, sm, noSm)
      expect(aliasIn(unsure, fn)).toMatchObject({ asked: NEW, confirmed: false, transaction: null })
      expect(aliasIn(after(unsure, table(1 - block, fn)), fn).confirmed).toBe(false)
      expect(aliasIn(after(unsure, table(block, fn)), fn).confirmed).toBe(true)
    }
  })

  it("is given back at a stop, but not what nobody asked for, nor to an SA nobody knows [SQP-LIFE-3]", () => {
    const stop: Event = { _tag: "Stop" }
    expect(sent(actionsOf(confirmed(), stop))).toEqual([METHOD.DELETE])
    expect(sent(actionsOf(after(confirmed(), noSm), stop))).toEqual([])
    expect(sent(actionsOf(after(confirmed(), link(false)), stop))).toEqual([])
    const waits = running(small({ adminGuids: [null, guid(2)] }))
    expect(aliasIn(waits, VF1)).toMatchObject({ admin: guid(2), asked: null })
    expect(sent(actionsOf(waits, stop))).toEqual([])
  })
})

describe("what is known of an alias GUID in the model", () => {
  const begun = running(small())
  const transaction: GuidTransaction = {
    wireTid: WireTid("0000000000000009"), sentTo: SM_LID, sl: 0, due: 1, triesLeft: 0, kind: "delete",
    guid: NO_GUID, lid: OWN_LID
  }

  it("is wanted by a function that is attached while the PF context runs, and given back else [SQP-GUID-9]", () => {
    const has = withAlias(begun, VF1, { admin: NEW, asked: NEW })
    const without = (change: Partial<State>): State => ({ ...has, ...change })
    expect([wantedBy(has, VF1), releasedBy(has, VF1)]).toEqual([NEW, null])
    const detached = { functions: has.functions.map((of) => ({ ...of, attached: false })) }
    for (const gone of [without({ running: false }), without(detached)]) {
      expect([wantedBy(gone, VF1), releasedBy(gone, VF1)]).toEqual([null, NEW])
    }
    expect(releasedBy(withAlias(has, VF1, { transaction }), VF1)).toBe(NEW)
    expect(releasedBy(withAlias(has, VF1, { transaction: { ...transaction, kind: "set" } }), VF1)).toBeNull()
    expect(releasedBy(withAlias(begun, VF1, { admin: NEW, asked: null }), VF1)).toBeNull()
  })

  it("is how much longer a back-off may last, as long as it lasts [SQP-GUID-5]", () => {
    const late = withAlias(begun, VF1, { admin: NEW, due: 5, late: 3 })
    expect(aliasIn(late, VF1)).toMatchObject({ due: 5, late: 3 })
    expect(aliasIn(withAlias(late, VF1, { due: null }), VF1)).not.toHaveProperty("late")
    expect(aliasIn(withAlias(begun, VF1, { admin: NEW, due: 5, late: 0 }), VF1)).not.toHaveProperty("late")
  })

  it("is a GUID of nobody else, inside the table, where an administrator says it [SQP-GUID-6]", () => {
    const own = initial(small({ guidCap: 2 }))
    const state = { ...own, config: { ...own.config, otherPortGuids: [OTHER] } }
    const may = (of: Guid | null, fn = VF1) => mayBeAdmin(state, fn, of)
    expect([null, NO_GUID, NEW, SA_GUID, OTHER, guid(1), guid(2)].map((of) => may(of)))
      .toEqual([true, true, true, false, false, true, false])
    expect([null, NO_GUID, NEW].map((of) => may(of, VF2))).toEqual([true, false, false])
    expect(mayBeAdmin(begun, VF2, OTHER)).toBe(true)
    const unwanted = withAlias(begun, VF2, { asked: guid(2) })
    expect([mayBeAdmin(unwanted, VF1, guid(2)), mayBeAdmin(withAlias(begun, VF2, { admin: NEW }), VF1, NEW)]).toEqual([true, false])
  })

  it("is a GUID of nobody else where the SA chooses it [SQP-GUID-6]", () => {
    const other = withAlias(begun, VF2, { admin: NEW })
    const state = { ...other, config: { ...other.config, otherPortGuids: [OTHER] } }
    const free = Guid("00000000000000c3")
    expect([free, NO_GUID, NEW, SA_GUID, OTHER, guid(1), guid(2)].map((of) => mayBeChosen(state, VF1, of)))
      .toEqual([true, false, false, false, false, true, false])
  })

  it("is what a record says of a function's own slot and no other [SQP-GUID-7, SQP-GUID-11]", () => {
    const own = { ...slotRecord(OWN_LID, PF, NEW), mask: "0000000000000013" }
    expect(isOwnSlot(OWN_LID, own)).toBe(true)
    const others = [{ ...own, block: 1 }, { ...own, lid: Lid(9) }, { ...own, mask: "0000000000000033" }]
    expect(others.map((record) => isOwnSlot(OWN_LID, record))).toEqual([false, false, false])
    const about = (change: Parameters<typeof mad>[0]) => recordAbout(OWN_LID, VF1, mad(change))
    const body = slotRecord(OWN_LID, VF1, NEW)
    expect(about({ mgmtClass: SA, body })).toBe(body)
    expect(about({ mgmtClass: SA, status: 0x0200, body: { ...body, block: 1 } })).not.toBeNull()
    expect([about({ mgmtClass: SA, body: { ...body, block: 1 } }), about({ mgmtClass: SA, status: 0x0200 })]).toEqual([null, null])
  })
})
