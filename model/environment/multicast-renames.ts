/** How the parts of the worlds of `multicast-system.ts` are renamed. */
import type { FunctionId } from "../ids.ts"
import type { Egress } from "../outcome.ts"
import { each, fields, functionId, gid, orNull, qpn, type Rename, same } from "../renaming.ts"
import { egressAddress, mad, mcMember } from "../renaming-mad.ts"
import { stateRenamed } from "../renaming-state.ts"
import type { Renames } from "../worlds.ts"
import type { MulticastScope, Wish } from "./multicast-scope.ts"
import type { MulticastWorld, Packet } from "./multicast-system.ts"
import type { SaGroup, SaState } from "./sa.ts"
import { inFlightRenamed } from "./wire.ts"

/** A list of which place n is of function n + 1. */
const byVf = <T>(rename: Rename<T>): Rename<ReadonlyArray<T>> => (all, by) =>
  all.reduce((next, value, n) => next.with(placeAt(n, by.functions), rename(value, by)), all)

const placeAt = (n: number, functions: ReadonlyArray<FunctionId>): number => (functions[n + 1] ?? n + 1) - 1

const group = fields<SaGroup>({
  mgid: gid, record: mcMember, ports: each(fields<SaGroup["ports"][number]>({ portGid: gid }))
})
/** The SA knows the port and others, but no VF. */
const sa = fields<SaState>({ ports: each(gid), groups: each(group) })
const scope = fields<MulticastScope>({
  wishes: byVf(each(fields<Wish>({ mgid: gid }))), requests: byVf(same), existing: each(gid), alike: same
})
const lastJoins = byVf(orNull(fields<Egress>({ function: functionId, srcQpn: orNull(qpn), address: egressAddress, mad })))

/** How the parts of a world are renamed, first those in which functions soonest differ. */
export const multicastRenames = ({ ordered }: MulticastScope): Renames<MulticastWorld> => ({
  scope,
  state: stateRenamed,
  sa,
  inFlight: inFlightRenamed(fields<Packet>({ mad }), ordered),
  losses: same,
  duplications: same,
  lastJoins,
  lost: same
})
