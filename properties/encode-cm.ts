/** The bytes of a CM message the model speaks of: the reverse of `mad-view.ts` for class 7, by the tables of impl/wire. */
import {
  cmApr, cmDrep, cmDreq, cmLap, cmMra, cmRej, cmRep, cmReq, cmRtu, cmSidrRep, cmSidrReq, type NumberAccessor, writeHex
} from "../impl/wire/index.ts"
import type { AlternatePath, Cm, CmOf } from "../model/mad.ts"

/** The number of 8 hex digits. Throws a RangeError for what is none: a variable that nothing is bound to. */
const word = (hex: string): number => {
  if (!/^[0-9a-f]{8}$/.test(hex)) throw new RangeError(`expected 8 hex digits of a communication id, got ${JSON.stringify(hex)}`)
  return Number.parseInt(hex, 16)
}

interface IdFields {
  readonly LocalCommunicationID: NumberAccessor
  readonly RemoteCommunicationID: NumberAccessor
}
type Ids = Pick<CmOf<"RTU">, "localId" | "remoteId">
const writeIds = (view: DataView, fields: IdFields, { localId, remoteId }: Ids): void => {
  fields.LocalCommunicationID.set(view, 0, word(localId))
  fields.RemoteCommunicationID.set(view, 0, word(remoteId))
}

type PathFields = Pick<
  typeof cmLap,
  "AlternateLocalPortLID" | "AlternateRemotePortLID" | "AlternateLocalPortGID" | "AlternateRemotePortGID"
>
const writePath = (view: DataView, fields: PathFields, path: AlternatePath): void => {
  fields.AlternateLocalPortLID.set(view, 0, path.localLid)
  fields.AlternateRemotePortLID.set(view, 0, path.remoteLid)
  fields.AlternateLocalPortGID.setHex(view, 0, path.localGid)
  fields.AlternateRemotePortGID.setHex(view, 0, path.remoteGid)
}

const writeReq = (view: DataView, of: CmOf<"REQ">): void => {
  cmReq.LocalCommunicationID.set(view, 0, word(of.localId))
  cmReq.LocalCAGUID.setHex(view, 0, of.caGuid)
  cmReq.RemoteCMResponseTimeout.set(view, 0, of.responseTimeout)
  cmReq.MaxCMRetries.set(view, 0, of.maxRetries)
  cmReq.PrimaryLocalPortLID.set(view, 0, of.localLid)
  cmReq.PrimaryRemotePortLID.set(view, 0, of.remoteLid)
  cmReq.PrimaryLocalPortGID.setHex(view, 0, of.localGid)
  cmReq.PrimaryRemotePortGID.setHex(view, 0, of.remoteGid)
  writePath(view, cmReq, of.alternate)
}

const writeRej = (view: DataView, of: CmOf<"REJ">): void => {
  writeIds(view, cmRej, of)
  cmRej.MessageREJected.set(view, 0, of.rejected)
  cmRej.Reason.set(view, 0, of.reason)
  writeHex(view, cmRej.AdditionalRejectInformation.byteOffset, 8, of.ariGuid)
}

/** Writes the fields of a message that rules read over the bytes of its MAD. */
export const writeCm = (view: DataView, cm: Cm): void => {
  switch (cm.message) {
    case "REQ":
      return writeReq(view, cm)
    case "REP":
      writeIds(view, cmRep, cm)
      return cmRep.LocalCAGUID.setHex(view, 0, cm.caGuid)
    case "REJ":
      return writeRej(view, cm)
    case "RTU":
    case "DREQ":
    case "DREP": {
      const fields = { RTU: cmRtu, DREQ: cmDreq, DREP: cmDrep }
      return writeIds(view, fields[cm.message], cm)
    }
    case "MRA":
      writeIds(view, cmMra, cm)
      return cmMra.ServiceTimeout.set(view, 0, cm.serviceTimeout)
    case "LAP":
      writeIds(view, cmLap, cm)
      return writePath(view, cmLap, cm.alternate)
    case "APR":
      writeIds(view, cmApr, cm)
      return cmApr.APStatus.set(view, 0, cm.status)
    case "SIDR_REQ":
      cmSidrReq.RequestID.set(view, 0, word(cm.requestId))
      return cmSidrReq.ServiceID.setHex(view, 0, cm.serviceId)
    case "SIDR_REP":
      return cmSidrRep.RequestID.set(view, 0, word(cm.requestId))
  }
}
