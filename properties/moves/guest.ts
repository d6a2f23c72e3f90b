/** What functions do: ask, answer what was delivered to them, repeat, and send what they may not. */
import fc from "fast-check"
import type { CommandOf } from "../../impl/trace/command.ts"
import { CLASS, cm, hexOf, mad, type Pieces, req, written } from "../mads.ts"
import { type Move, recent, type World } from "../world.ts"
import { alternateDraw, alternatePath, replyDraw, replyTo } from "./cm-reply.ts"
import {
  anyFunction,
  commId,
  grhPick,
  grhRequest,
  mostly,
  pick,
  type SendAddress,
  sendAddress,
  tid
} from "./draws.ts"

/** A request by class, method and attribute; `sa` goes to the subnet manager, anything else to a peer. */
interface Template {
  readonly mgmtClass: number
  readonly method: number
  readonly attribute: number
  readonly pieces?: Pieces
}

const of = (mgmtClass: number, method: number, attribute: number, pieces: Pieces = []): Template => ({
  mgmtClass,
  method,
  attribute,
  pieces
})

const allowedRequests: ReadonlyArray<Template> = [
  of(CLASS.SA, 0x01, 0x35),
  of(CLASS.SA, 0x12, 0x11),
  of(CLASS.SA, 0x14, 0x3a),
  of(CLASS.SA, 0x13, 0x39),
  of(CLASS.PERF, 0x01, 0x12),
  of(CLASS.DEV_MGT, 0x01, 0x10),
  of(CLASS.CM, 0x01, 0x01),
  of(CLASS.PING, 0x01, 0x00),
  of(CLASS.PING, 0x02, 0x00),
  // An RMPP ACK of a function: method of its request, R bit clear.
  of(CLASS.SA, 0x12, 0x11, [
    [24, "01"],
    [25, "02"],
    [26, "01"]
  ])
]
const refusedRequests: ReadonlyArray<Template> = [
  of(CLASS.SA, 0x02, 0x31),
  of(CLASS.SA, 0x15, 0x31),
  of(CLASS.SA, 0x06, 0x02),
  of(CLASS.SA, 0x05, 0x02),
  of(CLASS.SA, 0x16, 0x35),
  of(CLASS.PERF, 0x02, 0x12),
  of(CLASS.DEV_MGT, 0x02, 0x10),
  of(CLASS.BASEBOARD, 0x01, 0x01),
  of(0x09, 0x01, 0x01),
  of(0x21, 0x01, 0x11),
  of(CLASS.PING, 0x01, 0x00, [[37, "000002"]]),
  of(CLASS.CM, 0x02, 0x01),
  of(0x09, 0x05, 0x02),
  of(0x0a, 0x13, 0x02),
  of(CLASS.CM, 0x03, 0x1b),
  of(CLASS.CM, 0x03, 0x0f)
]

/** From where a MAD claims to be sent. */
type Source = "own" | "own-other-qp" | "tunnel" | "other-function" | "none"

const sourceOf = (world: World, f: number, qp: 0 | 1, source: Source): Partial<CommandOf<"egress">> => {
  const find = (key: "proxyQpn" | "tunnelQpn", g: number, on: number): Partial<CommandOf<"egress">> => {
    const found = world.told.findLast(
      ({ output }) => output.to === "tunnel" && output.function === g && output.qp === on
    )
    return found ? { qpnFrom: { line: found.line, out: found.out, key } } : {}
  }
  switch (source) {
    case "own":
      return {}
    case "own-other-qp":
      return find("proxyQpn", f, 1 - qp)
    case "tunnel":
      return find("tunnelQpn", f, qp)
    case "other-function":
      return find("proxyQpn", world.functionOf(f + 1), qp)
    case "none":
      return { srcQpn: 0 }
  }
}

const egress = (
  f: number,
  dlid: number,
  address: SendAddress,
  text: string,
  more: Partial<CommandOf<"egress">> = {}
): CommandOf<"egress"> => ({
  op: "egress",
  function: f,
  qp: 1,
  ...address,
  dlid,
  grh: null,
  mad: text,
  ...more
})

/** Where a request goes: where it should, to a peer, to another function of this port, or nowhere at all. */
type To = "sensible" | "peer" | "loopback" | "lid-0"

const dlidOf = (world: World, template: Template, to: To, n: number): number => {
  if (to === "lid-0") return 0
  if (to === "loopback") return world.lid
  return template.mgmtClass === CLASS.SA && to === "sensible" ? (world.smLid ?? 1) : world.peerOf(n).lid
}

/** A function asks something that is neither CM nor membership. */
export const request = (templates: ReadonlyArray<Template>): fc.Arbitrary<Move> =>
  fc
    .record({
      f: anyFunction,
      template: fc.constantFrom(...templates),
      tid,
      address: sendAddress,
      grh: grhPick,
      n: fc.nat(2),
      to: mostly<To>(10, "sensible", "peer", "loopback", "lid-0"),
      source: mostly<Source>(30, "own", "own-other-qp", "tunnel", "other-function", "none")
    })
    .map(({ address, f, grh, n, source, template, tid: id, to }): Move => ({
      label: "request",
      resolve: (world) => {
        const from = world.functionOf(f)
        const text = mad({ ...template, tid: id }, template.pieces)
        return egress(from, dlidOf(world, template, to, n), address, text, {
          grh: grhRequest(world, grh, n),
          ...sourceOf(world, from, 1, source)
        })
      }
    }))

/** Requests a VF may send, mostly; and those it may not. */
export const allowedRequest = request(allowedRequests)
export const refusedRequest = request(refusedRequests)

/** A function sends an SMP, on the right or the wrong QP, or another class on QP0. */
export const smp: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    mgmtClass: mostly(3, CLASS.SMP, CLASS.SMP_DIRECTED, CLASS.PERF),
    method: mostly(2, 0x01, 0x81, 0x05),
    qp: mostly<0 | 1>(2, 0, 1),
    tid,
    address: sendAddress
  })
  .map(({ address, f, method, mgmtClass, qp, tid: id }): Move => ({
    label: "smp",
    resolve: (world) =>
      egress(
        world.functionOf(f),
        1,
        { ...address, remoteQpn: address.remoteQpn === 1 ? qp : address.remoteQpn },
        mad({ mgmtClass, method, attribute: 0x11, tid: id }),
        { qp }
      )
  }))

/** A function sends bytes that are no MAD of the form the rules ask for. */
export const malformed: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    address: sendAddress,
    tid,
    how: fc.constantFrom<"length" | "base" | "class">("length", "base", "class"),
    length: fc.constantFrom(0, 1, 24, 255, 257, 4096)
  })
  .map(({ address, f, how, length, tid: id }): Move => ({
    label: "malformed",
    resolve: (world) => {
      const sound = mad({ mgmtClass: CLASS.SA, method: 0x01, attribute: 0x35, tid: id })
      const text =
        how === "length"
          ? sound.padEnd(2 * length, "0").slice(0, 2 * length)
          : written(sound, [how === "base" ? [0, "02"] : [2, "01"]])
      return egress(world.functionOf(f), 1, address, text)
    }
  }))

/** A function begins to talk to a peer, to another function of this port, or to somebody unknown. */
export const cmAsk: fc.Arbitrary<Move> = fc
  .record({
    f: anyFunction,
    id: commId,
    tid,
    n: fc.nat(2),
    to: mostly<"peer" | "function">(2, "peer", "function"),
    address: sendAddress,
    grh: grhPick,
    sidr: mostly(3, false, true),
    timeout: fc.constantFrom(10, 18, 20),
    retries: fc.constantFrom(0, 1, 15),
    alternate: alternateDraw
  })
  .map(({ address, alternate, f, grh, id, n, retries, sidr, tid: t, timeout, to }): Move => ({
    label: "cm ask",
    resolve: (world) => {
      const from = world.functionOf(f)
      const peer = world.peerOf(n)
      const other = world.functionOf(n)
      const [gid, lid] = to === "peer" ? [peer.gid, peer.lid] : [world.gidOf(other), world.lid]
      const text = sidr
        ? cm("SIDR_REQ", t, [
            [24, id],
            [32, hexOf(1 + (n & 1), 16)]
          ])
        : req({
            localId: id,
            tid: t,
            caGuid: world.init.nodeGuids[from] ?? hexOf(0, 16),
            localGid: world.gidOf(from),
            remoteGid: gid,
            localLid: world.lid,
            remoteLid: lid,
            responseTimeout: timeout,
            maxRetries: retries,
            alternate: alternatePath(alternate)
          })
      return egress(from, lid, address, text, { grh: grhRequest(world, grh, n) })
    }
  }))

/** A function answers a CM message it got. */
export const cmReply: fc.Arbitrary<Move> = fc
  .record({
    draw: replyDraw,
    address: sendAddress,
    grh: mostly(3, false, true),
    dlid: mostly(12, "slid", "other"),
    qpn: mostly(3, "1", "source")
  })
  .map(({ address, dlid, draw, grh, qpn }): Move => ({
    label: "cm reply",
    resolve: (world) => {
      const heard = recent(
        world.delivered.filter(({ output }) => output.mad.startsWith("01070203")),
        draw.pick
      )
      if (heard === undefined) return null
      const { output } = heard
      const { copy, mad: text } = replyTo(
        output.mad,
        { line: heard.line, out: heard.out },
        draw,
        world.init.nodeGuids[output.function] ?? hexOf(0, 16)
      )
      const back = output.grh
        ? { dgid: output.grh.sgid, hopLimit: 1, flowLabel: 2, trafficClass: 3 }
        : grhRequest(world, "peer", draw.n)
      const remoteQpn = qpn === "source" ? output.srcQp : address.remoteQpn
      return egress(output.function, dlid === "slid" ? output.slid : 23, { ...address, remoteQpn }, text, {
        copy,
        grh: grh ? back : null
      })
    }
  }))

/** A function answers a request that was delivered to it, or pretends to. */
export const respond: fc.Arbitrary<Move> = fc
  .record({
    pick,
    address: sendAddress,
    wrong: mostly(10, "nothing", "tid", "dlid", "class", "function", "qpn"),
    method: mostly(4, 0x80, 0x81, 0x07),
    tid
  })
  .map(({ address, method, pick: which, tid: id, wrong }): Move => ({
    label: "respond",
    resolve: (world) => {
      const asked = recent(
        world.delivered.filter(({ output }) => isRequest(output.mad)),
        which
      )
      if (asked === undefined) return null
      const { output } = asked
      const answer = written(output.mad, [
        [
          3,
          method === 0x80 ? hexOf(Number.parseInt(output.mad.slice(6, 8), 16) | 0x80, 2) : hexOf(method, 2)
        ],
        ...(wrong === "tid" ? [[8, id] as const] : []),
        ...(wrong === "class" ? [[1, "33"] as const] : [])
      ])
      const f = wrong === "function" ? world.functionOf(output.function + 1) : output.function
      const remoteQpn = wrong === "qpn" ? address.remoteQpn : output.srcQp
      return egress(f, wrong === "dlid" ? 23 : output.slid, { ...address, remoteQpn }, answer, {
        qp: output.qp
      })
    }
  }))

/** Whether a MAD is a request by its method, of any class but the CM. */
export const isRequest = (text: string): boolean =>
  (Number.parseInt(text.slice(6, 8), 16) & 0x80) === 0 && text.slice(2, 4) !== "07"

/** Something sent before, by either side, comes again: a retransmission, a duplicate, or a late copy. */
export const again: fc.Arbitrary<Move> = fc.record({ pick }).map(({ pick: which }): Move => ({
  label: "again",
  resolve: (world) => recent(world.sent, which) ?? null
}))
