/** The SA record MCMemberRecord: joins and leaves multicast groups (IBTA Vol 1, 15.2.5.17). */
import { at, compile, type Table } from "./layout.ts"

/** Length of MCMemberRecord, in bytes. */
export const MC_MEMBER_RECORD_BYTES = 52
/** `AttributeOffset` of MCMemberRecord answers, in 8-byte units (56 bytes). */
export const MC_MEMBER_RECORD_ATTRIBUTE_OFFSET = 7

/** MCMemberRecord; base = first byte of the record. */
export const MC_MEMBER_RECORD = {
  MGID: at(0, 0, 128),
  PortGID: at(16, 0, 128),
  Q_Key: at(32, 0, 32),
  MLID: at(36, 0, 16),
  MTUSelector: at(38, 0, 2),
  MTU: at(38, 2, 6),
  TClass: at(39, 0, 8),
  P_Key: at(40, 0, 16),
  RateSelector: at(42, 0, 2),
  Rate: at(42, 2, 6),
  PacketLifeTimeSelector: at(43, 0, 2),
  PacketLifeTime: at(43, 2, 6),
  SL: at(44, 0, 4),
  FlowLabel: at(44, 4, 20),
  HopLimit: at(47, 0, 8),
  Scope: at(48, 0, 4),
  JoinState: at(48, 4, 4),
  ProxyJoin: at(49, 0, 1),
  Reserved: at(49, 1, 23)
} as const satisfies Table

/** Accessors of {@link MC_MEMBER_RECORD}; base = first byte of the record. */
export const mcMemberRecord = compile(MC_MEMBER_RECORD)

/** Low word of the ComponentMask. */
export const MC_MEMBER_RECORD_MASK = {
  MGID: 1 << 0,
  PortGID: 1 << 1,
  Q_Key: 1 << 2,
  MLID: 1 << 3,
  MTUSelector: 1 << 4,
  MTU: 1 << 5,
  TClass: 1 << 6,
  P_Key: 1 << 7,
  RateSelector: 1 << 8,
  Rate: 1 << 9,
  PacketLifeTimeSelector: 1 << 10,
  PacketLifeTime: 1 << 11,
  SL: 1 << 12,
  FlowLabel: 1 << 13,
  HopLimit: 1 << 14,
  Scope: 1 << 15,
  JoinState: 1 << 16,
  ProxyJoin: 1 << 17
} as const

/** Bits of `JoinState`. */
export const JOIN_STATE = {
  FullMember: 1,
  NonMember: 2,
  SendOnlyNonMember: 4,
  SendOnlyFullMember: 8
} as const

/** Values of the MTU, rate and packet life time selectors. */
export const SELECTOR = { GreaterThan: 0, LessThan: 1, Exactly: 2, Best: 3 } as const
