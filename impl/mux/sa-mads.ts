/**
 * SA MADs that the PF context makes: requests to the SA, answers for functions. Each is made afresh: header
 * fields, the rest zero.
 */
import { MAD_BYTES } from "../ring/slot.ts"
import { CLASS_VERSION, MGMT_CLASS, WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { GRH_BYTES, GRH_PAY_LEN, grh, IP_VER, NXT_HDR_IBA } from "../wire/grh.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import type { MadAddress } from "./control-host.ts"
import type { FunctionRequest } from "./function-request.ts"

/** A MAD of 256 bytes over which the accessors work. */
export interface MadView {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** An SA MAD with its header; status, ComponentMask and attribute are zero. */
export const newSaMad = (method: number, attributeId: number, tidHigh: number, tidLow: number): MadView => {
  const bytes = new Uint8Array(MAD_BYTES)
  const view = new DataView(bytes.buffer)
  madHeader.BaseVersion.set(view, 0, 1)
  madHeader.MgmtClass.set(view, 0, MGMT_CLASS.SubnAdm)
  madHeader.ClassVersion.set(view, 0, CLASS_VERSION.SubnAdm)
  methodByte.set(view, 0, method)
  madHeader.TransactionID.set(view, 0, tidHigh, tidLow)
  madHeader.AttributeID.set(view, 0, attributeId)
  return { bytes, view }
}

/** Where requests to the SA go: QPN 1 of the subnet manager, without a GRH. */
export const saAddress = (smLid: number, smSl: number): MadAddress => ({
  lid: smLid, sl: smSl, pathBits: 0, remoteQpn: 1, rate: 0, qKey: WELL_KNOWN_Q_KEY, pkeyIndex: 0, grh: null
})

const answerGrh = (sgid: string, dgid: string): Uint8Array => {
  const bytes = new Uint8Array(GRH_BYTES)
  const view = new DataView(bytes.buffer)
  grh.IPVer.set(view, 0, IP_VER)
  grh.PayLen.set(view, 0, GRH_PAY_LEN)
  grh.NxtHdr.set(view, 0, NXT_HDR_IBA)
  grh.SGID.setHex(view, 0, sgid)
  grh.DGID.setHex(view, 0, dgid)
  return bytes
}

/**
 * Where an answer claims to come from: the SM (the request's DLID while `smLid` is 0), the rest mirrored from
 * the request, with a GRH if it had one. `ownGid` is the function's GID.
 */
export const answerAddress = (request: FunctionRequest, smLid: number, ownGid: string): MadAddress => ({
  lid: smLid === 0 ? request.dlid : smLid,
  sl: request.sl,
  pathBits: request.pathBits,
  remoteQpn: 1,
  rate: 0,
  qKey: 0,
  pkeyIndex: request.pkeyIndex,
  grh: request.dgid === null ? null : answerGrh(request.dgid, ownGid)
})
