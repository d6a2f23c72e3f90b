/** The parts of the worlds of `multicast-system.ts`, and how they are renamed. */
import type { FunctionId } from "../ids.ts"
import type { Egress } from "../outcome.ts"
import type { Recall } from "../recall.ts"
import { each, fields, functionId, gid, orNull, qpn, type Rename, same } from "../renaming.ts"
import { egressAddress, mad, mcMember } from "../renaming-mad.ts"
import { renamingsOf, slice, sliced } from "../symmetry.ts"
import type { MulticastScope, Wish } from "./multicast-scope.ts"
import type { MulticastWorld, Packet } from "./multicast-system.ts"
import type { SaGroup, SaState } from "./sa.ts"
import { watchedSlices } from "./slices.ts"
import { wireRenamed } from "./wire.ts"

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

/** The parts of a world, first the one in which functions soonest differ. */
export const multicastSlices = (initial: MulticastWorld, recall: Recall) => {
  const [state, monitors] =
    watchedSlices<MulticastWorld>(recall, (world) => world, (world, now) => ({ ...world, ...now }))
  return sliced<MulticastWorld>(
    [
      slice(recall, (world) => world.scope, (world, left) => ({ ...world, scope: left }), scope),
      state,
      slice(recall, (world) => world.sa, (world, part) => ({ ...world, sa: part }), sa),
      slice(recall, ({ wire }) => wire, (world, wire) => ({ ...world, wire }), wireRenamed(fields<Packet>({ mad }))),
      slice(recall, (world) => world.lastJoins, (world, part) => ({ ...world, lastJoins: part }), lastJoins),
      monitors
    ],
    renamingsOf(initial.state, initial.scope.alike, recall), initial
  )
}
