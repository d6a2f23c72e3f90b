/** The packets of an RMPP transfer (IBTA Vol 1, 13.6.2), made from a MAD that has the transfer's header. */
import { isVendorOuiClass } from "../../../wire/classes.ts"
import { madHeader, methodByte } from "../../../wire/mad-header.ts"
import { RESPONSE_BIT } from "../../../wire/methods.ts"
import { RMPP_END, RMPP_FLAG, RMPP_TYPE, rmppAck, rmppData, rmppStopAbort } from "../../../wire/rmpp.ts"
import { SA_DATA } from "../../../wire/sa.ts"
import { viewOf } from "../packet.ts"

const MAD_BYTES = 256
const RMPP_VERSION = 1
/** End of the OUI that follows the RMPP header in the vendor classes 0x30..0x4f. */
const VENDOR_DATA = 40

/** Values of RMPPStatus in STOP and ABORT (IBTA Vol 1, 13.6.2.4). */
export const RMPP_STATUS = {
  ResourcesExhausted: 1,
  TimeTooLong: 118,
  InconsistentLast: 119,
  InconsistentFirst: 120,
  BadType: 121,
  NewWindowLastTooSmall: 122,
  SegmentNumberTooBig: 123,
  UnsupportedVersion: 125,
  TooManyRetries: 126
} as const

/** The first byte of data in a segment: after the OUI of a vendor class, else after the SA header. */
export const dataByte = (mad: Uint8Array): number =>
  isVendorOuiClass(madHeader.MgmtClass.get(viewOf(mad), 0)) ? VENDOR_DATA : SA_DATA

/** Bytes of data in a full segment. */
export const segmentBytes = (mad: Uint8Array): number => MAD_BYTES - dataByte(mad)

/** How many segments data of so many bytes take, at least one. */
export const segmentCount = (mad: Uint8Array, dataBytes: number): number =>
  Math.max(1, Math.ceil(dataBytes / segmentBytes(mad)))

/** The class's own header lies in every segment and counts as payload. */
const headerBytes = (mad: Uint8Array): number => dataByte(mad) - RMPP_END

/** RMPP type of a MAD of a class that has the header; NONE when it is not active. */
export const rmppTypeOf = (mad: Uint8Array): number => {
  const view = viewOf(mad)
  const active = (rmppData.RMPPFlags.get(view, 0) & RMPP_FLAG.Active) !== 0
  return active ? rmppData.RMPPType.get(view, 0) : RMPP_TYPE.NONE
}

/** Segment `number` (from 1) of the data; `header` is a MAD up to the data. */
export const dataSegment = (header: Uint8Array, data: Uint8Array, number: number): Uint8Array => {
  const count = segmentCount(header, data.length)
  const room = segmentBytes(header)
  const part = data.subarray((number - 1) * room, number * room)
  const mad = new Uint8Array(MAD_BYTES)
  mad.set(header.subarray(0, dataByte(header)))
  mad.set(part, dataByte(header))
  const view = viewOf(mad)
  const first = number === 1 ? RMPP_FLAG.First : 0
  const last = number === count ? RMPP_FLAG.Last : 0
  rmppData.RMPPVersion.set(view, 0, RMPP_VERSION)
  rmppData.RMPPType.set(view, 0, RMPP_TYPE.DATA)
  rmppData.RMPPFlags.set(view, 0, RMPP_FLAG.Active | first | last)
  rmppData.SegmentNumber.set(view, 0, number)
  const whole = data.length + count * headerBytes(header)
  const length = last ? part.length + headerBytes(header) : whole
  // The first segment tells the length of all, the last its own; a single one is both.
  rmppData.PayloadLength.set(view, 0, first || last ? (count === 1 ? whole : length) : 0)
  return mad
}

/** A packet back to the sender of `mad`: its header with the R bit toggled, no data. */
const back = (mad: Uint8Array, type: number, status: number): Uint8Array => {
  const made = new Uint8Array(MAD_BYTES)
  made.set(mad.subarray(0, dataByte(mad)))
  const view = viewOf(made)
  methodByte.set(view, 0, methodByte.get(view, 0) ^ RESPONSE_BIT)
  rmppAck.RMPPVersion.set(view, 0, RMPP_VERSION)
  rmppAck.RMPPType.set(view, 0, type)
  rmppAck.RMPPFlags.set(view, 0, RMPP_FLAG.Active)
  rmppAck.RMPPStatus.set(view, 0, status)
  rmppAck.SegmentNumber.set(view, 0, 0)
  rmppAck.NewWindowLast.set(view, 0, 0)
  return made
}

/**
 * The ACK of all segments up to `segment` of the transfer `mad` belongs to, with the end of the new window.
 */
export const ackOf = (mad: Uint8Array, segment: number, newWindowLast: number): Uint8Array => {
  const made = back(mad, RMPP_TYPE.ACK, 0)
  rmppAck.SegmentNumber.set(viewOf(made), 0, segment)
  rmppAck.NewWindowLast.set(viewOf(made), 0, newWindowLast)
  return made
}

/** An ABORT, or with RMPP_STATUS.ResourcesExhausted a STOP, to the sender of `mad`. */
export const abortOf = (mad: Uint8Array, status: number): Uint8Array =>
  back(mad, status === RMPP_STATUS.ResourcesExhausted ? RMPP_TYPE.STOP : RMPP_TYPE.ABORT, status)

/** What an ABORT of the one who sends data is made from: like `back`, but in the direction of the data. */
export const abortOfSender = (header: Uint8Array, status: number): Uint8Array => {
  const made = abortOf(header, status)
  methodByte.set(viewOf(made), 0, methodByte.get(viewOf(header), 0))
  return made
}

/** RMPPStatus of a STOP or ABORT. */
export const statusOf = (mad: Uint8Array): number => rmppStopAbort.RMPPStatus.get(viewOf(mad), 0)
/** Length of the class's header and the data of a DATA packet, as it says. */
export const payloadLengthOf = (mad: Uint8Array): number => rmppData.PayloadLength.get(viewOf(mad), 0)
/** Bytes of data that the PayloadLength of a last segment names. */
export const lastDataBytes = (mad: Uint8Array): number => payloadLengthOf(mad) - headerBytes(mad)
