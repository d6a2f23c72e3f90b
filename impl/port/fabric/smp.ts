/** The subnet management agent of the embedded fabric's ports: what any port answers about itself. */
import { SMP_ATTRIBUTE } from "../../wire/attributes.ts"
import { madHeader, methodByte } from "../../wire/mad-header.ts"
import { METHOD, RESPONSE_BIT } from "../../wire/methods.ts"
import { SMP_DATA } from "../../wire/smp.ts"
import { type Packet, replyTo, viewOf } from "./packet.ts"

/** Method or attribute not supported (IBTA 13.4.7). */
const UNSUPPORTED = 0x000c

/**
 * Answers a Get SMP with the given NodeInfo and PortInfo (64 bytes each); responses and traps are taken
 * silently.
 */
export const answerSmp = (packet: Packet, nodeInfo: Uint8Array, portInfo: Uint8Array): ReadonlyArray<Packet> => {
  const asked = viewOf(packet.mad)
  if (methodByte.get(asked, 0) !== METHOD.Get) return []
  const mad = packet.mad.slice()
  const view = viewOf(mad)
  methodByte.set(view, 0, METHOD.Get | RESPONSE_BIT)
  const attributeId = madHeader.AttributeID.get(asked, 0)
  if (attributeId === SMP_ATTRIBUTE.NodeInfo) mad.set(nodeInfo, SMP_DATA)
  else if (attributeId === SMP_ATTRIBUTE.PortInfo) mad.set(portInfo, SMP_DATA)
  else madHeader.Status.set(view, 0, UNSUPPORTED)
  return [replyTo(packet, mad)]
}
