/** The parts of worlds that several systems have, with how they are renamed. */
import type { Monitor } from "../invariants.ts"
import type { Recall } from "../recall.ts"
import { stateRenamed } from "../renaming-state.ts"
import type { State } from "../state.ts"
import { monitorsSlice, type Slice, slice } from "../symmetry.ts"

/** A PF context with what watches it. */
interface Watched {
  readonly state: State
  readonly monitors: ReadonlyArray<Monitor>
}

/** A PF context and its monitors in a world: how to get them, and the world with others. */
export const watchedSlices = <S>(
  recall: Recall, of: (world: S) => Watched, put: (world: S, now: Watched) => S
): readonly [Slice<S>, Slice<S>] => [
  slice(recall, (world) => of(world).state, (world, state) => put(world, { ...of(world), state }), stateRenamed),
  monitorsSlice(recall, (world) => of(world).monitors, (world, monitors) => put(world, { ...of(world), monitors }))
]
