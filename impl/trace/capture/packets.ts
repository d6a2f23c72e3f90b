/**
 * Between the MADs of a trace and packets: what a MAD looks like on the wire or on a function's side, and what a
 * packet says of the MAD it carries. What a packet cannot say (an index where two are alike, a static rate) stands in
 * its comment.
 */
import * as Result from "effect/Result"
import { bytesToHex, hexToBytes } from "../../wire/hex.ts"
import type { PacketGrh } from "../../wire/pcap.ts"
import type { Direction } from "../../wire/pcapng.ts"
import type { WirePacket } from "../../wire/packet-read.ts"
import { WELL_KNOWN_Q_KEY } from "../../wire/classes.ts"
import type { CommandOf } from "../command.ts"
import type { OutputOf } from "../output.ts"
import type { CaptureTables } from "./tables.ts"

/** Which side of the PF context a packet is on: the wire, or the tunnels to the functions. */
export type Side = "wire" | "tunnel"
/** A MAD in a trace. */
export type TraceMad = CommandOf<"egress" | "ingress"> | OutputOf<"wire" | "function">
/** The keys of a MAD in a trace, not yet checked. */
export type Keys = Readonly<Record<string, unknown>>

/** A packet, and where it goes as the PF context sees it. */
export interface Placed {
  readonly side: Side
  readonly direction: Direction
  readonly packet: Omit<WirePacket, "psn">
}

/** What the comments begin with that speak to a reader of captures. */
const REMARK = "special-qp/1 "

const headerOf = (grh: Omit<PacketGrh, "sgid"> | null, sgid: string): PacketGrh | null => {
  if (grh === null) return null
  const { dgid, flowLabel, hopLimit, trafficClass } = grh
  return { sgid, dgid, hopLimit, flowLabel, trafficClass }
}

/** The packet of a MAD that a function posts: addressed as the function did, from its proxy QP. */
const ofEgress = (tables: CaptureTables, mad: CommandOf<"egress">): Placed => ({
  side: "tunnel", direction: "in",
  packet: {
    sl: mad.sl, slid: tables.lidWith(mad.pathBits), dlid: mad.dlid,
    grh: headerOf(mad.grh, tables.gidAt(mad.function)), pkey: tables.pkeyAt(mad.pkeyIndex, mad.function),
    destQp: mad.remoteQpn, srcQp: mad.srcQpn ?? tables.qpnOf(mad), qkey: mad.qkey, mad: hexToBytes(mad.mad)
  }
})

const ofIngress = (tables: CaptureTables, mad: CommandOf<"ingress">): Placed => ({
  side: "wire", direction: "in",
  packet: {
    sl: mad.sl, slid: mad.slid,
    dlid: mad.pathBits === undefined ? (mad.dlid ?? tables.lidWith(0)) : tables.lidWith(mad.pathBits),
    grh: mad.grh, pkey: tables.pkeyAt(mad.pkeyIndex, null), destQp: mad.qp, srcQp: mad.srcQp,
    qkey: mad.qp === 1 ? WELL_KNOWN_Q_KEY : 0, mad: hexToBytes(mad.mad)
  }
})

const ofWire = (tables: CaptureTables, mad: OutputOf<"wire">): Placed => ({
  side: "wire", direction: "out",
  packet: {
    sl: mad.sl, slid: tables.lidWith(mad.pathBits), dlid: mad.dlid,
    grh: headerOf(mad.grh, tables.gidAt(mad.grh?.sgidIndex ?? 0)), pkey: tables.pkeyAt(mad.pkeyIndex, null),
    destQp: mad.remoteQpn, srcQp: mad.qp, qkey: mad.qkey, mad: hexToBytes(mad.mad)
  }
})

/** The packet of a MAD that reaches a function: as it came from the wire, to the function's proxy QP. */
const ofFunction = (tables: CaptureTables, mad: OutputOf<"function">): Placed => ({
  side: "tunnel", direction: "out",
  packet: {
    sl: mad.sl, slid: mad.slid, dlid: tables.lidWith(mad.pathBits), grh: mad.grh,
    pkey: tables.pkeyAt(mad.pkeyIndex, mad.function), destQp: tables.qpnOf(mad), srcQp: mad.srcQp,
    qkey: mad.qp === 1 ? WELL_KNOWN_Q_KEY : 0, mad: hexToBytes(mad.mad)
  }
})

const placedMad = (tables: CaptureTables, mad: TraceMad): Placed => {
  if ("op" in mad) return mad.op === "egress" ? ofEgress(tables, mad) : ofIngress(tables, mad)
  return mad.to === "wire" ? ofWire(tables, mad) : ofFunction(tables, mad)
}

/** What a packet alone says of its MAD; fails with the reason why it is none of a trace's. */
const keysOf = (tables: CaptureTables, { direction, packet, side }: Placed): Result.Result<Keys, string> => {
  const { dlid, grh, pkey, sl, slid, srcQp } = packet
  const mad = bytesToHex(packet.mad)
  const asked = (more: Keys): Keys => {
    const { destQp: remoteQpn, qkey } = packet
    const { sgid: _sgid, ...request } = grh ?? { sgid: "" }
    const header = grh && { ...more, ...request }
    return { remoteQpn, qkey, dlid, sl, pathBits: tables.pathBitsIn(slid), rate: 0, grh: header, mad }
  }
  const came = { slid, srcQp, sl, pathBits: tables.pathBitsIn(dlid), grh, mad }
  const special = side === "wire" ? (direction === "in" ? packet.destQp : srcQp) : 0
  if (special > 1) return Result.fail(`QP ${special} of the port is no special QP`)
  const pkeyIndex = tables.pkeyIndex(pkey, null)
  if (side === "wire") {
    const asksBy = asked({ sgidIndex: tables.sgidIndex(grh?.sgid ?? "") })
    const keys = direction === "in" ? { op: "ingress", ...came } : { to: "wire", ...asksBy }
    return Result.succeed({ ...keys, qp: special, pkeyIndex })
  }
  const qpn = direction === "in" ? srcQp : packet.destQp
  const proxy = tables.proxyAt(qpn)
  if (proxy === undefined) return Result.fail(`QP ${qpn} is no function's proxy QP at that time`)
  const own = { ...proxy, pkeyIndex: tables.pkeyIndex(pkey, proxy.function) }
  const keys = direction === "in" ? { op: "egress", ...asked({}) } : { to: "function", ...came }
  return Result.succeed({ ...keys, ...own })
}

/** The same MAD in the words that a packet has for it. */
const spoken = (tables: CaptureTables, mad: TraceMad): Keys => {
  if (!("op" in mad) || mad.op !== "ingress") return { ...mad }
  const { dlid, ...rest } = mad
  return { ...rest, pathBits: mad.pathBits ?? tables.pathBitsIn(dlid ?? tables.lidWith(0)) }
}

/** A MAD as a packet, and the comment that says what the packet cannot; null where it says all. */
export const shown = (tables: CaptureTables, mad: TraceMad): Placed & { readonly comment: string | null } => {
  const placed = placedMad(tables, mad)
  const read = keysOf(tables, placed)
  const known: Keys = Result.isSuccess(read) ? read.success : {}
  const untold = Object.entries(spoken(tables, mad)).filter(([key, value]) =>
    key !== "mad" && JSON.stringify(ordered(value)) !== JSON.stringify(ordered(known[key])))
  const comment = untold.length === 0 ? null : REMARK + JSON.stringify(Object.fromEntries(untold))
  return { ...placed, comment }
}

/** A value whose keys stand in order, so that equal ones have equal text. */
const ordered = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** What a comment says besides; nothing where it is a comment for people, a failure where it is damaged. */
const remarkOf = (comment: string | null): Result.Result<Keys, string> => {
  if (comment === null || !comment.startsWith(REMARK)) return Result.succeed({})
  const why = `its comment "${comment.slice(0, 40)}" is damaged`
  try {
    const value: unknown = JSON.parse(comment.slice(REMARK.length))
    return typeof value === "object" && value !== null ? Result.succeed({ ...value }) : Result.fail(why)
  } catch {
    return Result.fail(why)
  }
}

/** What a packet and its comment say of the MAD; fails with the reason why it is none of a trace's. */
export const told = (
  tables: CaptureTables, placed: Placed, comment: string | null
): Result.Result<Keys, string> => {
  const remark = remarkOf(comment)
  if (Result.isFailure(remark)) return remark
  const read = keysOf(tables, placed)
  if (Result.isSuccess(read)) return Result.succeed({ ...read.success, ...remark.success })
  const isWhole = Object.keys(remark.success).length > 0
  return isWhole ? Result.succeed({ mad: bytesToHex(placed.packet.mad), ...remark.success }) : read
}
