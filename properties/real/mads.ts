/**
 * MADs for tests against real parts, written out byte by byte on purpose: they must not share the code under
 * test.
 */

/** Length of every MAD, in bytes. */
const MAD_BYTES = 256
const CLASS_SMP = 0x01
const CLASS_DIRECTED_SMP = 0x81
const CLASS_SA = 0x03
const CLASS_CM = 0x07
const METHOD_GET = 0x01
const METHOD_SEND = 0x03
const METHOD_GET_TABLE = 0x12
const ATTRIBUTE_CLASS_PORT_INFO = 0x0001
const ATTRIBUTE_CM_REQ = 0x0010
const ATTRIBUTE_PATH_RECORD = 0x0035
const ATTRIBUTE_MC_MEMBER_RECORD = 0x0038
const SM_KEY_BYTE = 36
const COMPONENT_MASK_BYTE = 48
const SA_DATA_BYTE = 56

const mad = (mgmtClass: number, method: number, attribute: number, tid: bigint) => {
  const bytes = new Uint8Array(MAD_BYTES)
  const view = new DataView(bytes.buffer)
  bytes.set([1, mgmtClass, mgmtClass === CLASS_SA || mgmtClass === CLASS_CM ? 2 : 1, method])
  view.setBigUint64(8, tid)
  view.setUint16(16, attribute)
  return { bytes, view }
}

/** SA Get(ClassPortInfo). */
export const getClassPortInfo = (tid: bigint): Uint8Array =>
  mad(CLASS_SA, METHOD_GET, ATTRIBUTE_CLASS_PORT_INFO, tid).bytes

/** SA Get(PathRecord) of one reversible path between two GIDs, all P_Keys. */
export const getPathRecord = (tid: bigint, sgid: bigint, dgid: bigint): Uint8Array => {
  const { bytes, view } = mad(CLASS_SA, METHOD_GET, ATTRIBUTE_PATH_RECORD, tid)
  const dgidBit = 1n << 2n
  const sgidBit = 1n << 3n
  const numbPathBit = 1n << 12n
  view.setBigUint64(COMPONENT_MASK_BYTE, dgidBit | sgidBit | numbPathBit)
  const setGid = (byte: number, gid: bigint): void => {
    view.setBigUint64(byte, gid >> 64n)
    view.setBigUint64(byte + 8, BigInt.asUintN(64, gid))
  }
  setGid(SA_DATA_BYTE + 8, dgid)
  setGid(SA_DATA_BYTE + 24, sgid)
  const numbPath = 1
  view.setUint8(SA_DATA_BYTE + 49, numbPath)
  return bytes
}

/** SA GetTable of the members of a group (32 hex digits), with the SM_Key for which OpenSM names them all. */
export const getMembers = (tid: bigint, mgid: string): Uint8Array => {
  const { bytes, view } = mad(CLASS_SA, METHOD_GET_TABLE, ATTRIBUTE_MC_MEMBER_RECORD, tid)
  const mgidBit = 1n
  view.setBigUint64(SM_KEY_BYTE, 1n)
  view.setBigUint64(COMPONENT_MASK_BYTE, mgidBit)
  bytes.set(Buffer.from(mgid, "hex"), SA_DATA_BYTE)
  return bytes
}

/**
 * What a function asks of members: by MGID, by PortGID, or by both, 32 hex digits each; without an SM_Key.
 */
export const askMembers = (
  tid: bigint, isTable: boolean, { mgid, portGid }: { readonly mgid?: string; readonly portGid?: string }
): Uint8Array => {
  const method = isTable ? METHOD_GET_TABLE : METHOD_GET
  const { bytes, view } = mad(CLASS_SA, method, ATTRIBUTE_MC_MEMBER_RECORD, tid)
  view.setBigUint64(COMPONENT_MASK_BYTE, (mgid === undefined ? 0n : 1n) | (portGid === undefined ? 0n : 2n))
  if (mgid !== undefined) bytes.set(Buffer.from(mgid, "hex"), SA_DATA_BYTE)
  if (portGid !== undefined) bytes.set(Buffer.from(portGid, "hex"), SA_DATA_BYTE + 16)
  return bytes
}

/** SA Get, Set or Delete of block 0 of a port's GUIDs; `guids` by slot, 16 hex digits each. */
export const guidInfo = (
  tid: bigint, method: "get" | "set" | "delete", lid: number, guids: Readonly<Record<number, string>> = {}
): Uint8Array => {
  const { bytes, view } = mad(CLASS_SA, { get: 0x01, set: 0x02, delete: 0x15 }[method], 0x0030, tid)
  let mask = 3n
  view.setUint16(SA_DATA_BYTE, lid)
  for (const [slot, guid] of Object.entries(guids)) {
    mask |= 1n << BigInt(4 + Number(slot))
    bytes.set(Buffer.from(guid, "hex"), SA_DATA_BYTE + 8 + 8 * Number(slot))
  }
  view.setBigUint64(COMPONENT_MASK_BYTE, mask)
  return bytes
}
/** The eight GUIDs of a GUIDInfoRecord answer, 16 hex digits each. */
export const guidsOf = (bytes: Uint8Array): ReadonlyArray<string> =>
  Array.from({ length: 8 }, (_, slot) =>
    Buffer.from(bytes.subarray(SA_DATA_BYTE + 8 + 8 * slot, SA_DATA_BYTE + 16 + 8 * slot)).toString("hex"))

/** What tells one membership: MGID and PortGID in 32 hex digits, the four JoinState bits. */
export interface Member {
  readonly mgid: string
  readonly portGid: string
  readonly joinState: number
}

const memberAt = (bytes: Uint8Array, at: number): Member => ({
  mgid: Buffer.from(bytes.subarray(at, at + 16)).toString("hex"),
  portGid: Buffer.from(bytes.subarray(at + 16, at + 32)).toString("hex"),
  joinState: (bytes[at + 48] ?? 0) & 0x0f
})
/** The member of an MCMemberRecord answer. */
export const memberOf = (bytes: Uint8Array): Member => memberAt(bytes, SA_DATA_BYTE)
/** The members of a GetTable answer whose datagram has that length: three at most, more do not fit. */
export const membersOf = (bytes: Uint8Array, lengthBytes: number): ReadonlyArray<Member> => {
  const recordBytes = 56
  const count = Math.trunc((lengthBytes - SA_DATA_BYTE) / recordBytes)
  return Array.from({ length: count }, (_, index) => memberAt(bytes, SA_DATA_BYTE + index * recordBytes))
}

/** CM REQ with a local communication id and nothing else but a recognizable tail. */
export const cmReq = (tid: bigint, localCommId: number): Uint8Array => {
  const { bytes, view } = mad(CLASS_CM, METHOD_SEND, ATTRIBUTE_CM_REQ, tid)
  view.setUint32(24, localCommId)
  for (let byte = 164; byte < MAD_BYTES; byte++) bytes[byte] = byte
  return bytes
}

/** SMP Get of an attribute, LID routed. */
export const getSmp = (tid: bigint, attribute: number): Uint8Array =>
  mad(CLASS_SMP, METHOD_GET, attribute, tid).bytes

/** Directed-route SMP Get of an attribute with no hop: asked of the own node. */
export const getDirectedSmp = (tid: bigint, attribute: number): Uint8Array => {
  const { bytes, view } = mad(CLASS_DIRECTED_SMP, METHOD_GET, attribute, tid)
  const drSlid = 32
  view.setUint32(drSlid, 0xffff_ffff)
  return bytes
}

/** What steers a CM message: attribute, TID and both comm ids (a REQ has no remote one). */
export const cmOf = (bytes: Uint8Array) => ({
  attribute: viewOf(bytes).getUint16(16),
  tid: tidOf(bytes),
  localId: viewOf(bytes).getUint32(24),
  remoteId: viewOf(bytes).getUint32(28)
})
/** The primary local port GID of a REQ, 32 hex digits. */
export const reqLocalGidOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.subarray(80, 96)).toString("hex")
/** The CA GUID of a REP, 16 hex digits. */
export const repCaGuidOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(52, 60)).toString("hex")
/** What a REJ refuses (0: a REQ), and why. */
export const rejOf = (bytes: Uint8Array) => ({
  message: viewOf(bytes).getUint8(32) >>> 6,
  reason: viewOf(bytes).getUint16(34)
})

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The TID, all 64 bits. */
export const tidOf = (bytes: Uint8Array): bigint => viewOf(bytes).getBigUint64(8)
/** The low 32 bits of the TID: what survives ibsim, a kernel and libumad2sim alike. */
export const lowTidOf = (bytes: Uint8Array): number => viewOf(bytes).getUint32(12)
/** The method with its R bit. */
export const methodOf = (bytes: Uint8Array): number => viewOf(bytes).getUint8(3)
/** The MAD status. */
export const statusOf = (bytes: Uint8Array): number => viewOf(bytes).getUint16(4)
/** DLID and SLID of a PathRecord answer. */
export const pathLidsOf = (bytes: Uint8Array): { readonly dlid: number; readonly slid: number } => ({
  dlid: viewOf(bytes).getUint16(SA_DATA_BYTE + 40),
  slid: viewOf(bytes).getUint16(SA_DATA_BYTE + 42)
})

/** A ServiceRecord as a test names it: id 16 hex digits, GID 32. */
export interface Service {
  readonly id: string
  readonly gid: string
  readonly pkey: number
}

const ATTRIBUTE_SERVICE_RECORD = 0x0031
const SERVICE_RID_MASK = 0x07n
/** RID, lease, name and the first byte of the data: what OpenSM wants in a Set. */
const SERVICE_SET_MASK = 0xd7n

/** SA Get (by id), Set or Delete of a ServiceRecord; the lease of a Set has no end. */
export const serviceMad = (tid: bigint, method: "get" | "set" | "delete", { gid, id, pkey }: Service): Uint8Array => {
  const { bytes, view } = mad(CLASS_SA, { get: METHOD_GET, set: 0x02, delete: 0x15 }[method], ATTRIBUTE_SERVICE_RECORD, tid)
  view.setBigUint64(COMPONENT_MASK_BYTE, { get: 0x01n, set: SERVICE_SET_MASK, delete: SERVICE_RID_MASK }[method])
  bytes.set(Buffer.from(id + gid, "hex"), SA_DATA_BYTE)
  view.setUint16(SA_DATA_BYTE + 24, pkey)
  view.setUint32(SA_DATA_BYTE + 28, 0xffff_ffff)
  bytes.set(Buffer.from("madmux"), SA_DATA_BYTE + 48)
  return bytes
}

/** SA Set(InformInfo) of one generic trap of any producer, about every LID. */
export const setInformInfo = (tid: bigint, trap: number, subscribe: boolean): Uint8Array => {
  const { bytes, view } = mad(CLASS_SA, 0x02, 0x0003, tid)
  view.setUint16(SA_DATA_BYTE + 16, 0xffff)
  view.setUint8(SA_DATA_BYTE + 22, 1)
  view.setUint8(SA_DATA_BYTE + 23, subscribe ? 1 : 0)
  view.setUint16(SA_DATA_BYTE + 24, 0xffff)
  view.setUint16(SA_DATA_BYTE + 26, trap)
  view.setUint32(SA_DATA_BYTE + 28, (1 << 8) | 18)
  view.setUint32(SA_DATA_BYTE + 32, 0xff_ffff)
  return bytes
}

/** The answer to a Report: the same MAD with the R bit. */
export const reportResponse = (report: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from(report)
  bytes[3] = 0x86
  return bytes
}
