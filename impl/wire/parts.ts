/** Which tables a MAD is made of, from its class, method and attribute. Cold side. */
import { CM_ATTRIBUTE, COMMON_ATTRIBUTE, PERF_ATTRIBUTE, SA_ATTRIBUTE, SMP_ATTRIBUTE } from "./attributes.ts"
import { CLASS_PORT_INFO } from "./class-port-info.ts"
import { isVendorOuiClass, MGMT_CLASS } from "./classes.ts"
import {
  CM_APR, CM_DREP, CM_DREQ, CM_LAP, CM_MRA, CM_REJ, CM_REP, CM_REQ, CM_RTU, CM_SIDR_REP, CM_SIDR_REQ
} from "./cm.ts"
import { GUID_INFO_RECORD } from "./guid-info-record.ts"
import { GUID_INFO } from "./guid-info.ts"
import { INFORM_INFO, INFORM_INFO_RECORD } from "./inform-info.ts"
import { extentOf, type Field, type Table } from "./layout.ts"
import { MAD_HEADER, madHeader } from "./mad-header.ts"
import { MC_MEMBER_RECORD } from "./mc-member-record.ts"
import { NODE_DESCRIPTION, NODE_INFO } from "./node-info.ts"
import { NODE_RECORD } from "./node-record.ts"
import { NOTICE, NOTICE_144_DETAILS, NOTICE_GID_DETAILS, notice, TRAP_NUMBER } from "./notice.ts"
import { P_KEY_TABLE } from "./p-key-table.ts"
import { PATH_RECORD } from "./path-record.ts"
import { PERF_DATA, PORT_COUNTERS } from "./port-counters.ts"
import { PORT_INFO_RECORD } from "./port-info-record.ts"
import { PORT_INFO } from "./port-info.ts"
import { RMPP_ACK, RMPP_DATA, RMPP_END, RMPP_FLAG, RMPP_STOP_ABORT, RMPP_TYPE, rmppData } from "./rmpp.ts"
import { SA_DATA, SA_DATA_BYTES, SA_HEADER, saHeader } from "./sa.ts"
import { SERVICE_RECORD } from "./service-record.ts"
import { SM_INFO } from "./sm-info.ts"
import { SMP_DATA, SMP_DATA_BYTES, SMP_DIRECTED_ROUTE, SMP_LID_ROUTED } from "./smp.ts"
import { VENDOR_OUI } from "./vendor.ts"

/**
 * A table laid at byte `base` of the MAD; only its fields that end at or before byte `end` of the MAD count.
 */
export interface Part {
  readonly name: string
  readonly table: Table
  readonly base: number
  readonly end: number
}

/** A named table: the attribute or message of one number. */
type Named = readonly [name: string, table: Table]

const cmMessages: ReadonlyMap<number, Named> = new Map([
  [CM_ATTRIBUTE.REQ, ["REQ", CM_REQ]],
  [CM_ATTRIBUTE.MRA, ["MRA", CM_MRA]],
  [CM_ATTRIBUTE.REJ, ["REJ", CM_REJ]],
  [CM_ATTRIBUTE.REP, ["REP", CM_REP]],
  [CM_ATTRIBUTE.RTU, ["RTU", CM_RTU]],
  [CM_ATTRIBUTE.DREQ, ["DREQ", CM_DREQ]],
  [CM_ATTRIBUTE.DREP, ["DREP", CM_DREP]],
  [CM_ATTRIBUTE.SIDR_REQ, ["SIDR_REQ", CM_SIDR_REQ]],
  [CM_ATTRIBUTE.SIDR_REP, ["SIDR_REP", CM_SIDR_REP]],
  [CM_ATTRIBUTE.LAP, ["LAP", CM_LAP]],
  [CM_ATTRIBUTE.APR, ["APR", CM_APR]]
])

const saAttributes: ReadonlyMap<number, Named> = new Map([
  [SA_ATTRIBUTE.ClassPortInfo, ["ClassPortInfo", CLASS_PORT_INFO]],
  [SA_ATTRIBUTE.Notice, ["Notice", NOTICE]],
  [SA_ATTRIBUTE.InformInfo, ["InformInfo", INFORM_INFO]],
  [SA_ATTRIBUTE.NodeRecord, ["NodeRecord", NODE_RECORD]],
  [SA_ATTRIBUTE.PortInfoRecord, ["PortInfoRecord", PORT_INFO_RECORD]],
  [SA_ATTRIBUTE.GUIDInfoRecord, ["GUIDInfoRecord", GUID_INFO_RECORD]],
  [SA_ATTRIBUTE.ServiceRecord, ["ServiceRecord", SERVICE_RECORD]],
  [SA_ATTRIBUTE.PathRecord, ["PathRecord", PATH_RECORD]],
  [SA_ATTRIBUTE.MCMemberRecord, ["MCMemberRecord", MC_MEMBER_RECORD]],
  [SA_ATTRIBUTE.InformInfoRecord, ["InformInfoRecord", INFORM_INFO_RECORD]]
])

const smpAttributes: ReadonlyMap<number, Named> = new Map([
  [SMP_ATTRIBUTE.Notice, ["Notice", NOTICE]],
  [SMP_ATTRIBUTE.NodeDescription, ["NodeDescription", NODE_DESCRIPTION]],
  [SMP_ATTRIBUTE.NodeInfo, ["NodeInfo", NODE_INFO]],
  [SMP_ATTRIBUTE.GUIDInfo, ["GUIDInfo", GUID_INFO]],
  [SMP_ATTRIBUTE.PortInfo, ["PortInfo", PORT_INFO]],
  [SMP_ATTRIBUTE.P_KeyTable, ["P_KeyTable", P_KEY_TABLE]],
  [SMP_ATTRIBUTE.SMInfo, ["SMInfo", SM_INFO]]
])

const perfAttributes: ReadonlyMap<number, Named> = new Map([
  [COMMON_ATTRIBUTE.ClassPortInfo, ["ClassPortInfo", CLASS_PORT_INFO]],
  [PERF_ATTRIBUTE.PortCounters, ["PortCounters", PORT_COUNTERS]]
])

const without = (table: Table, field: string): Table => {
  const { [field]: _, ...rest }: Readonly<Record<string, Field>> = table
  return rest
}

/** A message or header whose table counts from the first byte of the MAD. */
const ofMad = (name: string, table: Table): Part => ({ name, table, base: 0, end: extentOf(table).end })

const detailsOf = (view: DataView, base: number): Table | undefined => {
  if (notice.IsGeneric.get(view, base) === 0) return undefined
  switch (notice.TrapNumber.get(view, base)) {
    case TRAP_NUMBER.GIDInService:
    case TRAP_NUMBER.GIDOutOfService:
    case TRAP_NUMBER.MulticastGroupCreated:
    case TRAP_NUMBER.MulticastGroupDeleted:
      return NOTICE_GID_DETAILS
    case TRAP_NUMBER.LocalChanges:
      return NOTICE_144_DETAILS
    default:
      return undefined
  }
}

/** The attribute at `base` of which bytes up to `end` count; a notice comes with the details of its trap. */
const attributeParts = (
  view: DataView,
  [name, table]: Named,
  base: number,
  end: number
): ReadonlyArray<Part> => {
  const details = table === NOTICE && base + 6 <= view.byteLength ? detailsOf(view, base) : undefined
  if (details === undefined) return [{ name, table, base, end }]
  return [
    { name, table: without(table, "DataDetails"), base, end },
    { name: `${name} details`, table: details, base, end }
  ]
}

const rmppTable = (view: DataView): Table => {
  switch (rmppData.RMPPType.get(view, 0)) {
    case RMPP_TYPE.ACK:
      return RMPP_ACK
    case RMPP_TYPE.STOP:
    case RMPP_TYPE.ABORT:
      return RMPP_STOP_ABORT
    default:
      return RMPP_DATA
  }
}

/** Bytes of SA data in which records may begin: none in an RMPP control packet or a later segment. */
const recordBytes = (view: DataView): number => {
  const room = Math.min(view.byteLength - SA_DATA, SA_DATA_BYTES)
  const flags = rmppData.RMPPFlags.get(view, 0)
  switch (rmppData.RMPPType.get(view, 0)) {
    case RMPP_TYPE.NONE:
      // Below a kernel that segments, or in a simulator that does not, a whole table travels as type 0.
      return room
    case RMPP_TYPE.DATA: {
      if ((flags & RMPP_FLAG.First) === 0) return 0
      if ((flags & RMPP_FLAG.Last) === 0) return room
      // The payload length of a last segment counts the SA header too.
      return Math.min(rmppData.PayloadLength.get(view, 0) - (SA_DATA - RMPP_END), room)
    }
    default:
      return 0
  }
}

const isRmppActive = (view: DataView): boolean => (rmppData.RMPPFlags.get(view, 0) & RMPP_FLAG.Active) !== 0

const saParts = (view: DataView): ReadonlyArray<Part> => {
  const end = SA_DATA + SA_DATA_BYTES
  if (view.byteLength < SA_DATA) return [ofMad("RMPP", RMPP_DATA), ofMad("SA header", SA_HEADER)]
  const headers = [ofMad("RMPP", rmppTable(view)), ofMad("SA header", SA_HEADER)]
  const known = saAttributes.get(madHeader.AttributeID.get(view, 0))
  if (known === undefined) return headers
  if (!isRmppActive(view)) return [...headers, ...attributeParts(view, known, SA_DATA, end)]
  const [name, table] = known
  const length = extentOf(table).end
  const stride = Math.max(saHeader.AttributeOffset.get(view, 0) * 8, length)
  const records: Array<Part> = []
  for (let offset = 0; offset + length <= recordBytes(view); offset += stride) {
    records.push(...attributeParts(view, [`${name} ${records.length + 1}`, table], SA_DATA + offset, end))
  }
  return [...headers, ...records]
}

const smpParts = (view: DataView, name: string, table: Table): ReadonlyArray<Part> => {
  const attribute = smpAttributes.get(madHeader.AttributeID.get(view, 0))
  if (attribute === undefined) return [ofMad(name, table)]
  return [
    ofMad(name, without(table, "SMPData")),
    ...attributeParts(view, attribute, SMP_DATA, SMP_DATA + SMP_DATA_BYTES)
  ]
}

/**
 * The parts of the MAD that fills `view` from byte 0, which must hold at least the 24 bytes of the MAD
 * header. Parts own no bit twice; bits that no part owns are data without a table.
 */
export const partsOf = (view: DataView): ReadonlyArray<Part> => {
  const header = ofMad("MAD header", MAD_HEADER)
  const mgmtClass = madHeader.MgmtClass.get(view, 0)
  const attributeId = madHeader.AttributeID.get(view, 0)
  if (isVendorOuiClass(mgmtClass)) {
    const rmpp = view.byteLength < RMPP_END ? RMPP_DATA : rmppTable(view)
    return [header, ofMad("RMPP", rmpp), ofMad("vendor", VENDOR_OUI)]
  }
  switch (mgmtClass) {
    case MGMT_CLASS.SubnDirectedRoute:
      return smpParts(view, "directed-route SMP", SMP_DIRECTED_ROUTE)
    case MGMT_CLASS.SubnLIDRouted:
      return [header, ...smpParts(view, "LID-routed SMP", SMP_LID_ROUTED)]
    case MGMT_CLASS.SubnAdm:
      return [header, ...saParts(view)]
    case MGMT_CLASS.ComMgt: {
      const message = cmMessages.get(attributeId)
      return message === undefined ? [header] : [header, ofMad(...message)]
    }
    case MGMT_CLASS.Perf: {
      const attribute = perfAttributes.get(attributeId)
      return attribute === undefined ? [header] : [header, ...attributeParts(view, attribute, PERF_DATA, 256)]
    }
    default:
      return [header]
  }
}
