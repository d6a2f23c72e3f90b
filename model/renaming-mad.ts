/** How MADs and what carries them are renamed (`model/renaming.ts`). */
import type { EgressAddress, EventOf, Grh, GrhRequest } from "./event.ts"
import type { AlternatePath, Body, Cm, CmOf, GuidInfo, InformInfo, Mad, Malformed, McMember, Notice } from "./mad.ts"
import type { ClassPortInfo, ServiceRecord } from "./mad.ts"
import { byFunction, fields, functionId, gid, guid, orNull, qpn, type Rename } from "./renaming.ts"

const alternatePath = fields<AlternatePath>({ localGid: gid, remoteGid: gid })
const req = fields<CmOf<"REQ">>({ caGuid: guid, localGid: gid, remoteGid: gid, alternate: alternatePath })
const rep = fields<CmOf<"REP">>({ caGuid: guid })
const rej = fields<CmOf<"REJ">>({ ariGuid: guid })
const lap = fields<CmOf<"LAP">>({ alternate: alternatePath })

/** A CM message. */
export const cmMessage: Rename<Cm> = (cm, by) => {
  switch (cm.message) {
    case "REQ":
      return req(cm, by)
    case "REP":
      return rep(cm, by)
    case "REJ":
      return rej(cm, by)
    case "LAP":
      return lap(cm, by)
    default:
      return cm
  }
}

/** Where the bits of the GUIDs begin in the ComponentMask of a GUIDInfoRecord (IBTA 15.2.5.18). */
const FIRST_GUID_BIT = 4

/** A mask of a GUIDInfoRecord of block 0, whose bits name functions by their slots. */
export const guidMask: Rename<string> = (mask, { functions }) => {
  const bits = Number.parseInt(mask.slice(-4), 16)
  const moved = Array.from({ length: 8 }, (_, n) => n).reduce((all, n) => {
    const isSet = (bits >> (FIRST_GUID_BIT + n)) & 1
    return all | (isSet << (FIRST_GUID_BIT + (functions[n] ?? n)))
  }, bits & 0xf)
  return mask.slice(0, -4) + (moved | (bits & 0xf000)).toString(16).padStart(4, "0")
}

const guidSlots = byFunction(guid)
const guidInfo = fields<GuidInfo>({ mask: guidMask, guids: guidSlots })
/** Block 0 has the slots of the first eight functions; more are not explored. */
const guidInfoOfBlock: Rename<GuidInfo> = (of, by) => (of.block === 0 ? guidInfo(of, by) : of)

/** An MCMemberRecord. */
export const mcMember = fields<McMember>({ mgid: gid, portGid: gid })
const serviceRecord = fields<ServiceRecord>({ gid })
const informInfo = fields<InformInfo>({ gid, qpn })
const notice = fields<Notice>({ gidAddr: gid, issuerGid: gid })
const classPortInfo = fields<ClassPortInfo>({ redirectGid: gid, redirectQp: qpn })

/** What a rule reads inside a MAD. */
const body: Rename<Body> = (of, by) => {
  switch (of._tag) {
    case "opaque":
    case "mcMembers":
      return of
    case "mcMember":
      return mcMember(of, by)
    case "guidInfo":
      return guidInfoOfBlock(of, by)
    case "serviceRecord":
      return serviceRecord(of, by)
    case "informInfo":
      return informInfo(of, by)
    case "notice":
      return notice(of, by)
    case "cm":
      return cmMessage(of, by)
    case "classPortInfo":
      return classPortInfo(of, by)
  }
}

/** One MAD. */
export const mad = fields<Mad>({ body, payload: (payload, by) => by.payload(payload) })

const madOrBytes: Rename<Mad | Malformed> = (of, by) => ("_tag" in of ? of : mad(of, by))

/** A GRH that arrives. */
export const grh = fields<Grh>({ sgid: gid, dgid: gid })
const grhRequest = fields<GrhRequest>({ dgid: gid })
/** The address of a function's work request. */
export const egressAddress = fields<EgressAddress>({ remoteQpn: qpn, grh: orNull(grhRequest) })

/** A MAD that a function posted. */
export const egress = fields<EventOf<"Egress">>({
  function: functionId, srcQpn: orNull(qpn), address: egressAddress, mad: madOrBytes
})
