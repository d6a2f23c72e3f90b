/** Cuts the packets out of a pcapng file. */
import * as Result from "effect/Result"
import { type CaptureRecord, Pending, RECORD_BYTES_MAX, type RecordCutter } from "./records.ts"
import { BLOCK, BYTE_ORDER_MAGIC, type Direction, OPTION } from "../../wire/pcapng.ts"

const BLOCK_BYTES_MIN = 12
/** Lengths of what stands before the options, or before the packet. */
const FIXED_BYTES = { section: 16, interface: 8, packet: 20 } as const
/** Microseconds, where an interface says nothing. */
const DEFAULT_RESOLUTION = 6
const INTERFACES_MAX = 2 ** 16

/** Whether a file that begins like this is pcapng. */
export const isSectionHeader = (view: DataView): boolean => view.getUint32(0) === BLOCK.section

interface Interface {
  readonly name: string | null
  readonly linkType: number
  /** `if_tsresol`: a power of ten, or with the upper bit of two. */
  readonly resolution: number
  readonly offsetSeconds: bigint
}

/** The options of a block by code; the last of each. Null where they contradict their lengths. */
const optionsOf = (view: DataView, from: number, little: boolean): ReadonlyMap<number, DataView> | null => {
  const found = new Map<number, DataView>()
  for (let at = from; at < view.byteLength;) {
    if (at + 4 > view.byteLength) return null
    const code = view.getUint16(at, little)
    const length = view.getUint16(at + 2, little)
    if (code === OPTION.end) break
    if (at + 4 + length > view.byteLength) return null
    found.set(code, new DataView(view.buffer, view.byteOffset + at + 4, length))
    at += 4 + ((length + 3) & ~3)
  }
  return found
}

const textOf = (option: DataView | undefined): string | null =>
  option === undefined ? null : new TextDecoder().decode(option)

const directionOf = (option: DataView | undefined, little: boolean): Direction | null => {
  if (option === undefined || option.byteLength < 4) return null
  const bits = option.getUint32(0, little) & 3
  return bits === 1 ? "in" : bits === 2 ? "out" : null
}

/** A time in the units of an interface as whole microseconds. */
const microseconds = (high: number, low: number, { offsetSeconds, resolution }: Interface): number => {
  const units = (BigInt(high) << 32n) | BigInt(low)
  const perSecond = (resolution & 0x80) === 0 ? 10n ** BigInt(resolution) : 1n << BigInt(resolution & 0x7f)
  return Number((units * 1_000_000n) / perSecond + offsetSeconds * 1_000_000n)
}

const damaged = (what: string): Result.Result<never, string> => Result.fail(`${what}: the file is damaged`)

type Cut = Result.Result<CaptureRecord, string> | null

/** The packet blocks of a file; all others are read past. */
export class PcapngBlocks implements RecordCutter {
  readonly #pending = new Pending()
  #little = true
  #interfaces: Array<Interface> = []

  push(bytes: Uint8Array): void {
    this.#pending.push(bytes)
  }

  get restBytes(): number {
    return this.#pending.length
  }

  next(): Cut {
    while (this.#pending.length >= BLOCK_BYTES_MIN) {
      const { view } = this.#pending
      const isSection = isSectionHeader(view)
      if (isSection) {
        const magic = [true, false].find((little) => view.getUint32(8, little) === BYTE_ORDER_MAGIC)
        if (magic === undefined) return damaged("a section before it has no byte order")
        this.#little = magic
      }
      const length = view.getUint32(4, this.#little)
      if (length < BLOCK_BYTES_MIN || length % 4 !== 0 || length > RECORD_BYTES_MAX) {
        return damaged(`a block of ${length} bytes stands there`)
      }
      if (this.#pending.length < length) return null
      const block = this.#pending.take(length)
      const cut = this.#block(new DataView(block.buffer, block.byteOffset, length), isSection)
      if (cut !== null) return cut
    }
    return null
  }

  #block(block: DataView, isSection: boolean): Cut {
    const length = block.byteLength
    if (block.getUint32(length - 4, this.#little) !== length) {
      return damaged(`a block says ${length} bytes at its beginning and another length at its end`)
    }
    const body = new DataView(block.buffer, block.byteOffset + 8, length - BLOCK_BYTES_MIN)
    if (isSection) return this.#section(body)
    switch (block.getUint32(0, this.#little)) {
      case BLOCK.interface:
        return this.#interface(body)
      case BLOCK.packet:
        return this.#packet(body, (view) => view.getUint32(0, this.#little))
      case BLOCK.oldPacket:
        return this.#packet(body, (view) => view.getUint16(0, this.#little))
      case BLOCK.simplePacket:
        return Result.fail("it has no time (a simple packet block): capture with times")
      default:
        return null
    }
  }

  #section(body: DataView): Cut {
    if (body.byteLength < FIXED_BYTES.section) return damaged("the header of a section is too short")
    const major = body.getUint16(4, this.#little)
    if (major !== 1) return Result.fail(`a section says version ${major}, and 1 is known`)
    this.#interfaces = []
    return null
  }

  #interface(body: DataView): Cut {
    const isWhole = body.byteLength >= FIXED_BYTES.interface
    const options = isWhole ? optionsOf(body, FIXED_BYTES.interface, this.#little) : null
    if (options === null || this.#interfaces.length === INTERFACES_MAX) {
      return damaged("the description of an interface cannot be read")
    }
    const resolution = options.get(OPTION.timeResolution)
    const offset = options.get(OPTION.timeOffset)
    this.#interfaces.push({
      name: textOf(options.get(OPTION.name)),
      linkType: body.getUint16(0, this.#little),
      resolution: resolution?.byteLength === 1 ? resolution.getUint8(0) : DEFAULT_RESOLUTION,
      offsetSeconds: offset?.byteLength === 8 ? offset.getBigInt64(0, this.#little) : 0n
    })
    return null
  }

  #packet(body: DataView, idOf: (body: DataView) => number): Cut {
    const little = this.#little
    if (body.byteLength < FIXED_BYTES.packet) return damaged("its block is too short")
    const id = idOf(body)
    const of = this.#interfaces[id]
    if (of === undefined) return Result.fail(`it names the interface ${id}, which nothing describes`)
    const capturedBytes = body.getUint32(12, little)
    const end = FIXED_BYTES.packet + capturedBytes
    if (end > body.byteLength) return damaged(`it is said to have ${capturedBytes} bytes, more than its block`)
    const options = optionsOf(body, (end + 3) & ~3, little)
    if (options === null) return damaged("its options contradict their lengths")
    const timeUs = microseconds(body.getUint32(4, little), body.getUint32(8, little), of)
    if (!Number.isSafeInteger(timeUs)) return damaged("its time cannot be told")
    return Result.succeed({
      timeUs, linkType: of.linkType, side: of.name, originalBytes: body.getUint32(16, little),
      direction: directionOf(options.get(OPTION.flags), little), comment: textOf(options.get(OPTION.comment)),
      bytes: new Uint8Array(body.buffer, body.byteOffset + FIXED_BYTES.packet, capturedBytes)
    })
  }
}
