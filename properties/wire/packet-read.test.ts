import fc from "fast-check"
import { expect, it } from "vitest"
import { packetBytes } from "../../impl/wire/pcap.ts"
import { readPacket } from "../../impl/wire/packet-read.ts"
import { assertProperty } from "../run.ts"

const gid = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => value.toString(16).padStart(32, "0"))
const bits = (width: number) => fc.integer({ min: 0, max: 2 ** width - 1 })
const packets = fc.record({
  sl: bits(4), slid: bits(16), dlid: bits(16), pkey: bits(16), destQp: bits(24), srcQp: bits(24), qkey: bits(32), psn: bits(24),
  grh: fc.option(fc.record({ sgid: gid, dgid: gid, hopLimit: bits(8), flowLabel: bits(20), trafficClass: bits(8) })),
  mad: fc.uint8Array({ maxLength: 300 })
})

it("a packet that was written is read as it was, with or without a GRH, its MAD of any length [SQP-CHK-7] [SQP-WIRE-4]", () => {
  assertProperty(fc.property(packets, (packet) => {
    const bytes = packetBytes({ ...packet, timestampMs: 0 })
    expect(readPacket(bytes)).toEqual({ kind: "mad", packet })
    // The VCRC may be missing, and nothing else.
    expect(readPacket(bytes.subarray(0, -2)).kind).toBe("mad")
    expect(readPacket(bytes.subarray(0, -3)).kind).toBe("short")
  }), { numRuns: 100 })
})

it("bytes that are no packet are told to be none, whatever they are [SQP-CHK-7]", () => {
  assertProperty(fc.property(packets, bits(8), fc.nat(60), (packet, value, at) => {
    const bytes = packetBytes({ ...packet, timestampMs: 0 })
    const { kind } = readPacket(bytes.with(at % bytes.length, value))
    expect(["mad", "other", "short", "broken"]).toContain(kind)
  }), { numRuns: 100 })
})
