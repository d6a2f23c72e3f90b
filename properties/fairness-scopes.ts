/** Scopes of back-pressure: rings that fill and have room again. */
import { eventSystem, happen, type Named, type Rules, type Watched, watched } from "../model/environment/event-system.ts"
import type { FunctionId } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import { fairnessInvariants } from "../model/invariants-fairness.ts"
import { lifecycleInvariants } from "../model/invariants-lifecycle.ts"
import type { State } from "../model/state.ts"
import { named, roomForOne, type Scope, scope } from "./scope.ts"
import { answer, arrivingFor, ask, egress, gid, ingress, passes, PERF, mad, PF, ping, small, VF1 } from "./small-world.ts"

const wire = (slots: number | null): Named => named(`room ${slots} to the wire`, { _tag: "WireRoom", slots })
const forFunction = (fn: FunctionId, slots: number | null): Named =>
  named(`room ${slots} to ${fn}`, { _tag: "FunctionRoom", function: fn, slots })
const refused = mad({ mgmtClass: PERF, method: 0x02 })
const fewRest = ({ resting }: State): boolean => resting.length < 3

/** A PF context that has started, watched by the invariants of room and of the life cycle. */
const watchedForRoom = (rules: Rules, begin: Initial): Watched => {
  const [first] = happen(rules, watched(begin, [...fairnessInvariants(begin), ...lifecycleInvariants(begin)]), {
    _tag: "Start"
  })
  if (first === undefined) throw new Error("a start has an outcome")
  return first.watched
}

/** The ring to the wire fills while functions post, end and begin. */
export const wireRoomScope: Scope = scope(
  "the ring to the wire fills and has room again while functions post MADs, end and begin",
  ["SQP-FAIR-2", "SQP-FAIR-3", "SQP-LIFE-1"],
  [
    /VF1 asks: deferred 1/,
    /VF1 asks: refused to function 1/,
    /MAD of 1 taken: to wire/,
    /MAD of 1 taken: drop not-attached/,
    /MAD of 0 taken: to wire/,
    /Detach: drop not-attached/,
    /Attach: drop not-attached, tunnel/
  ],
  (rules) =>
    eventSystem(
      watchedForRoom(rules, small({ functions: 2, limits: { tids: 1, queue: 2 }, timing: { rest: 1, tidMin: 1, tidMax: 1 } })),
      [
        ...[0, 1].map(wire),
        named("VF1 asks", egress(VF1, ask), fewRest),
        named("VF1 is refused", egress(VF1, refused)),
        named("the PF asks", egress(PF, ask), ({ deferred, transactions }) => deferred.length + transactions.length === 0),
        named("Attach", { _tag: "Attach", function: VF1 }),
        named("Detach", { _tag: "Detach", function: VF1 }),
        named("1 ms", passes(1))
      ],
      rules
    )
)

/** The ring to a function fills while it is answered and asked. */
export const functionRoomScope: Scope = scope(
  "the rings to functions fill and have room again while MADs arrive and are refused",
  ["SQP-FAIR-4"],
  [
    /VF1 is refused: to function 1/,
    /VF1 is refused: drop function-full/,
    /ping: to function 1/,
    /ping: drop function-full/,
    /answer 1: drop function-full/
  ],
  (rules) =>
    eventSystem(
      watchedForRoom(rules, small({ functions: 2, ...roomForOne, timing: { rest: 1, tidMin: 1, tidMax: 1 } })),
      [
        ...[0, 1, null].map((slots) => forFunction(VF1, slots)),
        forFunction(PF, 0),
        named("VF1 asks", egress(VF1, ask), fewRest),
        named("VF1 is refused", egress(VF1, refused)),
        ...[1, 2].map((n) => named(`answer ${n}`, ingress(answer(n)))),
        named("ping", ingress(ping, arrivingFor(gid(1)))),
        named("a question", ingress(ask)),
        named("1 ms", passes(1))
      ],
      rules
    )
)

/** All these scopes. */
export const fairnessScopes: ReadonlyArray<Scope> = [wireRoomScope, functionRoomScope]
