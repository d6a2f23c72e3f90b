/** A MAD between two ports of the embedded fabric: what LRH, BTH, DETH and GRH would say, and the 256 bytes. */
import type { PacketGrh } from "../../wire/pcap.ts"

/** One packet. LIDs 16 bits, QPNs 24, SL 4, `pkey` the P_Key itself; `mad` has 256 bytes and belongs to the packet. */
export interface Packet {
  readonly slid: number
  readonly dlid: number
  readonly srcQp: number
  readonly destQp: number
  readonly qkey: number
  readonly sl: number
  readonly pkey: number
  readonly grh: PacketGrh | null
  readonly mad: Uint8Array
}

/** A DataView over a MAD, for the accessors of `impl/wire`. */
export const viewOf = (mad: Uint8Array): DataView => new DataView(mad.buffer, mad.byteOffset, mad.byteLength)

/** An answer to a packet: addresses swapped, a GRH mirrored. */
export const replyTo = (request: Packet, mad: Uint8Array): Packet => ({
  slid: request.dlid,
  dlid: request.slid,
  srcQp: request.destQp,
  destQp: request.srcQp,
  qkey: 0x8001_0000,
  sl: request.sl,
  pkey: request.pkey,
  grh: request.grh && { ...request.grh, sgid: request.grh.dgid, dgid: request.grh.sgid, hopLimit: 0xff },
  mad
})
