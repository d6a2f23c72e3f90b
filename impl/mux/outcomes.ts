/** What became of a MAD, as one small number: the hot path neither allocates nor throws. */
import { type Reason, reasons } from "../../spec/reasons.ts"

/** Every drop reason, by its code. */
export const reasonNames: ReadonlyArray<Reason> = Object.keys(reasons).filter((name): name is Reason => name in reasons)

/** Code of a drop: the place of the reason in spec/reasons.ts, 0 and up. */
const code = (reason: Reason): number => reasonNames.indexOf(reason)

/** The codes of all reasons, by name. */
export const reasonCode = (reason: Reason): number => code(reason)

export const DROP_BAD_LENGTH = code("bad-length")
export const DROP_BASE_VERSION = code("base-version")
export const DROP_CLASS_VERSION = code("class-version")
export const DROP_NOT_ATTACHED = code("not-attached")
export const DROP_SOURCE_QP = code("source-qp")
export const DROP_SMP_FROM_VF = code("smp-from-vf")
export const DROP_CLASS_QP = code("class-qp")
export const DROP_CLASS_POLICY = code("class-policy")
export const DROP_SA_METHOD = code("sa-method")
export const DROP_SA_DESTINATION = code("sa-destination")
export const DROP_NO_SM = code("no-sm")
export const DROP_REMOTE_QPN = code("remote-qpn")
export const DROP_PKEY_INDEX = code("pkey-index")
export const DROP_PKEY_MISMATCH = code("pkey-mismatch")
export const DROP_NO_GID = code("no-gid")
export const DROP_RESPONSE_UNASKED = code("response-unasked")
export const DROP_RESPONSE_UNDELIVERED = code("response-undelivered")
export const DROP_RMPP_UNKNOWN = code("rmpp-unknown")
export const DROP_DGID_UNKNOWN = code("dgid-unknown")
export const DROP_GID_PENDING = code("gid-pending")
export const DROP_STEER_CONFLICT = code("steer-conflict")
export const DROP_UNSOLICITED = code("unsolicited")
export const DROP_CM_ATTRIBUTE = code("cm-attribute")
export const DROP_CM_UNKNOWN = code("cm-unknown")
export const DROP_CM_PEER = code("cm-peer")
export const DROP_CM_REJ_RATE = code("cm-rej-rate")
export const DROP_REPORT_ANSWERED = code("report-answered")
export const DROP_TID_QUOTA = code("tid-quota")
export const DROP_CM_QUOTA = code("cm-quota")
export const DROP_INBOUND_QUOTA = code("inbound-quota")
export const DROP_SERVICE_QUOTA = code("service-quota")
export const DROP_WIRE_FULL = code("wire-full")
export const DROP_FUNCTION_FULL = code("function-full")

/** The MAD leaves to the wire. */
export const FORWARD = 64
/** The MAD goes to a function. */
export const DELIVER = 65
/** The PF context answered the MAD itself. */
export const ANSWERED = 66
/** Another part of the PF context took the MAD, and counts it. */
export const CONSUMED = 67

/** True for the code of a drop. */
export const isDrop = (outcome: number): boolean => outcome < FORWARD
