/** The data of ibsim's CONNECT: who attaches to which node, and what it wants delivered. */
import * as Result from "effect/Result"
import { badField, type DatagramFault, HOST_IS_LITTLE_ENDIAN, isUint, viewOf } from "./fault.ts"

/**
 * Data of CONNECT. In the request `id` is the client's UDP data port (1..65535), in the reply the slot it
 * got. `qp` above 1 asks for requests to that QPN; `issm` asks for the requests to QP0 and QP1 of the port.
 * `nodeId` is a node name of the net file, at most 31 bytes of UTF-8.
 */
export interface ConnectData {
  readonly id: number
  readonly qp: number
  readonly issm: boolean
  readonly nodeId: string
}

const CONNECT_BYTES = 44
const NODE_ID_BYTE = 12
const NODE_ID_BYTES = 32
const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder()

/** The 44 bytes of CONNECT's data. A node id too long, with NUL or not well-formed Unicode is a fault. */
export const encodeConnect = (connect: ConnectData): Result.Result<Uint8Array, DatagramFault> => {
  const { id, issm, nodeId, qp } = connect
  if (!isUint(id, 0xffff)) return Result.fail(badField("data port or slot", id, "an integer of 16 bits"))
  if (!isUint(qp, 0xff_ffff)) return Result.fail(badField("QPN", qp, "an integer of 24 bits"))
  const name = utf8Encoder.encode(nodeId)
  if (name.length >= NODE_ID_BYTES) {
    return Result.fail(badField("node id", nodeId, "at most 31 bytes of UTF-8"))
  }
  if (nodeId.includes("\0") || !nodeId.isWellFormed()) {
    return Result.fail(badField("node id", nodeId, "well-formed text without NUL"))
  }
  const bytes = new Uint8Array(CONNECT_BYTES)
  const view = viewOf(bytes)
  view.setUint32(0, id, HOST_IS_LITTLE_ENDIAN)
  view.setUint32(4, qp, HOST_IS_LITTLE_ENDIAN)
  view.setUint32(8, issm ? 1 : 0, HOST_IS_LITTLE_ENDIAN)
  bytes.set(name, NODE_ID_BYTE)
  return Result.succeed(bytes)
}

/**
 * Reads CONNECT's data: at least 44 bytes, more are ignored. The node id ends at the first NUL, or after 32
 * bytes.
 */
export const decodeConnect = (data: Uint8Array): Result.Result<ConnectData, DatagramFault> => {
  if (data.length < CONNECT_BYTES) {
    return Result.fail({ _tag: "WrongLength", lengthBytes: data.length, wantedBytes: CONNECT_BYTES })
  }
  const view = viewOf(data)
  const id = view.getUint32(0, HOST_IS_LITTLE_ENDIAN)
  if (!isUint(id, 0xffff)) return Result.fail(badField("data port or slot", id, "an integer of 16 bits"))
  const qp = view.getUint32(4, HOST_IS_LITTLE_ENDIAN)
  if (!isUint(qp, 0xff_ffff)) return Result.fail(badField("QPN", qp, "an integer of 24 bits"))
  const name = data.subarray(NODE_ID_BYTE, NODE_ID_BYTE + NODE_ID_BYTES)
  const end = name.indexOf(0)
  const nodeId = utf8Decoder.decode(end < 0 ? name : name.subarray(0, end))
  return Result.succeed({ id, qp, issm: view.getUint32(8, HOST_IS_LITTLE_ENDIAN) !== 0, nodeId })
}
