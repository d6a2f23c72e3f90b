/**
 * Actions of the model to outputs of a trace. A MAD that was forwarded has the bytes it came with, but for what its
 * view says; one that the PF context made is zero beside its view.
 */
import type { CompleteInit } from "../impl/trace/init.ts"
import type { Output } from "../impl/trace/output.ts"
import { guidInfo, nodeInfo, pKeyTable, PORT_STATE, portInfo } from "../impl/wire/index.ts"
import type { Action, ActionOf, View } from "../model/action.ts"
import type { Port } from "../model/state.ts"
import { hexOfBytes, type PayloadBytes } from "./encode.ts"
import { madBytes } from "./encode-mad.ts"

/** What an output says that its action does not. */
export interface Telling {
  /** The line of the command that caused it. */
  readonly n: number
  /** The MAD that a payload names. */
  readonly bytesOf: PayloadBytes
  /** The attributes of the physical port as `init` has them. */
  readonly init: Pick<CompleteInit, "nodeInfo" | "portInfo">
  /** The port after the event. */
  readonly port: Port
}

const attribute = (hex: string, write: (view: DataView) => void): string => {
  const bytes = new Uint8Array(Buffer.from(hex, "hex"))
  write(new DataView(bytes.buffer))
  return hexOfBytes(bytes)
}
const ZERO = "0".repeat(128)

/** The 64 bytes of an attribute as a function is shown it (spec/local-view.md). */
const dataOf = (view: View, { init, port }: Telling): string => {
  switch (view._tag) {
    case "NodeInfo":
      return attribute(init.nodeInfo, (bytes) => nodeInfo.NodeGUID.setHex(bytes, 0, view.nodeGuid))
    case "PortInfo":
      return attribute(init.portInfo, (bytes) => {
        portInfo.M_Key.setHex(bytes, 0, "0".repeat(16))
        portInfo.GidPrefix.setHex(bytes, 0, port.prefix)
        portInfo.LID.set(bytes, 0, port.lid)
        portInfo.LMC.set(bytes, 0, port.lmc)
        portInfo.MasterSMLID.set(bytes, 0, port.smLid ?? 0)
        portInfo.MasterSMSL.set(bytes, 0, port.smSl)
        portInfo.PortState.set(bytes, 0, view.active ? PORT_STATE.Active : PORT_STATE.Down)
      })
    case "GUIDInfo":
      return attribute(ZERO, (bytes) => guidInfo.GUID0.setHex(bytes, 0, view.guid))
    case "P_KeyTable":
      return attribute(ZERO, (bytes) => view.pkeys.forEach((pkey, i) => pKeyTable.P_Key0.set(bytes, 2 * i, pkey)))
  }
}

const answer = ({ function: fn, qkey, qpn, status, view }: ActionOf<"Answer">, telling: Telling): Output => ({
  to: "answer",
  function: fn,
  of: telling.n,
  status,
  ...(qpn !== null && { qpn }),
  ...(qkey !== null && { qkey }),
  ...(view !== null && { data: dataOf(view, telling) })
})

const madOf = ({ mad }: ActionOf<"ToWire" | "ToFunction">, { bytesOf }: Telling): string =>
  hexOfBytes(madBytes(mad, bytesOf(mad.payload)))

/**
 * The output that an action is seen as. Throws a RangeError for ids that nothing is bound to, and a payload of other
 * than 256 bytes.
 */
export const encodeAction = (action: Action, telling: Telling): Output => {
  switch (action._tag) {
    case "ToWire":
      return { to: "wire", qp: action.qp, ...action.address, mad: madOf(action, telling) }
    case "ToFunction":
      return { to: "function", function: action.function, qp: action.qp, ...action.address, mad: madOf(action, telling) }
    case "EventTo":
      return { to: "event", function: action.function, event: action.event }
    case "Tunnel": {
      const { function: fn, proxyQpn, qp, tunnelQpn } = action
      return { to: "tunnel", function: fn, qp, proxyQpn, tunnelQpn }
    }
    case "Answer":
      return answer(action, telling)
    case "Drop":
      return { to: "drop", function: action.function, reason: action.reason }
    case "Defer":
      return { to: "defer", function: action.function, qp: action.qp, reason: action.reason }
  }
}
