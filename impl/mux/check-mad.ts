/** The checks that every MAD must pass, whichever way it goes (SQP-IN-1). */
import * as ringSlot from "../ring/slot.ts"
import * as classes from "../wire/classes.ts"
import { DROP_BAD_LENGTH, DROP_BASE_VERSION, DROP_CLASS_VERSION } from "./outcomes.ts"
import * as slots from "./slots.ts"

// Own constants: V8 compiles those of a module into its code, while imported ones are loaded at each use.
const { MAD_BYTES, SLOT_FLAGS } = ringSlot
const { CLASS_VERSION, MGMT_CLASS } = classes
const { BASE_VERSION_BYTE, CLASS_BYTE, CLASS_VERSION_BYTE, madOf } = slots

/** {@link checkMad}: nothing is wrong. */
export const WELL_FORMED = -1

/** A drop code, or {@link WELL_FORMED}. */
export const checkMad = (words: Int32Array, view: DataView, slot: number): number => {
  if (words[slot + SLOT_FLAGS]! >>> 16 !== MAD_BYTES) return DROP_BAD_LENGTH
  const mad = madOf(slot)
  if (view.getUint8(mad + BASE_VERSION_BYTE) !== 1) return DROP_BASE_VERSION
  const mgmtClass = view.getUint8(mad + CLASS_BYTE)
  if (mgmtClass !== MGMT_CLASS.SubnAdm && mgmtClass !== MGMT_CLASS.ComMgt) return WELL_FORMED
  return view.getUint8(mad + CLASS_VERSION_BYTE) === CLASS_VERSION.SubnAdm ? WELL_FORMED : DROP_CLASS_VERSION
}
