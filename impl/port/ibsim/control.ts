/**
 * The control datagram of ibsim's UDP protocol: attach to a node, ask for its attributes, detach.
 *
 * 80 bytes: magic, slot, type and length as 32-bit integers in host byte order, then 64 bytes of data. A
 * reply is the same datagram with other data; type 0 says that the simulator refused.
 */
import * as Result from "effect/Result"
import { badField, type DatagramFault, HOST_IS_LITTLE_ENDIAN, isUint, viewOf } from "./fault.ts"

/** Size of every control datagram, in bytes. */
export const CONTROL_BYTES = 80
/** Size of the data of a control datagram, in bytes; it starts at byte 16. */
export const CONTROL_DATA_BYTES = 64
const DATA_BYTE = 16
const MAGIC = 0xdead_beef

/** Types of a control datagram, by ibsim's names. `ERROR` occurs only in replies. */
export const CONTROL = {
  ERROR: 0,
  CONNECT: 1,
  DISCONNECT: 2,
  GET_PORT: 3,
  GET_VENDOR: 4,
  GET_GID: 5,
  GET_GUID: 6,
  GET_NODEINFO: 7,
  GET_PORTINFO: 8,
  SET_ISSM: 9,
  GET_PKEYS: 10
} as const

/** A type of a control datagram, 0..10. */
export type ControlType = (typeof CONTROL)[keyof typeof CONTROL]

/** A control datagram: `slot` is the client id 0..2^32-1 (ibsim gives 0..9), `data` is 64 bytes. */
export interface ControlDatagram {
  readonly type: ControlType
  readonly slot: number
  readonly data: Uint8Array
}

const isControlType = (type: number): type is ControlType => isUint(type, CONTROL.GET_PKEYS)

/**
 * The 80 bytes of a control datagram; `data` shorter than 64 bytes is padded with zeros, longer is a fault.
 */
export const encodeControl = (datagram: ControlDatagram): Result.Result<Uint8Array, DatagramFault> => {
  const { data, slot, type } = datagram
  if (!isControlType(type)) return Result.fail({ _tag: "UnknownType", type })
  if (!isUint(slot, 0xffff_ffff)) return Result.fail(badField("slot", slot, "an integer of 32 bits"))
  if (data.length > CONTROL_DATA_BYTES) {
    return Result.fail(badField("data length", data.length, `at most ${CONTROL_DATA_BYTES} bytes`))
  }
  const bytes = new Uint8Array(CONTROL_BYTES)
  const view = viewOf(bytes)
  view.setUint32(0, MAGIC, HOST_IS_LITTLE_ENDIAN)
  view.setUint32(4, slot, HOST_IS_LITTLE_ENDIAN)
  view.setUint32(8, type, HOST_IS_LITTLE_ENDIAN)
  view.setUint32(12, data.length, HOST_IS_LITTLE_ENDIAN)
  bytes.set(data, DATA_BYTE)
  return Result.succeed(bytes)
}

/**
 * Reads a control datagram; wrong length, magic or type is a fault. The informational length (byte 12) is
 * ignored.
 */
export const decodeControl = (bytes: Uint8Array): Result.Result<ControlDatagram, DatagramFault> => {
  if (bytes.length !== CONTROL_BYTES) {
    return Result.fail({ _tag: "WrongLength", lengthBytes: bytes.length, wantedBytes: CONTROL_BYTES })
  }
  const view = viewOf(bytes)
  const magic = view.getUint32(0, HOST_IS_LITTLE_ENDIAN)
  if (magic !== MAGIC) return Result.fail({ _tag: "WrongMagic", magic })
  const type = view.getUint32(8, HOST_IS_LITTLE_ENDIAN)
  if (!isControlType(type)) return Result.fail({ _tag: "UnknownType", type })
  const slot = view.getUint32(4, HOST_IS_LITTLE_ENDIAN)
  // Not slice(): that of a Buffer, as which datagrams come, shares its memory.
  const data = new Uint8Array(CONTROL_DATA_BYTES)
  data.set(bytes.subarray(DATA_BYTE))
  return Result.succeed({ type, slot, data })
}

/**
 * The P_Keys of a GET_PKEYS reply: 16-bit values in wire order, as many as fit the data (32 for ibsim); 0 is
 * an empty entry.
 */
export const decodePkeys = (data: Uint8Array): ReadonlyArray<number> => {
  const view = viewOf(data)
  return Array.from({ length: Math.trunc(data.length / 2) }, (_, index) => view.getUint16(index * 2))
}
