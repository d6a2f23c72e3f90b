/** The accounting of a PF context against the trace that it accounts for [SQP-ACC-1]. */
import type { Command } from "../impl/trace/command.ts"
import type { Output } from "../impl/trace/output.ts"

/** MADs each function sent so far. */
export type Ledger = ReadonlyMap<number, number>

/** Nothing sent yet. */
export const newLedger: Ledger = new Map()

/**
 * The ledger after a line, and what its counters say that cannot be. Counters of nobody are not checked: they
 * count arrivals.
 */
export const accountingViolations = (
  ledger: Ledger,
  command: Command,
  out: ReadonlyArray<Output>,
  functions: number
): { readonly ledger: Ledger; readonly texts: ReadonlyArray<string> } => {
  const after =
    command.op === "egress" && command.function < functions
      ? new Map([...ledger, [command.function, (ledger.get(command.function) ?? 0) + 1]])
      : ledger
  const texts = out.flatMap((output) => {
    if (output.to !== "counters" || output.function === null) return []
    const { answered, dropped, forwarded, function: f, received, waiting = 0 } = output
    const droppedSum = Object.values(dropped).reduce<number>((sum, count) => sum + (count ?? 0), 0)
    const sum = forwarded + answered + waiting + droppedSum
    const sent = after.get(f) ?? 0
    return [
      ...(received === sum
        ? []
        : [
            `function ${f}: received ${received}, but forwarded ${forwarded} + answered ${answered} + waiting ${waiting} + dropped ${droppedSum} = ${sum}`
          ]),
      ...(received === sent
        ? []
        : [`function ${f}: received ${received}, but the trace has ${sent} MADs of it`])
    ]
  })
  return { ledger: after, texts }
}
