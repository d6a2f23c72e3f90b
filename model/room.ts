/**
 * Room in the rings to the wire and to the functions, as far as the environment bounds it
 * (`spec/fairness.md`).
 */
import type { FunctionId, SpecialQp } from "./ids.ts"
import type { Room, State } from "./state.ts"
import { functionState, withFunction } from "./tables.ts"

/** Slots left in the two rings to a target, by QP, where nothing bounds them. */
export const UNBOUNDED: Room = [null, null]

/**
 * Whether the ring to the wire takes one more MAD of a function; the PF context's own have room of their own.
 */
export const hasWireRoom = ({ wireRoom }: State, qp: SpecialQp): boolean => wireRoom[qp] !== 0

/** Whether the ring to a function takes one more MAD. */
export const hasFunctionRoom = (state: State, fn: FunctionId, qp: SpecialQp): boolean =>
  functionState(state, fn).room[qp] !== 0

/** The environment says how many slots each ring to the wire has left. */
export const wireRoom = (state: State, slots: number | null): State => ({ ...state, wireRoom: [slots, slots] })

/** The environment says how many slots each ring to a function has left. */
export const functionRoom = (state: State, fn: FunctionId, slots: number | null): State =>
  withFunction(state, fn, { room: [slots, slots] })

/** A target with so many slots left in one of its rings. */
export const withSlots = (room: Room, qp: SpecialQp, slots: number): Room =>
  qp === 0 ? [slots, room[1]] : [room[0], slots]

/** The state with one slot of the ring to the wire less. */
export const withWireSlot = (state: State, qp: SpecialQp): State => {
  const slots = state.wireRoom[qp]
  return slots === null ? state : { ...state, wireRoom: withSlots(state.wireRoom, qp, slots - 1) }
}
