/**
 * The RMPP header, MAD bytes 24 to 35 of the classes that use it (IBTA Vol 1, 13.6.2.1). Offsets count from
 * the MAD.
 */
import { at, compile, type Table } from "./layout.ts"

/** First byte after the RMPP header, from the start of the MAD. */
export const RMPP_END = 36

const RMPP_COMMON = {
  RMPPVersion: at(24, 0, 8),
  RMPPType: at(25, 0, 8),
  RRespTime: at(26, 0, 5),
  RMPPFlags: at(26, 5, 3),
  RMPPStatus: at(27, 0, 8)
} as const satisfies Table

/** RMPP header of a DATA packet, and of a MAD whose Active flag is clear; base = first byte of the MAD. */
export const RMPP_DATA = {
  ...RMPP_COMMON,
  SegmentNumber: at(28, 0, 32),
  PayloadLength: at(32, 0, 32)
} as const satisfies Table

/** RMPP header of an ACK packet; base = first byte of the MAD. */
export const RMPP_ACK = {
  ...RMPP_COMMON,
  SegmentNumber: at(28, 0, 32),
  NewWindowLast: at(32, 0, 32)
} as const satisfies Table

/** RMPP header of a STOP or ABORT packet; base = first byte of the MAD. */
export const RMPP_STOP_ABORT = {
  ...RMPP_COMMON,
  Reserved: at(28, 0, 32),
  Reserved2: at(32, 0, 32)
} as const satisfies Table

/** Accessors of {@link RMPP_DATA}; base = first byte of the MAD. */
export const rmppData = compile(RMPP_DATA)
/** Accessors of {@link RMPP_ACK}; base = first byte of the MAD. */
export const rmppAck = compile(RMPP_ACK)
/** Accessors of {@link RMPP_STOP_ABORT}; base = first byte of the MAD. */
export const rmppStopAbort = compile(RMPP_STOP_ABORT)

/** Values of `RMPPType`. */
export const RMPP_TYPE = { NONE: 0, DATA: 1, ACK: 2, STOP: 3, ABORT: 4 } as const
/** Bits of `RMPPFlags`. */
export const RMPP_FLAG = { Active: 1, First: 2, Last: 4 } as const
