/** What a VF may ask of which class (spec/classes.md, "Policy for a VF"). */
import { SA_ATTRIBUTE } from "../wire/attributes.ts"
import * as classes from "../wire/classes.ts"
import * as methods from "../wire/methods.ts"
import { MAD_STATUS, SA_STATUS } from "../wire/status.ts"
import { OUI_OPENIB, VENDOR_OUI } from "../wire/vendor.ts"
import * as outcomes from "./outcomes.ts"
import * as rmpp from "./rmpp.ts"
import { type Allowance, checkPolicy, type PolicyLists } from "./policy-lists.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { isVendorOuiClass, MGMT_CLASS } = classes
const { METHOD } = methods
const { isRmppControl } = rmpp
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

/** `answer`, or a drop: what has no response, and RMPP control, which asks nothing, cannot be answered. */
const refusal = (view: DataView, mad: number, mgmtClass: number, method: number, answer: number): number =>
  hasResponse(method) && !isRmppControl(view, mad, mgmtClass) ? answer : DROP_CLASS_POLICY

const NONE = 0
const GET = 1
const ALL = 2
/** SA attributes: Get forms and Set. */
const SETS = 3
/** By OUI: vendor classes, unless listed. */
const BY_OUI = 3
const LEVEL: Readonly<Record<Allowance, number>> = { none: NONE, get: GET, all: ALL }

/** The policy in force. */
export interface Policy {
  /**
   * What becomes of a VF's MAD at byte `mad` whose R bit is clear: FORWARD, a drop code, or {@link REFUSE} + the
   * status of the answer.
   */
  readonly of: (view: DataView, mad: number, mgmtClass: number, method: number, attribute: number) => number
  /** Replaces the lists that are given. Throws an InputError as {@link checkPolicy} does. */
  readonly change: (lists: Partial<PolicyLists>) => void
}

/** The policy of these lists. A factory, see engine.ts. */
export const makePolicy = (lists: PolicyLists): Policy => {
  const classes = new Uint8Array(0x100)
  const saAttributes = new Uint8Array(0x1_0000)
  const setClasses = (listed: PolicyLists["classes"]): void => {
    classes.fill(NONE)
    for (const mgmtClass of classes.keys()) if (isVendorOuiClass(mgmtClass)) classes[mgmtClass] = BY_OUI
    classes[MGMT_CLASS.Perf] = GET
    classes[MGMT_CLASS.DevMgt] = GET
    for (const { allow, mgmtClass } of listed.toReversed()) classes[mgmtClass] = LEVEL[allow]
  }
  const setAttributes = (listed: PolicyLists["saAttributes"]): void => {
    saAttributes.fill(GET)
    saAttributes[SA_ATTRIBUTE.MCMemberRecord] = ALL
    saAttributes[SA_ATTRIBUTE.ServiceRecord] = ALL
    saAttributes[SA_ATTRIBUTE.InformInfo] = SETS
    for (const { allow, attributeId } of listed.toReversed()) saAttributes[attributeId] = LEVEL[allow]
  }
  const change = ({ classes: ofClasses, saAttributes: ofAttributes }: Partial<PolicyLists>): void => {
    checkPolicy({
      classes: ofClasses === undefined ? [] : ofClasses,
      saAttributes: ofAttributes === undefined ? [] : ofAttributes
    })
    if (ofClasses !== undefined) setClasses(ofClasses)
    if (ofAttributes !== undefined) setAttributes(ofAttributes)
  }
  change(lists)

  const saPolicy = (view: DataView, mad: number, method: number, attribute: number): number => {
    if (!hasResponse(method)) return DROP_SA_METHOD
    const level = saAttributes[attribute]!
    const changes = method === METHOD.Set || method === METHOD.Delete
    const passes = level === ALL || (level !== NONE && !changes) || (level === SETS && method === METHOD.Set)
    return passes ? FORWARD : refusal(view, mad, MGMT_CLASS.SubnAdm, method, REFUSE_SA)
  }
  const of = (view: DataView, mad: number, mgmtClass: number, method: number, attribute: number): number => {
    if (mgmtClass === MGMT_CLASS.SubnAdm) return saPolicy(view, mad, method, attribute)
    if (mgmtClass === MGMT_CLASS.ComMgt) {
      return method === METHOD.Send || method === METHOD.Get ? FORWARD : refusal(view, mad, mgmtClass, method, REFUSE_CLASS)
    }
    const level = classes[mgmtClass]!
    const passes = level === ALL || (level === GET && method === METHOD.Get) ||
      (level === BY_OUI && ouiOf(view, mad) === OUI_OPENIB)
    return passes ? FORWARD : refusal(view, mad, mgmtClass, method, REFUSE_CLASS)
  }
  return { of, change }
}
