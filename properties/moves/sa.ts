/** The SA's answers to the joins and leaves of the PF context. */
import fc from "fast-check"
import { hexOf, type Pieces } from "../mads.ts"
import { type Move, type Placed, recent, type World } from "../world.ts"
import type { OutputOf } from "../../impl/trace/output.ts"
import { ingress, isMemberQuery, isMembership, responseTo } from "./arrivals.ts"
import { arrivingGrh, mostly, pick } from "./draws.ts"
import { isRequest } from "./guest.ts"

/** Whose answer it is: the SM's own, or one that another sends in its name. */
type From = "sm" | "slid" | "qpn" | "tid"

/** What a request of the PF context asks. */
interface Asked {
  readonly isJoin: boolean
  /** 32 hex digits; zero asks the SA to choose. */
  readonly mgid: string
  readonly bits: number
  readonly tid: string
}

const askedIn = (text: string): Asked => ({
  isJoin: text.slice(6, 8) === "02",
  mgid: text.slice(112, 144),
  bits: Number.parseInt(text.slice(209, 210), 16),
  tid: text.slice(16, 32)
})

/** The rest of the record as this SA gives it to every group. */
const RECORD: Pieces = [
  [44, "0007"],
  [88, "00000b1b"],
  [92, "c001"],
  [94, "84"],
  [95, "00"],
  [96, "ffff"],
  [98, "83"],
  [99, "92"],
  [100, "00000000"]
]

const requestOf = (world: World, which: number): Placed<OutputOf<"wire">> | undefined =>
  recent(
    world.wire.filter(({ output }) => isRequest(output.mad) && isMembership(output.mad)),
    which
  )

const arriving = (
  world: World,
  asked: Placed<OutputOf<"wire">>,
  pieces: Pieces,
  from: From,
  grh: boolean
) => {
  const { line, out, output } = asked
  const copy = from === "tid" ? [] : [{ line, out, from: 8, to: 8, length: 8 }]
  return ingress(
    from === "slid" ? 24 : output.dlid,
    { sl: 0, pathBits: 0, pkeyIndex: 0 },
    responseTo(output.mad, pieces),
    {
      copy,
      srcQp: from === "qpn" ? 7 : 1,
      grh: grh ? arrivingGrh(world, "right", 0, world.peerOf(0).gid) : null
    }
  )
}

const chosenMgid = (n: number): string => `ff12401bffff0000000000000000000${n}`

/** What this SA says to a request, the same each time: it keeps count of what the port holds. */
const decided = (
  world: World,
  { bits, isJoin, mgid, tid }: Asked,
  status: string,
  chosen: number
): Pieces => {
  const before = world.saSaid.get(tid)
  if (before !== undefined) return before
  const group = /^0*$/.test(mgid) ? chosenMgid(chosen) : mgid
  const held = world.saHolds.get(group) ?? 0
  const after = status !== "0000" ? held : isJoin ? held | bits : held & ~bits
  world.saHolds.set(group, after)
  const said: Pieces = [
    [3, isJoin ? "81" : "95"],
    [4, status],
    ...RECORD,
    [56, group],
    [104, hexOf(0x20 | after, 2)]
  ]
  world.saSaid.set(tid, said)
  return said
}

/**
 * The SA answers a join or leave of the PF context: it grants or refuses, sooner or later; or somebody
 * answers in its name.
 */
export const saAnswer: fc.Arbitrary<Move> = fc
  .record({
    pick,
    status: mostly(8, "0000", "0200", "0600"),
    from: mostly<From>(12, "sm", "slid", "qpn", "tid"),
    chosen: fc.nat(1),
    grh: mostly(8, false, true)
  })
  .map(({ chosen, from, grh, pick: which, status }): Move => ({
    label: "SA answers",
    resolve: (world) => {
      const asked = requestOf(world, which)
      if (asked === undefined) return null
      const request = askedIn(asked.output.mad)
      const forged: Pieces = [[3, request.isJoin ? "81" : "95"], ...RECORD]
      return arriving(
        world,
        asked,
        from === "sm" ? decided(world, request, status, chosen) : forged,
        from,
        grh
      )
    }
  }))

/** An SA that answers what no SA would: any bits, another group, the method of another request. */
export const insaneSaAnswer: fc.Arbitrary<Move> = fc
  .record({
    pick,
    status: mostly(8, "0000", "0200", "0600"),
    from: mostly<From>(12, "sm", "slid", "qpn", "tid"),
    bits: fc.nat(15),
    method: mostly(3, "81", "95"),
    mgid: mostly(6, "same", chosenMgid(0), chosenMgid(1), hexOf(0, 32)),
    grh: mostly(8, false, true)
  })
  .map(({ bits, from, grh, method, mgid, pick: which, status }): Move => ({
    label: "insane SA answers",
    resolve: (world) => {
      const asked = requestOf(world, which)
      if (asked === undefined) return null
      const pieces: Pieces = [[3, method], [4, status], ...RECORD, [104, hexOf(0x20 | bits, 2)]]
      return arriving(world, asked, mgid === "same" ? pieces : [...pieces, [56, mgid]], from, grh)
    }
  }))

/**
 * The SA answers a function's Get or GetTable of MCMemberRecord and tells all it knows: one segment of the
 * table, no matter which, whatever the length of its records.
 */
export const saTable: fc.Arbitrary<Move> = fc
  .record({
    pick,
    attributeOffset: mostly(6, 7, 8, 0, 6, 25, 0xffff),
    rmpp: mostly(4, "000000", "010107", "010101", "010103", "010201", "010401"),
    segment: mostly(2, 1, 2, 3, 8, 0, 0xffff_ffff),
    bytes: fc.uint8Array({ minLength: 200, maxLength: 200 }),
    method: mostly(12, null, "81", "92")
  })
  .map(({ attributeOffset, bytes, method, pick: which, rmpp, segment }): Move => ({
    label: "SA tells members",
    resolve: (world) => {
      const asked = recent(
        world.wire.filter(({ output }) => isRequest(output.mad) && isMemberQuery(output.mad)),
        which
      )
      if (asked === undefined) return null
      const pieces: Pieces = [
        [24, rmpp],
        [28, hexOf(segment, 8)],
        [44, hexOf(attributeOffset, 4)],
        [56, Buffer.from(bytes).toString("hex")],
        ...(method === null ? [] : [[3, method] as const])
      ]
      return arriving(world, asked, pieces, "sm", false)
    }
  }))
