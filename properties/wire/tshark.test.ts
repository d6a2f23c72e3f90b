import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Field, madHeader, methodByte, MGMT_CLASS, rmppData } from "../../impl/wire/index.ts"
import type { Packet } from "../../impl/wire/pcap.ts"
import { realPart } from "../real/required.ts"
import { seed } from "../run.ts"
import { type AnyAccessor, bitsOf, type Compiled, compiledTables } from "./bits.ts"
import { type Case, comparisonsOf } from "./tshark-case.ts"
import { apart, cases } from "./tshark-cases.ts"
import { bitsOfText, dissect, type Dissection, placed } from "./tshark.ts"

const tshark = realPart("tshark")
/** Packets of each table: all ones, all zeros, random ones. */
const RANDOM_PACKETS = 6

/** A packet of ours before it is dissected: its record and what tshark must say. */
interface Prepared {
  readonly record: Uint8Array
  /** Bits by the name of the comparison. */
  readonly expected: Readonly<Record<string, string>>
}

const tableNamed = (name: string): Compiled => {
  const found = compiledTables.find((compiled) => compiled.name === name)
  if (found === undefined) throw new Error(`there is no table ${name}`)
  return found
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const read = (accessor: AnyAccessor, v: DataView, base: number): bigint =>
  "get" in accessor ? BigInt(accessor.get(v, base)) : BigInt(`0x${accessor.hex(v, base)}`)

const write = (accessor: AnyAccessor, v: DataView, base: number, { width }: Field, value: bigint): void => {
  if ("get" in accessor) accessor.set(v, base, Number(BigInt.asUintN(32, value)))
  else accessor.setHex(v, base, BigInt.asUintN(width, value).toString(16).padStart(width / 4, "0"))
}

const ones = ~(~0n << 64n)

/** `fill` scattered, so that no two fields of a table and no two words of a field are written alike. */
const scattered = (fill: bigint, place: number): bigint => {
  if (fill === 0n || fill === ones) return fill
  const product = BigInt.asUintN(64, (fill + BigInt(place)) * 0x9e37_79b9_7f4a_7c15n)
  return product ^ (product >> 29n)
}

/** The value to write; a text field keeps to letters, which tshark prints as they are. */
const valueOf = (name: string, { bit, byte, width }: Field, fill: bigint): bigint => {
  if (name === "NodeString") {
    const letter = 0x61n + (fill % 26n)
    return BigInt(`0x${"6d".repeat(width / 8 - 1)}${letter.toString(16)}`)
  }
  let value = 0n
  for (let bits = 0; bits < width; bits += 64) {
    value = (value << 64n) | scattered(fill, byte * 8 + bit + bits)
  }
  return BigInt.asUintN(width, value)
}

const isSmp = (mgmtClass: number): boolean =>
  mgmtClass === MGMT_CLASS.SubnLIDRouted || mgmtClass === MGMT_CLASS.SubnDirectedRoute

const packetOf = ({ mad, table }: Case): Packet => {
  const bytes = new Uint8Array(256)
  madHeader.BaseVersion.set(view(bytes), 0, 1)
  madHeader.MgmtClass.set(view(bytes), 0, mad.mgmtClass)
  madHeader.ClassVersion.set(view(bytes), 0, 1)
  methodByte.set(view(bytes), 0, 1)
  madHeader.AttributeID.set(view(bytes), 0, mad.attributeId)
  rmppData.RMPPType.set(view(bytes), 0, mad.rmppType ?? 0)
  const gid = "fe800000000000000002c9000000000"
  const grh = { sgid: `${gid}1`, dgid: `${gid}2`, hopLimit: 64, flowLabel: 0xabcde, trafficClass: 0x5a }
  return {
    timestampMs: 1_700_000_000_123,
    sl: 3,
    slid: 5,
    dlid: 1,
    grh: table === "GRH" ? grh : null,
    pkey: 0xffff,
    destQp: isSmp(mad.mgmtClass) ? 0 : 1,
    srcQp: 1,
    qkey: 0x8001_0000,
    psn: 7,
    mad: bytes
  }
}

const isHeader = (table: string): table is "LRH" | "GRH" | "BTH" | "DETH" =>
  ["LRH", "GRH", "BTH", "DETH"].includes(table)

/**
 * Writes `fill` through our accessors into every field that may vary; what must come back is what the
 * accessors read.
 */
const prepare = (one: Case, fill: bigint): Prepared => {
  const compiled = tableNamed(one.table)
  const { places, record } = placed(packetOf(one))
  const bytes = view(record)
  const base = (isHeader(one.table) ? places[one.table] : places.MAD) + one.base
  for (const [name, field] of Object.entries(compiled.table)) {
    const accessor = compiled.accessors[name]
    if (accessor === undefined || one.fixed?.includes(name)) continue
    write(accessor, bytes, base, field, valueOf(name, field, fill))
  }
  const bitsIn = (name: string): string => {
    const field = compiled.table[name]
    const accessor = compiled.accessors[name]
    if (field === undefined || accessor === undefined) throw new Error(`there is no ${one.table}.${name}`)
    return bitsOf(read(accessor, bytes, base), field.width)
  }
  const expected = comparisonsOf(one, compiled.table)
    .map(({ fields, name }) => [name, fields.map(bitsIn).join("")] as const)
  return { record, expected: Object.fromEntries(expected) }
}

const fills: ReadonlyArray<bigint> = [
  ones,
  0n,
  ...fc.sample(fc.bigInt({ min: 1n, max: ones }), { seed, numRuns: RANDOM_PACKETS })
]

const shown = (dissection: Dissection, name: string, occurrence: number, width: number): string => {
  const text = dissection.get(name)?.[occurrence]
  if (text === undefined) return `tshark shows no ${name}`
  const bytes = name === "nodedescription.nodestring" ? `0x${Buffer.from(text).toString("hex")}` : text
  return bitsOf(bitsOfText(bytes, width), width)
}

const witnessed = (
  one: Case,
  table: Compiled["table"],
  dissection: Dissection
): Readonly<Record<string, string>> =>
  Object.fromEntries(comparisonsOf(one, table).map(({ name, places }) =>
    [name, places.map(([place, occurrence, width]) => shown(dissection, place, occurrence, width)).join("")]
  ))

/** One run of tshark for all packets of all tables: starting it takes longer than what it does. */
const preparedCases = cases.map((one) => ({ one, prepared: fills.map((fill) => prepare(one, fill)) }))
const dissections = tshark.present
  ? dissect(tshark.path, preparedCases.flatMap(({ prepared }) => prepared.map(({ record }) => record)))
  : []

describe("the list of what tshark can witness", () => {
  it("names every table of the package entry exactly once [SQP-WIRE-4]", () => {
    const listed = [...cases.map(({ table }) => table), ...Object.keys(apart)]
    expect(listed.toSorted()).toEqual(compiledTables.map(({ name }) => name).toSorted())
  })

  it("places, joins, excludes and fixes only fields that exist [SQP-WIRE-4]", () => {
    const unknown = cases.flatMap(({ excluded, fixed = [], joined = [], places, table }) =>
      [...Object.keys(excluded), ...Object.keys(places), ...fixed, ...joined.flatMap(({ fields }) => fields)]
        .filter((name) => !(name in tableNamed(table).table))
        .map((name) => `${table}.${name}`)
    )
    expect(unknown).toEqual([])
  })
})

describe("tshark reads what our accessors wrote", () => {
  it.skipIf(!tshark.present).each(cases)("in every field of $table it dissects [SQP-WIRE-4]", (one) => {
    const { table } = tableNamed(one.table)
    const index = cases.indexOf(one)
    const expected = preparedCases[index]?.prepared.map((packet) => packet.expected)
    const seen = dissections.slice(index * fills.length, (index + 1) * fills.length)
      .map((dissection) => witnessed(one, table, dissection))
    expect(seen, `seed ${seed}`).toEqual(expected)
  })
})
