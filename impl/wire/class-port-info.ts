/** The attribute ClassPortInfo, common to the general services classes (IBTA Vol 1, 13.4.8.1). */
import { at, compile, type Table } from "./layout.ts"

/** Length of ClassPortInfo, in bytes. */
export const CLASS_PORT_INFO_BYTES = 72

/** ClassPortInfo; base = first byte of the attribute (56 in an SA MAD, 64 in PerfMgt and DevMgt). */
export const CLASS_PORT_INFO = {
  BaseVersion: at(0, 0, 8),
  ClassVersion: at(1, 0, 8),
  CapabilityMask: at(2, 0, 16),
  CapabilityMask2: at(4, 0, 27),
  RespTimeValue: at(7, 3, 5),
  RedirectGID: at(8, 0, 128),
  RedirectTC: at(24, 0, 8),
  RedirectSL: at(25, 0, 4),
  RedirectFL: at(25, 4, 20),
  RedirectLID: at(28, 0, 16),
  RedirectP_Key: at(30, 0, 16),
  Reserved: at(32, 0, 8),
  RedirectQP: at(33, 0, 24),
  RedirectQ_Key: at(36, 0, 32),
  TrapGID: at(40, 0, 128),
  TrapTC: at(56, 0, 8),
  TrapSL: at(57, 0, 4),
  TrapFL: at(57, 4, 20),
  TrapLID: at(60, 0, 16),
  TrapP_Key: at(62, 0, 16),
  TrapHL: at(64, 0, 8),
  TrapQP: at(65, 0, 24),
  TrapQ_Key: at(68, 0, 32)
} as const satisfies Table

/** Accessors of {@link CLASS_PORT_INFO}; base = first byte of the attribute. */
export const classPortInfo = compile(CLASS_PORT_INFO)
