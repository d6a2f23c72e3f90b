/** The accounting as a table for people. */
import type { OutputOf } from "../trace/output.ts"

/** Columns of {@link counterRows}. */
export const counterHead = ["function", "received", "forwarded", "answered", "waiting", "dropped", "why"]

/** A row a function, and one for what is charged to nobody. */
export const counterRows = (counters: ReadonlyArray<OutputOf<"counters">>): ReadonlyArray<ReadonlyArray<string>> =>
  counters.map(({ answered, dropped, forwarded, function: fn, received, waiting = 0 }) => {
    const reasons = Object.entries(dropped).filter(([, count]) => (count ?? 0) > 0)
    const drops = reasons.reduce((sum, [, count]) => sum + (count ?? 0), 0)
    const named = reasons.map(([reason, count]) => `${reason} ${count}`).join(", ")
    const name = fn === null ? "nobody" : fn === 0 ? "PF" : `VF${fn}`
    return [name, String(received), String(forwarded), String(answered), String(waiting), String(drops), named]
  })
