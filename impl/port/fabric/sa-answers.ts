/** Answers of the embedded fabric's SA, and records in them. */
import { classPortInfo } from "../../wire/class-port-info.ts"
import { madHeader, methodByte } from "../../wire/mad-header.ts"
import { METHOD, RESPONSE_BIT } from "../../wire/methods.ts"
import { PATH_RECORD_BYTES, pathRecord } from "../../wire/path-record.ts"
import { SA_DATA, saHeader } from "../../wire/sa.ts"
import { SA_STATUS } from "../../wire/status.ts"
import { viewOf } from "./packet.ts"

/** Methods that are answered by the response of another (IBTA Vol 1, 15.2.2). */
const ANSWERED_AS: ReadonlyMap<number, number> = new Map([
  [METHOD.Set, METHOD.Get],
  [METHOD.GetTraceTable, METHOD.GetTable]
])

/** The answer's header: R bit, SM_Key 0, the mask echoed, no data. */
export const blankAnswer = (request: Uint8Array, method: number): Uint8Array => {
  const mad = new Uint8Array(256)
  mad.set(request.subarray(0, 24))
  const view = viewOf(mad)
  methodByte.set(view, 0, (ANSWERED_AS.get(method) ?? method) | RESPONSE_BIT)
  madHeader.Status.set(view, 0, 0)
  const mask = viewOf(request)
  saHeader.ComponentMask.set(view, 0, saHeader.ComponentMask.high(mask, 0), saHeader.ComponentMask.low(mask, 0))
  return mad
}

/** The answer with another status. */
export const withStatus = (answer: Uint8Array, status: number): Uint8Array => {
  madHeader.Status.set(viewOf(answer), 0, status)
  return answer
}

/** Puts the one record of a Get into the answer. */
export const withRecord = (answer: Uint8Array, records: ReadonlyArray<Uint8Array>, recordBytes: number): Uint8Array => {
  const [record] = records
  if (record === undefined) return withStatus(answer, SA_STATUS.ERR_NO_RECORDS)
  if (records.length > 1) return withStatus(answer, SA_STATUS.ERR_TOO_MANY_RECORDS)
  answer.set(record, SA_DATA)
  saHeader.AttributeOffset.set(viewOf(answer), 0, ((recordBytes + 7) & ~7) / 8)
  return answer
}

/** The path from one port to another. */
export const pathBetween = (slid: number, sgid: string, dlid: number, dgid: string): Uint8Array => {
  const record = new Uint8Array(PATH_RECORD_BYTES)
  const made = viewOf(record)
  pathRecord.DGID.setHex(made, 0, dgid)
  pathRecord.SGID.setHex(made, 0, sgid)
  pathRecord.DLID.set(made, 0, dlid)
  pathRecord.SLID.set(made, 0, slid)
  pathRecord.Reversible.set(made, 0, 1)
  pathRecord.P_Key.set(made, 0, 0xffff)
  pathRecord.MtuSelector.set(made, 0, 2)
  pathRecord.Mtu.set(made, 0, 4)
  pathRecord.RateSelector.set(made, 0, 2)
  pathRecord.Rate.set(made, 0, 3)
  pathRecord.PacketLifeTimeSelector.set(made, 0, 2)
  return record
}

/** The SA's own ClassPortInfo. */
export const classPortInfoOf = (): Uint8Array => {
  const record = new Uint8Array(72)
  const view = viewOf(record)
  classPortInfo.BaseVersion.set(view, 0, 1)
  classPortInfo.ClassVersion.set(view, 0, 2)
  classPortInfo.CapabilityMask.set(view, 0, 0x2602)
  classPortInfo.RespTimeValue.set(view, 0, 16)
  return record
}
