import { describe, expect, it } from "vitest"
import type { Table } from "../../impl/wire/index.ts"
import { compiledTables } from "./bits.ts"
import { apart, cases } from "./tshark-cases.ts"

/**
 * Fields that tshark leaves out or dissects wrongly, as `Name byte[bit]width`, from IBTA Vol 1 and from the
 * structures of Linux and OpenSM. Offsets count as those of their table: in `CM_*`, `RMPP_*` and `VENDOR_OUI`
 * from the MAD.
 */
const places: Readonly<Record<string, string>> = {
  BTH: "FECN 4[0]1, BECN 4[1]1, Reserved 4[2]6",
  DETH: "Reserved 4[0]8",
  RMPP_DATA: "RRespTime 26[0]5, RMPPFlags 26[5]3",
  RMPP_ACK: "RRespTime 26[0]5, RMPPFlags 26[5]3",
  RMPP_STOP_ABORT: "RRespTime 26[0]5, RMPPFlags 26[5]3",
  MAD_HEADER: "R 3[0]1, Method 3[1]7",
  SMP_DIRECTED_ROUTE: "R 3[0]1, Method 3[1]7, D 4[0]1, Status 4[1]15",
  CLASS_PORT_INFO: "TrapHL 64[0]8",
  NOTICE: "DataDetails 10[0]432, IssuerGID 64[0]128",
  NOTICE_GID_DETAILS: "GIDADDR 16[0]128",
  NOTICE_144_DETAILS: "LIDADDR 12[0]16, OtherLocalChanges 15[7]1, CAPABILITYMASK 16[0]32, " +
    "CapabilityMask2Change 21[2]1, HierarchyInfoChange 21[3]1, SMPriorityChange 21[4]1, " +
    "LinkSpeedEnabledChange 21[5]1, LinkWidthEnabledChange 21[6]1, NodeDescriptionChange 21[7]1, " +
    "CAPABILITYMASK2 22[0]16",
  PORT_INFO: "MulticastPKeyTrapSuppressionEnabled 51[1]2, CapabilityMask2 60[0]16, " +
    "LinkSpeedExtActive 62[0]4, LinkSpeedExtSupported 62[4]4, LinkSpeedExtEnabled 63[3]5",
  PORT_INFO_RECORD: "Options 3[0]8, MulticastPKeyTrapSuppressionEnabled 55[1]2, CapabilityMask2 64[0]16, " +
    "LinkSpeedExtActive 66[0]4, LinkSpeedExtSupported 66[4]4, LinkSpeedExtEnabled 67[3]5",
  PATH_RECORD: "ServiceID 0[0]64, RawTraffic 44[0]1, QosClass 52[0]12",
  PORT_COUNTERS: "CounterSelect2 18[0]8, PortXmitWait 40[0]32",
  VENDOR_OUI: "OUI 37[0]24, Data 40[0]1728",
  CM_REQ: "PrimaryFlowLabel 112[0]20, PrimaryPacketRate 115[2]6, AlternateFlowLabel 156[0]20, " +
    "AlternatePacketRate 159[2]6, SAPSupported 163[5]1",
  CM_MRA: "LocalCommunicationID 24[0]32, RemoteCommunicationID 28[0]32, MessageMRAed 32[0]2, " +
    "ServiceTimeout 33[0]5, PrivateData 34[0]1776",
  CM_SIDR_REQ: "RequestID 24[0]32, PartitionKey 28[0]16, ServiceID 32[0]64, PrivateData 40[0]1728",
  CM_SIDR_REP: "RequestID 24[0]32, Status 28[0]8, AdditionalInformationLength 29[0]8, QPN 32[0]24, " +
    "ServiceID 36[0]64, Q_Key 44[0]32, AdditionalInformation 48[0]576, PrivateData 120[0]1088",
  CM_LAP: "LocalCommunicationID 24[0]32, RemoteCommunicationID 28[0]32, RemoteQPN_EECN 36[0]24, " +
    "RemoteCMResponseTimeout 39[0]5, AlternateLocalPortLID 44[0]16, AlternateRemotePortLID 46[0]16, " +
    "AlternateLocalPortGID 48[0]128, AlternateRemotePortGID 64[0]128, AlternateFlowLabel 80[0]20, " +
    "AlternateTrafficClass 83[0]8, AlternateHopLimit 84[0]8, AlternatePacketRate 85[2]6, " +
    "AlternateSL 86[0]4, AlternateSubnetLocal 86[4]1, AlternateLocalACKTimeout 87[0]5, PrivateData 88[0]1344",
  CM_APR: "LocalCommunicationID 24[0]32, RemoteCommunicationID 28[0]32, " +
    "AdditionalInformationLength 32[0]8, APStatus 33[0]8, " +
    "AdditionalInformation 36[0]576, PrivateData 108[0]1184"
}

/** Fields compared only together with others, whose own places tshark does not witness. */
const joinedFields = (table: string): ReadonlyArray<string> =>
  (cases.find((one) => one.table === table)?.joined ?? [])
    .filter(({ fields, places: shown }) => fields.length > 1 && !shown[0]?.[0].includes("servicedata"))
    .flatMap(({ fields }) => fields)

const unwitnessed = (name: string, table: Table): ReadonlyArray<string> => {
  const excluded = Object.keys(cases.find((one) => one.table === name)?.excluded ?? {})
  const all = name in apart ? Object.keys(table).filter((field) => !field.startsWith("Reserved")) : []
  return Object.keys(table).filter((field) => [...excluded, ...joinedFields(name), ...all].includes(field))
}

const written = (table: Table, fields: ReadonlyArray<string>): string =>
  Object.entries(table)
    .filter(([name]) => fields.includes(name))
    .map(([name, { bit, byte, width }]) => `${name} ${byte}[${bit}]${width}`)
    .join(", ")

describe("the fields tshark does not witness", () => {
  it.each(compiledTables)("of $name stand where the standard has them [SQP-WIRE-4]", ({ name, table }) => {
    expect(written(table, unwitnessed(name, table))).toBe(places[name] ?? "")
  })
})
