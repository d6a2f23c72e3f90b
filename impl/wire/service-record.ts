/** The SA record ServiceRecord (IBTA Vol 1, 15.2.5.14). */
import { at, compile, repeated, type Table } from "./layout.ts"

/** Length of ServiceRecord, in bytes. */
export const SERVICE_RECORD_BYTES = 176

const sixteen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] as const

/** ServiceRecord; base = first byte of the record. `ServiceData8_1` is IBTA's ServiceData8.1, and so on. */
export const SERVICE_RECORD = {
  ServiceID: at(0, 0, 64),
  ServiceGID: at(8, 0, 128),
  ServiceP_Key: at(24, 0, 16),
  Reserved: at(26, 0, 16),
  ServiceLease: at(28, 0, 32),
  ServiceKey: at(32, 0, 128),
  ServiceName: at(48, 0, 512),
  ...repeated("ServiceData8_", sixteen, 112, 8),
  ...repeated("ServiceData16_", [1, 2, 3, 4, 5, 6, 7, 8], 128, 16),
  ...repeated("ServiceData32_", [1, 2, 3, 4], 144, 32),
  ...repeated("ServiceData64_", [1, 2], 160, 64)
} as const satisfies Table

/** Accessors of {@link SERVICE_RECORD}; base = first byte of the record. */
export const serviceRecord = compile(SERVICE_RECORD)

/**
 * Low word of the ComponentMask; `ServiceData8_1` begins the bits 7 to 36 of the data, in the order of the
 * record.
 */
export const SERVICE_RECORD_MASK = {
  ServiceID: 1 << 0,
  ServiceGID: 1 << 1,
  ServiceP_Key: 1 << 2,
  Reserved: 1 << 3,
  ServiceLease: 1 << 4,
  ServiceKey: 1 << 5,
  ServiceName: 1 << 6,
  ServiceData8_1: 1 << 7
} as const
