/** Which MADs control an RMPP transfer (spec/tid.md). */
import * as classes from "../wire/classes.ts"
import { RMPP_DATA, RMPP_FLAG, RMPP_TYPE } from "../wire/rmpp.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { isVendorOuiClass, MGMT_CLASS } = classes

/** True for a management class that carries an RMPP header. */
const hasRmppHeader = (mgmtClass: number): boolean =>
  mgmtClass === MGMT_CLASS.SubnAdm || isVendorOuiClass(mgmtClass) || mgmtClass === MGMT_CLASS.DevMgt ||
  mgmtClass === MGMT_CLASS.DevAdm || mgmtClass === MGMT_CLASS.BIS

/** An ACK, STOP or ABORT with the Active flag, in a class that has the RMPP header. */
export const isRmppControl = (view: DataView, mad: number, mgmtClass: number): boolean => {
  if (!hasRmppHeader(mgmtClass)) return false
  if ((view.getUint8(mad + RMPP_DATA.RMPPFlags.byte) & RMPP_FLAG.Active) === 0) return false
  const type = view.getUint8(mad + RMPP_DATA.RMPPType.byte)
  return type >= RMPP_TYPE.ACK && type <= RMPP_TYPE.ABORT
}
