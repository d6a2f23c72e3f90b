/**
 * From the attributes that ibsim reports to what the PF context wants to know, and to events when they
 * change.
 */
import { nodeInfo } from "../../wire/node-info.ts"
import { PORT_CAPABILITY, PORT_STATE, portInfo } from "../../wire/port-info.ts"
import type { PortDescription, PortEvent } from "../special-qp-port.ts"
import { viewOf } from "./fault.ts"

const hex16 = (value: bigint): string => value.toString(16).padStart(16, "0")
const EMPTY_GUID = hex16(0n)

/**
 * The description of a port from its 64-byte NodeInfo and PortInfo and its P_Key table. ibsim reports the
 * NodeGUID as PortGUID; the true one, NodeGUID plus local port number, replaces it. The GUID table holds it
 * alone, because ibsim refuses to set the others.
 */
export const describePort = (
  nodeInfoBytes: Uint8Array,
  portInfoBytes: Uint8Array,
  pkeys: ReadonlyArray<number>
): PortDescription => {
  const node = Uint8Array.from(nodeInfoBytes)
  const nodeView = viewOf(node)
  const port = viewOf(portInfoBytes)
  const localPort = portInfo.LocalPortNum.get(port, 0)
  const guid = BigInt.asUintN(64, nodeInfo.NodeGUID.getBig(nodeView, 0) + BigInt(localPort))
  nodeInfo.PortGUID.setBig(nodeView, 0, guid)
  nodeInfo.LocalPortNum.set(nodeView, 0, localPort)
  const tableLength = Math.max(1, portInfo.GUIDCap.get(port, 0))
  const smLid = portInfo.MasterSMLID.get(port, 0)
  return {
    lid: portInfo.LID.get(port, 0),
    lmc: portInfo.LMC.get(port, 0),
    smLid: smLid === 0 ? null : smLid,
    smSl: portInfo.MasterSMSL.get(port, 0),
    subnetPrefix: hex16(portInfo.GidPrefix.getBig(port, 0)),
    guids: [hex16(guid), ...Array<string>(tableLength - 1).fill(EMPTY_GUID)],
    pkeys,
    linkUp: portInfo.PortState.get(port, 0) === PORT_STATE.Active,
    nodeInfo: node,
    portInfo: Uint8Array.from(portInfoBytes)
  }
}

const asksToReregister = ({ portInfo: bytes }: PortDescription): boolean =>
  portInfo.ClientReregister.get(viewOf(bytes), 0) === 1

/**
 * An SM that loses sight of a port forgets its memberships, and asks it to reregister when it is back: but
 * only a port that can be asked, which ibsim's ports say they cannot. Such a port must take the return itself
 * for the request.
 */
const returnsUnasked = (before: PortDescription, after: PortDescription): boolean => {
  const capabilities = portInfo.CapabilityMask.get(viewOf(after.portInfo), 0)
  const canBeAsked = (capabilities & PORT_CAPABILITY.IsClientReregistrationSupported) !== 0
  return after.linkUp && !before.linkUp && !canBeAsked
}

/**
 * The events that lead from one description to the next: tables and addresses first, then the request to
 * reregister, then the link, so that who hears that the link is up knows the rest.
 */
export const portEvents = (before: PortDescription, after: PortDescription): ReadonlyArray<PortEvent> => {
  const { lid, linkUp, lmc, pkeys, smLid, smSl, subnetPrefix } = after
  const events: Array<PortEvent> = []
  if (pkeys.length !== before.pkeys.length || pkeys.some((pkey, index) => pkey !== before.pkeys[index])) {
    events.push({ _tag: "pkeys", pkeys })
  }
  if (subnetPrefix !== before.subnetPrefix) events.push({ _tag: "prefix", subnetPrefix })
  if (lid !== before.lid || lmc !== before.lmc) events.push({ _tag: "lid", lid, lmc })
  if (smLid !== before.smLid || smSl !== before.smSl) events.push({ _tag: "sm", smLid, smSl })
  const isAsked = asksToReregister(after) && !asksToReregister(before)
  if (isAsked || returnsUnasked(before, after)) events.push({ _tag: "reregister" })
  if (linkUp !== before.linkUp) events.push({ _tag: "link", up: linkUp })
  return events
}
