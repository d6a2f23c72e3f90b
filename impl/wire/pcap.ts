/**
 * Captures that Wireshark and tshark open: classic pcap of ERF records (DLT 197, type INFINIBAND), each with
 * a whole packet LRH [GRH] BTH DETH MAD ICRC VCRC. Both CRCs are zero; readers do not check them. Pure:
 * packets to bytes.
 */
import { BTH_BYTES, bth, OP_CODE_UD_SEND_ONLY } from "./bth.ts"
import { DETH_BYTES, deth } from "./deth.ts"
import { GRH_BYTES, grh, IP_VER, NXT_HDR_IBA } from "./grh.ts"
import { LNH, LRH_BYTES, lrh } from "./lrh.ts"

const ICRC_BYTES = 4
const VCRC_BYTES = 2

/** Length of the file header, in bytes. */
export const PCAP_HEADER_BYTES = 24
/** Length of the pcap and ERF headers before each packet, in bytes. */
export const PCAP_RECORD_BYTES = 32
/** Link type of the file: ERF. */
export const DLT_ERF = 197

/** Link type of captures whose packets begin with the LRH. */
export const DLT_INFINIBAND = 247

/** Length of an ERF header without extensions, in bytes. */
export const ERF_BYTES = 16
/** ERF type of a record that holds an InfiniBand packet. */
export const ERF_TYPE_INFINIBAND = 21
/** ERF flag: the record is as long as the packet. */
const ERF_VARYING_LENGTH = 4
const SNAPSHOT_BYTES = 0xffff

/** The GRH of a packet. GIDs are 32 hex digits. */
export interface PacketGrh {
  readonly sgid: string
  readonly dgid: string
  readonly hopLimit: number
  readonly flowLabel: number
  readonly trafficClass: number
}

/** One MAD with its addressing on the wire. */
export interface Packet {
  /** Time of the packet in milliseconds since 1970, fractions allowed. */
  readonly timestampMs: number
  readonly sl: number
  readonly slid: number
  readonly dlid: number
  readonly grh: PacketGrh | null
  /** The P_Key itself, not an index. */
  readonly pkey: number
  readonly destQp: number
  readonly srcQp: number
  readonly qkey: number
  readonly psn: number
  /**
   * The MAD, 256 bytes on a real wire; any other length is padded to whole words, as BTH.PadCnt then says.
   */
  readonly mad: Uint8Array
}

/** VL15 carries QP0, whatever the SL. */
const vlOf = (packet: Packet): number => (packet.destQp === 0 ? 15 : 0)

/**
 * Writes the LRH, or with a GRH that too; returns the bytes written. `length` is that of the packet without
 * VCRC.
 */
const writeRoute = (view: DataView, base: number, packet: Packet, length: number): number => {
  lrh.VL.set(view, base, vlOf(packet))
  lrh.SL.set(view, base, packet.sl)
  lrh.LNH.set(view, base, packet.grh === null ? LNH.IBALocal : LNH.IBAGlobal)
  lrh.DLID.set(view, base, packet.dlid)
  lrh.PktLen.set(view, base, length / 4)
  lrh.SLID.set(view, base, packet.slid)
  if (packet.grh === null) return LRH_BYTES
  const route = base + LRH_BYTES
  grh.IPVer.set(view, route, IP_VER)
  grh.TClass.set(view, route, packet.grh.trafficClass)
  grh.FlowLabel.set(view, route, packet.grh.flowLabel)
  grh.PayLen.set(view, route, length - LRH_BYTES - GRH_BYTES)
  grh.NxtHdr.set(view, route, NXT_HDR_IBA)
  grh.HopLmt.set(view, route, packet.grh.hopLimit)
  grh.SGID.setHex(view, route, packet.grh.sgid)
  grh.DGID.setHex(view, route, packet.grh.dgid)
  return LRH_BYTES + GRH_BYTES
}

const writeTransport = (view: DataView, base: number, packet: Packet, padding: number): void => {
  bth.OpCode.set(view, base, OP_CODE_UD_SEND_ONLY)
  bth.PadCnt.set(view, base, padding)
  bth.P_Key.set(view, base, packet.pkey)
  bth.DestQP.set(view, base, packet.destQp)
  bth.PSN.set(view, base, packet.psn)
  deth.Q_Key.set(view, base + BTH_BYTES, packet.qkey)
  deth.SrcQP.set(view, base + BTH_BYTES, packet.srcQp)
}

/**
 * The bytes of a packet from LRH to VCRC. Numbers above their field's width lose the upper bits; a GID that
 * is not 32 hex digits throws a RangeError.
 */
export const packetBytes = (packet: Packet): Uint8Array<ArrayBuffer> => {
  const padding = (4 - (packet.mad.length % 4)) % 4
  const headers = LRH_BYTES + (packet.grh === null ? 0 : GRH_BYTES) + BTH_BYTES + DETH_BYTES
  const length = headers + packet.mad.length + padding + ICRC_BYTES
  const bytes = new Uint8Array(length + VCRC_BYTES)
  const view = new DataView(bytes.buffer)
  const transport = writeRoute(view, 0, packet, length)
  writeTransport(view, transport, packet, padding)
  bytes.set(packet.mad, headers)
  return bytes
}

/** The header of a capture file; goes before the first record. */
export const pcapHeader = (): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(PCAP_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  // Microseconds, big-endian; version 2.4.
  view.setUint32(0, 0xa1b2_c3d4)
  view.setUint16(4, 2)
  view.setUint16(6, 4)
  view.setUint32(16, SNAPSHOT_BYTES)
  view.setUint32(20, DLT_ERF)
  return bytes
}

const timeOf = ({ timestampMs }: Packet) => {
  const seconds = Math.floor(timestampMs / 1000)
  return { seconds, fraction: timestampMs / 1000 - seconds }
}

/** A packet behind its ERF header, as a capture file holds it. */
export const erfRecord = (packet: Packet): Uint8Array<ArrayBuffer> => {
  const inner = packetBytes(packet)
  const bytes = new Uint8Array(ERF_BYTES + inner.length)
  const view = new DataView(bytes.buffer)
  const { fraction, seconds } = timeOf(packet)
  // ERF counts time as a little-endian 32.32 fixed-point number of seconds.
  view.setUint32(0, Math.floor(fraction * 2 ** 32), true)
  view.setUint32(4, seconds, true)
  view.setUint8(8, ERF_TYPE_INFINIBAND)
  view.setUint8(9, ERF_VARYING_LENGTH)
  view.setUint16(10, ERF_BYTES + inner.length)
  view.setUint16(14, inner.length)
  bytes.set(inner, ERF_BYTES)
  return bytes
}

/** The record of a packet: pcap record header, ERF header, packet. */
export const pcapRecord = (packet: Packet): Uint8Array<ArrayBuffer> => {
  const inner = erfRecord(packet)
  const bytes = new Uint8Array(PCAP_RECORD_BYTES - ERF_BYTES + inner.length)
  const view = new DataView(bytes.buffer)
  const { fraction, seconds } = timeOf(packet)
  view.setUint32(0, seconds)
  view.setUint32(4, Math.floor(fraction * 1e6))
  view.setUint32(8, inner.length)
  view.setUint32(12, inner.length)
  bytes.set(inner, PCAP_RECORD_BYTES - ERF_BYTES)
  return bytes
}

/** A whole capture file of `packets`, in their order. */
export const pcapFile = (packets: ReadonlyArray<Packet>): Uint8Array<ArrayBuffer> => {
  const chunks = [pcapHeader(), ...packets.map(pcapRecord)]
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
