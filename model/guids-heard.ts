/** Who hears that its GUID changed: a function's port is up only with a GUID (SQP-GUID-10). */
import type { Action, FunctionEvent } from "./action.ts"
import { withOwnGuids } from "./guids-alias.ts"
import { FunctionId, type Guid, NO_GUID } from "./ids.ts"
import { outcome, type Outcome } from "./outcome.ts"
import type { State } from "./state.ts"
import { functionState } from "./tables.ts"

/** Gives every function the GUID its slot gives it now, and tells those attached for whom it is another. */
export const tellGuids = (state: State): Outcome => {
  const after = withOwnGuids(state)
  const had = (i: number) => functionState(state, FunctionId(i)).guid
  const tell = (event: FunctionEvent, concerns: (guid: Guid, i: number) => boolean): ReadonlyArray<Action> =>
    after.functions.flatMap(({ attached, guid }, i): ReadonlyArray<Action> => {
      const hears = after.running && attached && guid !== had(i) && concerns(guid, i)
      return hears ? [{ _tag: "EventTo", function: FunctionId(i), event }] : []
    })
  const { up } = after.port
  return outcome(
    after,
    ...tell("gid", () => true), //= SQP-EV-1
    ...tell("port-up", (_, i) => up && had(i) === NO_GUID), //= SQP-GUID-10
    ...tell("port-down", (guid) => up && guid === NO_GUID)
  )
}
