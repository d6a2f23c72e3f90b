/** The attributes NodeInfo and NodeDescription (IBTA Vol 1, 14.2.5.3 and 14.2.5.2). */
import { at, compile, type Table } from "./layout.ts"

/** Length of NodeInfo, in bytes. */
export const NODE_INFO_BYTES = 40
/** Length of NodeDescription, in bytes. */
export const NODE_DESCRIPTION_BYTES = 64

/** NodeInfo; base = first byte of the attribute. */
export const NODE_INFO = {
  BaseVersion: at(0, 0, 8),
  ClassVersion: at(1, 0, 8),
  NodeType: at(2, 0, 8),
  NumPorts: at(3, 0, 8),
  SystemImageGUID: at(4, 0, 64),
  NodeGUID: at(12, 0, 64),
  PortGUID: at(20, 0, 64),
  PartitionCap: at(28, 0, 16),
  DeviceID: at(30, 0, 16),
  Revision: at(32, 0, 32),
  LocalPortNum: at(36, 0, 8),
  VendorID: at(37, 0, 24)
} as const satisfies Table

/** NodeDescription: UTF-8 text, zero-padded; base = first byte of the attribute. */
export const NODE_DESCRIPTION = { NodeString: at(0, 0, 512) } as const satisfies Table

/** Accessors of {@link NODE_INFO}; base = first byte of the attribute. */
export const nodeInfo = compile(NODE_INFO)
/** Accessors of {@link NODE_DESCRIPTION}; base = first byte of the attribute. */
export const nodeDescription = compile(NODE_DESCRIPTION)

/** Values of `NodeType`. */
export const NODE_TYPE = { ChannelAdapter: 1, Switch: 2, Router: 3 } as const
