/**
 * A CM peer on the embedded fabric: accepts what it is asked for, and can ask first. Comm ids count from 1,
 * to collide on purpose.
 */
import { CM_ATTRIBUTE } from "../../wire/attributes.ts"
import { MGMT_CLASS } from "../../wire/classes.ts"
import { cmDreq, cmRep, cmReq, cmRtu } from "../../wire/cm.ts"
import { madHeader, methodByte } from "../../wire/mad-header.ts"
import { METHOD } from "../../wire/methods.ts"
import type { Packet } from "./packet.ts"
import { replyTo, viewOf } from "./packet.ts"

/** One connection as the peer sees it. */
export interface PeerConnection {
  readonly localId: number
  remoteId: number
  state: "asked" | "accepted" | "established" | "closed"
}

/** Where a peer sits. `guid` is its port GUID, which is its CA GUID too. */
export interface PeerAddress {
  readonly lid: number
  readonly guid: string
  readonly subnetPrefix: string
}

/** Header of a CM message. */
export const cmMad = (attributeId: number, tidHigh: number, tidLow: number): Uint8Array => {
  const mad = new Uint8Array(256)
  const view = viewOf(mad)
  madHeader.BaseVersion.set(view, 0, 1)
  madHeader.MgmtClass.set(view, 0, MGMT_CLASS.ComMgt)
  madHeader.ClassVersion.set(view, 0, 2)
  methodByte.set(view, 0, METHOD.Send)
  madHeader.TransactionID.set(view, 0, tidHigh, tidLow)
  madHeader.AttributeID.set(view, 0, attributeId)
  return mad
}

/** A CM peer: a pure function of the packets it gets, but for the connections it remembers. */
export class CmPeer {
  readonly address: PeerAddress
  /** By the peer's own comm id. */
  readonly connections = new Map<number, PeerConnection>()
  #nextId = 1

  constructor(address: PeerAddress) {
    this.address = address
  }

  /** What the peer answers to a packet; nothing if it is not CM or needs no answer. */
  handle(packet: Packet): ReadonlyArray<Packet> {
    const view = viewOf(packet.mad)
    const cm = madHeader.MgmtClass.get(view, 0) === MGMT_CLASS.ComMgt && methodByte.get(view, 0) === METHOD.Send
    if (!cm) return []
    const localId = cmRtu.LocalCommunicationID.get(view, 0)
    const remoteId = cmRtu.RemoteCommunicationID.get(view, 0)
    switch (madHeader.AttributeID.get(view, 0)) {
      case CM_ATTRIBUTE.REQ:
        return [replyTo(packet, this.#accept(view))]
      case CM_ATTRIBUTE.REP:
        return this.#established(remoteId, localId) ? [replyTo(packet, this.#short(CM_ATTRIBUTE.RTU, view, remoteId, localId))] : []
      case CM_ATTRIBUTE.RTU:
        this.#established(remoteId, localId)
        return []
      case CM_ATTRIBUTE.DREQ: {
        const connection = this.connections.get(remoteId)
        if (connection) connection.state = "closed"
        return [replyTo(packet, this.#short(CM_ATTRIBUTE.DREP, view, remoteId, localId))]
      }
      case CM_ATTRIBUTE.DREP:
      case CM_ATTRIBUTE.REJ: {
        const connection = this.connections.get(remoteId)
        if (connection) connection.state = "closed"
        return []
      }
      default:
        return []
    }
  }

  /** A REQ of this peer to a GID. */
  connect(to: { readonly lid: number; readonly gid: string; readonly serviceId: string }): Packet {
    const localId = this.#nextId++
    this.connections.set(localId, { localId, remoteId: 0, state: "asked" })
    const mad = cmMad(CM_ATTRIBUTE.REQ, 0, localId)
    const view = viewOf(mad)
    const { guid, lid, subnetPrefix } = this.address
    cmReq.LocalCommunicationID.set(view, 0, localId)
    cmReq.ServiceID.setBig(view, 0, BigInt(`0x${to.serviceId}`))
    cmReq.LocalCAGUID.setBig(view, 0, BigInt(`0x${guid}`))
    cmReq.PrimaryLocalPortLID.set(view, 0, lid)
    cmReq.PrimaryRemotePortLID.set(view, 0, to.lid)
    cmReq.PrimaryLocalPortGID.setHex(view, 0, subnetPrefix + guid)
    cmReq.PrimaryRemotePortGID.setHex(view, 0, to.gid)
    cmReq.RemoteCMResponseTimeout.set(view, 0, 20)
    cmReq.LocalCMResponseTimeout.set(view, 0, 20)
    cmReq.MaxCMRetries.set(view, 0, 15)
    cmReq.PartitionKey.set(view, 0, 0xffff)
    return this.#send(to.lid, mad)
  }

  /** A DREQ for one of its connections; null if there is none to end. */
  disconnect(localId: number, lid: number): Packet | null {
    const connection = this.connections.get(localId)
    if (connection === undefined || connection.remoteId === 0) return null
    const mad = cmMad(CM_ATTRIBUTE.DREQ, 1, localId)
    const view = viewOf(mad)
    cmDreq.LocalCommunicationID.set(view, 0, localId)
    cmDreq.RemoteCommunicationID.set(view, 0, connection.remoteId)
    connection.state = "closed"
    return this.#send(lid, mad)
  }

  #send(dlid: number, mad: Uint8Array): Packet {
    return {
      slid: this.address.lid, dlid, srcQp: 1, destQp: 1, qkey: 0x8001_0000, sl: 0, pkey: 0xffff, grh: null, mad
    }
  }

  #established(localId: number, remoteId: number): boolean {
    const connection = this.connections.get(localId)
    if (connection === undefined || connection.state === "closed") return false
    connection.remoteId = remoteId
    connection.state = "established"
    return true
  }

  /** A REP to a REQ; a repeated REQ gets the same comm id again. */
  #accept(req: DataView): Uint8Array {
    const remoteId = cmReq.LocalCommunicationID.get(req, 0)
    const known = [...this.connections.values()].find((c) => c.remoteId === remoteId && c.state === "accepted")
    const localId = known?.localId ?? this.#nextId++
    if (!known) this.connections.set(localId, { localId, remoteId, state: "accepted" })
    const mad = this.#short(CM_ATTRIBUTE.REP, req, localId, remoteId)
    cmRep.LocalCAGUID.setBig(viewOf(mad), 0, BigInt(`0x${this.address.guid}`))
    cmRep.LocalQPN.set(viewOf(mad), 0, 0x40 + localId)
    return mad
  }

  /** A message that answers another: its TID, both ids. */
  #short(attributeId: number, answered: DataView, localId: number, remoteId: number): Uint8Array {
    const tid = madHeader.TransactionID
    const mad = cmMad(attributeId, tid.high(answered, 0), tid.low(answered, 0))
    cmRtu.LocalCommunicationID.set(viewOf(mad), 0, localId)
    cmRtu.RemoteCommunicationID.set(viewOf(mad), 0, remoteId)
    return mad
  }
}
