/** The SA record PathRecord (IBTA Vol 1, 15.2.5.16). */
import { at, compile, type Table } from "./layout.ts"

/** Length of PathRecord, in bytes. */
export const PATH_RECORD_BYTES = 64

/** PathRecord; base = first byte of the record. */
export const PATH_RECORD = {
  ServiceID: at(0, 0, 64),
  DGID: at(8, 0, 128),
  SGID: at(24, 0, 128),
  DLID: at(40, 0, 16),
  SLID: at(42, 0, 16),
  RawTraffic: at(44, 0, 1),
  Reserved: at(44, 1, 3),
  FlowLabel: at(44, 4, 20),
  HopLimit: at(47, 0, 8),
  TClass: at(48, 0, 8),
  Reversible: at(49, 0, 1),
  NumbPath: at(49, 1, 7),
  P_Key: at(50, 0, 16),
  QosClass: at(52, 0, 12),
  SL: at(53, 4, 4),
  MtuSelector: at(54, 0, 2),
  Mtu: at(54, 2, 6),
  RateSelector: at(55, 0, 2),
  Rate: at(55, 2, 6),
  PacketLifeTimeSelector: at(56, 0, 2),
  PacketLifeTime: at(56, 2, 6),
  Preference: at(57, 0, 8),
  Reserved2: at(58, 0, 48)
} as const satisfies Table

/** Accessors of {@link PATH_RECORD}; base = first byte of the record. */
export const pathRecord = compile(PATH_RECORD)

/** Low word of the ComponentMask; the two ServiceID bits are its 8 most and 56 least significant bits. */
export const PATH_RECORD_MASK = {
  ServiceID8Msb: 1 << 0,
  ServiceID56Lsb: 1 << 1,
  DGID: 1 << 2,
  SGID: 1 << 3,
  DLID: 1 << 4,
  SLID: 1 << 5,
  RawTraffic: 1 << 6,
  Reserved: 1 << 7,
  FlowLabel: 1 << 8,
  HopLimit: 1 << 9,
  TClass: 1 << 10,
  Reversible: 1 << 11,
  NumbPath: 1 << 12,
  P_Key: 1 << 13,
  QosClass: 1 << 14,
  SL: 1 << 15,
  MtuSelector: 1 << 16,
  Mtu: 1 << 17,
  RateSelector: 1 << 18,
  Rate: 1 << 19,
  PacketLifeTimeSelector: 1 << 20,
  PacketLifeTime: 1 << 21,
  Preference: 1 << 22
} as const
