/**
 * What tshark calls the fields of each table, and which of them it cannot witness for, with the reason. Names
 * are those of its infiniband dissector without the leading `infiniband.`.
 */
import { MGMT_CLASS, RMPP_TYPE } from "../../impl/wire/index.ts"
import { type Case, type Joined, notShown, type Place, sa, smp, whole } from "./tshark-case.ts"
import { cmCases } from "./tshark-cm-cases.ts"

const SA = MGMT_CLASS.SubnAdm
const LR = MGMT_CLASS.SubnLIDRouted
const DR = MGMT_CLASS.SubnDirectedRoute

const lateDetails = "tshark starts the details of a trap two bytes too late"

const occurrences = (
  field: string,
  numbers: ReadonlyArray<number>,
  name: string
): Readonly<Record<string, Place>> =>
  Object.fromEntries(numbers.map((number, index) => [`${field}${number}`, [name, index] as const]))

const guids = occurrences("GUID", [0, 1, 2, 3, 4, 5, 6, 7], "switchinfo.guid")

const portInfoExcluded = {
  MulticastPKeyTrapSuppressionEnabled: notShown,
  CapabilityMask2: notShown,
  LinkSpeedExtActive: notShown,
  LinkSpeedExtSupported: notShown,
  LinkSpeedExtEnabled: notShown
}
const portInfoPlaces = { GidPrefix: "portinfo.guid" }
const informInfoPlaces = {
  TrapNumber: "informinfo.trapnumberdeviceid",
  ProducerType: "informinfo.producertypevendorid"
}
/** Byte 3: tshark shows the response bit as the top bit of the method. */
const method: Joined = { fields: ["R", "Method"], places: [["mad.method", 0, 8]] }

const header = (table: string, rest: Partial<Case> = {}): Case =>
  whole(table, SA, 0x35, table.toLowerCase(), rest)

const headers: ReadonlyArray<Case> = [
  header("LRH", {
    places: { Reserved: "lrh.reserved2", Reserved2: "lrh.reserved5" },
    // Wrong ones leave no packet to dissect.
    fixed: ["LNH", "PktLen"]
  }),
  header("GRH", { fixed: ["IPVer", "NxtHdr"] }),
  header("BTH", {
    places: { Reserved2: "bth.reserved7" },
    fixed: ["OpCode", "DestQP"],
    excluded: { FECN: notShown, BECN: notShown, Reserved: "tshark shows it together with FECN and BECN" }
  }),
  header("DETH", { excluded: { Reserved: "tshark's reserved fields share one name" } }),
  header("MAD_HEADER", {
    prefix: "mad",
    fixed: ["BaseVersion", "MgmtClass", "AttributeID"],
    joined: [method]
  })
]

const rmpp = (table: string, rmppType: number): Case => ({
  ...header(table, { prefix: "rmpp", fixed: ["RMPPType"] }),
  mad: { mgmtClass: SA, attributeId: 0x35, rmppType },
  // Byte 26: tshark divides it four to four.
  joined: [{
    fields: ["RRespTime", "RMPPFlags"],
    places: [["rmpp.rresptime", 0, 4], ["rmpp.rmppflags", 0, 4]]
  }]
})

/** Numbers from `first` to `last`. */
const range = (first: number, last: number): ReadonlyArray<number> =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** Service data as tshark shows it: four runs of 16 bytes. */
const serviceData: ReadonlyArray<Joined> = [8, 16, 32, 64].map((width, run) => ({
  fields: range(1, 128 / width).map((number) => `ServiceData${width}_${number}`),
  places: [["linkrecord.servicedata", run, 128]]
}))

/** P_Keys as tshark shows them: the membership bit, and the 15 bits below. */
const pKeys: ReadonlyArray<Joined> = range(0, 31).map((number) => ({
  fields: [`P_Key${number}`],
  places: [["p_keytable.membershiptype", number, 1], ["p_keytable.p_keybase", number, 15]]
}))

const saCases: ReadonlyArray<Case> = [
  rmpp("RMPP_DATA", RMPP_TYPE.DATA),
  rmpp("RMPP_ACK", RMPP_TYPE.ACK),
  rmpp("RMPP_STOP_ABORT", RMPP_TYPE.STOP),
  header("SA_HEADER", { prefix: "sa", places: { SM_Key: "sa.smkey" } }),
  sa("CLASS_PORT_INFO", 0x01, "classportinfo", {
    places: {
      RedirectP_Key: "classportinfo.redirectpkey",
      RedirectQ_Key: "classportinfo.redirectqkey",
      TrapP_Key: "classportinfo.trappkey",
      TrapQ_Key: "classportinfo.trapqkey"
    },
    excluded: { TrapHL: "tshark calls it reserved" }
  }),
  sa("NOTICE", 0x02, "notice", {
    places: { TrapNumber: "notice.trapnumberdeviceid", ProducerType: "notice.producertypevendorid" },
    excluded: { DataDetails: lateDetails, IssuerGID: notShown }
  }),
  sa("INFORM_INFO", 0x03, "informinfo", { places: informInfoPlaces }),
  sa("NODE_RECORD", 0x11, "nodeinfo", {
    places: { LID: "sa.lid", NodeString: "nodedescription.nodestring" }
  }),
  sa("PORT_INFO_RECORD", 0x12, "portinfo", {
    places: { ...portInfoPlaces, EndportLID: "sa.endportlid", PortNum: "sa.portnum" },
    excluded: { ...portInfoExcluded, Options: notShown }
  }),
  sa("GUID_INFO_RECORD", 0x30, "sa", { places: { ...guids, BlockNum: "sa.blocknum_eightbit" } }),
  sa("SERVICE_RECORD", 0x31, "linkrecord", { joined: serviceData }),
  sa("PATH_RECORD", 0x35, "pathrecord", {
    excluded: { ServiceID: notShown, RawTraffic: notShown, QosClass: notShown }
  }),
  sa("MC_MEMBER_RECORD", 0x38, "mcmemberrecord"),
  sa("INFORM_INFO_RECORD", 0xf3, "informinfo", {
    places: {
      ...informInfoPlaces,
      SubscriberGID: "informinforecord.subscribergid",
      Enum: "informinforecord.enum"
    }
  })
]

const smpCases: ReadonlyArray<Case> = [
  smp("NODE_DESCRIPTION", 0x10, "nodedescription"),
  smp("NODE_INFO", 0x11, "nodeinfo"),
  smp("GUID_INFO", 0x14, "switchinfo", { places: guids }),
  smp("PORT_INFO", 0x15, "portinfo", { places: portInfoPlaces, excluded: portInfoExcluded }),
  smp("P_KEY_TABLE", 0x16, "p_keytable", { joined: pKeys }),
  smp("SM_INFO", 0x20, "sminfo"),
  whole("SMP_LID_ROUTED", LR, 0x11, "smplid", { places: { M_Key: "smplid.mkey" } }),
  whole("SMP_DIRECTED_ROUTE", DR, 0x11, "smpdirected", {
    places: {
      M_Key: "smplid.mkey",
      SMPData: "smplid.smpdata",
      BaseVersion: "mad.baseversion",
      MgmtClass: "mad.mgmtclass",
      ClassVersion: "mad.classversion",
      TransactionID: "mad.transactionid",
      AttributeID: "mad.attributeid",
      AttributeModifier: "mad.attributemodifier"
    },
    fixed: ["BaseVersion", "MgmtClass", "AttributeID"],
    // tshark has a field for D, which it always shows as 0; the bit stands in its status.
    joined: [method, { fields: ["D", "Status"], places: [["smpdirected.smpstatus", 0, 16]] }]
  }),
  {
    ...sa("PORT_COUNTERS", 0x12, "portcounters"),
    base: 64,
    mad: { mgmtClass: MGMT_CLASS.Perf, attributeId: 0x12 },
    excluded: { CounterSelect2: notShown, PortXmitWait: notShown }
  }
]

/** Every table that tshark dissects. */
export const cases: ReadonlyArray<Case> = [...headers, ...saCases, ...smpCases, ...cmCases]

const onlyNamed = "tshark names the message in its Info column and dissects no field"

/** Tables that are not compared: with the reason. */
export const apart: Readonly<Record<string, string>> = {
  NOTICE_GID_DETAILS: lateDetails,
  NOTICE_144_DETAILS: lateDetails,
  VENDOR_OUI: "tshark does not dissect vendor classes",
  CM_MRA: onlyNamed,
  CM_SIDR_REQ: onlyNamed,
  CM_SIDR_REP: onlyNamed,
  CM_LAP: onlyNamed,
  CM_APR: onlyNamed
}
