/** The attribute PortCounters of the PerfMgt class (IBTA Vol 1, 16.1.3.5). */
import { at, compile, type Table } from "./layout.ts"

/** Offset of the attribute in a PerfMgt MAD, in bytes. */
export const PERF_DATA = 64
/** Length of PortCounters with the optional PortXmitWait, in bytes. */
export const PORT_COUNTERS_BYTES = 44

/** PortCounters; base = first byte of the attribute. */
export const PORT_COUNTERS = {
  Reserved: at(0, 0, 8),
  PortSelect: at(1, 0, 8),
  CounterSelect: at(2, 0, 16),
  SymbolErrorCounter: at(4, 0, 16),
  LinkErrorRecoveryCounter: at(6, 0, 8),
  LinkDownedCounter: at(7, 0, 8),
  PortRcvErrors: at(8, 0, 16),
  PortRcvRemotePhysicalErrors: at(10, 0, 16),
  PortRcvSwitchRelayErrors: at(12, 0, 16),
  PortXmitDiscards: at(14, 0, 16),
  PortXmitConstraintErrors: at(16, 0, 8),
  PortRcvConstraintErrors: at(17, 0, 8),
  CounterSelect2: at(18, 0, 8),
  LocalLinkIntegrityErrors: at(19, 0, 4),
  ExcessiveBufferOverrunErrors: at(19, 4, 4),
  Reserved2: at(20, 0, 16),
  VL15Dropped: at(22, 0, 16),
  PortXmitData: at(24, 0, 32),
  PortRcvData: at(28, 0, 32),
  PortXmitPkts: at(32, 0, 32),
  PortRcvPkts: at(36, 0, 32),
  PortXmitWait: at(40, 0, 32)
} as const satisfies Table

/** Accessors of {@link PORT_COUNTERS}; base = first byte of the attribute. */
export const portCounters = compile(PORT_COUNTERS)
