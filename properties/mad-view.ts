/**
 * The model's view of a MAD, read from bytes. Offsets are written down from IBTA Vol 1 (13.4.2, 13.6.2,
 * 15.2.5.17, 12.6), not taken from the implementation's tables: so a mistake there is not repeated here.
 */
import { CommId, Gid, Guid, Lid, Qpn, Tid } from "../model/ids.ts"
import type {
  AlternatePath, Body, ClassPortInfo, Cm, GuidInfo, InformInfo, Mad, Malformed, McMember, McMembers, Notice, Payload,
  Rmpp, ServiceRecord
} from "../model/mad.ts"

const CLASS_SA = 0x03
/** Classes with an RMPP header, beside the vendor classes with an OUI: SA, DevMgt, DevAdm, BIS. */
const RMPP_CLASSES: ReadonlyArray<number> = [0x03, 0x06, 0x10, 0x12]
const CLASS_CM = 0x07
const SEND = 0x03
const MC_MEMBER_RECORD = 0x38
const INFORM_INFO = 0x03
const NOTICE = 0x02
const GUID_INFO_RECORD = 0x30
const CLASS_PORT_INFO = 0x01
const GET_RESP = 0x81
const SERVICE_RECORD = 0x31

/** Big-endian reading of bytes; `hex` counts bytes. */
class Reader {
  readonly #bytes: Buffer
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  u8(at: number): number {
    return this.#bytes.readUInt8(at)
  }
  u16(at: number): number {
    return this.#bytes.readUInt16BE(at)
  }
  u32(at: number): number {
    return this.#bytes.readUInt32BE(at)
  }
  hex(at: number, length: number): string {
    return this.#bytes.toString("hex", at, at + length)
  }
}

const isVendorWithOui = (mgmtClass: number): boolean => mgmtClass >= 0x30 && mgmtClass <= 0x4f

const rmppOf = (read: Reader, mgmtClass: number): Rmpp | null =>
  RMPP_CLASSES.includes(mgmtClass) || isVendorWithOui(mgmtClass)
    ? { active: (read.u8(26) & 1) !== 0, type: read.u8(25) }
    : null

/** MCMemberRecord, from MAD byte 56; the ComponentMask stands in the SA header. */
const mcMember = (read: Reader): McMember => ({
  _tag: "mcMember",
  mask: read.hex(48, 8),
  mgid: Gid(read.hex(56, 16)),
  portGid: Gid(read.hex(72, 16)),
  qkey: read.u32(88),
  mlid: read.u16(92),
  mtuSelector: read.u8(94) >> 6,
  mtu: read.u8(94) & 0x3f,
  trafficClass: read.u8(95),
  pkey: read.u16(96),
  rateSelector: read.u8(98) >> 6,
  rate: read.u8(98) & 0x3f,
  lifetimeSelector: read.u8(99) >> 6,
  lifetime: read.u8(99) & 0x3f,
  sl: read.u8(100) >> 4,
  flowLabel: (read.u32(100) >>> 8) & 0xf_ffff,
  hopLimit: read.u8(103),
  scope: read.u8(104) >> 4,
  joinState: read.u8(104) & 0xf,
  proxyJoin: read.u8(105) >> 7
})

/** GUIDInfoRecord, from MAD byte 56: LID, BlockNum, five reserved bytes, eight GUIDs. */
const guidInfo = (read: Reader): GuidInfo => ({
  _tag: "guidInfo",
  mask: read.hex(48, 8),
  lid: Lid(read.u16(56)),
  block: read.u8(58),
  guids: Array.from({ length: 8 }, (_, k) => Guid(read.hex(64 + 8 * k, 8)))
})

/**
 * GetTable, GetTraceTable and GetMulti carry any number of records; their responses have the R bit besides.
 */
const isTableMethod = (method: number): boolean => [0x12, 0x13, 0x14].includes(method & 0x7f)

const mcMembers = (read: Reader): McMembers => ({
  _tag: "mcMembers",
  mask: read.hex(48, 8),
  segment: read.u32(28),
  payloadLength: read.u32(32),
  attributeOffset: read.u16(44),
  data: read.hex(56, 200)
})

/** InformInfo, from MAD byte 56. */
const informInfo = (read: Reader): InformInfo => ({
  _tag: "informInfo",
  gid: Gid(read.hex(56, 16)),
  lidRangeBegin: Lid(read.u16(72)),
  lidRangeEnd: Lid(read.u16(74)),
  isGeneric: read.u8(78),
  subscribe: read.u8(79),
  type: read.u16(80),
  trapNumber: read.u16(82),
  qpn: Qpn(read.u32(84) >>> 8),
  producerType: read.u32(88) & 0xff_ffff
})

/** Notice, from MAD byte 56. */
const notice = (read: Reader): Notice => ({
  _tag: "notice",
  isGeneric: read.u8(56) >> 7,
  type: read.u8(56) & 0x7f,
  producerType: read.u32(56) & 0xff_ffff,
  trapNumber: read.u16(60),
  issuerLid: Lid(read.u16(62)),
  gidAddr: Gid(read.hex(72, 16)),
  issuerGid: Gid(read.hex(120, 16))
})

/** Where the ClassPortInfo of a class stands; null for classes whose layout no rule reads. */
const classPortInfoByte = (mgmtClass: number): number | null => {
  if (mgmtClass === CLASS_SA) return 56
  if (mgmtClass === 0x04 || mgmtClass === 0x06) return 64
  return isVendorWithOui(mgmtClass) ? 40 : null
}

const classPortInfo = (read: Reader, at: number): ClassPortInfo => ({
  _tag: "classPortInfo",
  redirectGid: Gid(read.hex(at + 8, 16)),
  redirectLid: Lid(read.u16(at + 28)),
  redirectQp: Qpn(read.u32(at + 32) & 0xff_ffff)
})

/** ServiceRecord, from MAD byte 56. */
const serviceRecord = (read: Reader): ServiceRecord => ({
  _tag: "serviceRecord",
  mask: read.hex(48, 8),
  serviceId: read.hex(56, 8),
  gid: Gid(read.hex(64, 16)),
  pkey: read.u16(80),
  lease: read.u32(84)
})

const cm = (read: Reader, attribute: number): Cm | null => {
  const localId = CommId(read.hex(24, 4))
  const remoteId = CommId(read.hex(28, 4))
  const between = (message: "RTU" | "DREQ" | "DREP"): Cm => ({ _tag: "cm", message, localId, remoteId })
  const pathAt = (at: number): AlternatePath => ({
    localLid: Lid(read.u16(at)),
    remoteLid: Lid(read.u16(at + 2)),
    localGid: Gid(read.hex(at + 4, 16)),
    remoteGid: Gid(read.hex(at + 20, 16))
  })
  switch (attribute) {
    case 0x10:
      return {
        _tag: "cm",
        message: "REQ",
        localId,
        caGuid: Guid(read.hex(40, 8)),
        localGid: Gid(read.hex(80, 16)),
        remoteGid: Gid(read.hex(96, 16)),
        localLid: Lid(read.u16(76)),
        remoteLid: Lid(read.u16(78)),
        alternate: pathAt(120),
        responseTimeout: read.u8(67) >> 3,
        maxRetries: read.u8(75) >> 4
      }
    case 0x11:
      return { _tag: "cm", message: "MRA", localId, remoteId, serviceTimeout: read.u8(33) >> 3 }
    case 0x12:
      return {
        _tag: "cm",
        message: "REJ",
        localId,
        remoteId,
        rejected: read.u8(32) >> 6,
        reason: read.u16(34),
        ariGuid: Guid(read.hex(36, 8))
      }
    case 0x13:
      return { _tag: "cm", message: "REP", localId, remoteId, caGuid: Guid(read.hex(52, 8)) }
    case 0x14:
      return between("RTU")
    case 0x15:
      return between("DREQ")
    case 0x16:
      return between("DREP")
    case 0x17:
      return { _tag: "cm", message: "SIDR_REQ", requestId: localId, serviceId: read.hex(32, 8) }
    case 0x18:
      return { _tag: "cm", message: "SIDR_REP", requestId: localId }
    case 0x19:
      return { _tag: "cm", message: "LAP", localId, remoteId, alternate: pathAt(44) }
    case 0x1a:
      return { _tag: "cm", message: "APR", localId, remoteId, status: read.u8(33) }
    default:
      return null
  }
}

const bodyOf = (read: Reader, mgmtClass: number, method: number, attributeId: number): Body => {
  if (mgmtClass === CLASS_SA && attributeId === MC_MEMBER_RECORD) {
    return isTableMethod(method) ? mcMembers(read) : mcMember(read)
  }
  if (mgmtClass === CLASS_SA && attributeId === GUID_INFO_RECORD) return guidInfo(read)
  const at = attributeId === CLASS_PORT_INFO && method === GET_RESP ? classPortInfoByte(mgmtClass) : null
  if (at !== null) return classPortInfo(read, at)
  if (mgmtClass === CLASS_SA && attributeId === SERVICE_RECORD) return serviceRecord(read)
  if (mgmtClass === CLASS_SA && attributeId === INFORM_INFO) return informInfo(read)
  if (mgmtClass === CLASS_SA && attributeId === NOTICE) return notice(read)
  const message = mgmtClass === CLASS_CM && method === SEND ? cm(read, attributeId) : null
  return message ?? { _tag: "opaque" }
}

/** The view of a MAD; `payload` names its bytes. What is not 256 bytes long is malformed. */
export const madView = (bytes: Uint8Array, payload: Payload): Mad | Malformed =>
  bytes.length === 256 ? viewOf(bytes, payload) : { _tag: "malformed", lengthBytes: bytes.length }

/** The view of a MAD known to be 256 bytes long. */
export const viewOf = (bytes: Uint8Array, payload: Payload): Mad => {
  const read = new Reader(bytes)
  const [mgmtClass, method, attributeId] = [read.u8(1), read.u8(3), read.u16(16)]
  return {
    baseVersion: read.u8(0),
    mgmtClass,
    classVersion: read.u8(2),
    method,
    status: read.u16(4),
    tid: Tid(read.hex(8, 8)),
    attributeId,
    sa: mgmtClass === CLASS_SA ? { smKey: read.hex(36, 8) } : null,
    rmpp: rmppOf(read, mgmtClass),
    oui: isVendorWithOui(mgmtClass) ? read.hex(37, 3) : null,
    body: bodyOf(read, mgmtClass, method, attributeId),
    payload
  }
}
