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

/** What is in flight, oldest first within a flow, and how much may still go wrong: parts of a world. */
export interface Wire<P> {
  readonly inFlight: InFlight<P>
  readonly losses: number
  readonly duplications: number
}

/** Packets in flight. */
export type InFlight<P> = ReadonlyArray<Packet<P>>

/** What the wire may do next with one of its packets, and what of the wire is another then. */
export interface WireMove<P> {
  readonly happens: "arrives" | "is lost" | "is duplicated"
  readonly packet: Packet<P>
  readonly change: Partial<Wire<P>> & Pick<Wire<P>, "inFlight">
}

/** What is in flight with one more packet; an unordered wire is a multiset, sorted so that equal wires are equal. */
export const put = <P>(inFlight: InFlight<P>, packet: Packet<P>, isOrdered: boolean): InFlight<P> =>
  inOrder([...inFlight, packet], isOrdered)

const inOrder = <P>(inFlight: InFlight<P>, isOrdered: boolean): InFlight<P> => {
  if (isOrdered) return inFlight.toSorted((a, b) => compare(a.flow, b.flow))
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

/** How what is in flight is renamed, by how packets are; flows are of ports, not of functions. */
export const inFlightRenamed = <P>(payload: Rename<P>, isOrdered: boolean): Rename<InFlight<P>> => {
  const packet = packetRenamed(payload)
  return (inFlight, by) => inOrder(inFlight.map((each) => packet(each, by)), isOrdered)
}

const packetRenamed = <P>(payload: Rename<P>): Rename<Packet<P>> => (packet, by) =>
  ({ ...packet, payload: payload(packet.payload, by) })

/** All that may happen to what is in flight. */
export const moves = <P>(wire: Wire<P>, isOrdered: boolean): ReadonlyArray<WireMove<P>> => {
  const { inFlight } = wire
  return inFlight.flatMap((packet, index) => {
    const before = inFlight.slice(0, index)
    const blocks = isOrdered ? (other: Packet<P>) => other.flow === packet.flow : isEqualTo(packet)
    return before.some(blocks) ? [] : movesOf(wire, packet, index)
  })
}

const movesOf = <P>(wire: Wire<P>, packet: Packet<P>, index: number): ReadonlyArray<WireMove<P>> => {
  const { duplications, losses } = wire
  const inFlight = wire.inFlight.toSpliced(index, 1)
  const twice = wire.inFlight.toSpliced(index, 0, packet)
  return [
    { happens: "arrives", packet, change: { inFlight } },
    ...(losses > 0 ? [{ happens: "is lost", packet, change: { inFlight, losses: losses - 1 } } as const] : []),
    ...(duplications > 0
      ? [{ happens: "is duplicated", packet, change: { inFlight: twice, duplications: duplications - 1 } } as const] : [])
  ]
}

const isEqualTo = (packet: Packet<unknown>) => (other: Packet<unknown>): boolean =>
  packet === other || textOf(packet) === textOf(other)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
