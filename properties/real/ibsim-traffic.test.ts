/** How the ibsim adapter empties the outgoing rings. Needs no real part. */
import * as Result from "effect/Result"
import { expect, it } from "vitest"
import type { MadDatagram } from "../../impl/port/ibsim/datagram.ts"
import { IbsimTraffic } from "../../impl/port/ibsim/traffic.ts"
import { SharedRegion } from "../../impl/ring/memory.ts"
import { FLAG_GRH } from "../../impl/ring/slot.ts"
import { allocateRing, RingConsumer, RingProducer, ringWords } from "../../impl/ring/spsc.ts"

const RING_SLOTS = 512

/**
 * A connected wire whose QP1 ring holds `count` MADs with these flags, and a network that takes all or
 * nothing.
 */
const filled = (count: number, flags = 0) => {
  const region = SharedRegion.create(4 * ringWords(RING_SLOTS) + 64)
  const rings = [0, 1, 2, 3].map(() => allocateRing(region, RING_SLOTS))
  const [out0 = 0, out1 = 0, in0 = 0, in1 = 0] = rings
  const pf = new RingProducer(region, out1)
  for (let i = 0; i < count; i++) {
    region.words[pf.slot(i)] = flags | (256 << 16)
  }
  pf.writable(count)
  pf.publish(count)
  const traffic = new IbsimTraffic()
  traffic.connect({
    region,
    outgoing: [new RingConsumer(region, out0), new RingConsumer(region, out1)],
    incoming: [new RingProducer(region, in0), new RingProducer(region, in1)],
    wake: () => {}
  })
  const sent: Array<MadDatagram> = []
  const network = (unsent: () => number) => ({
    unsent,
    send: (datagram: MadDatagram) => {
      sent.push(datagram)
      return Result.succeed(undefined)
    }
  })
  return { traffic, sent, network }
}

it("no more MADs leave the rings than the network takes, however large the budget [SQP-PORT-1]", () => {
  const { network, sent, traffic } = filled(400)
  expect(traffic.transmit(network(() => 0), 1000)).toBe(256)
  expect(traffic.transmit(network(() => 256), 1000)).toBe(0)
  expect(traffic.transmit(network(() => 300), 1000)).toBe(0)
  expect(traffic.transmit(network(() => 250), 1000)).toBe(6)
  expect(traffic.transmit(network(() => 0), 1000)).toBe(400 - 256 - 6)
  expect(sent.length).toBe(400)
})

it("a MAD that loses its GRH is sent and counted [SQP-PORT-1]", () => {
  const { network, sent, traffic } = filled(3, FLAG_GRH)
  expect(traffic.transmit(network(() => 0), 10)).toBe(3)
  expect(sent.length).toBe(3)
  expect(traffic.counters()).toMatchObject({ grhLost: 3, invalidSlots: 0 })
})
