/** What captures of either kind are made of, and bytes that wait until a whole record is there. */
import type * as Result from "effect/Result"
import type { Direction } from "../../wire/pcapng.ts"

/** A packet of a capture with what the capture says of it. */
export interface CapturedPacket {
  /** Its place in the file, from 1, as Wireshark counts. */
  readonly number: number
  /** Microseconds since 1970, whole. */
  readonly timeUs: number
  /** The name of its interface; null where it has none. */
  readonly side: string | null
  readonly direction: Direction | null
  readonly comment: string | null
  /** The packet from its LRH on, as far as it was captured. */
  readonly bytes: Uint8Array
  /** How many bytes of it were not captured. */
  readonly missingBytes: number
}

/** A record of either kind of file, its link header still before it. */
export interface CaptureRecord extends Omit<CapturedPacket, "number" | "missingBytes"> {
  readonly linkType: number
  /** Length of what was captured from. */
  readonly originalBytes: number
}

/** Cuts records out of bytes; `next` gives null until more bytes come. */
export interface RecordCutter {
  readonly push: (bytes: Uint8Array) => void
  readonly next: () => Result.Result<CaptureRecord, string> | null
  /** How many bytes were not used up. */
  readonly restBytes: number
}

/** The most bytes of one record or block; an InfiniBand packet has at most 4 KiB and its headers. */
export const RECORD_BYTES_MAX = 2 ** 20

/** Bytes that wait to be used, from an offset on. */
export class Pending {
  #bytes: Uint8Array = new Uint8Array(0)
  #used = 0

  push(bytes: Uint8Array): void {
    this.#bytes = this.length === 0 ? bytes : Buffer.concat([this.#bytes.subarray(this.#used), bytes])
    this.#used = 0
  }

  get length(): number {
    return this.#bytes.length - this.#used
  }

  /** The next bytes, not yet used up. */
  get view(): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#used, this.length)
  }

  /** Uses up the next bytes. */
  take(length: number): Uint8Array {
    const taken = this.#bytes.slice(this.#used, this.#used + length)
    this.#used += taken.length
    return taken
  }
}
