import { describe, expect, it } from "vitest"
import {
  attributeName, CM_REJ_REASON, GUID_INFO_RECORD, GUID_INFO_RECORD_MASK, MC_MEMBER_RECORD,
  MC_MEMBER_RECORD_MASK, methodName, mgmtClassName, NODE_RECORD, NODE_RECORD_MASK, PATH_RECORD,
  PATH_RECORD_MASK, rejReasonName, SERVICE_RECORD, SERVICE_RECORD_MASK, statusName, type Table,
  WELL_KNOWN_Q_KEY
} from "../../impl/wire/index.ts"

const SA = 0x03

describe("the names of numbers", () => {
  it("are those of the standard for classes and methods [SQP-WIRE-4]", () => {
    const classes = [0x01, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x10, 0x11, 0x12, 0x21, 0x81, 0x30]
    expect(classes.map(mgmtClassName).join(" ")).toBe(
      "SubnLIDRouted SubnAdm Perf BM DevMgt ComMgt SNMP Vendor09 Vendor0A DevAdm BootMgt BIS CongestionMgt " +
        "SubnDirectedRoute 0x30"
    )
    const methods = [1, 2, 3, 5, 6, 7, 0x12, 0x13, 0x14, 0x15, 0x81, 0x86, 0x92, 0x94, 0x95, 0x16]
    expect(methods.map(methodName).join(" ")).toBe(
      "Get Set Send Trap Report TrapRepress GetTable GetTraceTable GetMulti Delete GetResp ReportResp " +
        "GetTableResp GetMultiResp DeleteResp 0x16"
    )
  })

  it("are those of the standard for attributes, class by class [SQP-WIRE-4]", () => {
    const sa = [1, 2, 3, 0x11, 0x12, 0x30, 0x31, 0x35, 0x38, 0x39, 0x3a, 0xf3, 0x99]
    expect(sa.map((id) => attributeName(SA, id)).join(" ")).toBe(
      "ClassPortInfo Notice InformInfo NodeRecord PortInfoRecord GUIDInfoRecord ServiceRecord PathRecord " +
        "MCMemberRecord TraceRecord MultiPathRecord InformInfoRecord 0x0099"
    )
    const smp = [0x02, 0x10, 0x11, 0x14, 0x15, 0x16, 0x17, 0x20]
    expect(smp.map((id) => attributeName(0x81, id)).join(" "))
      .toBe("Notice NodeDescription NodeInfo GUIDInfo PortInfo P_KeyTable SLtoVLMappingTable SMInfo")
    const cm = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a]
    expect(cm.map((id) => attributeName(0x07, id)).join(" "))
      .toBe("REQ MRA REJ REP RTU DREQ DREP SIDR_REQ SIDR_REP LAP APR")
    expect(attributeName(0x04, 0x12)).toBe("PortCounters")
    expect(attributeName(0x06, 0x10)).toBe("IOUnitInfo")
    expect(attributeName(0x30, 0x01)).toBe("ClassPortInfo")
    expect(attributeName(0x30, 0x12)).toBe("0x0012")
  })

  it("are those of the standard for statuses, whose high byte only the SA owns [SQP-WIRE-4]", () => {
    const common = [0, 1, 2, 4, 8, 0x0c, 0x1c, 0x0f]
    expect(common.map((status) => statusName(status, false)).join(" ")).toBe(
      "Success Busy RedirectRequired BadVersion MethodNotSupported MethodAttributeNotSupported " +
        "InvalidField Busy+RedirectRequired+MethodAttributeNotSupported"
    )
    const sa = [0x100, 0x200, 0x300, 0x400, 0x500, 0x600, 0x700, 0x800, 0x900]
    expect(sa.map((status) => statusName(status, true)).join(" ")).toBe(
      "ERR_NO_RESOURCES ERR_REQ_INVALID ERR_NO_RECORDS ERR_TOO_MANY_RECORDS ERR_REQ_INVALID_GID " +
        "ERR_REQ_INSUFFICIENT_COMPONENTS ERR_REQ_DENIED ERR_REQ_PRIORITY_SUGGESTED 0x0900"
    )
    expect(statusName(0x0200, false)).toBe("0x0200")
  })

  it("are those of the standard for reject reasons [SQP-WIRE-4]", () => {
    expect([4, 8, 10, 12, 24, 28, 30, 99].map(rejReasonName).join(" ")).toBe(
      "Timeout InvalidServiceID StaleConnection PrimaryRemotePortGIDRejected PortAndCMRedirection " +
        "ConsumerReject DuplicateLocalCommunicationID 0x0063"
    )
    expect(Object.values(CM_REJ_REASON)).toEqual(Array.from({ length: 33 }, (_, index) => index + 1))
  })

  it("include the well-known Q_Key [SQP-WIRE-4]", () => {
    expect(WELL_KNOWN_Q_KEY).toBe(0x80010000)
  })
})

describe("the bits of a ComponentMask", () => {
  /**
   * The standard numbers the components in the order of the record, `first` of them before those of the
   * table.
   */
  const numbered = (table: Table, skipped: number, first: number): Readonly<Record<string, number>> =>
    Object.fromEntries(Object.keys(table).slice(skipped).map((name, index) => [name, 2 ** (index + first)]))

  it.each([
    ["GUIDInfoRecord", GUID_INFO_RECORD_MASK, numbered(GUID_INFO_RECORD, 0, 0)],
    ["MCMemberRecord", MC_MEMBER_RECORD_MASK, numbered(MC_MEMBER_RECORD, 0, 0)],
    ["NodeRecord", NODE_RECORD_MASK, numbered(NODE_RECORD, 0, 0)],
    ["PathRecord", PATH_RECORD_MASK, { ServiceID8Msb: 1, ServiceID56Lsb: 2, ...numbered(PATH_RECORD, 1, 2) }],
    ["ServiceRecord", SERVICE_RECORD_MASK, numbered(SERVICE_RECORD, 0, 0)]
  ])("of %s follow the order of its components [SQP-WIRE-4]", (_, mask, bits) => {
    expect(bits).toMatchObject(mask)
  })

  it("of MCMemberRecord are the numbers OpenSM was seen to obey [SQP-WIRE-4]", () => {
    const { FlowLabel, JoinState, MGID, P_Key, PortGID, Q_Key, SL, TClass } = MC_MEMBER_RECORD_MASK
    expect(MGID | PortGID | JoinState).toBe(0x10003)
    expect(MGID | PortGID | JoinState | Q_Key | TClass | P_Key | SL | FlowLabel).toBe(0x130c7)
  })
})
