/** The SA record NodeRecord (IBTA Vol 1, 15.2.5.2): NodeInfo and NodeDescription of a port. */
import { at, compile, shifted, type Table } from "./layout.ts"
import { NODE_INFO } from "./node-info.ts"

/** Length of NodeRecord, in bytes. */
export const NODE_RECORD_BYTES = 108

/** NodeRecord; base = first byte of the record. */
export const NODE_RECORD = {
  LID: at(0, 0, 16),
  Reserved: at(2, 0, 16),
  ...shifted(NODE_INFO, 4),
  NodeString: at(44, 0, 512)
} as const satisfies Table

/** Accessors of {@link NODE_RECORD}; base = first byte of the record. */
export const nodeRecord = compile(NODE_RECORD)

/** Low word of the ComponentMask. */
export const NODE_RECORD_MASK = {
  LID: 1 << 0,
  Reserved: 1 << 1,
  BaseVersion: 1 << 2,
  ClassVersion: 1 << 3,
  NodeType: 1 << 4,
  NumPorts: 1 << 5,
  SystemImageGUID: 1 << 6,
  NodeGUID: 1 << 7,
  PortGUID: 1 << 8,
  PartitionCap: 1 << 9,
  DeviceID: 1 << 10,
  Revision: 1 << 11,
  LocalPortNum: 1 << 12,
  VendorID: 1 << 13,
  NodeString: 1 << 14
} as const
