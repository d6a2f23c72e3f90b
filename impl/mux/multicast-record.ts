/** MCMemberRecord as membership uses it: copies, copies by ComponentMask, the comparison with a request. */
import type { NumberAccessor } from "../wire/layout.ts"
import {
  MC_MEMBER_RECORD_BYTES, MC_MEMBER_RECORD_MASK as MASK, mcMemberRecord as field, SELECTOR
} from "../wire/mc-member-record.ts"

/** ComponentMask bits without which no join and no leave is understood: MGID, PortGID, JoinState. */
export const MEMBER_MASK = MASK.MGID | MASK.PortGID | MASK.JoinState
/** ComponentMask of a re-join: what the SA needs to create the group anew. */
export const REJOIN_MASK = MEMBER_MASK | MASK.Q_Key | MASK.P_Key | MASK.TClass | MASK.SL | MASK.FlowLabel
/** ComponentMask with every component of the record. */
export const ALL_COMPONENTS = 0x3_ffff

/** Components that must be equal when masked. */
const EQUAL: ReadonlyArray<readonly [mask: number, field: NumberAccessor]> = [
  [MASK.Q_Key, field.Q_Key],
  [MASK.MLID, field.MLID],
  [MASK.TClass, field.TClass],
  [MASK.SL, field.SL],
  [MASK.FlowLabel, field.FlowLabel],
  [MASK.HopLimit, field.HopLimit],
  [MASK.Scope, field.Scope]
]

/** Components with a selector: compared when both are masked. */
const SELECTED: ReadonlyArray<readonly [mask: number, selector: NumberAccessor, value: NumberAccessor]> = [
  [MASK.MTUSelector | MASK.MTU, field.MTUSelector, field.MTU],
  [MASK.RateSelector | MASK.Rate, field.RateSelector, field.Rate],
  [
    MASK.PacketLifeTimeSelector | MASK.PacketLifeTime,
    field.PacketLifeTimeSelector,
    field.PacketLifeTime
  ]
]

/** Every component but MGID, PortGID and JoinState, which each message sets by its own rule. */
const COMPONENTS: ReadonlyArray<readonly [mask: number, field: NumberAccessor]> = [
  ...EQUAL,
  [MASK.P_Key, field.P_Key],
  [MASK.MTUSelector, field.MTUSelector],
  [MASK.MTU, field.MTU],
  [MASK.RateSelector, field.RateSelector],
  [MASK.Rate, field.Rate],
  [MASK.PacketLifeTimeSelector, field.PacketLifeTimeSelector],
  [MASK.PacketLifeTime, field.PacketLifeTime],
  [MASK.ProxyJoin, field.ProxyJoin]
]

/** A private copy of the record at `base`, base 0. */
export const copyOfRecord = (view: DataView, base: number): DataView => {
  const copy = new DataView(new ArrayBuffer(MC_MEMBER_RECORD_BYTES))
  for (let i = 0; i < MC_MEMBER_RECORD_BYTES; i++) copy.setUint8(i, view.getUint8(base + i))
  return copy
}

const satisfies = (selector: number, recorded: number, asked: number): boolean => {
  switch (selector) {
    case SELECTOR.GreaterThan:
      return recorded > asked
    case SELECTOR.LessThan:
      return recorded < asked
    case SELECTOR.Exactly:
      return recorded === asked
    default:
      return true
  }
}

/**
 * True if the group's record satisfies every masked component of a request: numbers equal, P_Keys equal in
 * the low 15 bits, MTU, rate and packet life time by their selector (spec/multicast.md, "Comparing with the
 * record"). Both records have base 0; `mask` is the low word of the ComponentMask.
 */
export const matchesRecord = (record: DataView, asked: DataView, mask: number): boolean => {
  for (const [bit, { get }] of EQUAL) {
    if ((mask & bit) !== 0 && get(record, 0) !== get(asked, 0)) return false
  }
  const pKeysDiffer = ((field.P_Key.get(record, 0) ^ field.P_Key.get(asked, 0)) & 0x7fff) !== 0
  if ((mask & MASK.P_Key) !== 0 && pKeysDiffer) return false
  for (const [bits, selector, value] of SELECTED) {
    if ((mask & bits) !== bits) continue
    if (!satisfies(selector.get(asked, 0), value.get(record, 0), value.get(asked, 0))) return false
  }
  return true
}

/** Copies the masked components of `record` (base 0), MGID, PortGID and JoinState excepted, to `base`. */
export const copyComponents = (record: DataView, mask: number, target: DataView, base: number): void => {
  for (const [bit, { get, set }] of COMPONENTS) {
    if ((mask & bit) !== 0) set(target, base, get(record, 0))
  }
}
