/** What a function sees of its own port (spec/local-view.md): answered here, never from the wire. */
import { guidInfo } from "../wire/guid-info.ts"
import { nodeInfo } from "../wire/node-info.ts"
import { P_KEYS_PER_BLOCK, pKeyTable } from "../wire/p-key-table.ts"
import { PORT_STATE, portInfo } from "../wire/port-info.ts"

/** Length of every answer, in bytes. */
const ATTRIBUTE_BYTES = 64

/** What a view is made from; the port's values are the current ones. */
export interface ViewContext {
  /** The physical attributes, 64 bytes each. */
  readonly nodeInfo: Uint8Array
  readonly portInfo: Uint8Array
  /** The function's own NodeGUID as 16 hex digits; null for the PF, which sees the physical one. */
  readonly nodeGuid: string | null
  /** The function's GUID as 16 hex digits. */
  readonly guid: string
  /** True if the link is up and the function has a GUID. */
  readonly active: boolean
  readonly subnetPrefix: string
  readonly lid: number
  readonly lmc: number
  /** 0 while unknown. */
  readonly smLid: number
  readonly smSl: number
  /** The function's P_Key table. */
  readonly pkeys: ReadonlyArray<number>
}

/** The attribute as the function sees it, 64 bytes; null when it is refused. */
export const localView = (context: ViewContext, attribute: string, modifier: number): Uint8Array | null => {
  switch (attribute) {
    case "NodeInfo":
      return modifier === 0 ? nodeInfoOf(context) : null
    case "PortInfo":
      return portInfoOf(context)
    case "GUIDInfo":
      return modifier === 0 ? guidInfoOf(context) : null
    case "P_KeyTable":
      return pkeyBlock(context.pkeys, modifier)
    default:
      return null
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const nodeInfoOf = (context: ViewContext): Uint8Array => {
  const bytes = Uint8Array.from(context.nodeInfo)
  if (context.nodeGuid !== null) nodeInfo.NodeGUID.setHex(viewOf(bytes), 0, context.nodeGuid)
  return bytes
}

const portInfoOf = (context: ViewContext): Uint8Array => {
  const bytes = Uint8Array.from(context.portInfo)
  const view = viewOf(bytes)
  portInfo.M_Key.set(view, 0, 0, 0)
  portInfo.GidPrefix.setHex(view, 0, context.subnetPrefix)
  portInfo.LID.set(view, 0, context.lid)
  portInfo.LMC.set(view, 0, context.lmc)
  portInfo.MasterSMLID.set(view, 0, context.smLid)
  portInfo.MasterSMSL.set(view, 0, context.smSl)
  portInfo.PortState.set(view, 0, context.active ? PORT_STATE.Active : PORT_STATE.Down)
  return bytes
}

const guidInfoOf = (context: ViewContext): Uint8Array => {
  const bytes = new Uint8Array(ATTRIBUTE_BYTES)
  guidInfo.GUID0.setHex(viewOf(bytes), 0, context.guid)
  return bytes
}

const pkeyBlock = (pkeys: ReadonlyArray<number>, block: number): Uint8Array | null => {
  if (!Number.isInteger(block) || block < 0 || block >= Math.ceil(pkeys.length / P_KEYS_PER_BLOCK)) return null
  const bytes = new Uint8Array(ATTRIBUTE_BYTES)
  const view = viewOf(bytes)
  const first = block * P_KEYS_PER_BLOCK
  pkeys.slice(first, first + P_KEYS_PER_BLOCK).forEach((pkey, i) => pKeyTable.P_Key0.set(view, 2 * i, pkey))
  return bytes
}
