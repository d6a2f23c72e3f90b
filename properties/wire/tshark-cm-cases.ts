/** The messages of communication management that tshark dissects. */
import { MGMT_CLASS } from "../../impl/wire/index.ts"
import { type Case, notShown, type Place, whole } from "./tshark-case.ts"

const narrowFlowLabel = "tshark reads the flow label and the rate after it from three bytes, not four"

const cm = (
  message: string,
  attributeId: number,
  places: Case["places"],
  excluded: Case["excluded"] = {}
): Case =>
  whole(`CM_${message}`, MGMT_CLASS.ComMgt, attributeId, `cm.${message.toLowerCase()}`, { places, excluded })

/** One of the two paths of a REQ, which tshark names alike. */
const reqPath = (field: string, name: string): Readonly<Record<string, Place>> => ({
  [`${field}LocalPortLID`]: `cm.req.${name}_locallid`,
  [`${field}RemotePortLID`]: `cm.req.${name}_remotelid`,
  [`${field}LocalPortGID`]: `cm.req.${name}_localgid`,
  [`${field}RemotePortGID`]: `cm.req.${name}_remotegid`,
  [`${field}TrafficClass`]: `cm.req.${name}_tfcclass`,
  [`${field}HopLimit`]: `cm.req.${name}_hoplim`,
  [`${field}SL`]: `cm.req.${name}_sl`,
  [`${field}SubnetLocal`]: `cm.req.${name}_subnetlocal`,
  [`${field}LocalACKTimeout`]: `cm.req.${name}_localacktout`
})

/** A case for each of them. */
export const cmCases: ReadonlyArray<Case> = [
  cm("REQ", 0x10, {
    LocalCommunicationID: "cm.req",
    LocalQ_Key: "cm.req.localqkey",
    ResponderResources: "cm.req.responderres",
    InitiatorDepth: "cm.req.initdepth",
    RemoteCMResponseTimeout: "cm.req.remoteresptout",
    TransportServiceType: "cm.req.transpsvctype",
    EndToEndFlowControl: "cm.req.e2eflowctrl",
    StartingPSN: "cm.req.startpsn",
    LocalCMResponseTimeout: "cm.req.localresptout",
    RetryCount: "cm.req.retrcount",
    PartitionKey: "cm.req.pkey",
    PathPacketPayloadMTU: "cm.req.pppmtu",
    RDCExists: "cm.req.rdcexist",
    RNRRetryCount: "cm.req.rnrretrcount",
    MaxCMRetries: "cm.req.maxcmretr",
    ExtendedTransportType: "cm.req.ext_transport",
    ...reqPath("Primary", "prim"),
    ...reqPath("Alternate", "alt"),
    PrivateData: "cm.req.private"
  }, {
    PrimaryFlowLabel: narrowFlowLabel,
    PrimaryPacketRate: narrowFlowLabel,
    AlternateFlowLabel: narrowFlowLabel,
    AlternatePacketRate: narrowFlowLabel,
    SAPSupported: notShown
  }),
  cm("REP", 0x13, {
    LocalCommunicationID: "cm.rep",
    RemoteCommunicationID: "cm.rep.remotecommid",
    LocalQ_Key: "cm.rep.localqkey",
    LocalEEContextNumber: "cm.rep.localeecn",
    StartingPSN: "cm.rep.startpsn",
    ResponderResources: "cm.rep.respres",
    InitiatorDepth: "cm.rep.initdepth",
    TargetACKDelay: "cm.rep.tgtackdelay",
    FailoverAccepted: "cm.rep.failoveracc",
    EndToEndFlowControl: "cm.rep.e2eflowctrl",
    RNRRetryCount: "cm.rep.rnrretrcount",
    PrivateData: "cm.rep.private"
  }),
  cm("RTU", 0x14, {
    LocalCommunicationID: "cm.rtu.localcommid",
    RemoteCommunicationID: "cm.rtu.remotecommid",
    PrivateData: "cm.rtu.private"
  }),
  cm("REJ", 0x12, {
    LocalCommunicationID: "cm.rej.localcommid",
    RemoteCommunicationID: "cm.rej.remotecommid",
    MessageREJected: "cm.rej.msgrej",
    RejectInfoLength: "cm.rej.rejinfolen",
    Reserved2: "cm.rej.reserved1",
    AdditionalRejectInformation: "cm.rej.ari",
    PrivateData: "cm.rej.private"
  }),
  cm("DREQ", 0x15, {
    LocalCommunicationID: "cm.dreq.localcommid",
    RemoteCommunicationID: "cm.dreq.remotecommid",
    RemoteQPN_EECN: "cm.req.remoteqpneecn",
    PrivateData: "cm.dreq.private"
  }),
  cm("DREP", 0x16, {
    LocalCommunicationID: "cm.drsp.localcommid",
    RemoteCommunicationID: "cm.drsp.remotecommid",
    PrivateData: "cm.drsp.private"
  })
]
