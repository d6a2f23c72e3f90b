/**
 * The frame rule [SQP-FRAME-1]: which bytes of a MAD may differ between what came in and what goes out, and
 * which bytes of a MAD that the PF context makes itself may be other than zero. Offsets are written down from
 * IBTA Vol 1 (13.4.2 header, 13.6.2 RMPP, 15.2 SA, 12.6 CM) and our rule pages; nothing of the
 * implementation's tables is used, so that a mistake there shows here.
 */

/** What happened to the MAD on its way. */
export type FrameKind =
  /** A function's MAD went to the wire; `vf`: the function is not the PF. */
  | { readonly _tag: "egress"; readonly vf: boolean }
  /** A MAD from the wire went to a function; `vf`: it is not the PF. */
  | { readonly _tag: "ingress"; readonly vf: boolean }
  /** A Report from the wire went back to it as ReportResp. */
  | { readonly _tag: "report-response" }
  /** A function's request came back to it as a refusal (spec/classes.md). */
  | { readonly _tag: "refusal" }
  /** The PF context made the MAD; the input, if any, only caused it. */
  | { readonly _tag: "made"; readonly what: Made }

/** The MADs a PF context makes itself. */
export type Made =
  | "join" | "leave" | "membership-answer" | "membership-table" | "rej" | "drep" | "guid-set" | "guid-delete"
  | "unregister" | "inform" | "inform-answer"

/** Bytes from `from` up to and without `to`, and what the standard calls them. */
interface Range {
  readonly from: number
  readonly to: number
  readonly name: string
}

const MAD_BYTES = 256

const METHOD_BYTE: Range = { from: 3, to: 4, name: "method" }
const STATUS: Range = { from: 4, to: 6, name: "status" }
const TID: Range = { from: 8, to: 16, name: "TransactionID" }
const SM_KEY: Range = { from: 36, to: 44, name: "SM_Key" }
/** Local comm id; of SIDR_REQ and SIDR_REP the request id. */
const CM_ID: Range = { from: 24, to: 28, name: "local comm id" }
const REQUEST_ID: Range = { from: 24, to: 28, name: "request id" }
const CM_REMOTE_ID: Range = { from: 28, to: 32, name: "remote comm id" }

const CLASS_SA = 0x03
const CLASS_CM = 0x07
const METHOD_SEND = 0x03
const METHOD_TRAP_REPRESS = 0x07
/** CM attribute ids (IBTA 12.6). */
const REQ = 0x10
const MRA = 0x11
const REJ = 0x12
const RTU = 0x14
const DREQ = 0x15
const SIDR_REQ = 0x17
const SIDR_REP = 0x18
const LAP = 0x19
const APR = 0x1a

const attributeOf = (mad: Uint8Array): number => ((mad[16] ?? 0) << 8) | (mad[17] ?? 0)
const isResponse = (mad: Uint8Array): boolean =>
  ((mad[3] ?? 0) & 0x80) !== 0 || mad[3] === METHOD_TRAP_REPRESS
/** A Report of a notice, which functions get with a TID of the PF context. */
const isReport = (mad: Uint8Array): boolean => mad[1] === CLASS_SA && mad[3] === 0x06 && attributeOf(mad) === 0x02
const isCm = (mad: Uint8Array): boolean => mad[1] === CLASS_CM && mad[3] === METHOD_SEND

/** CM to the wire: the function's id becomes the wire id; the TIDs of its own questions become wire TIDs. */
const cmEgress = (attribute: number): ReadonlyArray<Range> => {
  switch (attribute) {
    case SIDR_REQ:
      return [TID, REQUEST_ID]
    case SIDR_REP:
      return []
    case REQ:
    case LAP:
    case DREQ:
    case RTU:
    case MRA:
    case REJ:
      return [TID, CM_ID]
    default:
      return attribute > REQ && attribute <= APR ? [CM_ID] : []
  }
}

/** CM from the wire: the wire id becomes the function's; an answer gets the TID of its question back. */
const cmIngress = (attribute: number): ReadonlyArray<Range> => {
  switch (attribute) {
    case REQ:
    case SIDR_REQ:
      return []
    case SIDR_REP:
      return [TID, REQUEST_ID]
    default:
      return attribute > REQ && attribute <= APR ? [TID, CM_REMOTE_ID] : []
  }
}

const mayChange = (
  input: Uint8Array,
  kind: Exclude<FrameKind, { readonly _tag: "made" }>
): ReadonlyArray<Range> => {
  switch (kind._tag) {
    case "report-response":
      return [METHOD_BYTE]
    case "refusal":
      return [METHOD_BYTE, STATUS]
    case "egress":
      if (isCm(input)) return cmEgress(attributeOf(input))
      if (isResponse(input)) return []
      return kind.vf && input[1] === CLASS_SA ? [TID, SM_KEY] : [TID]
    case "ingress":
      if (isCm(input)) return cmIngress(attributeOf(input))
      return isResponse(input) || isReport(input) ? [TID] : []
  }
}

const isMembership = (mad: Uint8Array): boolean => mad[1] === CLASS_SA && attributeOf(mad) === 0x0038
const wordAt = (mad: Uint8Array, at: number): number => Buffer.from(mad).readUInt32BE(at)

/** A response of MCMemberRecord as a VF must be shown it: PortGID, JoinState and ProxyJoin 0 (SQP-MC-16). */
const withoutOthers = (input: Uint8Array): Uint8Array => {
  const isTable = [0x92, 0x93, 0x94].includes(input[3] ?? 0)
  const isActive = ((input[26] ?? 0) & 1) !== 0
  if (isTable && isActive && input[25] !== 1) return input
  const length = isTable ? (wordAt(input, 44) >>> 16) << 3 : 200
  if (length < 56) return input.map((byte, i) => (i < 56 ? byte : 0))
  const before = isTable && isActive ? (Math.max(1, wordAt(input, 28)) - 1) * 200 : 0
  return input.map((byte, i) => {
    const place = i < 56 ? -1 : (before + i - 56) % length
    if (place >= 16 && place < 32) return 0
    return place === 48 ? byte & 0xf0 : place === 49 ? byte & 0x7f : byte
  })
}

/** The header of SA MADs: base version 1, class 3, class version 2, then the method. */
const saHeader = (method: string): string => `010302${method}`
const MC_MEMBER_RECORD = "0038"
const GUID_INFO_RECORD = "0030"
const CM_SEND = "01070203"

/** A MAD the PF context makes: bytes with one value, and bytes that may have any; all others are zero. */
interface Pattern {
  readonly fixed: ReadonlyArray<{ readonly at: number; readonly hex: string }>
  readonly free: ReadonlyArray<Range>
}

const RMPP_VERSION: Range = { from: 24, to: 25, name: "RMPPVersion" }
/**
 * MCMemberRecord from MAD byte 56: 49 bytes up to Scope and JoinState; ProxyJoin and what follows stay zero.
 */
const RECORD: Range = { from: 56, to: 105, name: "MCMemberRecord" }
const MGID_AND_PORT_GID: Range = { from: 56, to: 88, name: "MGID, PortGID" }
const JOIN_STATE: Range = { from: 104, to: 105, name: "JoinState" }
const MASK: Range = { from: 53, to: 56, name: "ComponentMask" }

/** GUIDInfoRecord: mask bits 0, 1 and 4 to 11; LID and BlockNum; eight GUIDs after five reserved bytes. */
const GUID_MASK: Range = { from: 54, to: 56, name: "ComponentMask" }
const LID_AND_BLOCK: Range = { from: 56, to: 59, name: "LID, BlockNum" }
const GUIDS: Range = { from: 64, to: 128, name: "GUID0..GUID7" }

const patterns: Readonly<Record<Made, Pattern>> = {
  join: {
    fixed: [
      { at: 0, hex: saHeader("02") },
      { at: 16, hex: MC_MEMBER_RECORD }
    ],
    free: [TID, RMPP_VERSION, { from: 48, to: 56, name: "ComponentMask" }, RECORD]
  },
  leave: {
    fixed: [
      { at: 0, hex: saHeader("15") },
      { at: 16, hex: MC_MEMBER_RECORD }
    ],
    free: [TID, RMPP_VERSION, MASK, MGID_AND_PORT_GID, JOIN_STATE]
  },
  "membership-answer": {
    // The method is GetResp or DeleteResp; AttributeOffset counts 8 bytes, the record fills 7 of them.
    fixed: [
      { at: 0, hex: "010302" },
      { at: 16, hex: MC_MEMBER_RECORD },
      { at: 44, hex: "0007" }
    ],
    free: [METHOD_BYTE, STATUS, TID, RMPP_VERSION, RECORD]
  },
  "membership-table": {
    // RMPP version 1, DATA, Active, First and Last, segment 1; AttributeOffset 7.
    fixed: [
      { at: 0, hex: saHeader("92") },
      { at: 4, hex: "0000" },
      { at: 16, hex: MC_MEMBER_RECORD },
      { at: 24, hex: "0101070000000001" },
      { at: 44, hex: "0007" }
    ],
    free: [TID, { from: 32, to: 36, name: "PayloadLength" }, { from: 56, to: 224, name: "MCMemberRecords" }]
  },
  // The record's RID: ServiceID, ServiceGID, ServiceP_Key, and the mask that names these three.
  unregister: {
    fixed: [
      { at: 0, hex: saHeader("15") },
      { at: 16, hex: "0031" },
      { at: 48, hex: "0000000000000007" }
    ],
    free: [TID, RMPP_VERSION, { from: 56, to: 82, name: "ServiceID, ServiceGID, ServiceP_Key" }]
  },
  inform: {
    // QPN 1 and what is reserved beside RespTimeValue, MAD bytes 84 to 87; reserved 76 and 77, 88.
    fixed: [
      { at: 0, hex: saHeader("02") },
      { at: 16, hex: "0003" },
      { at: 84, hex: "000001" }
    ],
    free: [
      TID, RMPP_VERSION, { from: 56, to: 76, name: "GID, LIDRangeBegin, LIDRangeEnd" },
      { from: 78, to: 84, name: "IsGeneric to TrapNumber" }, { from: 87, to: 88, name: "RespTimeValue" },
      { from: 89, to: 92, name: "ProducerType" }
    ]
  },
  "inform-answer": {
    fixed: [
      { at: 0, hex: saHeader("81") },
      { at: 16, hex: "0003" }
    ],
    free: [
      STATUS, TID, RMPP_VERSION, { from: 56, to: 76, name: "GID, LIDRangeBegin, LIDRangeEnd" },
      { from: 78, to: 88, name: "IsGeneric to RespTimeValue" }, { from: 89, to: 92, name: "ProducerType" }
    ]
  },
  rej: {
    // Local id 0, message rejected 0 (REQ), reason 12 at byte 34.
    fixed: [
      { at: 0, hex: CM_SEND },
      { at: 16, hex: "0012" },
      { at: 34, hex: "000c" }
    ],
    free: [TID, CM_REMOTE_ID]
  },
  drep: {
    fixed: [
      { at: 0, hex: CM_SEND },
      { at: 16, hex: "0016" }
    ],
    free: [TID, CM_ID, CM_REMOTE_ID]
  },
  "guid-set": {
    fixed: [
      { at: 0, hex: saHeader("02") },
      { at: 16, hex: GUID_INFO_RECORD }
    ],
    free: [TID, RMPP_VERSION, GUID_MASK, LID_AND_BLOCK, GUIDS]
  },
  "guid-delete": {
    fixed: [
      { at: 0, hex: saHeader("15") },
      { at: 16, hex: GUID_INFO_RECORD }
    ],
    free: [TID, RMPP_VERSION, GUID_MASK, LID_AND_BLOCK]
  }
}

const hexOf = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString("hex")

const within = (ranges: ReadonlyArray<Range>, byte: number): boolean =>
  ranges.some(({ from, to }) => byte >= from && byte < to)

/** Runs of offsets, as [from, to). */
const runs = (offsets: ReadonlyArray<number>): ReadonlyArray<readonly [number, number]> => {
  const found: Array<[number, number]> = []
  for (const offset of offsets) {
    const last = found.at(-1)
    if (last && last[1] === offset) last[1] = offset + 1
    else found.push([offset, offset + 1])
  }
  return found
}

const allOffsets = Array.from({ length: MAD_BYTES }, (_, i) => i)
const placeOf = (from: number, to: number): string =>
  to - from === 1 ? `byte ${from}` : `bytes ${from}..${to - 1}`

const changed = (
  input: Uint8Array,
  output: Uint8Array,
  allowed: ReadonlyArray<Range>
): ReadonlyArray<string> => {
  const names = allowed.map(({ from, name, to }) => `${from}..${to - 1} (${name})`).join(", ")
  const wrong = allOffsets.filter((i) => input[i] !== output[i] && !within(allowed, i))
  return runs(wrong).map(
    ([from, to]) =>
      `${placeOf(from, to)} changed from ${hexOf(input, from, to)} to ${hexOf(output, from, to)}; ` +
      (names === "" ? "nothing may change" : `only ${names} may change`)
  )
}

/** An SM_Key that is not left alone leaves as 0 (SQP-CLS-6). */
const smKeyLeft = (input: Uint8Array, output: Uint8Array): ReadonlyArray<string> => {
  const [before, after] = [hexOf(input, SM_KEY.from, SM_KEY.to), hexOf(output, SM_KEY.from, SM_KEY.to)]
  const kept = before === after || /^0*$/.test(after)
  return kept ? [] : [`bytes 36..43 (SM_Key) changed from ${before} to ${after}; they may only become 0`]
}

const madeViolations = (output: Uint8Array, what: Made): ReadonlyArray<string> => {
  const { fixed, free } = patterns[what]
  const fixedRanges = fixed.map(({ at, hex }) => ({ from: at, to: at + hex.length / 2, hex, name: "fixed" }))
  const differing = fixedRanges.filter(({ from, hex, to }) => hexOf(output, from, to) !== hex)
  const filled = allOffsets.filter((i) => output[i] !== 0 && !within(free, i) && !within(fixedRanges, i))
  return [
    ...differing.map(
      ({ from, hex, to }) =>
        `${placeOf(from, to)} of a ${what} must be ${hex}, got ${hexOf(output, from, to)}`
    ),
    ...runs(filled).map(
      ([from, to]) => `${placeOf(from, to)} of a ${what} must be 0, got ${hexOf(output, from, to)}`
    )
  ]
}

/**
 * What breaks the frame rule, each in words that name the byte offsets; empty when nothing does. `input` is
 * the MAD the output came from (ignored for a MAD the PF context made); both are 256 bytes.
 */
export const frameViolations = (
  input: Uint8Array,
  output: Uint8Array,
  kind: FrameKind
): ReadonlyArray<string> => {
  if (output.length !== MAD_BYTES) return [`the MAD has ${output.length} bytes, not ${MAD_BYTES}`]
  if (kind._tag === "made") return madeViolations(output, kind.what)
  if (input.length !== MAD_BYTES) return [`a MAD of ${input.length} bytes was forwarded`]
  const allowed = mayChange(input, kind)
  const smKey = allowed.includes(SM_KEY) ? smKeyLeft(input, output) : []
  const isShown = kind._tag === "ingress" && kind.vf && isResponse(input) && isMembership(input)
  return [...changed(isShown ? withoutOthers(input) : input, output, allowed), ...smKey]
}

/** Which MAD of its own a PF context must have meant by these bytes; null if it makes none like it. */
export const madeOf = (output: Uint8Array): Made | null => {
  if (output[1] === CLASS_SA && attributeOf(output) === 0x0038) {
    if (isResponse(output)) return output[25] === 1 ? "membership-table" : "membership-answer"
    return output[3] === 0x02 ? "join" : output[3] === 0x15 ? "leave" : null
  }
  if (output[1] === CLASS_SA && attributeOf(output) === 0x0030) {
    return output[3] === 0x02 ? "guid-set" : output[3] === 0x15 ? "guid-delete" : null
  }
  if (output[1] === CLASS_SA && attributeOf(output) === 0x0031) return output[3] === 0x15 ? "unregister" : null
  if (output[1] === CLASS_SA && attributeOf(output) === 0x0003) {
    return isResponse(output) ? "inform-answer" : output[3] === 0x02 ? "inform" : null
  }
  if (!isCm(output)) return null
  return attributeOf(output) === REJ ? "rej" : attributeOf(output) === 0x16 ? "drep" : null
}
