/** What a VF may ask of which class (spec/classes.md, "Policy for a VF"). */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import * as classes from "../wire/classes.ts"
import * as methods from "../wire/methods.ts"
import { MAD_STATUS, SA_STATUS } from "../wire/status.ts"
import { OUI_OPENIB, VENDOR_OUI } from "../wire/vendor.ts"
import * as outcomes from "./outcomes.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { isVendorOuiClass, MGMT_CLASS } = classes
const { METHOD } = methods
const { DROP_CLASS_POLICY, DROP_SA_METHOD, FORWARD } = outcomes

/** Added to a status: the request is refused with this answer. Above every outcome code. */
export const REFUSE = 0x1_0000
const REFUSE_SA = REFUSE + SA_STATUS.ERR_REQ_INVALID
const REFUSE_CLASS = REFUSE + MAD_STATUS.MethodAttributeNotSupported
/** The 32-bit word that ends with the OUI. */
const OUI_WORD = VENDOR_OUI.Reserved.byte

/** True for a method, R bit clear, that has a response: only such a request can be answered. */
export const hasResponse = (method: number): boolean =>
  method === METHOD.Get || method === METHOD.Set || (method >= METHOD.GetTable && method <= METHOD.Delete)

/** The OUI of a vendor class MAD at byte `mad`. */
export const ouiOf = (view: DataView, mad: number): number => view.getUint32(mad + OUI_WORD) & 0xff_ffff

/** True for a MAD of the one vendor class that VFs may use: ibping's. */
export const isOpenVendor = (view: DataView, mad: number, mgmtClass: number): boolean =>
  isVendorOuiClass(mgmtClass) && ouiOf(view, mad) === OUI_OPENIB

const refusal = (method: number): number => (hasResponse(method) ? REFUSE_CLASS : DROP_CLASS_POLICY)

const saPolicy = (method: number, attribute: number): number => {
  if (!hasResponse(method)) return DROP_SA_METHOD
  const changes = method === METHOD.Set || method === METHOD.Delete
  return !changes || attribute === SA_ATTRIBUTE.MCMemberRecord ? FORWARD : REFUSE_SA
}

/**
 * What becomes of a VF's MAD at byte `mad` whose R bit is clear: FORWARD, a drop code, or {@link REFUSE} + the
 * status of the answer.
 */
export const policyOf = (view: DataView, mad: number, mgmtClass: number, method: number, attribute: number): number => {
  switch (mgmtClass) {
    case MGMT_CLASS.SubnAdm:
      return saPolicy(method, attribute)
    case MGMT_CLASS.Perf:
    case MGMT_CLASS.DevMgt:
      return method === METHOD.Get ? FORWARD : refusal(method)
    case MGMT_CLASS.ComMgt:
      return method === METHOD.Send ? FORWARD : refusal(method)
    default:
      return isOpenVendor(view, mad, mgmtClass) ? FORWARD : refusal(method)
  }
}
