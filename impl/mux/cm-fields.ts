/** Places of CM messages that the engine reads and patches, in bytes from the first of the MAD. */
import { CM_ATTRIBUTE } from "../wire/attributes.ts"
import { CM_APR, CM_LAP, CM_REJ, CM_REP, CM_REQ, CM_RTU, CM_SIDR_REQ } from "../wire/cm.ts"

/** The sender's id, in every message; the request id of SIDR_REQ and SIDR_REP. */
export const LOCAL_ID_BYTE = CM_RTU.LocalCommunicationID.byte
/** The receiver's id, in every message but REQ, SIDR_REQ and SIDR_REP. */
export const REMOTE_ID_BYTE = CM_RTU.RemoteCommunicationID.byte
export const REQ_CA_GUID_BYTE = CM_REQ.LocalCAGUID.byte
export const REQ_LOCAL_LID_BYTE = CM_REQ.PrimaryLocalPortLID.byte
export const REQ_REMOTE_LID_BYTE = CM_REQ.PrimaryRemotePortLID.byte
export const REQ_REMOTE_GID_BYTE = CM_REQ.PrimaryRemotePortGID.byte
export const REQ_LOCAL_GID_BYTE = CM_REQ.PrimaryLocalPortGID.byte
export const REQ_ALTERNATE_LOCAL_LID_BYTE = CM_REQ.AlternateLocalPortLID.byte
export const REQ_ALTERNATE_REMOTE_LID_BYTE = CM_REQ.AlternateRemotePortLID.byte
export const REQ_ALTERNATE_LOCAL_GID_BYTE = CM_REQ.AlternateLocalPortGID.byte
export const REQ_ALTERNATE_REMOTE_GID_BYTE = CM_REQ.AlternateRemotePortGID.byte
export const LAP_LOCAL_LID_BYTE = CM_LAP.AlternateLocalPortLID.byte
export const LAP_REMOTE_LID_BYTE = CM_LAP.AlternateRemotePortLID.byte
export const LAP_LOCAL_GID_BYTE = CM_LAP.AlternateLocalPortGID.byte
export const LAP_REMOTE_GID_BYTE = CM_LAP.AlternateRemotePortGID.byte
export const APR_STATUS_BYTE = CM_APR.APStatus.byte
export const REP_CA_GUID_BYTE = CM_REP.LocalCAGUID.byte
export const REJ_REASON_BYTE = CM_REJ.Reason.byte
export const REJ_ARI_BYTE = CM_REJ.AdditionalRejectInformation.byte
export const SIDR_SERVICE_ID_BYTE = CM_SIDR_REQ.ServiceID.byte

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { APR, DREP, DREQ, REJ, REQ, SIDR_REP } = CM_ATTRIBUTE

/** True for the attribute of a CM message. */
export const isCmMessage = (attribute: number): boolean => attribute >= REQ && attribute <= APR

/** True for a message that ends an exchange, if it comes from where its peer is known to be. */
export const isEnding = (attribute: number): boolean =>
  attribute === DREQ || attribute === DREP || attribute === REJ || attribute === SIDR_REP
