/** MADs of InformInfo that the PF context makes: requests to the SA, answers for functions (SQP-SUB-8). */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import { INFORM_INFO_BYTES, informInfo } from "../wire/inform-info.ts"
import { madHeader } from "../wire/mad-header.ts"
import { METHOD } from "../wire/methods.ts"
import { SA_DATA } from "../wire/sa.ts"
import { type MadView, newSaMad } from "./sa-mads.ts"
import type { Filter, InformRequest } from "./subscription.ts"

/** RespTimeValue of the port: it answers a Report within 4.096 us * 2^18, about a second. */
const RESP_TIME_VALUE = 18
/** The QPN that every Report comes to. */
const GSI_QPN = 1

const newInform = (method: number, tidHigh: number, tidLow: number, { inform }: Filter): MadView => {
  const mad = newSaMad(method, SA_ATTRIBUTE.InformInfo, tidHigh, tidLow)
  mad.bytes.set(new Uint8Array(inform.buffer, 0, INFORM_INFO_BYTES), SA_DATA)
  return mad
}

/** Set(InformInfo) for the SA. */
export const informMad = (tid: number, filter: Filter, subscribe: boolean): Uint8Array => {
  const { bytes, view } = newInform(METHOD.Set, 0, tid, filter)
  informInfo.Subscribe.set(view, SA_DATA, subscribe ? 1 : 0)
  informInfo.QPN.set(view, SA_DATA, GSI_QPN)
  informInfo.RespTimeValue.set(view, SA_DATA, RESP_TIME_VALUE)
  return bytes
}

/** The answer to a function's Set(InformInfo), which it repeats. */
export const informAnswerMad = (request: InformRequest, status: number): Uint8Array => {
  const { filter, qpn, respTimeValue, subscribe, tidHigh, tidLow } = request
  const { bytes, view } = newInform(METHOD.GetResp, tidHigh, tidLow, filter)
  madHeader.Status.set(view, 0, status)
  informInfo.Subscribe.set(view, SA_DATA, subscribe)
  informInfo.QPN.set(view, SA_DATA, qpn)
  informInfo.RespTimeValue.set(view, SA_DATA, respTimeValue)
  return bytes
}
