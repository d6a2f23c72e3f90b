/**
 * The wire of the environment: packets in flight, some of which are lost or arrive twice while the budgets
 * last. Packets of one flow keep their order, as InfiniBand keeps it from one source to one destination,
 * unless the wire is said to be unordered; packets of different flows overtake each other freely.
 */
import type { Rename } from "../renaming.ts"

/** Something in flight. */
export interface Packet<P> {
  readonly flow: string
  readonly payload: P
}

/** What is in flight, oldest first within a flow, and how much may still go wrong. */
export interface Wire<P> {
  readonly inFlight: ReadonlyArray<Packet<P>>
  readonly losses: number
  readonly duplications: number
  readonly ordered: boolean
}

/** What the wire may do next with one of its packets, and the wire after it. */
export interface WireMove<P> {
  readonly happens: "arrives" | "is lost" | "is duplicated"
  readonly packet: Packet<P>
  readonly wire: Wire<P>
}

/** A wire with nothing in flight. */
export const emptyWire = (budget: Omit<Wire<never>, "inFlight">): Wire<never> => ({ ...budget, inFlight: [] })

/** The wire with one more packet; an unordered wire is a multiset, sorted so that equal wires are equal. */
export const put = <P>(wire: Wire<P>, packet: Packet<P>): Wire<P> => {
  return { ...wire, inFlight: inOrder([...wire.inFlight, packet], wire.ordered) }
}

const inOrder = <P>(inFlight: ReadonlyArray<Packet<P>>, ordered: boolean): ReadonlyArray<Packet<P>> => {
  if (ordered) return inFlight.toSorted((a, b) => compare(a.flow, b.flow))
  return inFlight.toSorted((a, b) => compare(textOf(a), textOf(b)))
}

const texts = new WeakMap<Packet<unknown>, string>()

/** A packet as text: it is asked for often, as packets stay in flight. */
const textOf = (packet: Packet<unknown>): string => {
  const known = texts.get(packet)
  if (known !== undefined) return known
  const text = JSON.stringify(packet)
  texts.set(packet, text)
  return text
}

/** How a wire is renamed, by how its packets are; flows are of ports, not of functions. */
export const wireRenamed = <P>(payload: Rename<P>): Rename<Wire<P>> => {
  const packet = packetRenamed(payload)
  return (wire, by) => {
    const inFlight = wire.inFlight.map((each) => packet(each, by))
    return { ...wire, inFlight: inOrder(inFlight, wire.ordered) }
  }
}

const packetRenamed = <P>(payload: Rename<P>): Rename<Packet<P>> => (packet, by) =>
  ({ ...packet, payload: payload(packet.payload, by) })

/** All that may happen to what is in flight. */
export const moves = <P>(wire: Wire<P>): ReadonlyArray<WireMove<P>> =>
  wire.inFlight.flatMap((packet, index) => {
    const before = wire.inFlight.slice(0, index)
    const blocks = wire.ordered ? (other: Packet<P>) => other.flow === packet.flow : isEqualTo(packet)
    return before.some(blocks) ? [] : movesOf(wire, packet, index)
  })

const movesOf = <P>(wire: Wire<P>, packet: Packet<P>, index: number): ReadonlyArray<WireMove<P>> => {
  const { duplications, inFlight, losses } = wire
  const without = inFlight.toSpliced(index, 1)
  const arrives: WireMove<P> = { happens: "arrives", packet, wire: { ...wire, inFlight: without } }
  const fewer = { ...wire, inFlight: without, losses: losses - 1 }
  const lost: WireMove<P> = { happens: "is lost", packet, wire: fewer }
  const twice = { ...wire, inFlight: inFlight.toSpliced(index, 0, packet), duplications: duplications - 1 }
  const duplicated: WireMove<P> = { happens: "is duplicated", packet, wire: twice }
  return [arrives, ...(losses > 0 ? [lost] : []), ...(duplications > 0 ? [duplicated] : [])]
}

const isEqualTo = (packet: Packet<unknown>) => (other: Packet<unknown>): boolean =>
  packet === other || textOf(packet) === textOf(other)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
