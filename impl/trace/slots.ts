/** Between the lines of a trace and ring slots: what a function or the port writes, what comes out. */
import type { SharedRegion } from "../ring/memory.ts"
import {
  FLAG_GRH,
  FLAG_QP1,
  MAD_BYTES,
  SLOT_BYTES,
  SLOT_FLAGS,
  SLOT_GRH_BYTE,
  SLOT_LID,
  SLOT_MAD_BYTE,
  SLOT_PKEY_INDEX,
  SLOT_QKEY,
  SLOT_REMOTE_QPN,
  SLOT_SOURCE_QPN
} from "../ring/slot.ts"
import { GRH_PAY_LEN, grh, IP_VER, NXT_HDR_IBA } from "../wire/grh.ts"
import type { CommandOf } from "./command.ts"
import type { OutputOf } from "./output.ts"

const NO_GID = "0".repeat(32)

type SomeGrh = CommandOf<"ingress">["grh"] | CommandOf<"egress">["grh"]

const writeGrh = ({ view }: SharedRegion, at: number, header: NonNullable<SomeGrh>): void => {
  grh.IPVer.set(view, at, IP_VER)
  grh.TClass.set(view, at, header.trafficClass)
  grh.FlowLabel.set(view, at, header.flowLabel)
  grh.PayLen.set(view, at, GRH_PAY_LEN)
  grh.NxtHdr.set(view, at, NXT_HDR_IBA)
  grh.HopLmt.set(view, at, header.hopLimit)
  grh.SGID.setHex(view, at, "sgid" in header ? header.sgid : NO_GID)
  grh.DGID.setHex(view, at, header.dgid)
}

const readGrh = ({ view }: SharedRegion, slot: number) => {
  const at = slot * 4 + SLOT_GRH_BYTE
  return {
    sgid: grh.SGID.hex(view, at),
    dgid: grh.DGID.hex(view, at),
    hopLimit: grh.HopLmt.get(view, at),
    flowLabel: grh.FlowLabel.get(view, at),
    trafficClass: grh.TClass.get(view, at)
  }
}

/** The addressing of a slot, by the words of impl/ring/slot.ts. */
interface Addressing {
  readonly qp: 0 | 1
  readonly lid: number
  readonly sl: number
  readonly pathBits: number
  readonly remoteQpn: number
  readonly rate: number
  readonly qkey: number
  readonly pkeyIndex: number
  readonly sourceQpn: number
  readonly grh: SomeGrh
  readonly mad: string
}

/** Fills the slot at word `slot`. A MAD that is too long keeps its length and its first 256 bytes. */
const writeSlot = (region: SharedRegion, slot: number, from: Addressing): void => {
  const { bytes, words } = region
  const mad = Buffer.from(from.mad, "hex")
  const first = slot * 4
  bytes.fill(0, first, first + SLOT_BYTES)
  words[slot + SLOT_FLAGS] = (from.qp === 1 ? FLAG_QP1 : 0) | (from.grh ? FLAG_GRH : 0) | (mad.length << 16)
  words[slot + SLOT_LID] = from.lid | (from.sl << 16) | (from.pathBits << 24)
  words[slot + SLOT_REMOTE_QPN] = from.remoteQpn | (from.rate << 24)
  words[slot + SLOT_QKEY] = from.qkey
  words[slot + SLOT_PKEY_INDEX] = from.pkeyIndex
  words[slot + SLOT_SOURCE_QPN] = from.sourceQpn
  if (from.grh) writeGrh(region, first + SLOT_GRH_BYTE, from.grh)
  bytes.set(mad.subarray(0, MAD_BYTES), first + SLOT_MAD_BYTE)
}

/** Writes what a function posts on its proxy QP; `sourceQpn` is the QPN it is sent from. */
export const writeEgress = (
  region: SharedRegion,
  slot: number,
  command: CommandOf<"egress">,
  sourceQpn: number
): void => writeSlot(region, slot, { ...command, lid: command.dlid, sourceQpn })

/** Writes what the port received; `pathBits` are those of the LID it was sent to. */
export const writeIngress = (
  region: SharedRegion,
  slot: number,
  command: CommandOf<"ingress">,
  pathBits: number
): void =>
  writeSlot(region, slot, {
    ...command,
    lid: command.slid,
    pathBits,
    remoteQpn: command.srcQp,
    rate: 0,
    qkey: 0,
    sourceQpn: 0
  })

const word = ({ words }: SharedRegion, at: number): number => words[at] ?? 0

const readMad = ({ bytes }: SharedRegion, slot: number): string => {
  const first = slot * 4 + SLOT_MAD_BYTE
  return Buffer.from(bytes.slice(first, first + MAD_BYTES)).toString("hex")
}

/** Reads the slot at word `slot` of a ring to the wire. */
export const readWire = (region: SharedRegion, slot: number, qp: 0 | 1): OutputOf<"wire"> => {
  const lid = word(region, slot + SLOT_LID)
  const remote = word(region, slot + SLOT_REMOTE_QPN)
  const indices = word(region, slot + SLOT_PKEY_INDEX)
  const hasGrh = (word(region, slot + SLOT_FLAGS) & FLAG_GRH) !== 0
  const { sgid: _sgid, ...header } = readGrh(region, slot)
  return {
    to: "wire",
    qp,
    pkeyIndex: indices & 0xffff,
    remoteQpn: remote & 0xff_ffff,
    qkey: word(region, slot + SLOT_QKEY) >>> 0,
    dlid: lid & 0xffff,
    sl: (lid >>> 16) & 0xf,
    pathBits: (lid >>> 24) & 0x7f,
    rate: remote >>> 24,
    grh: hasGrh ? { sgidIndex: indices >>> 16, ...header } : null,
    mad: readMad(region, slot)
  }
}

/** Reads the slot at word `slot` of a ring to a function. */
export const readFunction = (
  region: SharedRegion,
  slot: number,
  f: number,
  qp: 0 | 1
): OutputOf<"function"> => {
  const lid = word(region, slot + SLOT_LID)
  return {
    to: "function",
    function: f,
    qp,
    pkeyIndex: word(region, slot + SLOT_PKEY_INDEX) & 0xffff,
    slid: lid & 0xffff,
    srcQp: word(region, slot + SLOT_REMOTE_QPN) & 0xff_ffff,
    sl: (lid >>> 16) & 0xf,
    pathBits: (lid >>> 24) & 0x7f,
    grh: (word(region, slot + SLOT_FLAGS) & FLAG_GRH) !== 0 ? readGrh(region, slot) : null,
    mad: readMad(region, slot)
  }
}

/** Reads what the port put into the slot at word `slot` of a ring from the wire, as the command that does it again. */
export const readIngress = (region: SharedRegion, slot: number, qp: 0 | 1): CommandOf<"ingress"> => {
  const { function: _function, mad, to: _to, ...received } = readFunction(region, slot, 0, qp)
  // Its length is the port's own: a short one must be refused by the run that repeats it, too.
  const lengthBytes = word(region, slot + SLOT_FLAGS) >>> 16
  return { op: "ingress", ...received, mad: mad.slice(0, 2 * lengthBytes) }
}

/** Writes an output to the wire into a slot of a ring to the port; `sgid` is the GID of its SGID index. */
export const writeWire = (region: SharedRegion, slot: number, output: OutputOf<"wire">, sgid: string): void => {
  const { dlid, grh: header, ...rest } = output
  writeSlot(region, slot, {
    ...rest,
    lid: dlid,
    pkeyIndex: output.pkeyIndex | ((header?.sgidIndex ?? 0) << 16),
    sourceQpn: output.qp,
    grh: header && { ...header, sgid }
  })
}
