/**
 * The shared memory under the hot path: one region holds every ring, bitmap and table, and everything in it
 * is named by its word offset. Built once by the PF context; a worker attaches to the same memory.
 */
import { checkObject, checkOneOf, InputError, shown } from "../input/check.ts"
import type { Copies, SharedMemory } from "./copy.ts"
import { createSharedMemory, PAGE_BYTES, PAGES_MAX, viewCopies, wasmCopies } from "./copy.ts"

/** How a region copies: by a WebAssembly module, or by typed arrays alone. Both give the same result. */
export type CopyKind = "wasm" | "views"

/** Choices for one thread's handle on a region. */
export interface RegionOptions {
  /** `"wasm"` by default; `"views"` where WebAssembly code must not be compiled. */
  readonly copy?: CopyKind
}

/** Word 0 of a region: marks it as laid out by this file. */
const MAGIC_WORD = 0
const MAGIC = 0x6d61_646d
/** Word 1 of a region: the first word not yet allocated. */
const NEXT_WORD = 1
/** Words of a region that `allocate` never gives out. */
const REGION_HEADER_WORDS = 32
const PAGE_WORDS = PAGE_BYTES / 4

/** What another thread was given may be anything. */
const isRegion = (memory: unknown): boolean =>
  typeof memory === "object" && memory !== null && "buffer" in memory && memory.buffer instanceof SharedArrayBuffer &&
  memory.buffer.byteLength >= PAGE_BYTES && Atomics.load(new Int32Array(memory.buffer), MAGIC_WORD) === MAGIC

const checkRegionOptions = (options: RegionOptions): void => {
  checkObject("the options of a region", options)
  checkOneOf("copy", options.copy ?? "wasm", ["wasm", "views"])
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(value) && value >= 1 && Number.isInteger(Math.log2(value))

/**
 * One thread's handle on a shared region. Offsets are in 32-bit words unless a name says bytes; words are
 * host-endian. The region never grows and nothing is freed: size it up front as the sum of its parts.
 */
export class SharedRegion {
  /** The memory itself; post it to a worker and call {@link SharedRegion.attach} there. */
  readonly memory: SharedMemory
  /** The whole region as 32-bit words. */
  readonly words: Int32Array<SharedArrayBuffer>
  /** The whole region as bytes. */
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** The whole region for big-endian access to the GRH and the MAD inside a slot. */
  readonly view: DataView<SharedArrayBuffer>
  /** The way this handle copies. */
  readonly copyKind: CopyKind
  /** Copies bytes inside the region, see {@link Copies}. */
  readonly copy: Copies["copy"]
  /** Copies one 320-byte slot inside the region, see {@link Copies}. */
  readonly copySlot: Copies["copySlot"]
  /** Announces future sources of `copySlot`, see {@link Copies}. Rings do it for their own slots. */
  readonly prepareSlots: Copies["prepareSlots"]

  private constructor(memory: SharedMemory, copyKind: CopyKind) {
    this.memory = memory
    this.words = new Int32Array(memory.buffer)
    this.bytes = new Uint8Array(memory.buffer)
    this.view = new DataView(memory.buffer)
    this.copyKind = copyKind
    const copies = copyKind === "wasm" ? wasmCopies(memory) : viewCopies(memory)
    this.copy = copies.copy
    this.copySlot = copies.copySlot
    this.prepareSlots = copies.prepareSlots
  }

  /**
   * A new zeroed region with room for `words` words of allocations (1 up to almost 2^30), rounded up to 64
   * KiB. Throws an InputError when the size is out of range or the host refuses it.
   */
  static create(words: number, options: RegionOptions = {}): SharedRegion {
    checkRegionOptions(options)
    const pages = Number.isInteger(words) ? Math.ceil((REGION_HEADER_WORDS + words) / PAGE_WORDS) : 0
    if (pages < 1 || words < 1 || pages > PAGES_MAX) {
      const most = PAGES_MAX * PAGE_WORDS - REGION_HEADER_WORDS
      throw new InputError(`a shared region needs 1..${most} words, got ${shown(words)}; give smaller limits, fewer functions or slots`)
    }
    const region = new SharedRegion(createSharedMemory(pages), options.copy ?? "wasm")
    region.words[NEXT_WORD] = REGION_HEADER_WORDS
    Atomics.store(region.words, MAGIC_WORD, MAGIC)
    return region
  }

  /**
   * This thread's handle on a region that another thread created. Throws an InputError if the memory is not a
   * region.
   */
  static attach(memory: SharedMemory, options: RegionOptions = {}): SharedRegion {
    checkRegionOptions(options)
    if (!isRegion(memory)) throw new InputError("the memory is not a shared region: pass the `memory` of SharedRegion.create()")
    return new SharedRegion(memory, options.copy ?? "wasm")
  }

  /** Words that `allocate` can still give out, alignment aside. */
  get wordsFree(): number {
    return this.words.length - Atomics.load(this.words, NEXT_WORD)
  }

  /**
   * Takes `words` zeroed words (1 or more) at a multiple of `alignWords` (a power of two, 32 by default: 128
   * bytes) and returns the offset of the first. Safe from several threads; construction time only. Throws
   * InputError when exhausted.
   */
  allocate(words: number, alignWords = 32): number {
    if (!Number.isInteger(words) || words < 1 || !isPowerOfTwo(alignWords)) {
      throw new InputError(`allocate(${shown(words)}, ${shown(alignWords)}): give an integer from 1 and a power of two`)
    }
    for (;;) {
      const next = Atomics.load(this.words, NEXT_WORD)
      const first = Math.ceil(next / alignWords) * alignWords
      if (first + words > this.words.length) {
        const free = `${this.words.length - next} of ${this.words.length} are free`
        throw new InputError(`shared region exhausted: ${words} words asked, ${free}; create it larger`)
      }
      if (Atomics.compareExchange(this.words, NEXT_WORD, next, first + words) === next) return first
    }
  }
}
