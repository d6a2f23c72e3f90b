/**
 * Captures with more than one interface: pcapng, little-endian, times in microseconds. Each packet says by which
 * interface and in which direction it went, and may have a comment. Wireshark and tshark open them. Pure: packets to bytes.
 */
import { DLT_ERF, erfRecord, type Packet } from "./pcap.ts"

/** Types of blocks. */
export const BLOCK = { section: 0x0a0d_0d0a, interface: 1, oldPacket: 2, simplePacket: 3, packet: 6 } as const
/** What stands in a section header in the byte order of the section. */
export const BYTE_ORDER_MAGIC = 0x1a2b_3c4d
/** Options of interface and packet blocks. */
export const OPTION = { end: 0, comment: 1, flags: 2, name: 2, timeResolution: 9, timeOffset: 14 } as const

/** In which direction a packet went, as the one who captures sees it. */
export type Direction = "in" | "out"
/** The low two bits of the flags of a packet. */
export const DIRECTION_BITS = { in: 1, out: 2 } as const satisfies Readonly<Record<Direction, number>>

const padded = (length: number): number => (length + 3) & ~3

const option = (code: number, value: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(4 + padded(value.length))
  const view = new DataView(bytes.buffer)
  view.setUint16(0, code, true)
  view.setUint16(2, value.length, true)
  bytes.set(value, 4)
  return bytes
}

const END_OF_OPTIONS = option(OPTION.end, new Uint8Array(0))

const word = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}

const block = (type: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const length = parts.reduce((sum, part) => sum + part.length, 12)
  return Buffer.concat([word(type), word(length), ...parts, word(length)])
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The beginning of a capture with these interfaces, ERF all of them. */
export const pcapngHeader = (interfaces: ReadonlyArray<string>): Uint8Array => {
  // Version 1.0, of a length that is not known.
  const section = block(BLOCK.section, word(BYTE_ORDER_MAGIC), word(1), word(0xffff_ffff), word(0xffff_ffff))
  const descriptions = interfaces.map((name) =>
    block(BLOCK.interface, word(DLT_ERF), word(0), option(OPTION.name, utf8(name)), END_OF_OPTIONS))
  return Buffer.concat([section, ...descriptions])
}

/** A packet with what a capture says of it. */
export interface PcapngPacket {
  readonly packet: Omit<Packet, "timestampMs">
  /** Microseconds since 1970. */
  readonly timeUs: number
  /** Which of the interfaces of the header, from 0. */
  readonly interfaceId: number
  readonly direction: Direction
  readonly comment: string | null
}

/** The block of a packet. */
export const pcapngPacket = (
  { comment, direction, interfaceId, packet, timeUs }: PcapngPacket
): Uint8Array => {
  const data = erfRecord({ ...packet, timestampMs: timeUs / 1000 })
  const time = [word(Math.floor(timeUs / 2 ** 32)), word(timeUs % 2 ** 32)]
  const remark = comment === null ? [] : [option(OPTION.comment, utf8(comment))]
  const padding = new Uint8Array(padded(data.length) - data.length)
  const flags = option(OPTION.flags, word(DIRECTION_BITS[direction]))
  return block(
    BLOCK.packet, word(interfaceId), ...time, word(data.length), word(data.length), data, padding, ...remark, flags,
    END_OF_OPTIONS
  )
}
