/** InformInfo and Reports: functions subscribe, the SA answers and reports, functions answer the Reports. */
import fc from "fast-check"
import type { CommandOf } from "../../impl/trace/command.ts"
import type { OutputOf } from "../../impl/trace/output.ts"
import { CLASS, hexOf, mad, type Pieces } from "../mads.ts"
import { type Move, type Placed, recent, type World } from "../world.ts"
import { ingress, responseTo } from "./arrivals.ts"
import { anyFunction, arrivingGrh, grhPick, grhRequest, mostly, pick, sendAddress, tid } from "./draws.ts"
import { isRequest } from "./guest.ts"

/** The issuer of every notice. */
const ISSUER_LID = 0x30
const ISSUER_GID = `fe80000000000000${hexOf(0xdd00, 16)}`
/** Groups that functions join. */
const GROUPS = ["ff12401bffff00000000000000000001", "ff12401bffff000000000000ffffffff"]

/** Every generic notice. */
const EVERYTHING: Pieces = [
  [56, hexOf(0, 32)], [72, "ffff0000"], [76, "0000"], [78, "01"], [80, "ffff"], [82, "ffff"], [88, "00ffffff"]
]

/** What may be subscribed to: few, so that they are shared and overlap. */
const filter: fc.Arbitrary<Pieces> = fc.record({
  trap: mostly(3, 64, 65, 67, 0xffff),
  type: mostly(4, 0xffff, 3, 4),
  producer: mostly(4, 0xff_ffff, 4, 1),
  isGeneric: mostly(10, 1, 0),
  about: mostly(6, "all", "range", "other range", "gid", "other gid")
}).map(({ about, isGeneric, producer, trap, type }): Pieces => [
  [56, about === "gid" ? ISSUER_GID : about === "other gid" ? hexOf(7, 32) : hexOf(0, 32)],
  [72, about === "range" ? "0001ffff" : about === "other range" ? "00010002" : "ffff0000"],
  [76, "0000"],
  [78, hexOf(isGeneric, 2)],
  [80, hexOf(type, 4)],
  [82, hexOf(trap, 4)],
  [88, hexOf(producer, 8)]
])

/** A function subscribes, or ends a subscription. */
export const informRequest: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction, filter: fc.oneof({ weight: 2, arbitrary: fc.constant(EVERYTHING) }, filter),
    subscribe: mostly(6, 1, 1, 1, 0, 0, 2), tid, address: sendAddress, grh: grhPick,
    qpn: mostly(2, "00000113", "00000012")
  })
  .map(({ address, f, filter: pieces, grh, qpn, subscribe, tid: id }): Move => ({
    label: subscribe === 1 ? "subscribe" : "unsubscribe",
    resolve: (world) => ({
      op: "egress",
      function: world.functionOf(f),
      qp: 1,
      ...address,
      dlid: world.smLid ?? 1,
      grh: grhRequest(world, grh, f),
      mad: mad({ mgmtClass: CLASS.SA, method: 0x02, attribute: 0x03, tid: id }, [
        ...pieces, [79, hexOf(subscribe, 2)], [84, qpn]
      ])
    })
  }))

const isInform = (text: string): boolean => text.slice(2, 4) === "03" && text.slice(32, 36) === "0003"

const asked = (world: World, which: number): Placed<OutputOf<"wire">> | undefined =>
  recent(world.wire.filter(({ output }) => isRequest(output.mad) && isInform(output.mad)), which)

/** Whose MAD it is: the SM's, or of one that speaks in its name. */
type From = "sm" | "slid" | "qpn"
const from: fc.Arbitrary<From> = mostly<From>(12, "sm", "slid", "qpn")

const arrived = (
  world: World, slid: number, by: From, grh: boolean, text: string, more: Partial<CommandOf<"ingress">>
): CommandOf<"ingress"> =>
  ingress(by === "slid" ? 24 : slid, { sl: 1, pathBits: 0, pkeyIndex: 0 }, text, {
    srcQp: by === "qpn" ? 7 : 1,
    grh: grh ? arrivingGrh(world, "right", 0, world.peerOf(0).gid) : null,
    ...more
  })

/** The SA answers a request of the PF context about a subscription. */
export const informAnswer: fc.Arbitrary<Move> = fc
  .record({
    pick, status: mostly(6, "0000", "0200"), from, grh: mostly(10, false, true),
    attribute: mostly(12, "0003", "0002")
  })
  .map(({ attribute, from: by, grh, pick: which, status }): Move => ({
    label: "SA answers a subscription",
    resolve: (world) => {
      const request = asked(world, which)
      if (request === undefined) return null
      const { line, out, output } = request
      const text = responseTo(output.mad, [[4, status], [16, attribute]])
      return arrived(world, output.dlid, by, grh, text, { copy: [{ line, out, from: 8, to: 8, length: 8 }] })
    }
  }))

/** The SA reports: something about a GID, to the port. */
export const report: fc.Arbitrary<Move> = fc
  .record({
    trap: mostly(3, 64, 65, 66, 67), tid: fc.nat(9), from, grh: mostly(10, "none", "pf", "vf"),
    about: mostly(1, ISSUER_GID, ...GROUPS), pkeyIndex: mostly(10, 0, 1, 2), isGeneric: mostly(12, 0x80, 0), attribute: mostly(20, 0x02, 0x33)
  })
  .map(({ about, attribute, from: by, grh, isGeneric, pkeyIndex, tid: id, trap }): Move => ({
    label: `report ${trap}`,
    resolve: (world) => {
      const text = mad({ mgmtClass: CLASS.SA, method: 0x06, attribute, tid: `0000000${id}02dab00${id}` }, [
        [56, hexOf(isGeneric | 3, 2)], [57, "000004"], [60, hexOf(trap, 4)], [62, hexOf(ISSUER_LID, 4)],
        [72, trap === 67 ? about : ISSUER_GID], [120, ISSUER_GID]
      ])
      return arrived(world, world.smLid ?? 1, by, false, text, {
        pkeyIndex, grh: grh === "none" ? null : arrivingGrh(world, "right", grh === "pf" ? 0 : 1, ISSUER_GID)
      })
    }
  }))

/** A function answers a Report it was handed, or one that another was. */
export const reportResponse: fc.Arbitrary<Move> = fc
  .record({ pick, address: sendAddress, wrong: mostly(6, false, true) })
  .map(({ address, pick: which, wrong }): Move => ({
    label: "answer a report",
    resolve: (world) => {
      const handed = recent(
        world.delivered.filter(({ output }) => output.mad.slice(2, 8) === "030206" && output.qp === 1), which
      )
      if (handed === undefined) return null
      const { line, out, output } = handed
      return {
        op: "egress",
        function: wrong ? world.functionOf(output.function + 1) : output.function,
        qp: 1,
        ...address,
        dlid: output.slid,
        grh: null,
        mad: responseTo(output.mad),
        copy: [{ line, out, from: 8, to: 8, length: 8 }]
      }
    }
  }))
