/**
 * The oracle of the wire tests: reads and writes a field one bit at a time, straight from the Byte[Bit]
 * notation, and finds the tables among the exports of the package entry, so that a new table cannot escape
 * the tests.
 */
import * as wire from "../../impl/wire/index.ts"
import type { BytesAccessor, Field, NumberAccessor, Table, Word64Accessor } from "../../impl/wire/index.ts"

/**
 * The bits of a field as text of 0 and 1, most significant first; `base` is the byte the table counts from.
 */
export const readBits = (bytes: Uint8Array, base: number, { bit, byte, width }: Field): string => {
  let text = ""
  for (let i = 0; i < width; i++) {
    const position = (base + byte) * 8 + bit + i
    text += ((bytes[position >> 3] ?? 0) >> (7 - (position & 7))) & 1
  }
  return text
}

/** A copy of `bytes` in which the field has the bits of `text`, most significant first. */
export const withBits = (bytes: Uint8Array, base: number, { bit, byte }: Field, text: string): Uint8Array => {
  const copy = bytes.slice()
  for (let i = 0; i < text.length; i++) {
    const position = (base + byte) * 8 + bit + i
    const one = 1 << (7 - (position & 7))
    const old = copy[position >> 3] ?? 0
    copy[position >> 3] = text[i] === "1" ? old | one : old & ~one
  }
  return copy
}

/** The low `width` bits of `value` as text. */
export const bitsOf = (value: bigint, width: number): string =>
  BigInt.asUintN(width, value).toString(2).padStart(width, "0")

/** Hex text of bits. */
export const hexOfBits = (text: string): string =>
  BigInt(`0b${text}`).toString(16).padStart(text.length / 4, "0")

/** One accessor of any kind. */
export type AnyAccessor = NumberAccessor | Word64Accessor | BytesAccessor

/** A table of the package entry with its accessors. */
export interface Compiled {
  readonly name: string
  readonly table: Table
  readonly accessors: Readonly<Record<string, AnyAccessor>>
}

const isField = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "byte" in value && "bit" in value && "width" in value

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null &&
  Object.values(value).length > 0 && Object.values(value).every(isField)

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/**
 * Every table that the package entry exports, each with the accessors exported under its name in camel case.
 */
export const compiledTables: ReadonlyArray<Compiled> = Object.entries(wire).flatMap(([name, table]) => {
  if (!isTable(table)) return []
  const exports: Readonly<Record<string, unknown>> = wire
  const accessors = exports[camelCase(name)]
  if (accessors === undefined) throw new Error(`${name} is exported without its accessors ${camelCase(name)}`)
  return [{ name, table, accessors: accessors as Compiled["accessors"] }]
})
