import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { at, compile, extentOf, type Field, holds, repeated, shifted } from "../../impl/wire/index.ts"
import { assertProperty } from "../run.ts"
import {
  type AnyAccessor, bitsOf, type Compiled, compiledTables, hexOfBits, readBits, withBits
} from "./bits.ts"

/** First byte and end of every table, from IBTA Vol 1. */
const extents: Readonly<Record<string, readonly [start: number, end: number]>> = {
  MAD_HEADER: [0, 24],
  RMPP_DATA: [24, 36],
  RMPP_ACK: [24, 36],
  RMPP_STOP_ABORT: [24, 36],
  SA_HEADER: [36, 56],
  SMP_LID_ROUTED: [24, 256],
  SMP_DIRECTED_ROUTE: [0, 256],
  NODE_INFO: [0, 40],
  NODE_DESCRIPTION: [0, 64],
  PORT_INFO: [0, 64],
  PORT_INFO_RECORD: [0, 68],
  GUID_INFO: [0, 64],
  GUID_INFO_RECORD: [0, 72],
  P_KEY_TABLE: [0, 64],
  CLASS_PORT_INFO: [0, 72],
  PATH_RECORD: [0, 64],
  MC_MEMBER_RECORD: [0, 52],
  SERVICE_RECORD: [0, 176],
  INFORM_INFO: [0, 36],
  INFORM_INFO_RECORD: [0, 60],
  NOTICE: [0, 80],
  NOTICE_GID_DETAILS: [10, 64],
  NOTICE_144_DETAILS: [10, 64],
  NODE_RECORD: [0, 108],
  SM_INFO: [0, 21],
  PORT_COUNTERS: [0, 44],
  VENDOR_OUI: [36, 256],
  CM_REQ: [24, 256],
  CM_MRA: [24, 256],
  CM_REJ: [24, 256],
  CM_REP: [24, 256],
  CM_RTU: [24, 256],
  CM_DREQ: [24, 256],
  CM_DREP: [24, 256],
  CM_SIDR_REQ: [24, 256],
  CM_SIDR_REP: [24, 256],
  CM_LAP: [24, 256],
  CM_APR: [24, 256],
  GRH: [0, 40],
  LRH: [0, 8],
  BTH: [0, 12],
  DETH: [0, 8]
}

const owners = ({ table }: Compiled): ReadonlyArray<ReadonlyArray<string>> => {
  const { end } = extentOf(table)
  const owned = Array.from({ length: end * 8 }, (): Array<string> => [])
  for (const [name, { bit, byte, width }] of Object.entries(table)) {
    for (let i = 0; i < width; i++) owned[byte * 8 + bit + i]?.push(name)
  }
  return owned
}

/**
 * A message of exactly the bytes of the table inside a larger buffer: `before` and `after` bytes around it.
 */
const messageArbitrary = ({ table }: Compiled) => {
  const { end, start } = extentOf(table)
  const length = end - start
  return fc.record({ before: fc.nat({ max: 9 }), after: fc.nat({ max: 9 }) }).chain(({ after, before }) =>
    fc.record({
      bytes: fc.uint8Array({ minLength: before + length + after, maxLength: before + length + after }),
      base: fc.constant(before - start)
    })
  )
}

/** Numbers to write: inside the width, above it, negative. */
const written = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: 0n, max: 3n }),
  fc.constantFrom(-1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n)
)

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const checkRead = (accessor: AnyAccessor, field: Field, bytes: Uint8Array, base: number): void => {
  const bits = readBits(bytes, base, field)
  if ("get" in accessor) expect(accessor.get(view(bytes), base)).toBe(Number(BigInt(`0b${bits}`)))
  else expect(accessor.hex(view(bytes), base)).toBe(hexOfBits(bits))
  if ("high" in accessor) {
    expect(accessor.getBig(view(bytes), base)).toBe(BigInt(`0b${bits}`))
    expect(accessor.high(view(bytes), base)).toBe(Number(BigInt(`0b${bits.slice(0, 32)}`)))
    expect(accessor.low(view(bytes), base)).toBe(Number(BigInt(`0b${bits.slice(32)}`)))
  }
  if ("word" in accessor) {
    expect(accessor.byteOffset).toBe(field.byte)
    expect(accessor.byteLength).toBe(field.width / 8)
    const index = Math.floor(field.width / 32) - 1
    const last = bits.slice(32 * index, 32 * index + 32)
    expect(accessor.word(view(bytes), base, index)).toBe(Number(`0b${last}`))
    const target = new Uint8Array(field.width / 8 + 3).fill(0xa5)
    accessor.copy(view(bytes), base, view(target), 2)
    expect(readBits(target, 2, { byte: 0, bit: 0, width: field.width })).toBe(bits)
    expect([target[0], target[1], target[target.length - 1]]).toEqual([0xa5, 0xa5, 0xa5])
  }
}

/**
 * Each way to write a field, with the bits that must stand there afterwards, from the 64-bit `value`
 * repeated.
 */
const writes = (
  accessor: AnyAccessor,
  { width }: Field,
  value: bigint,
  old: string
): ReadonlyArray<readonly [bits: string, write: (v: DataView, base: number) => void]> => {
  if ("get" in accessor) {
    // A bigint of 64 bits is no exact number; the values above the width that are exact reach 2^53.
    const number = Number(BigInt.asIntN(53, value))
    return [[bitsOf(BigInt(number), width), (v, base) => accessor.set(v, base, number)]]
  }
  if ("high" in accessor) {
    const bits = bitsOf(value, 64)
    const high = Number(BigInt(`0b${bits.slice(0, 32)}`))
    const low = Number(BigInt(`0b${bits.slice(32)}`))
    return [
      [bits, (v, base) => accessor.set(v, base, high, low)],
      [bits.slice(0, 32) + old.slice(32), (v, base) => accessor.setHigh(v, base, high)],
      [old.slice(0, 32) + bits.slice(32), (v, base) => accessor.setLow(v, base, low)],
      [bits, (v, base) => accessor.setBig(v, base, value)],
      [bits, (v, base) => accessor.setHex(v, base, hexOfBits(bits))]
    ]
  }
  const bits = bitsOf(value, 64).repeat(Math.ceil(width / 64)).slice(0, width)
  const first = bits.slice(0, 32)
  const source = withBits(new Uint8Array(width / 8 + 1), 1, { byte: 0, bit: 0, width }, bits)
  return [
    [bits, (v, base) => accessor.setHex(v, base, hexOfBits(bits))],
    [bits, (v, base) => accessor.copyFrom(v, base, view(source), 1)],
    ["0".repeat(width), (v, base) => accessor.clear(v, base)],
    [first + old.slice(32), (v, base) => accessor.setWord(v, base, 0, Number(`0b${first}`))]
  ]
}

const accessorNamed = ({ accessors, name }: Compiled, field: string): AnyAccessor => {
  const accessor = accessors[field]
  if (accessor === undefined) throw new Error(`${name}.${field} has no accessor`)
  return accessor
}

describe("every table of the package entry", () => {
  it("is known to this test with its size [SQP-WIRE-1]", () => {
    const found = compiledTables.map(({ name, table }) => {
      const { end, start } = extentOf(table)
      return [name, [start, end]]
    })
    expect(Object.fromEntries(found)).toEqual(extents)
  })

  it.each(compiledTables)("$name owns each of its bits exactly once [SQP-WIRE-1]", (compiled) => {
    const { start } = extentOf(compiled.table)
    const wrong = owners(compiled).flatMap((names, position) =>
      names.length === (position < start * 8 ? 0 : 1)
        ? []
        : [`${position >> 3}[${position & 7}]: ${names.join(" and ")}`]
    )
    expect(wrong).toEqual([])
  })

  it.each(compiledTables)("$name lists its fields in the order of their bits [SQP-WIRE-1]", ({ table }) => {
    const positions = Object.values(table).map(({ bit, byte }) => byte * 8 + bit)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
  })

  it.each(compiledTables)("$name has the kind of accessor its widths ask for [SQP-WIRE-2]", (compiled) => {
    expect(Object.keys(compiled.accessors)).toEqual(Object.keys(compiled.table))
    for (const [name, { width }] of Object.entries(compiled.table)) {
      const kind = width <= 32 ? "get" : width === 64 ? "getBig" : "copyFrom"
      expect(accessorNamed(compiled, name), name).toHaveProperty(kind)
    }
  })

  it.each(compiledTables)("$name reads what a reader of single bits reads [SQP-WIRE-2]", (compiled) => {
    assertProperty(fc.property(messageArbitrary(compiled), ({ base, bytes }) => {
      for (const [name, field] of Object.entries(compiled.table)) {
        checkRead(accessorNamed(compiled, name), field, bytes, base)
      }
    }), { numRuns: 25 })
  })

  it.each(compiledTables)("$name writes its own bits and touches no other [SQP-WIRE-2]", (compiled) => {
    assertProperty(fc.property(messageArbitrary(compiled), written, ({ base, bytes }, value) => {
      for (const [name, field] of Object.entries(compiled.table)) {
        const accessor = accessorNamed(compiled, name)
        for (const [bits, write] of writes(accessor, field, value, readBits(bytes, base, field))) {
          const changed = bytes.slice()
          write(view(changed), base)
          expect(changed, name).toEqual(withBits(bytes, base, field, bits))
          checkRead(accessor, field, changed, base)
        }
      }
    }), { numRuns: 12 })
  })

  it.each(compiledTables)("$name never reads or writes outside its message [SQP-WIRE-2]", (compiled) => {
    const { end, start } = extentOf(compiled.table)
    const exact = new Uint8Array(end - start)
    expect(holds(view(exact), 0, end - start)).toBe(true)
    for (const [name, field] of Object.entries(compiled.table)) {
      const accessor = accessorNamed(compiled, name)
      // One byte more or less in the view and a window that leaves the message throws.
      checkRead(accessor, field, exact, -start)
      const ways = writes(accessor, field, -1n, "0".repeat(field.width))
      for (const [, write] of ways) write(view(exact), -start)
    }
  })
})

describe("the table compiler", () => {
  it("refuses layouts it cannot read without leaving the message or a 32-bit window [SQP-WIRE-2]", () => {
    expect(() => compile({ Wide: at(0, 4, 32) })).toThrow(/0\[4\] of 32 bits spans more than 32 bits/)
    expect(() => compile({ Odd: at(0, 4, 64) })).toThrow(/not made of whole bytes/)
    expect(() => compile({ Odd: at(0, 0, 49) })).toThrow(/not made of whole bytes/)
    expect(() => compile({ Three: at(0, 0, 24) })).toThrow(/at least 4 bytes/)
  })

  it("refuses hex of a wrong length, or none at all, and leaves the field alone [SQP-WIRE-2]", () => {
    const { GID, ID } = compile({ GID: at(0, 0, 128), ID: at(16, 0, 64) })
    const bytes = new Uint8Array(24).fill(0x5a)
    const zeros = (count: number): string => "0".repeat(count)
    for (const text of ["", "00", zeros(31), zeros(33), `${zeros(31)}g`, `0x${zeros(30)}`]) {
      expect(() => GID.setHex(view(bytes), 0, text)).toThrow(/32 hex digits/)
    }
    expect(() => ID.setHex(view(bytes), 0, "0".repeat(15))).toThrow(/16 hex digits/)
    expect(bytes).toEqual(new Uint8Array(24).fill(0x5a))
  })

  it("repeats and shifts fields without changing their widths [SQP-WIRE-1]", () => {
    expect(repeated("P", [1, 2, 3], 4, 16)).toEqual({ P1: at(4, 0, 16), P2: at(6, 0, 16), P3: at(8, 0, 16) })
    expect(shifted({ A: at(1, 3, 5) }, 56)).toEqual({ A: at(57, 3, 5) })
  })

  it("says whether a message lies inside the view [SQP-WIRE-2]", () => {
    const message = view(new Uint8Array(256))
    expect(holds(message, 0, 256)).toBe(true)
    expect(holds(message, 1, 256)).toBe(false)
    expect(holds(message, -1, 4)).toBe(false)
  })
})
