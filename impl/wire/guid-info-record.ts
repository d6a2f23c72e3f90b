/** The SA record GUIDInfoRecord: assigns and removes alias GUIDs (IBTA Vol 1, 15.2.5.18). */
import { GUID_INFO } from "./guid-info.ts"
import { at, compile, shifted, type Table } from "./layout.ts"

/** Length of GUIDInfoRecord, in bytes. */
export const GUID_INFO_RECORD_BYTES = 72

/** GUIDInfoRecord; base = first byte of the record. */
export const GUID_INFO_RECORD = {
  LID: at(0, 0, 16),
  BlockNum: at(2, 0, 8),
  Reserved: at(3, 0, 8),
  Reserved2: at(4, 0, 32),
  ...shifted(GUID_INFO, 8)
} as const satisfies Table

/**
 * Accessors of {@link GUID_INFO_RECORD}; base = first byte of the record. For the k-th GUID: `GUID0` at base
 * + 8 * k.
 */
export const guidInfoRecord = compile(GUID_INFO_RECORD)

/** Low word of the ComponentMask. */
export const GUID_INFO_RECORD_MASK = {
  LID: 1 << 0,
  BlockNum: 1 << 1,
  Reserved: 1 << 2,
  Reserved2: 1 << 3,
  GUID0: 1 << 4,
  GUID1: 1 << 5,
  GUID2: 1 << 6,
  GUID3: 1 << 7,
  GUID4: 1 << 8,
  GUID5: 1 << 9,
  GUID6: 1 << 10,
  GUID7: 1 << 11
} as const
