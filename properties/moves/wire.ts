/** What the fabric does: answers, late and wrong ones, peers that talk, MADs nobody asked for. */
import fc from "fast-check"
import { CLASS, cm, hexOf, mad, type Pieces, req, written } from "../mads.ts"
import { type Move, recent } from "../world.ts"
import { arriveAddress, arrivingGrh, commId, dgidPick, mostly, pick, tid } from "./draws.ts"
import { alternateDraw, alternatePath, replyDraw, replyTo } from "./cm-reply.ts"
import { isRequest } from "./guest.ts"
import { ingress, isCm, isMembership, responseTo } from "./arrivals.ts"

/** The environment's wrongs in an answer. */
type Wrong = "nothing" | "slid" | "class" | "qp" | "upper-tid" | "method" | "tid" | "qpn"

/** A request on the wire is answered by whom it asked, or wrongly, or by somebody else. */
export const answer: fc.Arbitrary<Move> = fc
  .record({
    pick,
    address: arriveAddress,
    dgid: dgidPick,
    f: fc.nat(4),
    tid,
    wrong: mostly<Wrong>(10, "nothing", "slid", "class", "qp", "upper-tid", "method", "tid", "qpn")
  })
  .map(({ address, dgid, f, pick: which, tid: id, wrong }): Move => ({
    label: "answer",
    resolve: (world) => {
      const asked = recent(
        world.wire.filter(({ output }) => isRequest(output.mad) && !isMembership(output.mad)),
        which
      )
      if (asked === undefined) return null
      const { output } = asked
      const pieces: Pieces = [
        ...(wrong === "class" ? [[1, "0b"] as const] : []),
        ...(wrong === "method" ? [[3, "92"] as const] : []),
        ...(wrong === "tid" ? [[8, id] as const] : []),
        ...(wrong === "upper-tid" ? [[8, "0007abcd"] as const] : [])
      ]
      const [from, length] = wrong === "upper-tid" ? [12, 4] : [8, 8]
      const copy = wrong === "tid" ? [] : [{ line: asked.line, out: asked.out, from, to: from, length }]
      const qp = wrong === "qp" ? (output.qp === 0 ? 1 : 0) : output.qp
      // With a right GRH the answer names the sender, if it had one itself.
      const to = output.grh?.sgidIndex ?? f
      return ingress(wrong === "slid" ? 24 : output.dlid, address, responseTo(output.mad, pieces), {
        qp,
        copy,
        srcQp: wrong === "qpn" ? 5 : output.remoteQpn,
        grh: arrivingGrh(world, dgid, to % world.init.functions, world.peerOf(f).gid)
      })
    }
  }))

/** A peer begins to talk to a function, to nobody, or over somebody else's GRH. */
export const peerAsk: fc.Arbitrary<Move> = fc
  .record({
    n: fc.nat(2),
    f: fc.nat(4),
    id: commId,
    tid,
    address: arriveAddress,
    dgid: dgidPick,
    sidr: mostly(3, false, true),
    to: mostly<"function" | "other-port" | "nobody" | "zero" | "sa">(
      8,
      "function",
      "other-port",
      "nobody",
      "zero",
      "sa"
    ),
    srcQp: mostly(4, 1, 55),
    timeout: fc.constantFrom(10, 18, 20),
    retries: fc.constantFrom(0, 1, 15),
    alternate: alternateDraw
  })
  .map(({ address, alternate, dgid, f, id, n, retries, sidr, srcQp, tid: t, timeout, to }): Move => ({
    label: "peer asks",
    resolve: (world) => {
      const peer = world.peerOf(n)
      const target = world.functionOf(f)
      const gids = {
        function: world.gidOf(target),
        "other-port": world.otherGidOf(target),
        nobody: `${world.prefix}${hexOf(0xdead, 16)}`,
        zero: hexOf(0, 32),
        sa: `${world.prefix}0200000000000002`
      }
      const text = sidr
        ? cm("SIDR_REQ", t, [
            [24, id],
            [32, hexOf(1 + (f & 1), 16)]
          ])
        : req({
            localId: id,
            tid: t,
            caGuid: peer.caGuid,
            localGid: peer.gid,
            remoteGid: gids[to],
            localLid: peer.lid,
            remoteLid: world.lid,
            responseTimeout: timeout,
            maxRetries: retries,
            alternate: alternatePath(alternate)
          })
      return ingress(peer.lid, address, text, { srcQp, grh: arrivingGrh(world, dgid, target, peer.gid) })
    }
  }))

/** A peer answers a CM message on the wire, from where it was sent to or from elsewhere. */
export const peerReply: fc.Arbitrary<Move> = fc
  .record({
    draw: replyDraw,
    n: fc.nat(2),
    address: arriveAddress,
    dgid: dgidPick,
    slid: mostly(10, "dlid", "other"),
    srcQp: mostly(5, 1, 55)
  })
  .map(({ address, dgid, draw, n, slid, srcQp }): Move => ({
    label: "peer replies",
    resolve: (world) => {
      const heard = recent(
        world.wire.filter(({ output }) => isCm(output.mad)),
        draw.pick
      )
      if (heard === undefined) return null
      const { output } = heard
      const { copy, mad: text } = replyTo(
        output.mad,
        { line: heard.line, out: heard.out },
        draw,
        world.peerOf(n).caGuid
      )
      const to = output.grh?.sgidIndex ?? n
      return ingress(slid === "dlid" ? output.dlid : 24, address, text, {
        copy,
        srcQp,
        grh: arrivingGrh(world, dgid, to % world.init.functions, world.peerOf(n).gid)
      })
    }
  }))

/** What left for this very port comes back: function to function. */
export const loopback: fc.Arbitrary<Move> = fc
  .record({ pick, any: mostly(4, false, true) })
  .map(({ any, pick: which }): Move => ({
    label: "loopback",
    resolve: (world) => {
      const left = recent(
        world.wire.filter(({ output }) => any || output.dlid === world.lid),
        which
      )
      if (left === undefined) return null
      const { line, out, output } = left
      const grh = output.grh && { ...output.grh, sgid: world.gidOf(output.grh.sgidIndex) }
      return ingress(world.lid, { sl: output.sl, pathBits: 0, pkeyIndex: output.pkeyIndex }, output.mad, {
        qp: output.qp,
        srcQp: output.qp,
        copy: [{ line, out, from: 0, to: 0, length: 256 }],
        grh: grh && {
          sgid: grh.sgid,
          dgid: grh.dgid,
          hopLimit: grh.hopLimit,
          flowLabel: grh.flowLabel,
          trafficClass: grh.trafficClass
        }
      })
    }
  }))

const UNASKED: ReadonlyArray<{
  readonly mgmtClass: number
  readonly method: number
  readonly attribute: number
  readonly pieces?: Pieces
  readonly qp?: 0 | 1
}> = [
  { mgmtClass: CLASS.PING, method: 0x01, attribute: 0 },
  { mgmtClass: CLASS.PING, method: 0x01, attribute: 0 },
  { mgmtClass: CLASS.PERF, method: 0x01, attribute: 0x12 },
  { mgmtClass: CLASS.SA, method: 0x06, attribute: 0x02 },
  { mgmtClass: CLASS.SMP, method: 0x01, attribute: 0x11, qp: 0 },
  { mgmtClass: CLASS.SMP_DIRECTED, method: 0x02, attribute: 0x15, qp: 0 },
  { mgmtClass: CLASS.SMP, method: 0x07, attribute: 0x02, qp: 0 },
  { mgmtClass: CLASS.SMP, method: 0x81, attribute: 0x11, qp: 0 },
  { mgmtClass: CLASS.SMP, method: 0x01, attribute: 0x11, qp: 1 },
  { mgmtClass: CLASS.PERF, method: 0x01, attribute: 0x12, qp: 0 },
  { mgmtClass: CLASS.SA, method: 0x81, attribute: 0x35 },
  { mgmtClass: CLASS.SA, method: 0x81, attribute: 0x38 },
  { mgmtClass: CLASS.CM, method: 0x01, attribute: 0x01 },
  { mgmtClass: CLASS.CM, method: 0x02, attribute: 0x01 },
  { mgmtClass: CLASS.CM, method: 0x03, attribute: 0x1b },
  { mgmtClass: CLASS.CM, method: 0x03, attribute: 0x15 },
  { mgmtClass: CLASS.CM, method: 0x03, attribute: 0x12 },
  {
    mgmtClass: CLASS.PING,
    method: 0x01,
    attribute: 0,
    pieces: [
      [24, "01"],
      [25, "02"],
      [26, "01"]
    ]
  },
  { mgmtClass: CLASS.PING, method: 0x01, attribute: 0, pieces: [[36, "00000002"]] },
  { mgmtClass: CLASS.SA, method: 0x01, attribute: 0x35, pieces: [[2, "01"]] },
  { mgmtClass: CLASS.PERF, method: 0x01, attribute: 0x12, pieces: [[0, "02"]] }
]

/** A MAD nobody asked for. */
export const unasked: fc.Arbitrary<Move> = fc
  .record({
    template: fc.constantFrom(...UNASKED),
    n: fc.nat(2),
    f: fc.nat(4),
    tid,
    address: arriveAddress,
    dgid: dgidPick,
    srcQp: mostly(3, 1, 55),
    length: mostly(30, 256, 0, 255, 257)
  })
  .map(({ address, dgid, f, length, n, srcQp, template, tid: id }): Move => ({
    label: "unasked",
    resolve: (world) => {
      const peer = world.peerOf(n)
      const text = mad({ ...template, tid: id }, template.pieces)
        .padEnd(2 * length, "0")
        .slice(0, 2 * length)
      return ingress(peer.lid, address, text, {
        qp: template.qp ?? 1,
        srcQp,
        grh: arrivingGrh(world, dgid, world.functionOf(f), peer.gid)
      })
    }
  }))

/** An RMPP control packet, R bit clear, for a request that was delivered, or for a wrong one. */
export const rmppControl: fc.Arbitrary<Move> = fc
  .record({
    pick,
    type: mostly(3, "02", "03", "04", "01"),
    address: arriveAddress,
    wrong: mostly(5, "nothing", "tid", "slid"),
    tid,
    dgid: dgidPick
  })
  .map(({ address, dgid, pick: which, tid: id, type, wrong }): Move => ({
    label: "RMPP control",
    resolve: (world) => {
      const asked = recent(
        world.delivered.filter(({ output }) => isRequest(output.mad) && hasRmpp(output.mad)),
        which
      )
      if (asked === undefined) return null
      const { output } = asked
      const text = written(output.mad, [
        [24, "01"],
        [25, type],
        [26, "01"],
        ...(wrong === "tid" ? [[8, id] as const] : [])
      ])
      return ingress(wrong === "slid" ? 24 : output.slid, address, text, {
        srcQp: output.srcQp,
        grh: arrivingGrh(world, dgid, output.function, world.peerOf(0).gid)
      })
    }
  }))

const hasRmpp = (text: string): boolean => {
  const mgmtClass = Number.parseInt(text.slice(2, 4), 16)
  return mgmtClass === CLASS.SA || mgmtClass === CLASS.DEV_MGT || (mgmtClass >= 0x30 && mgmtClass <= 0x4f)
}
