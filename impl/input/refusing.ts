/** A value that is refused, as the failure of an Effect. */
import * as Effect from "effect/Effect"
import { InputError } from "./check.ts"

/** What `make` makes; the InputError that it throws is the failure. */
export const refusing = <A>(make: () => A): Effect.Effect<A, InputError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(make())
    } catch (fault) {
      if (fault instanceof InputError) return Effect.fail(fault)
      throw fault
    }
  })
