/** The checks that every MAD must pass, whichever way it goes (SQP-IN-1). */
import type { SharedRegion } from "../ring/memory.ts"
import { MAD_BYTES, SLOT_FLAGS } from "../ring/slot.ts"
import { CLASS_VERSION, MGMT_CLASS } from "../wire/classes.ts"
import { DROP_BAD_LENGTH, DROP_BASE_VERSION, DROP_CLASS_VERSION } from "./outcomes.ts"
import { BASE_VERSION_BYTE, CLASS_BYTE, CLASS_VERSION_BYTE, madOf } from "./slots.ts"

/** {@link checkMad}: nothing is wrong. */
export const WELL_FORMED = -1

/** A drop code, or {@link WELL_FORMED}. */
export const checkMad = (region: SharedRegion, slot: number): number => {
  if (region.words[slot + SLOT_FLAGS]! >>> 16 !== MAD_BYTES) return DROP_BAD_LENGTH
  const { view } = region
  const mad = madOf(slot)
  if (view.getUint8(mad + BASE_VERSION_BYTE) !== 1) return DROP_BASE_VERSION
  const mgmtClass = view.getUint8(mad + CLASS_BYTE)
  if (mgmtClass !== MGMT_CLASS.SubnAdm && mgmtClass !== MGMT_CLASS.ComMgt) return WELL_FORMED
  return view.getUint8(mad + CLASS_VERSION_BYTE) === CLASS_VERSION.SubnAdm ? WELL_FORMED : DROP_CLASS_VERSION
}
