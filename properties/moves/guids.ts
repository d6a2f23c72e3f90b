/** What is done about alias GUIDs: wishes, the SA's answers, the table that the SM writes. */
import fc from "fast-check"
import type { Command } from "../../impl/trace/command.ts"
import type { OutputOf } from "../../impl/trace/output.ts"
import { CLASS, hexOf, mad, type Pieces } from "../mads.ts"
import { type Move, type Placed, recent, type World } from "../world.ts"
import { ingress, isGuidInfo, responseTo } from "./arrivals.ts"
import { anyFunction, arrivingGrh, grhPick, grhRequest, mostly, pick, sendAddress, tid } from "./draws.ts"
import { isRequest } from "./guest.ts"

const NONE = hexOf(0, 16)
/** GUIDs that are wished for; the first two are also functions' own in most runs. */
const WISHES = [0xa01, 0xa02, 0xa10, 0xa11].map((guid) => hexOf(guid, 16))
/** What this SA chooses, and what else it may show. */
const SHOWN = [0xa20, 0xa21, 0xa10].map((guid) => hexOf(guid, 16))
const SA_WELL_KNOWN = "0200000000000002"

/** The administrator says what a VF shall have. */
export const adminGuid: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    guid: mostly<string | null>(
      3, WISHES[2] ?? NONE, WISHES[3] ?? NONE, ...WISHES, NONE, NONE, null, null, SA_WELL_KNOWN
    )
  })
  .map(({ f, guid }): Move => ({
    label: "admin GUID",
    resolve: (world): Command => ({ op: "adminGuid", function: world.vfOf(f), guid })
  }))

/** The SM writes the table as it likes. */
export const guidTable: fc.Arbitrary<Move> = fc
  .array(mostly(2, NONE, "kept", ...WISHES), { minLength: 8, maxLength: 8 })
  .map((guids): Move => ({
    label: "GUID table",
    resolve: (world): Command => ({
      op: "guidTable",
      block: 0,
      guids: guids.map((guid, f) => (guid === "kept" || f === 0 ? (world.guids[f] ?? NONE) : guid))
    })
  }))

const requestOf = (world: World, which: number): Placed<OutputOf<"wire">> | undefined =>
  recent(world.wire.filter(({ output }) => isRequest(output.mad) && isGuidInfo(output.mad)), which)

/** Where the GUID stands that a request is about: the place of the one bit of its mask. */
const placeOf = (text: string): number =>
  Math.round(Math.log2(Number.parseInt(text.slice(108, 112), 16) >> 4))

/** What the SA says to a request: what it grants, what it declines, what it says of something else. */
type Says =
  | "grants" | "declines" | "shows another" | "refuses" | "of another LID" | "of another block" | "no record"

const saidOf = (text: string, says: Says, other: string): Pieces => {
  const isSet = text.slice(6, 8) === "02"
  const at = 64 + 8 * placeOf(text)
  const asked = text.slice(2 * at, 2 * at + 16)
  const given = asked === NONE ? other : asked
  const shown = says === "declines" ? NONE : says === "shows another" ? other : given
  const record: Pieces = [[44, "0009"], [at, isSet ? shown : NONE]]
  switch (says) {
    case "refuses":
      return [[4, "0700"]]
    case "of another LID":
      return [...record, [56, "0009"]]
    case "of another block":
      return [...record, [58, "01"]]
    case "no record":
      return [[16, "0031"]]
    default:
      return record
  }
}

/** The SA answers a request about a slot, or somebody does in its name. */
export const guidAnswer: fc.Arbitrary<Move> = fc
  .record({
    pick,
    says: mostly<Says>(
      6, "grants", "grants", "declines", "shows another", "refuses", "of another LID", "of another block", "no record"
    ),
    other: fc.constantFrom(...SHOWN),
    from: mostly(12, "sm", "slid", "qpn"),
    grh: mostly(8, false, true)
  })
  .map(({ from, grh, other, pick: which, says }): Move => ({
    label: "SA answers about a GUID",
    resolve: (world) => {
      const asked = requestOf(world, which)
      if (asked === undefined) return null
      const { line, out, output } = asked
      return ingress(
        from === "slid" ? 24 : output.dlid,
        { sl: 0, pathBits: 0, pkeyIndex: 0 },
        responseTo(output.mad, saidOf(output.mad, says, other)),
        {
          copy: [{ line, out, from: 8, to: 8, length: 8 }],
          srcQp: from === "qpn" ? 7 : 1,
          grh: grh ? arrivingGrh(world, "right", 0, world.peerOf(0).gid) : null
        }
      )
    }
  }))

/** A VF asks the SA for a GUID itself: mostly for its own slot. */
export const guidRequest: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    set: mostly(2, true, false),
    guid: fc.constantFrom(NONE, ...WISHES),
    mask: mostly(5, "0013", "0023", "0003", "0033"),
    block: mostly(8, "00", "01"),
    own: mostly(8, true, false),
    tid,
    address: sendAddress,
    grh: grhPick
  })
  .map((draw): Move => ({
    label: draw.set ? "VF sets its GUID" : "VF deletes its GUID",
    resolve: (world) => ({
      op: "egress",
      function: world.vfOf(draw.f),
      qp: 1,
      ...draw.address,
      dlid: world.smLid ?? 1,
      grh: grhRequest(world, draw.grh, 0),
      mad: mad({ mgmtClass: CLASS.SA, method: draw.set ? 0x02 : 0x15, attribute: 0x30, tid: draw.tid }, [
        [48, `000000000000${draw.mask}`],
        [56, hexOf(draw.own ? world.lid : 9, 4)],
        [58, draw.block],
        [64, draw.guid]
      ])
    })
  }))
