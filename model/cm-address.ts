/** Where the peer of a CM exchange is: what an exchange knows of it (SQP-CM-15). See `spec/cm.md`. */
import { type Gid, type Lid, NO_GID } from "./ids.ts"
import type { EgressAddress, IngressAddress } from "./event.ts"
import type { Cm } from "./mad.ts"
import type { Exchange, PeerAddress, State } from "./state.ts"

/** Where a function's message goes. */
export const peerOf = ({ dlid, grh }: EgressAddress): PeerAddress => ({ lid: dlid, gid: grh && grh.dgid })

/** Where a message from the wire comes from. */
export const senderOf = ({ grh, slid }: IngressAddress): PeerAddress => ({ lid: slid, gid: grh && grh.sgid })

/** How many LIDs, and how many GIDs, of its peer an exchange remembers. */
const PEER_ADDRESSES = 4

/** The exchange knows further addresses of its peer; the oldest go. */
export const withPeerAt = (exchange: Exchange, ...addresses: ReadonlyArray<PeerAddress>): Exchange =>
  addresses.reduce<Exchange>((known, { gid, lid }) => ({
    ...known,
    peerLids: lid === 0 ? known.peerLids : remembered(known.peerLids, lid),
    peerGids: gid === null || gid === NO_GID ? known.peerGids : remembered(known.peerGids, gid)
  }), exchange)

const remembered = <T extends Lid | Gid>(known: ReadonlyArray<T>, one: T): ReadonlyArray<T> =>
  known.includes(one) ? known : [...known, one].slice(-PEER_ADDRESSES)

/** Whether the exchange knows the address; the path bits of a LID say nothing. */
export const knows = (state: State, { peerGids, peerLids }: Exchange, { gid, lid }: PeerAddress): boolean => {
  const { lmc } = state.port
  return peerLids.some((known) => known >> lmc === lid >> lmc) || (gid !== null && peerGids.includes(gid))
}

/**
 * The exchange once a message said where its peer is. Seen from the sender that is its `local` end if the
 * peer speaks, its `remote` end if the function does; `at` is the address of the message.
 */
export const withNamed = (exchange: Exchange, cm: Cm, end: "local" | "remote", at: PeerAddress): Exchange => {
  const endOf = (path: Record<"localLid" | "remoteLid", Lid> & Record<"localGid" | "remoteGid", Gid>) =>
    ({ lid: path[`${end}Lid`], gid: path[`${end}Gid`] })
  switch (cm.message) {
    case "REQ": //= SQP-CM-15
      return withPeerAt(exchange, endOf(cm), endOf(cm.alternate), at)
    case "SIDR_REQ":
      return withPeerAt(exchange, at)
    case "LAP":
      return { ...exchange, proposed: endOf(cm.alternate) }
    case "APR": { //= SQP-CM-15
      const { proposed } = exchange
      const isAccepted = proposed !== null && cm.status === 0
      return { ...(isAccepted ? withPeerAt(exchange, proposed) : exchange), proposed: null }
    }
    default:
      return exchange
  }
}
