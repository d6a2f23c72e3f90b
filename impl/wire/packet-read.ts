/** Reads one packet of a capture, from its LRH on: the other way round than `packetBytes`. */
import { BTH_BYTES, bth, OP_CODE_UD_SEND_ONLY } from "./bth.ts"
import { DETH_BYTES, deth } from "./deth.ts"
import { GRH_BYTES, grh } from "./grh.ts"
import { LNH, LRH_BYTES, lrh } from "./lrh.ts"
import type { Packet, PacketGrh } from "./pcap.ts"

/** A packet without the time, which is the capture's. */
export type WirePacket = Omit<Packet, "timestampMs">

/**
 * A packet that may carry a MAD; or why there is none: it is of another kind (`other`), it ends before its own
 * end (`short`), or its headers contradict each other (`broken`).
 */
export type ReadPacket =
  | { readonly kind: "mad"; readonly packet: WirePacket }
  | { readonly kind: "other" | "short" | "broken"; readonly why: string }

const ICRC_BYTES = 4

const readGrh = (view: DataView, base: number): PacketGrh => ({
  sgid: grh.SGID.hex(view, base),
  dgid: grh.DGID.hex(view, base),
  hopLimit: grh.HopLmt.get(view, base),
  flowLabel: grh.FlowLabel.get(view, base),
  trafficClass: grh.TClass.get(view, base)
})

const fault = (kind: "other" | "short" | "broken", why: string): ReadPacket => ({ kind, why })

/** Reads a packet; both CRCs are left unread, and the VCRC may be missing. Never throws. */
export const readPacket = (bytes: Uint8Array): ReadPacket => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < LRH_BYTES) return fault("short", "it ends within its LRH")
  const lnh = lrh.LNH.get(view, 0)
  if (lnh !== LNH.IBALocal && lnh !== LNH.IBAGlobal) return fault("other", "it has no BTH")
  const transport = lnh === LNH.IBAGlobal ? LRH_BYTES + GRH_BYTES : LRH_BYTES
  const first = transport + BTH_BYTES + DETH_BYTES
  // What is another kind of packet may be short.
  const opCode = bytes[transport]
  if (opCode === undefined) return fault("short", "it ends before its BTH")
  if (opCode !== OP_CODE_UD_SEND_ONLY) return fault("other", `its OpCode is ${opCode}, not UD SEND Only`)
  const end = lrh.PktLen.get(view, 0) * 4
  if (end > bytes.length) return fault("short", `its LRH says ${end} bytes, and it has ${bytes.length}`)
  if (end < first + ICRC_BYTES) return fault("broken", `its LRH says ${end} bytes, too few for its headers`)
  const last = end - ICRC_BYTES - bth.PadCnt.get(view, transport)
  if (last < first) return fault("broken", `its LRH says ${end} bytes, too few for its headers`)
  return {
    kind: "mad",
    packet: {
      sl: lrh.SL.get(view, 0),
      slid: lrh.SLID.get(view, 0),
      dlid: lrh.DLID.get(view, 0),
      grh: lnh === LNH.IBAGlobal ? readGrh(view, LRH_BYTES) : null,
      pkey: bth.P_Key.get(view, transport),
      destQp: bth.DestQP.get(view, transport),
      srcQp: deth.SrcQP.get(view, transport + BTH_BYTES),
      qkey: deth.Q_Key.get(view, transport + BTH_BYTES),
      psn: bth.PSN.get(view, transport),
      mad: bytes.slice(first, last)
    }
  }
}
