/** The SA record PortInfoRecord (IBTA Vol 1, 15.2.5.3): PortInfo with the port it belongs to. */
import { at, compile, shifted, type Table } from "./layout.ts"
import { PORT_INFO } from "./port-info.ts"

/** Length of PortInfoRecord, in bytes. */
export const PORT_INFO_RECORD_BYTES = 68

/** PortInfoRecord; base = first byte of the record. */
export const PORT_INFO_RECORD = {
  EndportLID: at(0, 0, 16),
  PortNum: at(2, 0, 8),
  Options: at(3, 0, 8),
  ...shifted(PORT_INFO, 4)
} as const satisfies Table

/** Accessors of {@link PORT_INFO_RECORD}; base = first byte of the record. */
export const portInfoRecord = compile(PORT_INFO_RECORD)

/** Low word of the ComponentMask: the bits that name a port. */
export const PORT_INFO_RECORD_MASK = { EndportLID: 1 << 0, PortNum: 1 << 1 } as const
