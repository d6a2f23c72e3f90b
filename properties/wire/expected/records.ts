/** Captured queries of paths, nodes, ports, GUIDs and services. */
import { type ExpectedCapture, exchange, type Fields, gid, text } from "./exchange.ts"

const NO_RECORDS = 0x0300
const REQ_INVALID = 0x0200
const TOO_MANY_RECORDS = 0x0400
const DENIED = 0x0700

/** What the test client asked for beside the components that count. */
const asked = { DGID: gid.hca1, SGID: gid.hca3, NumbPath: 1, P_Key: 0xffff }
const best = {
  MtuSelector: 2,
  Mtu: 4,
  RateSelector: 2,
  Rate: 3,
  PacketLifeTimeSelector: 2,
  PacketLifeTime: 0x12
}

const path = (tid: number, mask: number, request: Fields, found: Fields): ExpectedCapture => {
  const answer = "Status" in found
    ? { ...asked, ...request, AttributeOffset: 0, ...found }
    : { ...asked, ...request, AttributeOffset: 8, Reversible: 1, NumbPath: 0, ...best, ...found }
  return exchange("Get", "PathRecord", tid, mask, { ...asked, ...request }, answer)
}

/** Hca3's block of GUIDs: entry 0 is its port, the others aliases. */
const port3 = "0000000000100005"
const alias1 = "0002c9aa00000001"
const alias2 = "0014050000000001"
const none = "0000000000000000"

const guids = (GUID0: string, GUID1: string, GUID2: string, GUID3: string): Fields =>
  ({ GUID0, GUID1, GUID2, GUID3 })
const guidInfo = (
  method: string,
  tid: number,
  mask: number,
  request: Fields,
  answer: Fields
): ExpectedCapture => {
  const block = { LID: 5, BlockNum: 0 }
  const AttributeOffset = "Status" in answer ? 0 : 9
  const empty = guids(none, none, none, none)
  return exchange(method, "GUIDInfoRecord", tid, mask, { ...block, ...empty, ...request }, {
    ...block,
    AttributeOffset,
    ...answer
  })
}

const service = {
  ServiceID: "10000ce100415555",
  ServiceGID: gid.hca3,
  ServiceP_Key: 0xffff,
  ServiceLease: 60,
  ServiceKey: "0".repeat(32),
  ServiceName: text("mux-test", 64),
  // "payload!"
  ServiceData8_1: 0x70,
  ServiceData8_2: 0x61,
  ServiceData8_7: 0x64,
  ServiceData8_8: 0x21,
  ServiceData16_1: 0,
  ServiceData64_1: none
}
const serviceRecord = (
  method: string,
  tid: number,
  mask: number,
  answer: Fields,
  own: Fields = {}
): ExpectedCapture =>
  exchange(method, "ServiceRecord", tid, mask, { ...service, ...own }, {
    AttributeOffset: 22,
    ...service,
    ...own,
    ...answer
  })

const classPortInfo = (tid: number, SM_Key: string): ExpectedCapture =>
  exchange("Get", "ClassPortInfo", tid, 0, { SM_Key, RMPPVersion: 1 }, {
    SM_Key: none,
    "ClassPortInfo/BaseVersion": 1,
    "ClassPortInfo/ClassVersion": 2,
    CapabilityMask: 0x2602,
    CapabilityMask2: 0xb5e8,
    RespTimeValue: 16,
    RedirectQP: 1,
    RedirectQ_Key: 0x8001_0000,
    TrapQ_Key: 0x8001_0000
  })

/**
 * A channel adapter of the fabric with one port, as NodeRecord shows it; `prefix` tells records of a table
 * apart.
 */
const node = (name: string, LID: number, NodeGUID: string, PortGUID: string, prefix = ""): Fields =>
  Object.fromEntries(Object.entries({
    LID,
    NodeType: 1,
    NumPorts: 1,
    SystemImageGUID: NodeGUID,
    NodeGUID,
    PortGUID,
    PartitionCap: 64,
    DeviceID: 0,
    Revision: 0xa1,
    LocalPortNum: 1,
    VendorID: 0,
    NodeString: text(name, 64)
  }).map(([field, value]) => [prefix + field, value]))

const hca3 = { guid: "0000000000100004", port: port3 }

/** MADs of a second run of the simulator, whose TIDs came back as sent. */
const nodeRecord = (
  method: string,
  response: string,
  TransactionID: string,
  mask: string,
  request: Fields,
  answer: Fields
): ExpectedCapture => ({
  request_mad: { name: `SubnAdm${method}(NodeRecord)`, TransactionID, ComponentMask: mask, ...request },
  response_mad: { name: `SubnAdm${response}(NodeRecord)`, TransactionID, ComponentMask: mask, ...answer }
})

const portInfo = (number: number, fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`PortInfoRecord ${number}/${name}`, value])
  )

/** File name (without `.json`) to what it holds. */
export const records: Readonly<Record<string, ExpectedCapture>> = {
  // The SA stays silent to a wrong SM_Key: nothing was captured.
  "sa-get-classportinfo-badsmkey": {},
  "sa-get-classportinfo-smkey1": classPortInfo(0x0c, "0000000000000001"),
  "sa-get-classportinfo": classPortInfo(0x0a, none),
  "sa-get-pathrecord-gid": path(0x0d, 0x180c, { Reversible: 1 }, { DLID: 1, SLID: 5 }),
  "sa-get-pathrecord-lid": path(0x0e, 0x1030, { DLID: 1, SLID: 5 }, {}),
  "sa-get-pathrecord-badpkey": path(0x0f, 0x300c, { P_Key: 0x8123 }, { Status: NO_RECORDS }),
  "sa-get-pathrecord-unknowndgid": path(0x10, 0x100c, { DGID: gid.dead }, { Status: NO_RECORDS }),
  "sa-get-pathrecord-nomask":
    path(0x11, 0, {}, { DGID: gid.switch1, SGID: gid.switch1, DLID: 2, SLID: 2, Mtu: 3, PacketLifeTime: 0 }),
  "sa-pathrecord-alias-dgid":
    path(0x3d, 0x100c, { DGID: gid.alias }, { DLID: 5, SLID: 5, PacketLifeTime: 0 }),
  "sa-pathrecord-alias-sgid": path(0x3e, 0x100c, { SGID: gid.alias }, { DLID: 1, SLID: 5 }),
  "sa-getmulti-pathrecord": {
    request_mad: {
      name: "SubnAdmGetMulti(MultiPathRecord)",
      TransactionID: "0000000000000012",
      RMPPFlags: 0
    },
    response_mad: {
      name: "SubnAdmGetMultiResp(PathRecord)",
      TransactionID: "0001000000000012",
      Status: REQ_INVALID
    }
  },
  "sa-get-noderecord-one": nodeRecord("Get", "GetResp", "0000000000000009", "0000000000000001", { LID: 5 }, {
    Status: 0,
    AttributeOffset: 14,
    ...node("Hca3", 5, hca3.guid, hca3.port),
    "NodeRecord/BaseVersion": 1,
    "NodeRecord/ClassVersion": 1
  }),
  "sa-get-noderecord-toomany":
    nodeRecord("Get", "GetResp", "0000000000000008", none, {}, {
      Status: TOO_MANY_RECORDS,
      AttributeOffset: 0
    }),
  "sa-gettable-noderecord-none":
    nodeRecord("GetTable", "GetTableResp", "0000000000000007", "0000000000000001", { LID: 77 }, {
      Status: 0,
      RMPPFlags: 1,
      "NodeRecord 1/LID": "absent"
    }),
  "sa-gettable-noderecord-one":
    nodeRecord("GetTable", "GetTableResp", "0000000000000006", "0000000000000001", { LID: 5 }, {
      Status: 0,
      AttributeOffset: 14,
      ...node("Hca3", 5, hca3.guid, hca3.port, "NodeRecord 1/"),
      "NodeRecord 2/LID": "absent"
    }),
  "sa-gettable-noderecord": {
    request_datagram: { name: "SubnAdmGetTable(NodeRecord)", TransactionID: "0000000000000050", LID: 0 },
    "packets.0.mad": {
      name: "SubnAdmGetTableResp(NodeRecord)",
      TransactionID: "0001000000000050",
      AttributeOffset: 14,
      ...node("Hca1", 1, "0000000000100000", "0000000000100001", "NodeRecord 1/")
    }
  },
  "sa-gettable-portinforecord": {
    request_datagram: {
      name: "SubnAdmGetTable(PortInfoRecord)",
      TransactionID: "0000000000000051",
      EndportLID: 0,
      PortNum: 0
    },
    "packets.0.mad": {
      name: "SubnAdmGetTableResp(PortInfoRecord)",
      TransactionID: "0001000000000051",
      AttributeOffset: 9,
      ...portInfo(1, { EndportLID: 1, PortNum: 1, GidPrefix: "fe80000000000000", LID: 1, MasterSMLID: 1 }),
      ...portInfo(1, { CapabilityMask: 0x50_c04a, PortState: 4, GUIDCap: 32, LMC: 0, SubnetTimeOut: 31 }),
      ...portInfo(2, { EndportLID: 2, PortNum: 0, GidPrefix: "fe80000000000000", LID: 2, MasterSMLID: 1 }),
      ...portInfo(2, { CapabilityMask: 0xc048, PortState: 4, GUIDCap: 1, LMC: 0, SubnetTimeOut: 31 })
    }
  },
  "sa-gi-get": guidInfo("Get", 0x35, 0x3, {}, guids(port3, none, none, none)),
  "sa-gi-set-idx1": guidInfo("Set", 0x36, 0x23, { GUID1: alias1 }, guids(port3, alias1, none, none)),
  "sa-gi-set-idx2-smassigned": guidInfo("Set", 0x37, 0x43, {}, guids(port3, alias1, alias2, none)),
  "sa-gi-set-idx0": guidInfo("Set", 0x38, 0x13, { GUID0: "0000000000000005" }, {
    Status: REQ_INVALID,
    ...guids("0000000000000005", none, none, none)
  }),
  "sa-gi-get-after": guidInfo("Get", 0x39, 0x3, {}, guids(port3, alias1, alias2, none)),
  "sa-gi-set-dup-other":
    guidInfo("Set", 0x3a, 0x83, { GUID3: "0000000000100003" }, guids(port3, alias1, alias2, none)),
  "sa-gi-del-idx1-inuse":
    guidInfo("Delete", 0x3f, 0x23, {}, { Status: DENIED, ...guids(none, none, none, none) }),
  "sa-gi-del-idx1": guidInfo("Delete", 0x41, 0x23, {}, guids(port3, none, alias2, none)),
  "sa-gi-del-idx2": guidInfo("Delete", 0x42, 0x43, {}, guids(port3, none, none, none)),
  "sa-sr-set": serviceRecord("Set", 0x43, 0xd7, {}),
  "sa-sr-get": serviceRecord("Get", 0x44, 0x1, {}),
  "sa-sr-get-byname": serviceRecord("Get", 0x45, 0x40, {}),
  "sa-sr-set-othergid":
    serviceRecord("Set", 0x46, 0xd7, {}, { ServiceID: "10000ce100415556", ServiceGID: gid.hca2 }),
  "sa-sr-delete": serviceRecord("Delete", 0x47, 0x7, {}),
  "sa-sr-get-gone": serviceRecord("Get", 0x48, 0x1, { Status: NO_RECORDS, AttributeOffset: 0 })
}
