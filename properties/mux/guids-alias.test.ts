/** What may be the alias GUID of a VF, asked of the table of aliases itself. */
import { expect, it } from "vitest"
import { Aliases } from "../../impl/mux/guids-alias.ts"
import { adminGuidsFault, NO_GUID, SA_GUID } from "../../impl/mux/guids-admin.ts"
import { Guids } from "../../impl/mux/guids.ts"
import { PortState } from "../../impl/mux/port-state.ts"
import { guidOf, muxConfig } from "./fixture.ts"

const ADMIN = "00000000000000aa"
const NEW = "00000000000000bb"
const ASKED = "00000000000000cc"

/** VF 1 has its GUID and an admin GUID, VF 2 asked for one, VF 3 has nothing. */
const aliases = () => {
  const slots = [guidOf(0), guidOf(1), NO_GUID, NO_GUID]
  const guids = new Guids(4, slots, new PortState(muxConfig().port))
  const all = new Aliases([null, ADMIN, null, null], 100, guids, () => true)
  const two = all.all[2]
  if (two) two.asked = ASKED
  return all
}

it("is no choice of the SA that is nobody's, the SA's own or another function's [SQP-GUID-2]", () => {
  const all = aliases()
  const guids = [NO_GUID, SA_GUID, guidOf(0), guidOf(1), ADMIN, ASKED, NEW]
  expect(guids.map((guid) => all.mayBeChosen(3, guid))).toEqual([false, false, false, false, false, false, true])
  expect([guidOf(1), ADMIN].map((guid) => all.mayBeChosen(1, guid))).toEqual([true, true])
  expect(all.mayBeChosen(2, ASKED)).toBe(true)
  // 0 is no GUID, even where no slot is without one.
  const full = new Guids(2, [guidOf(0), guidOf(1)], new PortState(muxConfig().port))
  expect(new Aliases([null, null], 100, full, () => true).mayBeChosen(1, NO_GUID)).toBe(false)
})

it("is no admin GUID that is the SA's own, another function's, or beyond the table [SQP-GUID-6]", () => {
  const all = aliases()
  const guids = [null, NO_GUID, SA_GUID, guidOf(0), guidOf(1), ADMIN, NEW]
  expect(guids.map((guid) => all.mayBeAdmin(3, guid, 4))).toEqual([true, true, false, false, false, false, true])
  // VF 1 asked for what its slot shows, and shall have another: it is on its way back.
  const one = all.all[1]
  if (one) one.asked = guidOf(1)
  expect(all.mayBeAdmin(3, guidOf(1), 4)).toBe(true)
  expect(all.mayBeAdmin(3, NEW, 3)).toBe(false)
  expect(all.mayBeAdmin(3, null, 3)).toBe(true)
  expect(all.mayBeAdmin(1, ADMIN, 4)).toBe(true)
})

it("of slot 0 is the port's own, and of the others one that nobody else has [SQP-GUID-3]", () => {
  const fault = (...adminGuids: ReadonlyArray<string | null>) => adminGuidsFault({
    guids: [guidOf(0), guidOf(1), NO_GUID], adminGuids, guidCap: 3, otherPortGuids: [NEW, NO_GUID]
  })?.slot ?? null
  expect([null, NO_GUID, guidOf(0), ADMIN].map((guid) => fault(guid))).toEqual([null, null, null, 0])
  const ofSlot2 = [ADMIN, NO_GUID, SA_GUID, guidOf(1).toUpperCase(), NEW]
  expect(ofSlot2.map((guid) => fault(null, null, guid))).toEqual([null, null, 2, 2, 2])
  expect(fault(null, ADMIN, ADMIN)).toBe(1)
  expect(fault(null, NO_GUID, NO_GUID)).toBeNull()
  expect(fault(null, null, null, ADMIN)).toBe(3)
})
