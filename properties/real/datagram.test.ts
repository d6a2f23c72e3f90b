/** The two datagrams of ibsim's UDP protocol: pure, total, and faithful to the real simulator's bytes. */
import * as Result from "effect/Result"
import fc from "fast-check"
import { expect, it } from "vitest"
import { type ConnectData, decodeConnect, encodeConnect } from "../../impl/port/ibsim/connect.ts"
import {
  CONTROL,
  CONTROL_BYTES,
  type ControlDatagram,
  type ControlType,
  decodeControl,
  decodePkeys,
  encodeControl
} from "../../impl/port/ibsim/control.ts"
import {
  DATAGRAM_BYTES,
  decodeDatagram,
  encodeDatagram,
  isBounced,
  type MadDatagram,
  STATUS_BOUNCED
} from "../../impl/port/ibsim/datagram.ts"
import { type DatagramFault, faultText } from "../../impl/port/ibsim/fault.ts"
import { assertProperty } from "../run.ts"
import { getClassPortInfo } from "./mads.ts"

const FUZZ_RUNS = 20_000
const MAD_BYTE = 32

/** The value of a success; fails the test with the fault's text otherwise. */
const valueOf = <A>(result: Result.Result<A, DatagramFault>): A => {
  if (Result.isFailure(result)) throw new Error(faultText(result.failure))
  return result.success
}
const faultOf = <A>(result: Result.Result<A, DatagramFault>): DatagramFault => {
  if (Result.isSuccess(result)) throw new Error("this must be refused")
  return result.failure
}

const bytesOf = (lengthBytes: number) => fc.uint8Array({ minLength: lengthBytes, maxLength: lengthBytes })
const controlType = fc.constantFrom<ControlType>(...Object.values(CONTROL))
const control: fc.Arbitrary<ControlDatagram> = fc.record({
  type: controlType,
  slot: fc.nat({ max: 0xffff_ffff }),
  data: bytesOf(64)
})
const madDatagram: fc.Arbitrary<MadDatagram> = fc.record({
  dlid: fc.nat({ max: 0xffff }),
  slid: fc.nat({ max: 0xffff }),
  dqp: fc.nat({ max: 0xff_ffff }),
  sqp: fc.nat({ max: 0xff_ffff }),
  status: fc.constantFrom(0, STATUS_BOUNCED, 0xffff_ffff),
  lengthBytes: fc.integer({ min: 24, max: 256 }),
  mad: bytesOf(256)
})
/** What `length` does not cover is no part of the MAD. */
const withoutTail = (datagram: MadDatagram): MadDatagram => {
  const mad = new Uint8Array(256)
  mad.set(datagram.mad.subarray(0, datagram.lengthBytes))
  return { ...datagram, mad }
}
/** A valid encoding with some bytes replaced: passes the length check, and often the others. */
const damaged = (valid: fc.Arbitrary<Uint8Array>) =>
  fc.tuple(valid, fc.array(fc.tuple(fc.nat({ max: 287 }), fc.nat({ max: 255 })), { maxLength: 3 })).map(
    ([bytes, changes]) => {
      const copy = bytes.slice()
      for (const [at, value] of changes) copy[at % copy.length] = value
      return copy
    }
  )

it("every control datagram survives encoding and decoding unchanged [SQP-PORT-1]", () => {
  assertProperty(fc.property(control, (datagram) => {
    const bytes = valueOf(encodeControl(datagram))
    expect(bytes.length).toBe(CONTROL_BYTES)
    expect(valueOf(decodeControl(bytes))).toEqual(datagram)
  }))
})

it("every data datagram survives encoding and decoding, with zeros after its length [SQP-PORT-1]", () => {
  assertProperty(fc.property(madDatagram, (datagram) => {
    const bytes = valueOf(encodeDatagram(datagram))
    expect(bytes.length).toBe(DATAGRAM_BYTES)
    expect(valueOf(decodeDatagram(bytes))).toEqual(withoutTail(datagram))
  }))
})

it("stale bytes after the length of a MAD are not delivered [SQP-PORT-1]", () => {
  assertProperty(fc.property(madDatagram, bytesOf(256), (datagram, stale) => {
    const bytes = valueOf(encodeDatagram(datagram))
    bytes.set(stale.subarray(datagram.lengthBytes), MAD_BYTE + datagram.lengthBytes)
    expect(valueOf(decodeDatagram(bytes))).toEqual(withoutTail(datagram))
  }))
})

it("every CONNECT survives encoding and decoding unchanged [SQP-PORT-1]", () => {
  const connect: fc.Arbitrary<ConnectData> = fc.record({
    id: fc.nat({ max: 0xffff }),
    qp: fc.nat({ max: 0xff_ffff }),
    issm: fc.boolean(),
    nodeId: fc.string({ maxLength: 31, unit: "grapheme-ascii" })
  })
  assertProperty(fc.property(connect, (data) => {
    expect(valueOf(decodeConnect(valueOf(encodeConnect(data))))).toEqual(data)
  }))
})

it("a decoded datagram does not change when the buffer it came in is used again [SQP-PORT-1]", () => {
  assertProperty(fc.property(control, madDatagram, (asked, datagram) => {
    // Datagrams come as Buffers, whose slice() does not copy.
    const controlBuffer = Buffer.from(valueOf(encodeControl(asked)))
    const madBuffer = Buffer.from(valueOf(encodeDatagram(datagram)))
    const decodedControl = valueOf(decodeControl(controlBuffer))
    const decodedMad = valueOf(decodeDatagram(madBuffer))
    controlBuffer.fill(0xa5)
    madBuffer.fill(0xa5)
    expect(decodedControl).toEqual(asked)
    expect(decodedMad).toEqual(withoutTail(datagram))
  }))
})

it("a data datagram captured from the simulator is read and written byte for byte [SQP-PORT-1]", () => {
  const captured = new Uint8Array(DATAGRAM_BYTES)
  captured.set([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  captured.set([1, 0], 30)
  captured.set(getClassPortInfo(10n), MAD_BYTE)
  const datagram = valueOf(decodeDatagram(captured))
  expect(datagram).toEqual({
    dlid: 1,
    slid: 0,
    dqp: 1,
    sqp: 1,
    status: 0,
    lengthBytes: 256,
    mad: getClassPortInfo(10n)
  })
  expect(valueOf(encodeDatagram(datagram))).toEqual(captured)
})

it("a MAD that the simulator returned is recognized by its status [SQP-PORT-1]", () => {
  assertProperty(fc.property(madDatagram, (datagram) => {
    expect(isBounced(valueOf(decodeDatagram(valueOf(encodeDatagram(datagram)))))).toBe(datagram.status !== 0)
  }))
})

it("any bytes as a control datagram are read or refused, never an exception [SQP-IN-1]", () => {
  const valid = control.map((datagram) => valueOf(encodeControl(datagram)))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), bytesOf(CONTROL_BYTES), damaged(valid))
  assertProperty(
    fc.property(bytes, (input) => {
      const decoded = decodeControl(input)
      if (Result.isFailure(decoded)) {
        expect(faultText(decoded.failure)).not.toContain("undefined")
        return
      }
      const again = valueOf(encodeControl(decoded.success))
      // Only the informational length is not kept.
      again.set(input.subarray(12, 16), 12)
      expect(again).toEqual(input)
    }),
    { numRuns: FUZZ_RUNS }
  )
})

it("any bytes as a data datagram are read or refused, never an exception [SQP-IN-1]", () => {
  const valid = madDatagram.map((datagram) => valueOf(encodeDatagram(datagram)))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 400 }), bytesOf(DATAGRAM_BYTES), damaged(valid))
  assertProperty(
    fc.property(bytes, (input) => {
      const decoded = decodeDatagram(input)
      if (Result.isFailure(decoded)) {
        expect(faultText(decoded.failure)).not.toContain("undefined")
        return
      }
      const kept = input.slice()
      kept.fill(0, 20, 24)
      kept.fill(0, MAD_BYTE + decoded.success.lengthBytes)
      expect(valueOf(encodeDatagram(decoded.success))).toEqual(kept)
    }),
    { numRuns: FUZZ_RUNS }
  )
})

it("any bytes as CONNECT's data or as P_Keys are read or refused, never an exception [SQP-IN-1]", () => {
  assertProperty(
    fc.property(fc.uint8Array({ maxLength: 100 }), (input) => {
      const decoded = decodeConnect(input)
      if (Result.isFailure(decoded)) expect(faultText(decoded.failure)).not.toContain("undefined")
      expect(decodePkeys(input).length).toBe(Math.trunc(input.length / 2))
    }),
    { numRuns: 2000 }
  )
})

it("a refused datagram names what is wrong: length, magic, type or field [SQP-IN-1]", () => {
  const data64 = new Uint8Array(64)
  const controlBytes = valueOf(encodeControl({ type: CONTROL.GET_PORTINFO, slot: 3, data: data64 }))
  const at = (byte: number, value: number): Uint8Array => controlBytes.with(byte, value)
  const short = faultOf(decodeControl(controlBytes.subarray(1)))
  expect(short).toMatchObject({ _tag: "WrongLength", lengthBytes: 79 })
  expect(faultText(short)).toContain("79 bytes")
  expect(faultOf(decodeControl(at(1, 0)))._tag).toBe("WrongMagic")
  expect(faultOf(decodeControl(at(8, 11)))).toEqual({ _tag: "UnknownType", type: 11 })

  const mad = valueOf(decodeDatagram(new Uint8Array(DATAGRAM_BYTES).with(30, 1)))
  const data = valueOf(encodeDatagram(mad))
  const field = (byte: number): DatagramFault => faultOf(decodeDatagram(data.with(byte, 1)))
  expect(faultOf(decodeDatagram(data.subarray(1)))).toMatchObject({ _tag: "WrongLength", lengthBytes: 287 })
  expect(field(2)).toMatchObject({ field: "DLID" })
  expect(field(6)).toMatchObject({ field: "SLID" })
  expect(field(8)).toMatchObject({ field: "destination QPN" })
  expect(field(12)).toMatchObject({ field: "source QPN" })
  expect(field(24)).toMatchObject({ field: "length" })
  expect(field(31)).toMatchObject({ field: "length", value: "257" })
  expect(faultOf(encodeDatagram({ ...mad, lengthBytes: 23 }))).toMatchObject({ field: "length", value: "23" })
  expect(faultOf(encodeDatagram({ ...mad, dlid: 0x1_0000 }))).toMatchObject({ field: "DLID" })
  expect(faultOf(encodeDatagram({ ...mad, mad: new Uint8Array(24) }))).toMatchObject({ field: "MAD" })
  expect(faultOf(encodeConnect({ id: 1, qp: 0, issm: false, nodeId: "x".repeat(32) }))).toMatchObject({
    field: "node id"
  })
})
