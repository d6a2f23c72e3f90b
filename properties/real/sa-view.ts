/** What OpenSM itself says of a multicast group, to a client that has nothing to do with the PF context. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { IbsimError } from "../../impl/port/ibsim/error.ts"
import { attachTo } from "./ibsim-attach.ts"
import type { Fabric } from "./ibsim-fabric.ts"
import { getMembers, lowTidOf, type Member, membersOf, statusOf } from "./mads.ts"

/** An eye on the SA. */
export interface SaView {
  /** The members of a group, none if there is no group. */
  readonly members: (mgid: string) => Effect.Effect<ReadonlyArray<Member>>
  /** Asks until the members are those that `wanted` accepts; dies, with the last answer, after 10 s. */
  readonly membersUntil: (
    mgid: string,
    wanted: (members: ReadonlyArray<Member>) => boolean
  ) => Effect.Effect<ReadonlyArray<Member>>
}

const TRIES = 1000
const PAUSE = "10 millis"

/** Attaches to a node; `smLid` is where the SA is. */
export const openSaView = Effect.fnUntraced(function*(
  { host, port }: Pick<Fabric, "host" | "port">,
  nodeId: string,
  smLid: number
): Effect.fn.Return<SaView, IbsimError, Scope.Scope> {
  const client = yield* attachTo({ host, port, nodeId })
  let tid = 0x1000
  const members = Effect.fnUntraced(function*(mgid: string): Effect.fn.Return<ReadonlyArray<Member>> {
    tid += 1
    client.send(smLid, getMembers(BigInt(tid), mgid))
    let answer = yield* client.mad
    // Right after an attachment, answers to the slot's former owner may come.
    while (lowTidOf(answer.mad) !== tid) answer = yield* client.mad
    const status = statusOf(answer.mad)
    if (status !== 0) return yield* Effect.die(new Error(`GetTable is answered with status ${status}`))
    return membersOf(answer.mad, answer.lengthBytes)
  })
  return {
    members,
    membersUntil: Effect.fnUntraced(function*(mgid, wanted) {
      let seen = yield* members(mgid)
      for (let tries = 0; tries < TRIES && !wanted(seen); tries++) {
        yield* Effect.sleep(PAUSE)
        seen = yield* members(mgid)
      }
      if (wanted(seen)) return seen
      return yield* Effect.die(new Error(`the SA still says ${JSON.stringify(seen)} of ${mgid}`))
    })
  }
})
