/** Wrong models of back-pressure: one rule broken each. */
import type { Action } from "../model/action.ts"
import { acting, ending, leaves, type ModelMutant, seeing } from "./mutations.ts"
import { VF1 } from "./small-world.ts"

/** Every function has this quota of MADs that wait. */
const withQueue = (queue: number) =>
  seeing((state) => ({
    ...state, functions: state.functions.map((of) => ({ ...of, quotas: { ...of.quotas, queue } }))
  }))

/** Wrong models of what waits and of what finds no room. */
export const fairnessMutants: ReadonlyArray<ModelMutant> = [
  {
    title: "loses a MAD while the ring to the wire is full",
    breaks: "SQP-FAIR-2",
    rules: acting((actions) =>
      actions.map((action): Action =>
        action._tag === "Defer" ? { _tag: "Drop", function: action.function, reason: "wire-full" } : action
      )
    )
  },
  {
    title: "sends on though the ring to the wire is full",
    breaks: "SQP-FAIR-2",
    rules: acting((actions, event) => (actions.some(({ _tag }) => _tag === "Defer") ? [leaves(event) ?? actions[0]!] : actions))
  },
  {
    title: "defers though there is room",
    breaks: "SQP-FAIR-2",
    rules: seeing((state) => ({ ...state, wireRoom: [0, 0] }))
  },
  {
    title: "takes the youngest MAD first",
    breaks: "SQP-FAIR-2",
    rules: ending((after, { _tag }) => (_tag === "WireRoom" ? { ...after, deferred: after.deferred.toReversed() } : after))
  },
  {
    title: "lets any number of MADs wait",
    breaks: "SQP-FAIR-3",
    rules: withQueue(9)
  },
  {
    title: "refuses the first MAD that would wait",
    breaks: "SQP-FAIR-3",
    rules: withQueue(0)
  },
  {
    title: "fills rings beyond their end",
    breaks: "SQP-FAIR-4",
    rules: seeing((state) => ({ ...state, functions: state.functions.map((of) => ({ ...of, room: [null, null] })) }))
  },
  {
    title: "drops for a full ring of one function what is for another",
    breaks: "SQP-FAIR-4",
    rules: seeing((state) => {
      const isFull = state.functions[0]?.room[1] === 0
      return { ...state, functions: state.functions.map((of, n) => (isFull && n === VF1 ? { ...of, room: [0, 0] } : of)) }
    })
  }
]
