/**
 * Wire layouts as tables in the standard's Byte[Bit] notation, compiled once to accessors over `(view,
 * base)`.
 *
 * Contract: `base` is the byte offset of the message or record in the view, and the whole message lies inside
 * the view (one bounds check by the caller, {@link holds}); then no accessor throws, and none touches a byte
 * outside the message. Number and two-word accessors never allocate; `getBig`, `hex` and `setHex` do and
 * belong to the cold side.
 */

/** A field: first byte, bit in that byte (0 = most significant), width in bits. */
export interface Field {
  readonly byte: number
  readonly bit: number
  readonly width: number
}

/**
 * Fields by the name the IBTA table prints. A table owns every bit of its extent exactly once [SQP-WIRE-1].
 */
export type Table = Readonly<Record<string, Field>>

/**
 * A field whose width is known to the type checker, so that {@link compile} can choose the kind of accessor.
 */
export interface FieldOf<W extends number> extends Field {
  readonly width: W
}

/** The field at `byte`, `bit` (0 = most significant of that byte), `width` bits wide. */
export const at = <const W extends number>(byte: number, bit: number, width: W): FieldOf<W> =>
  ({ byte, bit, width })

/** Widths read as one unsigned number. */
export type NumberWidth =
  | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16
  | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31 | 32

/** Access to a field of 1 to 32 bits: an unsigned number. */
export interface NumberAccessor {
  readonly get: (view: DataView, base: number) => number
  /** Bits above the width are dropped; neighbouring bits keep their value. */
  readonly set: (view: DataView, base: number, value: number) => void
}

/** Access to a byte-aligned field of 64 bits as two unsigned 32-bit words. */
export interface Word64Accessor {
  /** The upper 32 bits. */
  readonly high: (view: DataView, base: number) => number
  /** The lower 32 bits. */
  readonly low: (view: DataView, base: number) => number
  readonly setHigh: (view: DataView, base: number, value: number) => void
  readonly setLow: (view: DataView, base: number, value: number) => void
  readonly set: (view: DataView, base: number, high: number, low: number) => void
  /** Cold side: the whole value. */
  readonly getBig: (view: DataView, base: number) => bigint
  /** Cold side: the low 64 bits of `value`. */
  readonly setBig: (view: DataView, base: number, value: bigint) => void
  /** Cold side: 16 lower-case hex digits. */
  readonly hex: (view: DataView, base: number) => string
  /** Cold side: throws a RangeError unless `text` is 16 hex digits. */
  readonly setHex: (view: DataView, base: number, text: string) => void
}

/** Access to a wider byte-aligned field (GID, private data, path) as bytes. */
export interface BytesAccessor {
  /** Offset of the first byte from `base`. */
  readonly byteOffset: number
  /** Length in bytes. */
  readonly byteLength: number
  /**
   * The `index`-th 32-bit word, unsigned; 0 <= index < floor(byteLength / 4). Word 0 holds the most
   * significant bits.
   */
  readonly word: (view: DataView, base: number, index: number) => number
  readonly setWord: (view: DataView, base: number, index: number, value: number) => void
  /** Copies the field out, to the bytes of `target` from `targetOffset`. */
  readonly copy: (view: DataView, base: number, target: DataView, targetOffset: number) => void
  /** Copies the field in, from the bytes of `source` from `sourceOffset`. */
  readonly copyFrom: (view: DataView, base: number, source: DataView, sourceOffset: number) => void
  /** Every byte of the field becomes zero. */
  readonly clear: (view: DataView, base: number) => void
  /** Cold side: two lower-case hex digits a byte. */
  readonly hex: (view: DataView, base: number) => string
  /** Cold side: throws a RangeError unless `text` is exactly two hex digits for each byte. */
  readonly setHex: (view: DataView, base: number, text: string) => void
}

/** The accessor that a width compiles to. */
export type AccessorOf<W extends number> = W extends 64 ? Word64Accessor
  : W extends NumberWidth ? NumberAccessor
  : BytesAccessor

/** The accessors of a table, under the same names. */
export type Accessors<T extends Table> = { readonly [K in keyof T]: AccessorOf<T[K]["width"]> }

/** First byte and the byte after the last one, from the base the offsets of a table count from. */
export interface Extent {
  readonly start: number
  readonly end: number
}

/** The bytes a table spans. */
export const extentOf = (table: Table): Extent => {
  let start = Number.POSITIVE_INFINITY
  let end = 0
  for (const { bit, byte, width } of Object.values(table)) {
    start = Math.min(start, byte)
    end = Math.max(end, byte + Math.ceil((bit + width) / 8))
  }
  return { start, end }
}

/**
 * The one bounds check: true when `bytes` bytes from `base` lie inside the view, so that no accessor throws.
 */
export const holds = (view: DataView, base: number, bytes: number): boolean =>
  base >= 0 && base + bytes <= view.byteLength

/** Lower-case hex of `length` bytes from `offset`. Cold side. */
export const hexOf = (view: DataView, offset: number, length: number): string => {
  let text = ""
  for (let i = 0; i < length; i++) text += view.getUint8(offset + i).toString(16).padStart(2, "0")
  return text
}

/**
 * Writes `length` bytes at `offset` from hex. Throws a RangeError unless `text` is exactly 2 * `length` hex
 * digits.
 */
export const writeHex = (view: DataView, offset: number, length: number, text: string): void => {
  if (text.length !== 2 * length || !/^[0-9a-fA-F]*$/.test(text)) {
    const got = JSON.stringify(text.slice(0, 80))
    throw new RangeError(`expected ${2 * length} hex digits for ${length} bytes, got ${got}`)
  }
  for (let i = 0; i < length; i++) {
    view.setUint8(offset + i, Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
  }
}

/** Whole bytes: no read before the write, so a neighbour written by another thread is never written back. */
const aligned = (byte: number, width: 8 | 16 | 32): NumberAccessor => {
  switch (width) {
    case 8:
      return { get: (v, b) => v.getUint8(b + byte), set: (v, b, x) => v.setUint8(b + byte, x) }
    case 16:
      return { get: (v, b) => v.getUint16(b + byte), set: (v, b, x) => v.setUint16(b + byte, x) }
    case 32:
      return { get: (v, b) => v.getUint32(b + byte), set: (v, b, x) => v.setUint32(b + byte, x) }
  }
}

/**
 * At most 31 bits inside the 8-, 16- or 32-bit window at byte `from`; `shift` counts from the least
 * significant bit of the window.
 */
const windowed = (from: number, window: 8 | 16 | 32, shift: number, mask: number): NumberAccessor => {
  const keep = ~(mask << shift)
  switch (window) {
    case 8:
      return {
        get: (v, b) => (v.getUint8(b + from) >>> shift) & mask,
        set: (v, b, x) => v.setUint8(b + from, (v.getUint8(b + from) & keep) | ((x & mask) << shift))
      }
    case 16:
      return {
        get: (v, b) => (v.getUint16(b + from) >>> shift) & mask,
        set: (v, b, x) => v.setUint16(b + from, (v.getUint16(b + from) & keep) | ((x & mask) << shift))
      }
    case 32:
      return {
        get: (v, b) => (v.getUint32(b + from) >>> shift) & mask,
        set: (v, b, x) => v.setUint32(b + from, (v.getUint32(b + from) & keep) | ((x & mask) << shift))
      }
  }
}

const numberAccessor = ({ bit, byte, width }: Field, extent: Extent): NumberAccessor => {
  const span = bit + width
  if (span > 32) throw new RangeError(`the field at ${byte}[${bit}] of ${width} bits spans more than 32 bits`)
  if (bit === 0 && (width === 8 || width === 16 || width === 32)) return aligned(byte, width)
  const window = span <= 8 ? 8 : span <= 16 ? 16 : 32
  // Three bytes are read through a window of four; it must not leave the message at either end.
  const from = window === 32 && byte + 4 > extent.end ? extent.end - 4 : byte
  if (from < extent.start) {
    throw new RangeError(`the field at ${byte}[${bit}] needs a message of at least 4 bytes`)
  }
  const shift = window - ((byte - from) * 8 + span)
  return windowed(from, window, shift, 0xffff_ffff >>> (32 - width))
}

const word64Accessor = ({ byte }: Field): Word64Accessor => ({
  high: (v, b) => v.getUint32(b + byte),
  low: (v, b) => v.getUint32(b + byte + 4),
  setHigh: (v, b, x) => v.setUint32(b + byte, x),
  setLow: (v, b, x) => v.setUint32(b + byte + 4, x),
  set: (v, b, high, low) => {
    v.setUint32(b + byte, high)
    v.setUint32(b + byte + 4, low)
  },
  getBig: (v, b) => v.getBigUint64(b + byte),
  setBig: (v, b, x) => v.setBigUint64(b + byte, BigInt.asUintN(64, x)),
  hex: (v, b) => hexOf(v, b + byte, 8),
  setHex: (v, b, text) => writeHex(v, b + byte, 8, text)
})

/** Copies `length` bytes, four at a time; the two ranges must not overlap. */
const copyBytes = (
  from: DataView,
  fromOffset: number,
  to: DataView,
  toOffset: number,
  length: number
): void => {
  const whole = length & ~3
  for (let i = 0; i < whole; i += 4) to.setUint32(toOffset + i, from.getUint32(fromOffset + i))
  for (let i = whole; i < length; i++) to.setUint8(toOffset + i, from.getUint8(fromOffset + i))
}

const bytesAccessor = ({ byte, width }: Field): BytesAccessor => {
  const length = width / 8
  return {
    byteOffset: byte,
    byteLength: length,
    word: (v, b, index) => v.getUint32(b + byte + 4 * index),
    setWord: (v, b, index, x) => v.setUint32(b + byte + 4 * index, x),
    copy: (v, b, target, targetOffset) => copyBytes(v, b + byte, target, targetOffset, length),
    copyFrom: (v, b, source, sourceOffset) => copyBytes(source, sourceOffset, v, b + byte, length),
    clear: (v, b) => {
      for (let i = 0; i < length; i++) v.setUint8(b + byte + i, 0)
    },
    hex: (v, b) => hexOf(v, b + byte, length),
    setHex: (v, b, text) => writeHex(v, b + byte, length, text)
  }
}

/**
 * The accessor of one field. Throws a RangeError for a layout that IBTA does not use (a wide field off a byte
 * boundary).
 */
const accessorOf = (field: Field, extent: Extent): NumberAccessor | Word64Accessor | BytesAccessor => {
  if (field.width <= 32) return numberAccessor(field, extent)
  const { bit, byte, width } = field
  if (bit !== 0 || width % 8 !== 0) {
    throw new RangeError(`the field at ${byte}[${bit}] of ${width} bits is not made of whole bytes`)
  }
  return width === 64 ? word64Accessor(field) : bytesAccessor(field)
}

/**
 * An object from entries whose names the caller knows. The only unchecked type here: the names and kinds of a
 * table made at run time are invisible to the checker; properties/wire/layout.test.ts checks each against its
 * table.
 */
const named = <T>(entries: Iterable<readonly [string, unknown]>): T => Object.fromEntries(entries) as never

/** Compiles a table once to its accessors: `const grh = compile(GRH); grh.HopLmt.get(view, base)`. */
export const compile = <const T extends Table>(table: T): Accessors<T> => {
  const extent = extentOf(table)
  return named(Object.entries(table).map(([name, field]) => [name, accessorOf(field, extent)]))
}

/** The same fields `bytes` further on: a record that embeds an attribute. */
export const shifted = <const T extends Table>(table: T, bytes: number): T =>
  named(Object.entries(table).map(([name, field]) => [name, at(field.byte + bytes, field.bit, field.width)]))

/** Numbers of a repetition: 0 or 1 up to 31. */
type Counter = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16
  | 17 | 18 | 19 | 20 | 21 | 22 | 23 | 24 | 25 | 26 | 27 | 28 | 29 | 30 | 31
type Repeated<Name extends string, I extends Counter, W extends number> = {
  readonly [K in `${Name}${I}`]: FieldOf<W>
}

/**
 * `name` with each of `numbers` appended, laid one after the other from `byte`, each `width` bits (a multiple
 * of 8) wide.
 */
export const repeated = <const Name extends string, const I extends Counter, const W extends number>(
  name: Name,
  numbers: ReadonlyArray<I>,
  byte: number,
  width: W
): Repeated<Name, I, W> =>
  named(numbers.map((number, index) => [`${name}${number}`, at(byte + (index * width) / 8, 0, width)]))
