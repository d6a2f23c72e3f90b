/** Managers that redirect, functions that follow, and functions that control their own RMPP transfers. */
import fc from "fast-check"
import { CLASS, hexOf, mad, type Pieces, written } from "../mads.ts"
import { type Move, recent } from "../world.ts"
import { ingress, isMembership, responseTo } from "./arrivals.ts"
import { anyFunction, arriveAddress, grhRequest, mostly, pick, sendAddress, tid } from "./draws.ts"
import { isRequest } from "./guest.ts"

/** QPNs behind a LID and behind a GID: two, so that no request is for two places. */
const BEHIND_LID = 0x40
const BEHIND_GID = 0x41

/** Where the ClassPortInfo of a class stands; null where none is looked for. */
const infoByte = (mgmtClass: number): number | null => {
  if (mgmtClass === CLASS.SA) return 56
  if (mgmtClass === CLASS.PERF || mgmtClass === CLASS.DEV_MGT) return 64
  return mgmtClass >= 0x30 && mgmtClass <= 0x4f ? 40 : null
}

/** A request on the wire is answered by a ClassPortInfo that redirects it. */
export const redirectAnswer: fc.Arbitrary<Move> = fc
  .record({
    pick,
    n: fc.nat(2),
    address: arriveAddress,
    place: mostly(3, "lid", "gid", "nowhere"),
    lid: mostly(2, "peer", "asked"),
    status: mostly(2, "0002", "0000"),
    wrong: mostly(8, "nothing", "attribute", "method")
  })
  .map(({ address, lid, n, pick: which, place, status, wrong }): Move => ({
    label: "redirect",
    resolve: (world) => {
      const asked = recent(
        world.wire.filter(({ output }) => isRequest(output.mad) && !isMembership(output.mad) && output.qp === 1),
        which
      )
      const at = asked && infoByte(Number.parseInt(asked.output.mad.slice(2, 4), 16))
      if (asked === undefined || at === null || at === undefined) return null
      const { output } = asked
      const peer = world.peerOf(n)
      const redirectLid = place === "gid" ? 0 : lid === "peer" ? peer.lid : output.dlid
      const qpn = place === "lid" ? BEHIND_LID : place === "gid" ? BEHIND_GID : n & 1
      const info: Pieces = [
        [at + 8, peer.gid],
        [at + 28, hexOf(redirectLid, 4)],
        [at + 33, hexOf(qpn, 6)]
      ]
      const text = responseTo(output.mad, [
        [3, wrong === "method" ? "92" : "81"],
        [4, status],
        [16, wrong === "attribute" ? "0011" : "0001"],
        ...info
      ])
      const copy = [{ line: asked.line, out: asked.out, from: 8, to: 8, length: 8 }]
      return ingress(output.dlid, address, text, { copy, srcQp: output.remoteQpn })
    }
  }))

/** A function asks at a place other than QP1, to which it was redirected or not. */
export const redirectedRequest: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    n: fc.nat(2),
    tid,
    mgmtClass: mostly(2, CLASS.PERF, CLASS.SA, CLASS.PING),
    qpn: mostly(2, BEHIND_LID, BEHIND_GID),
    grh: mostly<"none" | "peer">(1, "none", "peer"),
    to: mostly(3, "peer", "sm"),
    address: sendAddress
  })
  .map(({ address, f, grh, mgmtClass, n, qpn, tid: id, to }): Move => ({
    label: "request at a place",
    resolve: (world) => ({
      op: "egress",
      function: world.functionOf(f),
      qp: 1,
      ...address,
      remoteQpn: qpn,
      dlid: to === "sm" || mgmtClass === CLASS.SA ? (world.smLid ?? 1) : world.peerOf(n).lid,
      grh: grhRequest(world, qpn === BEHIND_GID ? "peer" : grh, n),
      mad: mad({ mgmtClass, method: 0x01, attribute: 0x11, tid: id })
    })
  }))

/** A function acknowledges, stops or aborts what it asked before, or sends one more segment of it. */
export const ownRmppControl: fc.Arbitrary<Move> = fc
  .record({ pick, type: mostly(3, "02", "03", "04", "01"), tid, wrong: mostly(6, "nothing", "tid", "dlid") })
  .map(({ pick: which, tid: id, type, wrong }): Move => ({
    label: "RMPP control of a function",
    resolve: (world) => {
      const own = world.sent.flatMap((command) =>
        command.op === "egress" && isRequest(command.mad) && hasRmpp(command.mad) ? [command] : []
      )
      const asked = recent(own, which)
      if (asked === undefined) return null
      const control = written(asked.mad, [
        [24, "01"],
        [25, type],
        [26, "01"],
        ...(wrong === "tid" ? [[8, id] as const] : [])
      ])
      return { ...asked, mad: control, ...(wrong === "dlid" ? { dlid: 23 } : {}) }
    }
  }))

const hasRmpp = (text: string): boolean => {
  const mgmtClass = Number.parseInt(text.slice(2, 4), 16)
  return text.length === 512 && !isMembership(text) && (infoByte(mgmtClass) ?? 64) !== 64
}
