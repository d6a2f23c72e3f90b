/** Captures as other tools write them: classic pcap, or pcapng of the other byte order, with nothing but packets and times. */
import * as Result from "effect/Result"
import { capturedPackets } from "../../impl/trace/capture/read.ts"
import type { CapturedPacket } from "../../impl/trace/capture/records.ts"
import { DLT_ERF, DLT_INFINIBAND, ERF_TYPE_INFINIBAND } from "../../impl/wire/pcap.ts"
import { inPieces } from "./captured.ts"

/** How a file is written. */
export interface FileKind {
  readonly kind: "pcap" | "pcapng"
  readonly little: boolean
  readonly linkType: typeof DLT_ERF | typeof DLT_INFINIBAND
  /** Fractions of a second in a time: a million, or a thousand million. */
  readonly perSecond: 1_000_000 | 1_000_000_000
}

/** All of them. */
export const fileKinds: ReadonlyArray<FileKind> = (["pcap", "pcapng"] as const).flatMap((kind) =>
  [true, false].flatMap((little) =>
    ([DLT_ERF, DLT_INFINIBAND] as const).flatMap((linkType) =>
      ([1_000_000, 1_000_000_000] as const).map((perSecond) => ({ kind, little, linkType, perSecond })))))

/** Numbers of a file, each of 2 or 4 bytes. */
const numbers = (little: boolean, ...values: ReadonlyArray<readonly [value: number, bytes: 2 | 4]>): Uint8Array => {
  const bytes = Buffer.alloc(values.reduce((sum, [, length]) => sum + length, 0))
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  let at = 0
  for (const [value, length] of values) {
    if (length === 2) view.setUint16(at, value, little)
    else view.setUint32(at, value, little)
    at += length
  }
  return bytes
}

const erf = (bytes: Uint8Array): Uint8Array => {
  const header = Buffer.alloc(16)
  header[8] = ERF_TYPE_INFINIBAND
  header.writeUInt16BE(16 + bytes.length, 10)
  header.writeUInt16BE(bytes.length, 14)
  return Buffer.concat([header, bytes])
}

const pcap = (packets: ReadonlyArray<CapturedPacket>, { linkType, little, perSecond }: FileKind, snap: number): Uint8Array => {
  const magic = perSecond === 1_000_000 ? 0xa1b2_c3d4 : 0xa1b2_3c4d
  const header = numbers(little, [magic, 4], [2, 2], [4, 2], [0, 4], [0, 4], [0xffff, 4], [linkType, 4])
  return Buffer.concat([header, ...packets.flatMap(({ bytes, timeUs }) => {
    const data = linkType === DLT_ERF ? erf(bytes) : bytes
    const fraction = (timeUs % 1_000_000) * (perSecond / 1_000_000)
    const kept = data.subarray(0, snap)
    return [numbers(little, [Math.floor(timeUs / 1_000_000), 4], [fraction, 4], [kept.length, 4], [data.length, 4]), kept]
  })])
}

const block = (little: boolean, type: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 12)
  return Buffer.concat([numbers(little, [type, 4], [length, 4]), ...parts, numbers(little, [length, 4])])
}

const pcapng = (packets: ReadonlyArray<CapturedPacket>, { linkType, little, perSecond }: FileKind, snap: number): Uint8Array => {
  const end = numbers(little, [0, 2], [0, 2])
  const resolution = Buffer.concat([numbers(little, [9, 2], [1, 2]), Buffer.from([perSecond === 1_000_000 ? 6 : 9, 0, 0, 0])])
  return Buffer.concat([
    block(little, 0x0a0d_0d0a, numbers(little, [0x1a2b_3c4d, 4], [1, 2], [0, 2], [0xffff_ffff, 4], [0xffff_ffff, 4])),
    block(little, 1, numbers(little, [linkType, 2], [0, 2], [0, 4]), resolution, end),
    // A block of statistics, which says nothing of packets.
    block(little, 5, numbers(little, [0, 4], [0, 4], [0, 4])),
    ...packets.map(({ bytes, timeUs }) => {
      const data = linkType === DLT_ERF ? erf(bytes) : bytes
      const kept = data.subarray(0, snap)
      const time = BigInt(timeUs) * BigInt(perSecond / 1_000_000)
      const [high, low] = [Number(time >> 32n), Number(time & 0xffff_ffffn)]
      const padding = Buffer.alloc((4 - (kept.length % 4)) % 4)
      return block(little, 6, numbers(little, [0, 4], [high, 4], [low, 4], [kept.length, 4], [data.length, 4]), kept, padding, end)
    })
  ])
}

/** The packets as a file of some kind, each cut after `snap` bytes: without interfaces, directions and comments. */
export const fileOf = (packets: ReadonlyArray<CapturedPacket>, kind: FileKind, snap = 0xffff): Uint8Array =>
  kind.kind === "pcap" ? pcap(packets, kind, snap) : pcapng(packets, kind, snap)

/** All packets of a capture that can be read. */
export const packetsOf = async (capture: Uint8Array, pieceBytes = capture.length): Promise<ReadonlyArray<CapturedPacket>> => {
  const packets: Array<CapturedPacket> = []
  for await (const packet of capturedPackets(inPieces(capture, pieceBytes))) packets.push(Result.getOrThrow(packet))
  return packets
}
