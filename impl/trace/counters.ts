/** The accounting of a PF context as a trace writes it. */
import { reasons, type Reason } from "../../spec/reasons.ts"
import type { DropCounts } from "../mux/counters.ts"
import type { Mux } from "../mux/engine.ts"
import type { OutputOf } from "./output.ts"

const reasonNames = Object.keys(reasons).filter((name): name is Reason => name in reasons)

const occurred = (counts: DropCounts): OutputOf<"counters">["dropped"] =>
  Object.fromEntries(reasonNames.filter((reason) => counts[reason] > 0).map((reason) => [reason, counts[reason]]))

/** The accounting of function `f`; null: of nobody. */
export const countersOf = (mux: Mux, f: number | null): OutputOf<"counters"> => {
  const { answered, delivered, dropped, forwarded, ingressDropped, received, waiting } = mux.counters(f)
  return {
    to: "counters", function: f, received, forwarded, answered, waiting, dropped: occurred(dropped),
    ...(f !== null && { delivered, ingressDropped: occurred(ingressDropped) })
  }
}
