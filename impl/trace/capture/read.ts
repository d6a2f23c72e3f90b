/**
 * Reads captures, pcap and pcapng of either byte order, one packet after the other in bounded memory. What is no
 * capture, is cut off or contradicts itself is an error that says at which packet; nothing throws.
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import {
  DLT_ERF, DLT_INFINIBAND, ERF_BYTES, ERF_TYPE_INFINIBAND, PCAP_HEADER_BYTES
} from "../../wire/pcap.ts"
import {
  type CapturedPacket, type CaptureRecord, Pending, RECORD_BYTES_MAX, type RecordCutter
} from "./records.ts"
import { isSectionHeader, PcapngBlocks } from "./pcapng-read.ts"

/** What is wrong with a capture, in words that say where. */
export class CaptureError extends Data.TaggedError("CaptureError")<{ readonly message: string }> {}

const PCAP_RECORD_HEADER_BYTES = 16
const MICROSECONDS = 0xa1b2_c3d4
const NANOSECONDS = 0xa1b2_3c4d

/** The byte order of a pcap file, and what of its times is a microsecond. */
interface PcapOrder {
  readonly little: boolean
  readonly perUs: number
}

/** How a pcap file is to be read; null for what is none. */
const pcapOrder = (view: DataView): PcapOrder | null => {
  for (const little of [false, true]) {
    const magic = view.getUint32(0, little)
    if (magic === MICROSECONDS) return { little, perUs: 1 }
    if (magic === NANOSECONDS) return { little, perUs: 1000 }
  }
  return null
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** As many bytes tell a capture from anything else. */
export const MAGIC_BYTES = 4

/** Whether these bytes, at least {@link MAGIC_BYTES}, begin a capture of either kind. */
export const isCapture = (bytes: Uint8Array): boolean =>
  bytes.length >= MAGIC_BYTES && (isSectionHeader(viewOf(bytes)) || pcapOrder(viewOf(bytes)) !== null)

/** The records of a classic pcap file. */
class PcapRecords implements RecordCutter {
  readonly #pending = new Pending()
  #file: (PcapOrder & { readonly linkType: number }) | null = null

  push(bytes: Uint8Array): void {
    this.#pending.push(bytes)
  }

  get restBytes(): number {
    return this.#pending.length
  }

  next(): Result.Result<CaptureRecord, string> | null {
    if (this.#file === null) {
      if (this.#pending.length < PCAP_HEADER_BYTES) return null
      const { view } = this.#pending
      const order = pcapOrder(view)
      if (order === null) return Result.fail("it is no capture")
      const major = view.getUint16(4, order.little)
      if (major !== 2) return Result.fail(`its header says version ${major}, and 2 is known`)
      this.#file = { ...order, linkType: view.getUint32(20, order.little) & 0xfff_ffff }
      this.#pending.take(PCAP_HEADER_BYTES)
    }
    return this.#record(this.#file)
  }

  #record({ linkType, little, perUs }: PcapOrder & { readonly linkType: number }) {
    if (this.#pending.length < PCAP_RECORD_HEADER_BYTES) return null
    const { view } = this.#pending
    const capturedBytes = view.getUint32(8, little)
    if (capturedBytes > RECORD_BYTES_MAX) {
      return Result.fail(`it is said to have ${capturedBytes} bytes: the file is damaged before it`)
    }
    if (this.#pending.length < PCAP_RECORD_HEADER_BYTES + capturedBytes) return null
    const timeUs = view.getUint32(0, little) * 1_000_000 + Math.floor(view.getUint32(4, little) / perUs)
    const originalBytes = view.getUint32(12, little)
    this.#pending.take(PCAP_RECORD_HEADER_BYTES)
    const bytes = this.#pending.take(capturedBytes)
    return Result.succeed({ timeUs, linkType, originalBytes, bytes, side: null, direction: null, comment: null })
  }
}

const NAMES: Readonly<Record<number, string>> = {
  1: "Ethernet", 101: "raw IP", 113: "Linux cooked", 147: "user 0"
}

/** Where the packet begins behind its link header, or why there is none. */
const linkHeaderBytes = ({ bytes, linkType }: CaptureRecord): number | string => {
  if (linkType === DLT_INFINIBAND) return 0
  if (linkType !== DLT_ERF) {
    const name = NAMES[linkType]
    const what = name === undefined ? "" : ` (${name})`
    const known = `${DLT_ERF} (ERF) or ${DLT_INFINIBAND} (INFINIBAND)`
    return `its link type is ${linkType}${what}; InfiniBand is ${known}`
  }
  if (bytes.length < ERF_BYTES) return "it ends within its ERF header"
  const type = (bytes[8] ?? 0) & 0x7f
  if (type !== ERF_TYPE_INFINIBAND) return `its ERF type is ${type}, not ${ERF_TYPE_INFINIBAND} (INFINIBAND)`
  let at = ERF_BYTES
  // Extension headers follow one another, each of eight bytes, while the first bit says so.
  for (let more = ((bytes[8] ?? 0) & 0x80) !== 0; more; at += 8) more = ((bytes[at] ?? 0) & 0x80) !== 0
  return at > bytes.length ? "it ends within its ERF header" : at
}

/**
 * The packets of a capture, from bytes that come in pieces. Nothing comes after the first error; rejects as `bytes`
 * does.
 */
export async function* capturedPackets(
  bytes: AsyncIterable<Uint8Array>
): AsyncGenerator<Result.Result<CapturedPacket, CaptureError>> {
  let cutter: RecordCutter | null = null
  let head: Uint8Array = new Uint8Array(0)
  let number = 0
  const fail = (message: string) => Result.fail(new CaptureError({ message }))
  for await (const piece of bytes) {
    if (cutter === null) {
      head = Buffer.concat([head, piece])
      if (head.length < MAGIC_BYTES) continue
      if (!isCapture(head)) return yield fail("it is no capture: it begins like neither pcap nor pcapng")
      cutter = isSectionHeader(viewOf(head)) ? new PcapngBlocks() : new PcapRecords()
      cutter.push(head)
    } else cutter.push(piece)
    for (let record = cutter.next(); record !== null; record = cutter.next()) {
      number += 1
      if (Result.isFailure(record)) return yield fail(`packet ${number}: ${record.failure}`)
      const { bytes: captured, comment, direction, originalBytes, side, timeUs } = record.success
      const from = linkHeaderBytes(record.success)
      if (typeof from === "string") return yield fail(`packet ${number}: ${from}`)
      const missingBytes = Math.max(0, originalBytes - captured.length)
      const packet = captured.subarray(from)
      yield Result.succeed({ number, timeUs, side, direction, comment, bytes: packet, missingBytes })
    }
  }
  if (cutter === null && head.length === 0) return yield fail("it is empty")
  if (cutter === null) return yield fail("it is no capture: it ends after its first bytes")
  const last = `packet ${number + 1} or what stands before it`
  if (cutter.restBytes > 0) yield fail(`it ends within ${last}: the rest is missing`)
}
