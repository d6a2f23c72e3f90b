/** Between a ring slot and a packet of the embedded fabric: what LRH, BTH and GRH hardware would do. */
import { grh } from "../../wire/grh.ts"
import { isSmpClass } from "../../wire/classes.ts"
import { madHeader } from "../../wire/mad-header.ts"
import type { SharedRegion } from "../../ring/memory.ts"
import {
  FLAG_GRH, FLAG_QP1, MAD_BYTES, SLOT_BYTES, SLOT_FLAGS, SLOT_GRH_BYTE, SLOT_LID, SLOT_MAD_BYTE, SLOT_PKEY_INDEX,
  SLOT_QKEY, SLOT_REMOTE_QPN, SLOT_SOURCE_QPN
} from "../../ring/slot.ts"
import type { PortDescription } from "../special-qp-port.ts"
import type { Packet } from "./packet.ts"
import { viewOf } from "./packet.ts"

/** The packet a slot on its way out becomes on the wire of this port. */
export const packetOfSlot = (region: SharedRegion, slot: number, port: PortDescription): Packet => {
  const word = (offset: number) => region.words[slot + offset] ?? 0
  const at = slot * 4
  const flags = word(SLOT_FLAGS)
  const lid = word(SLOT_LID)
  const indices = word(SLOT_PKEY_INDEX)
  const guid = port.guids[indices >>> 16] ?? "0".repeat(16)
  const grhAt = at + SLOT_GRH_BYTE
  const mad = region.bytes.slice(at + SLOT_MAD_BYTE, at + SLOT_MAD_BYTE + MAD_BYTES)
  return {
    slid: port.lid | ((lid >>> 24) & 0x7f),
    dlid: lid & 0xffff,
    srcQp: flags & FLAG_QP1,
    destQp: word(SLOT_REMOTE_QPN) & 0xff_ffff,
    qkey: word(SLOT_QKEY) >>> 0,
    sl: (lid >>> 16) & 0xf,
    pkey: port.pkeys[indices & 0xffff] ?? 0,
    grh: (flags & FLAG_GRH) === 0 ? null : {
      sgid: port.subnetPrefix + guid,
      dgid: grh.DGID.hex(region.view, grhAt),
      hopLimit: grh.HopLmt.get(region.view, grhAt),
      flowLabel: grh.FlowLabel.get(region.view, grhAt),
      trafficClass: grh.TClass.get(region.view, grhAt)
    },
    mad
  }
}

/**
 * Writes a packet that reached this port into a slot; false if its P_Key is not in the port's table, as
 * hardware would drop it.
 */
export const packetToSlot = (region: SharedRegion, slot: number, port: PortDescription, packet: Packet): boolean => {
  const pkeyIndex = port.pkeys.findIndex((pkey) => ((pkey ^ packet.pkey) & 0x7fff) === 0 && (pkey & 0x7fff) !== 0)
  if (pkeyIndex < 0) return false
  const at = slot * 4
  const grhAt = at + SLOT_GRH_BYTE
  region.bytes.fill(0, at, at + SLOT_BYTES)
  region.bytes.set(packet.mad, at + SLOT_MAD_BYTE)
  const smp = isSmpClass(madHeader.MgmtClass.get(viewOf(packet.mad), 0))
  const flags = (smp ? 0 : FLAG_QP1) | (packet.grh ? FLAG_GRH : 0) | (packet.mad.length << 16)
  region.words[slot + SLOT_FLAGS] = flags
  region.words[slot + SLOT_LID] = packet.slid | (packet.sl << 16) | ((packet.dlid - port.lid) << 24)
  region.words[slot + SLOT_REMOTE_QPN] = packet.srcQp
  region.words[slot + SLOT_QKEY] = 0
  region.words[slot + SLOT_PKEY_INDEX] = pkeyIndex
  region.words[slot + SLOT_SOURCE_QPN] = 0
  if (packet.grh) {
    grh.IPVer.set(region.view, grhAt, 6)
    grh.TClass.set(region.view, grhAt, packet.grh.trafficClass)
    grh.FlowLabel.set(region.view, grhAt, packet.grh.flowLabel)
    grh.HopLmt.set(region.view, grhAt, packet.grh.hopLimit)
    grh.SGID.setHex(region.view, grhAt, packet.grh.sgid)
    grh.DGID.setHex(region.view, grhAt, packet.grh.dgid)
  }
  return true
}
