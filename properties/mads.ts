/**
 * MADs as bytes for generated traces: hex text, written at literal offsets of the standard, well formed or
 * not.
 */

/** Pieces of a MAD by the byte they begin at; later ones overwrite earlier ones. */
export type Pieces = ReadonlyArray<readonly [at: number, hex: string]>

/** `value` as `digits` hex digits. */
export const hexOf = (value: number | bigint, digits: number): string =>
  value.toString(16).padStart(digits, "0")

/** Bytes with pieces written over them; a piece beyond the end is cut. */
export const written = (mad: string, pieces: Pieces): string =>
  pieces.reduce(
    (text, [at, hex]) => (text.slice(0, 2 * at) + hex + text.slice(2 * at + hex.length)).slice(0, mad.length),
    mad
  )

/** 256 bytes that differ from place to place, so that a moved or zeroed byte shows. */
const FILLED = Array.from({ length: 256 }, (_, i) => hexOf((i * 7 + 3) & 0xff, 2)).join("")
const ZERO = "00".repeat(256)

/** Management classes and methods the generator uses by name (IBTA 13.4.4, 13.4.5). */
export const CLASS = {
  SMP: 0x01,
  SMP_DIRECTED: 0x81,
  SA: 0x03,
  PERF: 0x04,
  BASEBOARD: 0x05,
  DEV_MGT: 0x06,
  CM: 0x07,
  PING: 0x32
} as const

/** The head of a MAD. */
export interface Head {
  readonly mgmtClass: number
  readonly method: number
  readonly attribute: number
  /** 16 hex digits. */
  readonly tid: string
  readonly classVersion?: number
}

/**
 * A MAD whose bytes after the header are filled but for the fields that rules read: RMPP inactive, SM_Key as
 * filled, OUI of ibping.
 */
export const mad = (
  { attribute, classVersion, method, mgmtClass, tid }: Head,
  pieces: Pieces = []
): string => {
  const version = classVersion ?? (mgmtClass === CLASS.SA || mgmtClass === CLASS.CM ? 2 : 1)
  const head = `01${hexOf(mgmtClass, 2)}${hexOf(version, 2)}${hexOf(method, 2)}00000000${tid}${hexOf(attribute, 4)}000000000000`
  const hasRmpp =
    mgmtClass === CLASS.SA || mgmtClass === CLASS.DEV_MGT || (mgmtClass >= 0x30 && mgmtClass <= 0x4f)
  const rmpp: Pieces = hasRmpp ? [[24, "000000000000000000000000"]] : []
  const oui: Pieces = mgmtClass >= 0x30 && mgmtClass <= 0x4f ? [[36, "00001405"]] : []
  return written(FILLED, [[0, head], ...rmpp, ...oui, ...pieces])
}

/** CM attribute ids (IBTA 12.6). */
export const CM = {
  REQ: 0x10,
  MRA: 0x11,
  REJ: 0x12,
  REP: 0x13,
  RTU: 0x14,
  DREQ: 0x15,
  DREP: 0x16,
  SIDR_REQ: 0x17,
  SIDR_REP: 0x18,
  LAP: 0x19,
  APR: 0x1a
} as const
/** Name of a CM message. */
export type CmName = keyof typeof CM

/** A CM Send; ids are 8 hex digits and stand at bytes 24 and 28. */
export const cm = (name: CmName, tid: string, pieces: Pieces): string =>
  mad({ mgmtClass: CLASS.CM, method: 0x03, attribute: CM[name], tid }, pieces)

/** What a REQ names. */
export interface Req {
  readonly localId: string
  readonly tid: string
  readonly caGuid: string
  readonly localGid: string
  readonly remoteGid: string
  readonly localLid: number
  readonly remoteLid: number
  /** Exponent of 4.096 us, and how often the sender repeats. */
  readonly responseTimeout: number
  readonly maxRetries: number
  /** The alternate path in 36 bytes: local LID, remote LID, local GID, remote GID; none by default. */
  readonly alternate?: string
}

/** A REQ. */
export const req = (of: Req): string =>
  cm("REQ", of.tid, [
    [24, of.localId],
    [28, "00000000"],
    [40, of.caGuid],
    [67, hexOf((of.responseTimeout << 3) | 2, 2)],
    [75, hexOf((of.maxRetries << 4) | 1, 2)],
    [76, hexOf(of.localLid, 4)],
    [78, hexOf(of.remoteLid, 4)],
    [80, of.localGid],
    [96, of.remoteGid],
    [120, of.alternate ?? hexOf(0, 72)]
  ])

/** Components of MCMemberRecord by the bit of the ComponentMask they have. */
export const MASK = {
  MGID: 1 << 0,
  PORT_GID: 1 << 1,
  QKEY: 1 << 2,
  MLID: 1 << 3,
  MTU_SELECTOR: 1 << 4,
  MTU: 1 << 5,
  TCLASS: 1 << 6,
  PKEY: 1 << 7,
  RATE_SELECTOR: 1 << 8,
  RATE: 1 << 9,
  SL: 1 << 12,
  FLOW_LABEL: 1 << 13,
  SCOPE: 1 << 15,
  JOIN_STATE: 1 << 16,
  PROXY_JOIN: 1 << 17
} as const

/** What a join or leave names. */
export interface Membership {
  readonly method: number
  readonly tid: string
  readonly mask: number
  readonly mgid: string
  readonly portGid: string
  readonly joinState: number
  readonly pkey: number
  readonly proxyJoin: boolean
  /** Other components, at MAD offsets. */
  readonly pieces?: Pieces
}

/** MCMemberRecord with a Q_Key, MTU 4 equal, rate 3 equal and filled bytes where nothing is. */
export const membership = (of: Membership): string =>
  mad({ mgmtClass: CLASS.SA, method: of.method, attribute: 0x38, tid: of.tid }, [
    [44, "00000000"],
    [48, hexOf(of.mask, 16)],
    [56, of.mgid],
    [72, of.portGid],
    [88, "00000b1b"],
    [92, "0000"],
    [94, "84"],
    [95, "00"],
    [96, hexOf(of.pkey, 4)],
    [98, "83"],
    [99, "92"],
    [100, "00000000"],
    [104, hexOf(0x20 | of.joinState, 2)],
    [105, of.proxyJoin ? "80" : "00"],
    ...(of.pieces ?? [])
  ])

/** A MAD of zeros with pieces. */
export const zeroed = (pieces: Pieces): string => written(ZERO, pieces)
