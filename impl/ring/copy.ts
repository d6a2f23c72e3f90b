/**
 * The copies inside a shared region: `memory.copy` of a tiny WebAssembly module (the default), or plain typed
 * arrays where WebAssembly is not wanted. Both move the same bytes and both throw on a range outside the
 * region.
 *
 * This is the only file that touches the WebAssembly API. Its types are declared here because they live in
 * the DOM library, which a Node package does not load.
 */
import { InputError } from "../input/check.ts"
import { SLOT_BYTES, SLOT_WORDS } from "./slot.ts"

/** A shared `WebAssembly.Memory`. It may be posted to a worker, which then sees the same bytes. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
}

/** Moves bytes inside one region. Offsets count from the start of the region. */
export interface Copies {
  /**
   * Copies `lengthBytes` bytes from byte `sourceByte` to byte `destinationByte`; the ranges may overlap.
   * Throws when a range leaves the region: an error of the caller, never of a peer.
   */
  readonly copy: (destinationByte: number, sourceByte: number, lengthBytes: number) => void
  /** Copies a slot from word `sourceWord` to word `destinationWord`, both below 2^30. Throws like `copy`. */
  readonly copySlot: (destinationWord: number, sourceWord: number) => void
  /**
   * Announces that `count` slots starting at word `firstWord` will be sources of `copySlot`. Only speeds up
   * the plain copies, which keep one view (about 200 bytes of heap) per announced slot. Construction time
   * only.
   */
  readonly prepareSlots: (firstWord: number, count: number) => void
}

interface MemoryDescriptor {
  readonly initial: number
  readonly maximum: number
  readonly shared: true
}
interface CopyExports {
  readonly copy: Copies["copy"]
  readonly copySlot: Copies["copySlot"]
}
declare const WebAssembly: {
  readonly Memory: new (descriptor: MemoryDescriptor) => SharedMemory
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object, imports: Record<string, Record<string, SharedMemory>>) => {
    readonly exports: CopyExports
  }
}

/** Size of a page of WebAssembly memory, in bytes. */
export const PAGE_BYTES = 65_536
/** The most pages a memory may have: 4 GiB. */
export const PAGES_MAX = 65_536

/**
 * A shared memory of exactly `pages` pages (1..65536), zeroed; it never grows. Throws an InputError if the host
 * refuses.
 */
export const createSharedMemory = (pages: number): SharedMemory => {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (cause) {
    const size = `${pages} pages (${pages * PAGE_BYTES} bytes)`
    throw new InputError(`cannot reserve a shared region of ${size}: use fewer rings or slots`, { cause })
  }
}

const I32 = 0x7f
const LOCAL_GET = 0x20
const I32_CONST = 0x41
const I32_SHL = 0x74
const MEMORY_COPY = [0xfc, 0x0a, 0x00, 0x00]
const END = 0x0b

type Items = ReadonlyArray<ReadonlyArray<number>>
/** LEB128, unsigned; a spare high bit keeps the same bytes valid as a signed number. */
const leb = (value: number): Array<number> =>
  value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
const vector = (items: Items): Array<number> => [...leb(items.length), ...items.flat()]
const sized = (bytes: ReadonlyArray<number>): Array<number> => [...leb(bytes.length), ...bytes]
const section = (id: number, items: Items): Array<number> => [id, ...sized(vector(items))]
const text = (value: string): Array<number> => sized([...value].map((letter) => letter.charCodeAt(0)))
const signature = (arity: number): Array<number> => [0x60, ...sized(Array<number>(arity).fill(I32)), 0]
const body = (...code: ReadonlyArray<number>): Array<number> => sized([0, ...code, END])
const wordToByte = (local: number): Array<number> => [LOCAL_GET, local, I32_CONST, 2, I32_SHL]

/** The bytes of the module: it imports `region.memory` and exports `copy` and `copySlot`. */
export const copyModuleBytes = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [signature(3), signature(2)]),
    // kind 2: memory; limits flag 3: shared, with a maximum that admits every region
    ...section(2, [[...text("region"), ...text("memory"), 2, 3, 0, ...leb(PAGES_MAX)]]),
    ...section(3, [[0], [1]]),
    ...section(7, [[...text("copy"), 0, 0], [...text("copySlot"), 0, 1]]),
    ...section(10, [
      body(LOCAL_GET, 0, LOCAL_GET, 1, LOCAL_GET, 2, ...MEMORY_COPY),
      body(...wordToByte(0), ...wordToByte(1), I32_CONST, ...leb(SLOT_BYTES), ...MEMORY_COPY)
    ])
  ])

/** Copies by `memory.copy`: as fast from the first call as after a million, whatever the state of the JIT. */
export const wasmCopies = (memory: SharedMemory): Copies => {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(copyModuleBytes()), { region: { memory } })
  return { copy: instance.exports.copy, copySlot: instance.exports.copySlot, prepareSlots: () => {} }
}

/** Slots start on 64-byte lines, so a line number finds the view of a slot. */
const LINE_WORDS_LOG2 = 4
const LINE_WORDS = 1 << LINE_WORDS_LOG2

/**
 * Copies by typed arrays: one prebuilt view per announced slot, `copyWithin` for any other source. Never
 * allocates.
 */
export const viewCopies = (memory: SharedMemory): Copies => {
  const words = new Int32Array(memory.buffer)
  const bytes = new Uint8Array(memory.buffer)
  const views = new Array<Int32Array | undefined>(words.length >>> LINE_WORDS_LOG2).fill(undefined)

  // copyWithin clamps silently, so the range is checked here.
  const copy = (destinationByte: number, sourceByte: number, lengthBytes: number): void => {
    const last = bytes.length - lengthBytes
    const starts = destinationByte >= 0 && sourceByte >= 0 && lengthBytes >= 0
    const ends = destinationByte <= last && sourceByte <= last
    if (!starts || !ends) {
      throw new InputError(outside(destinationByte, sourceByte, lengthBytes, bytes.length))
    }
    bytes.copyWithin(destinationByte, sourceByte, sourceByte + lengthBytes)
  }
  const copySlot = (destinationWord: number, sourceWord: number): void => {
    const view = (sourceWord & (LINE_WORDS - 1)) === 0 ? views[sourceWord >>> LINE_WORDS_LOG2] : undefined
    if (view === undefined) copy(destinationWord * 4, sourceWord * 4, SLOT_BYTES)
    else words.set(view, destinationWord)
  }
  const prepareSlots = (firstWord: number, count: number): void => {
    for (let i = 0; i < count; i++) {
      const word = firstWord + i * SLOT_WORDS
      if ((word & (LINE_WORDS - 1)) !== 0) return
      views[word >>> LINE_WORDS_LOG2] ??= new Int32Array(memory.buffer, word * 4, SLOT_WORDS)
    }
  }
  return { copy, copySlot, prepareSlots }
}

const outside = (destination: number, source: number, length: number, size: number): string =>
  `copy of ${length} bytes from ${source} to ${destination} leaves the shared region of ${size} bytes`
