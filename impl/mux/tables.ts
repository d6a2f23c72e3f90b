/**
 * What a PF context holds, table by table: for people, for `dump`, and to see that nothing is left behind.
 */
import type { MuxParts } from "./parts.ts"

/** How many entries of a table a function has. */
export interface TableCount {
  /**
   * transactions, inbound, redirects, cm, qps, posted, delivered, waiting; nobody's: wire ids; and those of
   * the SA's clients.
   */
  readonly table: string
  /** Null: nobody's, or all functions' together. */
  readonly function: number | null
  /** At least 1. */
  readonly entries: number
}

/** Entries by table name. */
export type Held = Readonly<Record<string, number>>

/** More than any table has. */
const ALL = 2 ** 30

/** Everything that is held at the present time; what is past its life is collected first. */
export const tableCounts = (parts: MuxParts): ReadonlyArray<TableCount> => {
  const { count } = parts.functions
  const rows = (f: number | null, held: Held): ReadonlyArray<TableCount> =>
    Object.entries(held).flatMap(([table, entries]) => (entries > 0 ? [{ table, function: f, entries }] : []))
  const functions = Array.from({ length: count }, (_, f) => rows(f, heldOf(parts, f)))
  return [...functions.flat(), ...rows(null, heldByNobody(parts))]
}

const heldOf = ({ cm, inbound, port, redirects, rings, saClients, transactions, verbs }: MuxParts, f: number): Held => {
  for (const table of [transactions, inbound, redirects, cm]) table.collect(f, ALL, port.now)
  const lying = (consumers: typeof rings.fromFunction): number =>
    consumers[2 * f]!.readable(ALL) + consumers[2 * f + 1]!.readable(ALL)
  return {
    transactions: transactions.used(f),
    inbound: inbound.used(f),
    redirects: redirects.used(f),
    cm: cm.used(f),
    qps: verbs.used(f),
    posted: lying(rings.fromFunction),
    delivered: lying(rings.functionIngress),
    waiting: saClients.waiting(f),
    ...saClients.held(f)
  }
}

const heldByNobody = ({ ids, port, reports, saClients }: MuxParts): Held => ({
  reports: reports.held(port.nowMs),
  wireTids: ids.tids.living(),
  wireCommIds: ids.commIds.living(),
  wireSidrIds: ids.sidrIds.living(),
  ...saClients.held(null)
})
