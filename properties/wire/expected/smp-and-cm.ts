/** Captured SMPs, PerfMgt MADs and a connection set up through the simulator. */
import { type ExpectedCapture, type ExpectedMad, type Fields } from "./exchange.ts"

const smp = (tid: number, attribute: string, answer: Fields, request: Fields = {}): ExpectedCapture => {
  const digits = tid.toString(16).padStart(2, "0")
  return {
    request_mad: {
      name: `SubnGet(${attribute})`,
      TransactionID: `00000000000000${digits}`,
      R: 0,
      ...request
    },
    response_mad: {
      name: `SubnGetResp(${attribute})`,
      TransactionID: `00010000000000${digits}`,
      R: 1,
      Status: 0,
      ...answer
    }
  }
}

const perf = (tid: string, attribute: string, request: Fields, answer: Fields): ExpectedCapture => ({
  request_mad: { name: `PerfGet(${attribute})`, TransactionID: `000000000000${tid}`, ...request },
  response_mad: {
    name: `PerfGetResp(${attribute})`,
    TransactionID: `000100000000${tid}`,
    Status: 0,
    ...answer
  }
})

const ownGuids = { GUID0: "0000000000100005", GUID1: "0000000000000000", GUID7: "0000000000000000" }

/** The 92 bytes 0x8c, 0x8d ... that the test client put at MAD byte 164. */
const counting = Buffer.from(Array.from({ length: 92 }, (_, i) => 0x8c + i)).toString("hex")
const req = (TransactionID: string): ExpectedMad => ({
  name: "ComMgtSend(REQ)",
  TransactionID,
  LocalCommunicationID: 0x1111_1111,
  ServiceID: "1000000000000001",
  LocalCAGUID: "0000000000000000",
  LocalQPN: 0,
  PrivateData: counting
})

/** 64 bytes of a directed route that begin with `hops`. */
const route = (hops: string): string => hops.padEnd(128, "0")

/** File name (without `.json`) to what it holds. */
export const smpAndCm: Readonly<Record<string, ExpectedCapture>> = {
  "smp-dr-get-nodeinfo": smp(2, "NodeInfo", {
    D: 1,
    HopPointer: 0,
    HopCount: 1,
    DrSLID: 0xffff,
    DrDLID: 0xffff,
    InitialPath: route("0001"),
    ReturnPath: route("0101"),
    NodeType: 2,
    NumPorts: 8,
    SystemImageGUID: "0000000000200001",
    NodeGUID: "0000000000200001",
    PortGUID: "0000000000200001",
    PartitionCap: 8,
    Revision: 0xa1,
    LocalPortNum: 1
  }, { D: 0, HopPointer: 0, HopCount: 1, InitialPath: route("0001"), ReturnPath: route("") }),
  "smp-lr-get-nodeinfo": smp(1, "NodeInfo", {
    NodeType: 1,
    NumPorts: 1,
    SystemImageGUID: "0000000000100000",
    NodeGUID: "0000000000100000",
    PortGUID: "0000000000100001",
    PartitionCap: 64,
    Revision: 0xa1,
    LocalPortNum: 1
  }),
  "smp-lr-get-portinfo-self": smp(3, "PortInfo", {
    AttributeModifier: 1,
    "PortInfo/M_Key": "0000000000000000",
    GidPrefix: "fe80000000000000",
    LID: 5,
    MasterSMLID: 1,
    CapabilityMask: 0x50_c048,
    M_KeyLeasePeriod: 0xff9,
    LocalPortNum: 1,
    LinkWidthEnabled: 2,
    LinkWidthSupported: 0x1f,
    LinkWidthActive: 2,
    LinkSpeedSupported: 7,
    PortState: 4,
    PortPhysicalState: 5,
    LinkDownDefaultState: 2,
    LMC: 0,
    LinkSpeedActive: 1,
    LinkSpeedEnabled: 1,
    NeighborMTU: 4,
    MasterSMSL: 0,
    VLCap: 4,
    VLArbitrationHighCap: 8,
    VLArbitrationLowCap: 8,
    MTUCap: 4,
    VLStallCount: 7,
    OperationalVLs: 4,
    GUIDCap: 32,
    ClientReregister: 0,
    SubnetTimeOut: 31,
    CapabilityMask2: 0x30
  }, { AttributeModifier: 1 }),
  "smp-lr-get-guidinfo0-self": smp(4, "GUIDInfo", ownGuids),
  "smp-lr-get-pkeytable-self": smp(5, "P_KeyTable", { P_Key0: 0xffff, P_Key1: 0, P_Key31: 0 }),
  "smp-lr-get-sminfo": smp(6, "SMInfo", {
    GUID: "0000000000100001",
    SM_Key: "0000000000000001",
    ActCount: 0x94,
    Priority: 0,
    SMState: 3
  }),
  // The simulator does not know LedInfo: the request came back.
  "smp-lr-get-unknownattr": {
    request_mad: { name: "SubnGet(LedInfo)", TransactionID: "0000000000000007", R: 0 },
    response_mad: { name: "SubnGet(LedInfo)", TransactionID: "0001000000000007", R: 0, Status: 0 }
  },
  // The SA's Set of GUIDInfo did not reach the port: only entry 0.
  "smp-guidinfo0-after-alias": smp(0x3b, "GUIDInfo", ownGuids),
  "perf-get-cpi": perf("0009", "ClassPortInfo", {}, {
    "ClassPortInfo/BaseVersion": 1,
    "ClassPortInfo/ClassVersion": 1,
    CapabilityMask: 0x1200,
    RespTimeValue: 18
  }),
  "perf-get-portcounters": perf("0008", "PortCounters", { PortSelect: 1, CounterSelect: 0 }, {
    PortSelect: 1,
    SymbolErrorCounter: 0,
    PortXmitData: 0x2838,
    PortRcvData: 0x2880,
    PortXmitPkts: 143,
    PortRcvPkts: 144
  }),
  // The simulator writes its client number over bits 63..48 of the TID: slot 0 for A's REQ, 2 for B's REP.
  "cm-req-rep-through-ibsim": {
    sent_req_datagram: req("0102030405060708"),
    "received.0.mad": req("0000030405060708"),
    "received.1.mad": {
      name: "ComMgtSend(REP)",
      TransactionID: "0002030405060708",
      LocalCommunicationID: 0x2222_2222,
      RemoteCommunicationID: 0x1111_1111
    }
  }
}
