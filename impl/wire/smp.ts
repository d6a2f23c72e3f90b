/**
 * Subnet management packets, LID-routed and directed-route (IBTA Vol 1, 14.2.1). Offsets count from the MAD.
 */
import { at, compile, type Table } from "./layout.ts"

/** Offset of the attribute in an SMP of either kind, in bytes. */
export const SMP_DATA = 64
/** Length of the attribute in an SMP, in bytes. */
export const SMP_DATA_BYTES = 64

/** LID-routed SMP after the common MAD header: MAD bytes 24 to 255; base = first byte of the MAD. */
export const SMP_LID_ROUTED = {
  M_Key: at(24, 0, 64),
  Reserved: at(32, 0, 256),
  SMPData: at(64, 0, 512),
  Reserved2: at(128, 0, 1024)
} as const satisfies Table

/**
 * Directed-route SMP, all 256 bytes: the direction bit takes the top of the Status, and the hop pointer and
 * count are the class-specific word; base = first byte of the MAD.
 */
export const SMP_DIRECTED_ROUTE = {
  BaseVersion: at(0, 0, 8),
  MgmtClass: at(1, 0, 8),
  ClassVersion: at(2, 0, 8),
  R: at(3, 0, 1),
  Method: at(3, 1, 7),
  D: at(4, 0, 1),
  Status: at(4, 1, 15),
  HopPointer: at(6, 0, 8),
  HopCount: at(7, 0, 8),
  TransactionID: at(8, 0, 64),
  AttributeID: at(16, 0, 16),
  Reserved: at(18, 0, 16),
  AttributeModifier: at(20, 0, 32),
  M_Key: at(24, 0, 64),
  DrSLID: at(32, 0, 16),
  DrDLID: at(34, 0, 16),
  Reserved2: at(36, 0, 224),
  SMPData: at(64, 0, 512),
  InitialPath: at(128, 0, 512),
  ReturnPath: at(192, 0, 512)
} as const satisfies Table

/** Accessors of {@link SMP_LID_ROUTED}; base = first byte of the MAD. */
export const smpLidRouted = compile(SMP_LID_ROUTED)
/** Accessors of {@link SMP_DIRECTED_ROUTE}; base = first byte of the MAD. */
export const smpDirectedRoute = compile(SMP_DIRECTED_ROUTE)
