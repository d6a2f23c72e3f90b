/**
 * The wire of the environment: packets in flight, some of which are lost or arrive twice while the budgets
 * last. Packets of one flow keep their order, as InfiniBand keeps it from one source to one destination,
 * unless the wire is said to be unordered; packets of different flows overtake each other freely.
 */

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
  const inFlight = [...wire.inFlight, packet]
  if (wire.ordered) return { ...wire, inFlight: inFlight.sort((a, b) => compare(a.flow, b.flow)) }
  const keyed = inFlight.map((each) => ({ each, key: JSON.stringify(each) }))
  return { ...wire, inFlight: keyed.sort((a, b) => compare(a.key, b.key)).map(({ each }) => each) }
}

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
  JSON.stringify(packet) === JSON.stringify(other)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
