/** The MADs between the rings of a connected wire and an ibsim client. No Effect here: it runs per MAD. */
import * as Result from "effect/Result"
import type { WireEndpoint } from "../special-qp-port.ts"
import type { IbsimClient } from "./client.ts"
import type { IbsimClientCounters } from "./data-channel.ts"
import type { MadDatagram } from "./datagram.ts"
import { datagramOfSlot, fillSlot, qpOf, slotHasGrh } from "./slots.ts"

/** What became of the MADs at the rings. An arrival counts exactly once. */
export interface TrafficCounters {
  /** MADs put into an incoming ring. */
  readonly received: number
  /** Outgoing slots refused because a value does not fit a datagram. */
  readonly invalidSlots: number
  /** Outgoing MADs sent without their GRH. */
  readonly grhLost: number
  /** Arrivals dropped: the incoming ring was full. */
  readonly ringFull: number
  /** Arrivals dropped: no wire was connected. */
  readonly notConnected: number
  /** Arrivals dropped: they were for another QP than 0 and 1. */
  readonly otherQp: number
}

/** What the adapter counted at the rings, and what its client counted on the network. */
export type IbsimPortCounters = IbsimClientCounters & TrafficCounters

/** Where outgoing MADs go: the part of the client that sending needs. */
type Network = Pick<IbsimClient, "send" | "unsent">

/** More than this many datagrams are not left waiting in the process; the rings hold the rest. */
const UNSENT_MAX = 256

/** Moves MADs while a wire is connected, and counts what it cannot move. */
export class IbsimTraffic {
  /** The port's LMC: how many low bits of a DLID are path bits. */
  lmc = 0
  readonly #tally = { received: 0, invalidSlots: 0, grhLost: 0, ringFull: 0, notConnected: 0, otherQp: 0 }
  #wire: WireEndpoint | undefined

  /** Takes the rings; false when others are connected. */
  connect(wire: WireEndpoint): boolean {
    if (this.#wire !== undefined) return false
    this.#wire = wire
    return true
  }

  /** Lets go of the rings; what arrives from now on is dropped and counted. */
  disconnect(): void {
    this.#wire = undefined
  }

  /** The counts at this moment. */
  counters(): TrafficCounters {
    return { ...this.#tally }
  }

  /** Puts an arrival into the ring of its QP and wakes the reader; without a wire or room it is dropped. */
  deliver(datagram: MadDatagram): void {
    const wire = this.#wire
    if (wire === undefined) {
      this.#tally.notConnected += 1
      return
    }
    if (datagram.dqp > 1) {
      this.#tally.otherQp += 1
      return
    }
    const ring = wire.incoming[qpOf(datagram)]
    if (ring.writable(1) === 0) {
      this.#tally.ringFull += 1
      return
    }
    fillSlot(wire.region, ring.slot(0), datagram, this.lmc)
    ring.publish(1)
    this.#tally.received += 1
    wire.wake()
  }

  /**
   * Sends at most `budget` MADs and returns how many slots it released, or undefined when no wire is
   * connected. Each QP gets half, and what the other leaves of its half.
   */
  transmit(client: Network, budget: number): number | undefined {
    const wire = this.#wire
    if (wire === undefined) return undefined
    const room = Math.min(budget, UNSENT_MAX - client.unsent())
    const half = this.#drain(wire, 0, client, Math.ceil(room / 2))
    const other = this.#drain(wire, 1, client, room - half)
    return half + other + this.#drain(wire, 0, client, room - half - other)
  }

  #drain({ outgoing, region }: WireEndpoint, qp: 0 | 1, client: Network, max: number): number {
    const ring = outgoing[qp]
    const count = max > 0 ? ring.readable(max) : 0
    for (let i = 0; i < count; i++) {
      const slot = ring.slot(i)
      if (Result.isFailure(client.send(datagramOfSlot(region, slot, qp)))) this.#tally.invalidSlots += 1
      else if (slotHasGrh(region, slot)) this.#tally.grhLost += 1
    }
    ring.release(count)
    return count
  }
}
