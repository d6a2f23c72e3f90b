import * as Result from "effect/Result"
import { expect, it } from "vitest"
import { longTrace } from "../long-trace.ts"
import { captured, judgedCapture, verdictOf } from "./captured.ts"
import { fileOf, packetsOf } from "./files.ts"

const of = captured([...longTrace(20)])
const PLAIN = { kind: "pcap", little: true, linkType: 197, perSecond: 1_000_000 } as const

it("a clock that goes back stands still, and one that leaps by years is told [SQP-CHK-7]", async () => {
  const packets = await packetsOf(of.capture)
  const back = packets.map((packet, i) => (i === 4 ? { ...packet, timeUs: packet.timeUs - 3 } : packet))
  expect((await verdictOf({ ...of, capture: fileOf(back, PLAIN) })).verdict).toBe("allowed")
  const leap = packets.map((packet) => ({ ...packet, timeUs: packet.timeUs + (packet.number > 4 ? 4e13 : 0) }))
  const judged = await judgedCapture({ ...of, capture: fileOf(leap, { ...PLAIN, kind: "pcapng" }) })
  expect(Result.isFailure(judged) && judged.failure?.message).toMatch(/^packet 5: more than a year passed before it/)
})

it("an ERF header with extensions is read over [SQP-CHK-7]", async () => {
  const [packet] = await packetsOf(of.capture)
  if (packet === undefined) throw new Error("there is no packet")
  const plain = Buffer.from(fileOf([packet], PLAIN))
  const extended = Buffer.concat([plain.subarray(0, 56), Buffer.alloc(8), plain.subarray(56)])
  extended[48] = (extended[48] ?? 0) | 0x80
  extended.writeUInt32LE(extended.length - 40, 32)
  extended.writeUInt32LE(extended.length - 40, 36)
  const [read] = await packetsOf(extended)
  expect(Buffer.from(read?.bytes ?? []).toString("hex")).toBe(Buffer.from(packet.bytes).toString("hex"))
})
