/**
 * The data datagram of ibsim's UDP protocol: one MAD with its addressing, 288 bytes.
 *
 * LIDs are 16-bit values in wire order inside a 32-bit integer of the host; all else is in wire order. There
 * is no GRH, SL, P_Key index or Q_Key: the simulator does not know them.
 */
import * as Result from "effect/Result"
import { badField, type DatagramFault, HOST_IS_LITTLE_ENDIAN, isUint, viewOf } from "./fault.ts"

/** Size of every data datagram, in bytes. */
export const DATAGRAM_BYTES = 288
/** Size of the MAD field, in bytes; it starts at byte 32. */
export const DATAGRAM_MAD_BYTES = 256
/** Shortest `lengthBytes`: the common MAD header (IBTA 13.4.2). */
export const SHORTEST_MAD_BYTES = 24
/** Status with which ibsim returns a MAD that it could not deliver to its sender. */
export const STATUS_BOUNCED = 110

const LID_BYTE = HOST_IS_LITTLE_ENDIAN ? 0 : 2
const LID_PADDING_BYTE = 2 - LID_BYTE
const DLID_BYTE = 0
const SLID_BYTE = 4
const DQP_BYTE = 8
const SQP_BYTE = 12
const STATUS_BYTE = 16
const LENGTH_BYTE = 24
const MAD_BYTE = 32

/**
 * A MAD with its addressing. `slid` 0 lets ibsim fill in the LID of the sending port; `dqp` and `sqp` are 24
 * bits. `status` is 0, or why the simulator returned the MAD. `mad` is `lengthBytes` bytes that count
 * (24..256) and zeros to 256.
 */
export interface MadDatagram {
  readonly dlid: number
  readonly slid: number
  readonly dqp: number
  readonly sqp: number
  readonly status: number
  readonly lengthBytes: number
  readonly mad: Uint8Array
}

const lengthFault = (lengthBytes: number): DatagramFault =>
  badField("length", lengthBytes, `${SHORTEST_MAD_BYTES}..${DATAGRAM_MAD_BYTES}`)

const isMadLength = (lengthBytes: number): boolean =>
  isUint(lengthBytes, DATAGRAM_MAD_BYTES) && lengthBytes >= SHORTEST_MAD_BYTES

const rangeFault = (datagram: MadDatagram): DatagramFault | undefined => {
  const { dlid, dqp, lengthBytes, mad, slid, sqp, status } = datagram
  if (!isUint(dlid, 0xffff)) return badField("DLID", dlid, "an integer of 16 bits")
  if (!isUint(slid, 0xffff)) return badField("SLID", slid, "an integer of 16 bits")
  if (!isUint(dqp, 0xff_ffff)) return badField("destination QPN", dqp, "an integer of 24 bits")
  if (!isUint(sqp, 0xff_ffff)) return badField("source QPN", sqp, "an integer of 24 bits")
  if (!isUint(status, 0xffff_ffff)) return badField("status", status, "an integer of 32 bits")
  if (!isMadLength(lengthBytes)) return lengthFault(lengthBytes)
  if (mad.length < lengthBytes) return badField("MAD", `${mad.length} bytes`, `at least ${lengthBytes} bytes`)
  return undefined
}

/**
 * The 288 bytes of a data datagram: the first `lengthBytes` of `mad`, zeros after them. A value out of range
 * is a fault.
 */
export const encodeDatagram = (datagram: MadDatagram): Result.Result<Uint8Array, DatagramFault> => {
  const fault = rangeFault(datagram)
  if (fault !== undefined) return Result.fail(fault)
  const bytes = new Uint8Array(DATAGRAM_BYTES)
  const view = viewOf(bytes)
  view.setUint16(DLID_BYTE + LID_BYTE, datagram.dlid)
  view.setUint16(SLID_BYTE + LID_BYTE, datagram.slid)
  view.setUint32(DQP_BYTE, datagram.dqp)
  view.setUint32(SQP_BYTE, datagram.sqp)
  view.setUint32(STATUS_BYTE, datagram.status)
  view.setUint32(LENGTH_BYTE + 4, datagram.lengthBytes)
  bytes.set(datagram.mad.subarray(0, datagram.lengthBytes), MAD_BYTE)
  return Result.succeed(bytes)
}

const lidOf = (view: DataView, byte: number, field: string): Result.Result<number, DatagramFault> =>
  view.getUint16(byte + LID_PADDING_BYTE) === 0
    ? Result.succeed(view.getUint16(byte + LID_BYTE))
    : Result.fail(badField(field, `0x${view.getUint32(byte).toString(16)}`, "16 bits and two zero bytes"))

/**
 * Reads a data datagram. The bytes of the MAD after `length` are stale memory of the sender and become zeros.
 * A wrong length, and a LID, QPN or MAD length out of range, is a fault.
 */
export const decodeDatagram = (bytes: Uint8Array): Result.Result<MadDatagram, DatagramFault> => {
  if (bytes.length !== DATAGRAM_BYTES) {
    return Result.fail({ _tag: "WrongLength", lengthBytes: bytes.length, wantedBytes: DATAGRAM_BYTES })
  }
  const view = viewOf(bytes)
  const dlid = lidOf(view, DLID_BYTE, "DLID")
  if (Result.isFailure(dlid)) return Result.fail(dlid.failure)
  const slid = lidOf(view, SLID_BYTE, "SLID")
  if (Result.isFailure(slid)) return Result.fail(slid.failure)
  const dqp = view.getUint32(DQP_BYTE)
  if (dqp > 0xff_ffff) return Result.fail(badField("destination QPN", dqp, "an integer of 24 bits"))
  const sqp = view.getUint32(SQP_BYTE)
  if (sqp > 0xff_ffff) return Result.fail(badField("source QPN", sqp, "an integer of 24 bits"))
  const lengthBytes = view.getUint32(LENGTH_BYTE) * 2 ** 32 + view.getUint32(LENGTH_BYTE + 4)
  if (!isMadLength(lengthBytes)) return Result.fail(lengthFault(lengthBytes))
  const mad = new Uint8Array(DATAGRAM_MAD_BYTES)
  mad.set(bytes.subarray(MAD_BYTE, MAD_BYTE + lengthBytes))
  const status = view.getUint32(STATUS_BYTE)
  return Result.succeed({ dlid: dlid.success, slid: slid.success, dqp, sqp, status, lengthBytes, mad })
}

/**
 * Whether the simulator returned this datagram undelivered. Then `mad` is what this client sent, and
 * `dlid`/`dqp` whom it was for: taking it for a request and answering it makes an endless loop.
 */
export const isBounced = (datagram: MadDatagram): boolean => datagram.status !== 0
