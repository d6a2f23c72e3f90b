/** Methods of MADs (IBTA Vol 1, 13.4.5 and 15.2.2). */
import { nameOf } from "./names.ts"

/** The response bit of byte 3 (`R` of the MAD header). */
export const RESPONSE_BIT = 0x80

/** Methods by name; the number is the whole byte 3 of the MAD, response bit included. */
export const METHOD = {
  Get: 0x01,
  Set: 0x02,
  Send: 0x03,
  Trap: 0x05,
  Report: 0x06,
  TrapRepress: 0x07,
  GetTable: 0x12,
  GetTraceTable: 0x13,
  GetMulti: 0x14,
  Delete: 0x15,
  GetResp: 0x81,
  ReportResp: 0x86,
  GetTableResp: 0x92,
  GetMultiResp: 0x94,
  DeleteResp: 0x95
} as const

/** Name of the method in byte 3 of a MAD, or its number in hex. */
export const methodName = nameOf(METHOD, 2)
