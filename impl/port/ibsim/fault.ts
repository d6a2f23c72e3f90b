/** What can be wrong with a datagram of the ibsim protocol: plain data, so that a decoder never throws. */
import { endianness } from "node:os"

/** Why bytes are no datagram of this protocol, or why values do not fit one. Data, never thrown. */
export type DatagramFault =
  | { readonly _tag: "WrongLength"; readonly lengthBytes: number; readonly wantedBytes: number }
  | { readonly _tag: "WrongMagic"; readonly magic: number }
  | { readonly _tag: "UnknownType"; readonly type: number }
  | { readonly _tag: "BadField"; readonly field: string; readonly value: string; readonly wanted: string }

/** One sentence that names what is wrong with the datagram and what it should be. */
export const faultText = (fault: DatagramFault): string => {
  switch (fault._tag) {
    case "WrongLength":
      return `the datagram has ${fault.lengthBytes} bytes and must have ${fault.wantedBytes}`
    case "WrongMagic":
      return `the datagram's magic is 0x${fault.magic.toString(16)} and must be 0xdeadbeef in host byte order`
    case "UnknownType":
      return `the control type ${fault.type} is unknown: 0 to 10 are defined`
    case "BadField":
      return `${fault.field} is ${fault.value} and must be ${fault.wanted}`
  }
}

/** Fault of one field; `wanted` completes the sentence "... must be ...". */
export const badField = (field: string, value: number | string, wanted: string): DatagramFault => ({
  _tag: "BadField",
  field,
  value: typeof value === "number" ? String(value) : JSON.stringify(value),
  wanted
})

/** Whether this machine is little endian: ibsim writes its control integers in the byte order of its host. */
export const HOST_IS_LITTLE_ENDIAN: boolean = endianness() === "LE"

/** A DataView over exactly the bytes of `bytes`, wherever they lie in their buffer. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Whether `value` is an integer in 0..`max`. */
export const isUint = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= max
