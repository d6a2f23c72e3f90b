/** A node of a real fabric whose communication manager the test plays. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { expect } from "vitest"
import type { MadDatagram } from "../../impl/port/ibsim/datagram.ts"
import type { IbsimError } from "../../impl/port/ibsim/error.ts"
import { type Attached, attachTo } from "./ibsim-attach.ts"
import type { Fabric } from "./ibsim-fabric.ts"
import { cmOf } from "./mads.ts"

/** A peer. GUIDs are 16 hex digits, GIDs 32. */
export interface Peer extends Attached {
  /** Its LID. */
  readonly at: number
  readonly caGuid: string
  readonly gid: string
  /** The next MAD that comes; it must be a CM message of the attribute. */
  readonly expectCm: (attribute: number) => Effect.Effect<MadDatagram>
}

const NODE_GUID_BYTE = 12

/** Attaches to a node and takes its requests. */
export const openPeer = Effect.fnUntraced(function*(
  fabric: Fabric,
  nodeId: string
): Effect.fn.Return<Peer, IbsimError, Scope.Scope> {
  const attached = yield* attachTo({ host: fabric.host, port: fabric.port, nodeId, issm: true })
  const nodeInfo = yield* attached.client.nodeInfo
  const caGuid = Buffer.from(nodeInfo.subarray(NODE_GUID_BYTE, NODE_GUID_BYTE + 8)).toString("hex")
  return {
    ...attached,
    at: yield* attached.lid,
    caGuid,
    gid: `fe80000000000000${(BigInt(`0x${caGuid}`) + 1n).toString(16).padStart(16, "0")}`,
    expectCm: (attribute) =>
      Effect.map(attached.mad, (datagram) => {
        expect(cmOf(datagram.mad).attribute).toBe(attribute)
        return datagram
      })
  }
})
