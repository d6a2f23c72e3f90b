import { readdirSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readTrace } from "../../impl/trace/read.ts"
import { scenarios, replay } from "../generate.ts"
import { longTrace } from "../long-trace.ts"
import { playToTheEnd } from "../model-based/judged.ts"
import { assertAsyncProperty } from "../run.ts"
import { playFabric } from "../soak/fabric-run.ts"
import { reference } from "../subject.ts"
import { check } from "../trace-check.ts"
import { type Captured, captured, judgedCapture, verdictOf } from "./captured.ts"
import { fileKinds, fileOf, packetsOf } from "./files.ts"

const regressions = new URL("../regressions/", import.meta.url)
const replayed = (name: string) => replay(Result.getOrThrow(readTrace(readFileSync(new URL(name, regressions), "utf8"))), reference())

/** What is wrong with a capture that cannot be judged. */
const faultOf = async (of: Captured): Promise<string> => {
  const judged = await judgedCapture(of)
  return Result.isFailure(judged) ? (judged.failure?.message ?? "it is empty") : judged.success.verdict
}

describe("a trace that was written as a capture", () => {
  it("is allowed as the trace is, with as many MADs: every regression, done again [SQP-CHK-6]", async () => {
    for (const name of readdirSync(regressions).filter((file) => file.endsWith(".jsonl"))) {
      const lines = replayed(name)
      const { undecided, unread, verdict, violations } = await verdictOf(captured(lines))
      expect({ name, verdict, violations, undecided, unread }).toEqual({
        name, verdict: check(lines).verdict, violations: [], undecided: [], unread: {}
      })
    }
  })

  it("is allowed as the trace is: generated sequences, and runs on the embedded fabric [SQP-CHK-6]", async () => {
    await assertAsyncProperty(fc.asyncProperty(scenarios(40), async (scenario) => {
      const lines = playToTheEnd(scenario, reference())
      expect((await verdictOf(captured(lines))).verdict).toBe(check(lines).verdict)
    }), { numRuns: 20 })
    for (const seed of [1, 2]) expect((await verdictOf(captured(playFabric(seed).lines))).verdict).toBe("allowed")
  })
})

describe("a capture of another tool", () => {
  it.each(fileKinds)("is judged by QPNs and LIDs: $kind, little-endian $little, link type $linkType, $perSecond [SQP-CHK-7]", async (kind) => {
    const { capture, sidecar } = captured([...longTrace(30)])
    const packets = await packetsOf(capture, 1000)
    const { unread, verdict, violations } = await verdictOf({ capture: fileOf(packets, kind), sidecar })
    expect({ verdict, violations, unread }).toEqual({ verdict: "allowed", violations: [], unread: {} })
    const changed = packets.map((packet) => (packet.number === 4 ? { ...packet, bytes: flipped(packet.bytes, 100) } : packet))
    expect((await verdictOf({ capture: fileOf(changed, kind), sidecar })).verdict).toBe("violation")
  })

  it("passes over what is no MAD or not the port's, and counts it [SQP-CHK-7]", async () => {
    const { capture, sidecar } = captured([...longTrace(30)])
    const packets = await packetsOf(capture)
    const kind = fileKinds[0]
    if (kind === undefined) throw new Error("there are no kinds of files")
    const last = packets.at(-1)
    const strange = packets.slice(0, 1).flatMap((packet) => [
      // An RC packet, and one between LIDs of others.
      { ...packet, bytes: packet.bytes.with(8, 0x04), timeUs: last?.timeUs ?? 0 },
      { ...packet, bytes: packet.bytes.with(3, 0xee).with(7, 0xef).with(27, 0xff), timeUs: last?.timeUs ?? 0 }
    ])
    const { unread, verdict } = await verdictOf({ capture: fileOf([...packets, ...strange], kind), sidecar })
    expect({ unread, verdict }).toEqual({
      unread: { "that carry no MAD": 1, "between others than the port": 1 }, verdict: "allowed"
    })
  })

  it("is told in a sentence where it was cut off, by a snaplen or in the middle [SQP-CHK-7]", async () => {
    const { capture, sidecar } = captured([...longTrace(30)])
    const packets = await packetsOf(capture)
    for (const kind of fileKinds.filter(({ perSecond }) => perSecond === 1_000_000)) {
      const cut = await faultOf({ capture: fileOf(packets, kind, 96), sidecar })
      expect(cut).toMatch(/^packet 1: \d+ bytes of it were not captured; capture whole packets$/)
      const ended = await faultOf({ capture: fileOf(packets, kind).slice(0, -30), sidecar })
      expect(ended).toBe(`it ends within packet ${packets.length} or what stands before it: the rest is missing`)
    }
  })
})

/** Bytes with the lowest bit of one turned over. */
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1)

/** The same capture with one packet changed in place, its header and comment left as they are. */
const changing = async (of: Captured, number: number, change: (bytes: Uint8Array) => Uint8Array): Promise<Captured> => {
  const packet = (await packetsOf(of.capture))[number - 1]
  if (packet === undefined) throw new Error(`there is no packet ${number}`)
  const at = Buffer.from(of.capture).indexOf(packet.bytes)
  const capture = Uint8Array.from(of.capture)
  capture.set(change(packet.bytes), at)
  return { ...of, capture }
}

describe("a capture with one thing wrong", () => {
  const of = captured([...longTrace(150)])
  const MAD = 28
  const LEFT = { side: "wire", direction: "out" }
  const REACHED = { side: "tunnel", direction: "out" }

  it.each([
    ["a byte of what left", LEFT, MAD + 200, "frame", "SQP-FRAME-1"],
    ["the TID of what left, above its low 32 bits", LEFT, MAD + 10, "invariant", "SQP-TID-7"],
    ["the TID of an answer", REACHED, MAD + 15, "behaviour", "SQP-TID-3"],
    ["the SLID of an answer", REACHED, 7, "behaviour", ""],
    ["the partition of what left", LEFT, 11, "behaviour", ""],
    ["the Q_Key of what left", LEFT, 23, "behaviour", ""],
    ["the QPN it goes to", LEFT, 14, "behaviour", ""],
    ["the LID it goes to", LEFT, 2, "behaviour", ""]
  ])("is refused with its packet and the rule: %s [SQP-CHK-6]", async (_what, which, at, kind, rule) => {
    const number = (await packetsOf(of.capture)).find(({ direction, side }) => direction === which.direction && side === which.side)?.number ?? 0
    const { verdict, violations } = await verdictOf(await changing(of, number, (bytes) => flipped(bytes, at)))
    expect(verdict).toBe("violation")
    expect(violations[0]).toMatchObject({ place: `packet ${number - 1}, then packet ${number}`, kind })
    if (rule !== "") expect(violations[0]?.requirements).toContain(rule)
  })

  it("is refused wherever a byte of a MAD that passed is another, but for the TID of one that nobody answers [SQP-CHK-6]", async () => {
    const passing = captured([...longTrace(60, ["query", "question"])])
    const packets = (await packetsOf(passing.capture)).filter(({ direction }) => direction === "out")
    const isFree = (byte: number): boolean => byte >= 12 && byte < 16
    const places = fc.integer({ min: 0, max: 255 }).filter((byte) => !isFree(byte)).map((byte) => MAD + byte)
    await assertAsyncProperty(fc.asyncProperty(
      fc.constantFrom(...packets), places, async ({ bytes, number }, at) => {
        const grh = ((bytes[1] ?? 0) & 3) === 3 ? 40 : 0
        const { verdict, violations } = await verdictOf(await changing(passing, number, (whole) => flipped(whole, at + grh)))
        expect(verdict).toBe("violation")
        expect(violations[0]?.line).toBeGreaterThan(2)
      }), { numRuns: 20 })
  })
})

describe("what is no capture, or a damaged one", () => {
  it("is an error or a judgement, and never anything else, whatever bytes are changed [SQP-CHK-7]", async () => {
    const of = captured([...longTrace(20)])
    const damages = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.tuple(fc.nat(of.capture.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 })).map(([at, bytes]) => {
        const capture = Uint8Array.from(of.capture)
        capture.set(bytes.subarray(0, capture.length - at), at)
        return capture
      }),
      fc.nat(of.capture.length).map((length) => of.capture.slice(0, length)),
      fc.tuple(fc.nat(of.capture.length), fc.nat(300)).map(([at, length]) =>
        Uint8Array.from([...of.capture.subarray(0, at), ...of.capture.subarray(at + length)]))
    )
    await assertAsyncProperty(fc.asyncProperty(damages, async (capture) => {
      const judged = await judgedCapture({ ...of, capture })
      if (Result.isFailure(judged)) expect(judged.failure?.message).toMatch(/\w+ \w+/)
      else expect(["allowed", "violation", "undecided"]).toContain(judged.success.verdict)
    }), { numRuns: 60 })
  })

  it("is told what is wrong with its sidecar [SQP-CHK-7]", async () => {
    const of = captured([...longTrace(20)])
    const lines = of.sidecar.trimEnd().split("\n")
    const [first = "", ...rest] = lines
    const told = (sidecar: ReadonlyArray<string>) => faultOf({ ...of, sidecar: sidecar.join("\n") })
    expect(await told([])).toBe("the sidecar is empty; its first line is the init")
    expect(await told(rest)).toContain("the sidecar: line 1: in.op: expected \"init\" on the first line")
    expect(await told([first, '{"n":2,"in":{"op":"advance","ms":5}}'])).toContain("advance has no place there")
    expect(await told([first])).toMatch(/^packet 1: QP \d+ is no function's proxy QP at that time$/)
    expect(await told([first, '{"n":2,"at":-1,"in":{"op":"start"}}'])).toContain("line 2: at: expected an integer in 0..")
    expect(await told([first, '{"n":2,"at":1,"in":{"op":"start"},"out":[{"to":"drop","for":1,"function":null,"reason":"unsolicited"}]}']))
      .toContain("line 2 of the sidecar: it quotes another line")
  })

  it("is told what it is instead [SQP-CHK-7]", async () => {
    const { sidecar } = captured([...longTrace(20)])
    const told = (capture: Uint8Array) => faultOf({ capture, sidecar })
    expect(await told(new Uint8Array(0))).toBe("it is empty")
    expect(await told(Buffer.from("{}\n"))).toBe("it is no capture: it ends after its first bytes")
    expect(await told(Buffer.from("#!/bin/sh\n"))).toBe("it is no capture: it begins like neither pcap nor pcapng")
    const ethernet = Buffer.from(`d4c3b2a1020004000000000000000000ffff0000${"01000000"}${"00".repeat(8)}0400000004000000aabbccdd`, "hex")
    expect(await told(ethernet)).toBe("packet 1: its link type is 1 (Ethernet); InfiniBand is 197 (ERF) or 247 (INFINIBAND)")
  })
})
