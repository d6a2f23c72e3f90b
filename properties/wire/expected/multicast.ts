/** Captured joins, leaves, subscriptions and reports of multicast groups. */
import { type ExpectedCapture, exchange, type Fields, gid } from "./exchange.ts"

const a777 = "ff12a01cfe8000000000000000000777"
const a888 = "ff12a01cfe8000000000000000000888"
const a999 = "ff12a01cfe8000000000000000000999"
const ipoib = "ff12401bffff000000000000ffffffff"
const ipoib8001 = "ff12401b8001000000000000ffffffff"
const multicast8001 = "ff12a01cfe8000000000000000000001"
const smAssigned = "ff12a01bfe8000000000000000000000"

/** What the test client always wrote, needed or not. */
const written = { Q_Key: 0xb1b, P_Key: 0xffff, MLID: 0, ProxyJoin: 0 }
/** Parameters of every group that exists: MTU 2048 exactly, 4X SDR exactly. */
const formed = {
  AttributeOffset: 7,
  Q_Key: 0xb1b,
  P_Key: 0xffff,
  MTUSelector: 2,
  MTU: 4,
  RateSelector: 2,
  Rate: 3
}

/** MLID and JoinState of a member, as the answer has them. */
const granted = (MLID: number, JoinState: number, more: Fields = {}): Fields =>
  ({ ...formed, MLID, JoinState, ...more })
/** The answer to a leave: OpenSM blanks MLID, MTU and rate; JoinState is what remains. */
const left = (JoinState: number): Fields => ({ ...formed, MLID: 0, MTU: 0, Rate: 0, JoinState })
/** A refusal echoes the request. */
const refused = (Status: number): Fields => ({ Status, AttributeOffset: 0, ...written })

type Row = (
  tid: number,
  mask: number,
  MGID: string,
  PortGID: string,
  JoinState: number,
  answer: Fields,
  more?: Fields
) => ExpectedCapture

const row = (method: string): Row => (tid, mask, MGID, PortGID, JoinState, answer, more = {}) => {
  const request = { ...written, MGID, PortGID, JoinState, ...more }
  const echoed = "Status" in answer ? { ...request, ...answer, ...more } : { MGID, PortGID, ...answer }
  return exchange(method, "MCMemberRecord", tid, mask, request, echoed)
}
const join = row("Set")
const leave = row("Delete")
const get = row("Get")

const inform = (
  tid: number,
  Subscribe: number,
  TrapNumber: number,
  QPN: number,
  Status: number
): ExpectedCapture => {
  const subscription = {
    LIDRangeBegin: 0xffff,
    LIDRangeEnd: 0,
    IsGeneric: 1,
    Subscribe,
    Type: 0xffff,
    TrapNumber,
    QPN,
    RespTimeValue: 19,
    ProducerType: 0xff_ffff
  }
  const AttributeOffset = Status === 0 ? 4 : 0
  return exchange("Set", "InformInfo", tid, 0, subscription, { ...subscription, Status, AttributeOffset })
}

const report = (tid: string, TrapNumber: number) => ({
  name: "SubnAdmReport(Notice)",
  TransactionID: tid,
  IsGeneric: 1,
  Type: 3,
  ProducerType: 4,
  TrapNumber,
  IssuerLID: 1,
  GIDADDR: a999,
  IssuerGID: gid.hca1
})

const REQ_INVALID = 0x0200
const INSUFFICIENT_COMPONENTS = 0x0600
const INVALID_GID = 0x0500

/** Record `number` of a table of members. */
const member = (
  number: number,
  MGID: string,
  PortGID: string,
  MLID: number,
  P_Key: number,
  JoinState: number
): Fields =>
  Object.fromEntries(
    Object.entries({ MGID, PortGID, Q_Key: 0xb1b, MLID, MTU: 4, P_Key, Rate: 3, JoinState })
      .map(([name, value]) => [`MCMemberRecord ${number}/${name}`, value])
  )
const nobody = "0".repeat(32)

const table = (tid: string, SM_Key: string, members: Fields): ExpectedCapture => ({
  request_mad: {
    name: "SubnAdmGetTable(MCMemberRecord)",
    TransactionID: tid,
    SM_Key,
    ComponentMask: "0000000000000000"
  },
  response_mad: {
    name: "SubnAdmGetTableResp(MCMemberRecord)",
    TransactionID: tid,
    Status: 0,
    AttributeOffset: 7,
    RMPPVersion: 1,
    RMPPFlags: 1,
    ...members
  }
})

/** Bits 0 MGID, 1 PortGID, 16 JoinState. */
const THREE = 0x10003
/** Those, and Q_Key, TClass, P_Key, SL and flow label: all that creating a group needs. */
const CREATE = 0x130c7

/** File name (without `.json`) to what it holds. */
export const multicast: Readonly<Record<string, ExpectedCapture>> = {
  "sa-mc-create": join(0x15, CREATE, a777, gid.hca3, 1, granted(0xc001, 1)),
  "sa-mc-create-again(join)": join(0x16, THREE, a777, gid.hca3, 1, granted(0xc001, 1)),
  "sa-mc-create-aliasport": join(0x3c, CREATE, a777, gid.alias, 1, granted(0xc001, 1)),
  "sa-mc-create-for-report": join(0x4b, CREATE, a777, gid.hca3, 1, granted(0xc001, 1)),
  "sa-mc-create-mgid0": join(0x28, CREATE, nobody, gid.hca3, 1, granted(0xc001, 1, { MGID: smAssigned })),
  "sa-mc-create-sendonlyfull": join(0x2a, CREATE, a888, gid.hca3, 8, granted(0xc001, 8)),
  "sa-mc-create-requested-mlid":
    join(0x33, CREATE | 8, a888, gid.hca3, 1, granted(0xc123, 1), { MLID: 0xc123 }),
  "sa-mc-create-a01b-linklocal":
    join(0x30, CREATE, "ff12a01bfe8000000000000000000888", gid.hca3, 1, refused(REQ_INVALID)),
  "sa-mc-create-badmgid":
    join(0x2f, CREATE, "fe12a01cfe8000000000000000000888", gid.hca3, 1, refused(REQ_INVALID)),
  "sa-mc-create-nonmember": join(0x2d, CREATE, a888, gid.hca3, 2, refused(REQ_INVALID)),
  "sa-mc-create-sendonlynon": join(0x2e, CREATE, a888, gid.hca3, 4, refused(REQ_INVALID)),
  "sa-mc-join-missing-comps": join(0x13, 3, a777, gid.hca3, 1, refused(INSUFFICIENT_COMPONENTS)),
  "sa-mc-join-nogroup": join(0x14, THREE, a777, gid.hca3, 1, refused(INSUFFICIENT_COMPONENTS)),
  "sa-mc-join-qkey-mismatch":
    join(0x17, THREE | 4, a777, gid.hca3, 1, refused(REQ_INVALID), { Q_Key: 0x55 }),
  "sa-mc-join-pkey-mismatch":
    join(0x18, THREE | 0x80, a777, gid.hca3, 1, refused(REQ_INVALID), { P_Key: 0x8001 }),
  "sa-mc-join-mtusel-toobig":
    join(0x19, THREE | 0x30, a777, gid.hca3, 1, refused(REQ_INVALID), { MTUSelector: 0, MTU: 5 }),
  "sa-mc-join-mtu-exact":
    join(0x1a, THREE | 0x30, a777, gid.hca3, 1, granted(0xc001, 1), { MTUSelector: 2, MTU: 4 }),
  "sa-mc-join-rate-sel":
    join(0x1b, THREE | 0x300, a777, gid.hca3, 1, granted(0xc001, 1), { RateSelector: 0, Rate: 2 }),
  "sa-mc-join-js0": join(0x1c, THREE, a777, gid.hca3, 0, refused(REQ_INVALID)),
  "sa-mc-join-nonmember": join(0x1d, THREE, a777, gid.hca3, 2, granted(0xc001, 3)),
  "sa-mc-join-proxy-other": join(0x1e, THREE, a777, gid.hca2, 1, granted(0xc001, 1)),
  "sa-mc-join-unknown-guid": join(0x20, THREE, a777, gid.unknown, 1, refused(REQ_INVALID)),
  "sa-mc-join-bad-prefix": join(0x21, THREE, a777, gid.wrongPrefix, 1, refused(INVALID_GID)),
  "sa-mc-join-full-after-sofm": join(0x2b, THREE, a888, gid.hca3, 1, granted(0xc001, 9)),
  "sa-mc-join-ipoib-bcast":
    join(0x31, THREE, ipoib, gid.hca3, 1, granted(0xc000, 1, { PacketLifeTime: 0x12, Scope: 2 })),
  "sa-mc-get": get(0x22, 3, a777, gid.hca3, 1, granted(0xc001, 0, { PortGID: nobody })),
  "sa-mc-get-trusted": get(0x23, 3, a777, gid.hca3, 1, granted(0xc001, 3), { SM_Key: "0000000000000001" }),
  "sa-mc-leave-partial": leave(0x24, THREE, a777, gid.hca3, 2, left(1)),
  "sa-mc-leave-wrongstate": leave(0x25, THREE, a777, gid.hca3, 4, refused(REQ_INVALID)),
  "sa-mc-leave": leave(0x26, THREE, a777, gid.hca3, 1, left(0)),
  "sa-mc-leave-again": leave(0x27, THREE, a777, gid.hca3, 1, refused(REQ_INVALID)),
  "sa-mc-leave-mgid0": leave(0x29, THREE, smAssigned, gid.hca3, 1, left(0)),
  "sa-mc-leave-sofm": leave(0x2c, THREE, a888, gid.hca3, 9, left(0)),
  "sa-mc-leave-ipoib-bcast": leave(0x32, THREE, ipoib, gid.hca3, 1, left(0)),
  "sa-mc-leave-requested-mlid": leave(0x34, THREE, a888, gid.hca3, 1, left(0)),
  "sa-mc-leave-proxy-other": leave(0x1f, THREE, a777, gid.hca2, 1, left(0)),
  "sa-mc-leave-aliasport": leave(0x40, THREE, a777, gid.alias, 1, left(0)),
  "sa-mc-leave-for-report": leave(0x4c, THREE, a777, gid.hca3, 1, left(0)),
  "sa-ii-subscribe66": inform(0x49, 1, 66, 0, 0),
  "sa-ii-subscribe67": inform(0x4a, 1, 67, 0, 0),
  "sa-ii-unsubscribe66": inform(0x4d, 0, 66, 1, 0),
  "sa-ii-unsubscribe67-qpn0": inform(0x4e, 0, 67, 0, REQ_INVALID),
  "sa-ii-unsubscribe67": inform(0x4f, 0, 67, 1, 0),
  "sa-reports": {
    "0.mad": report("0000000202dab003", 66),
    "1.mad": report("0000000202dab004", 66),
    "2.mad": report("0000000202dab005", 67),
    "3.mad": report("0000000202dab006", 67)
  },
  // Not trusted: every group, without its members. With the SM_Key: the members.
  "sa-gettable-mcmember-all": table("000000000000000a", "0000000000000000", {
    ...member(1, ipoib8001, nobody, 0xc001, 0x8001, 0),
    ...member(2, ipoib, nobody, 0xc000, 0xffff, 0),
    ...member(3, multicast8001, nobody, 0xc002, 0x8001, 0)
  }),
  "sa-gettable-mcmember-all-trusted": table("000000000000000b", "0000000000000001", {
    ...member(1, multicast8001, gid.hca3, 0xc002, 0x8001, 1),
    ...member(2, multicast8001, "fe800000000000000000000000100007", 0xc002, 0x8001, 1)
  })
}
