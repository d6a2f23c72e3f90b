import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type FrameKind, frameViolations, type Made, madeOf } from "./frame.ts"
import { assertProperty } from "./run.ts"

/** A MAD with these bytes from the given offsets, and 0xa5 everywhere else, so that a zeroed byte shows. */
const mad = (parts: Readonly<Record<number, string>>, fill = 0xa5): Uint8Array => {
  const bytes = Buffer.alloc(256, fill)
  for (const [at, hex] of Object.entries(parts)) bytes.write(hex, Number(at), "hex")
  return bytes
}

const header = (mgmtClass: string, method: string, attribute: string): Readonly<Record<number, string>> => ({
  0: `01${mgmtClass}02${method}`,
  16: attribute
})

interface Case {
  readonly title: string
  readonly input: Uint8Array
  readonly kind: FrameKind
  /** The bytes that may change, as [from, to). */
  readonly free: ReadonlyArray<readonly [number, number]>
}

const egress: FrameKind = { _tag: "egress", vf: true }
const ofPf: FrameKind = { _tag: "egress", vf: false }
const ingress: FrameKind = { _tag: "ingress", vf: true }
const cm = (attribute: string): Uint8Array => mad(header("07", "03", attribute))
const TID = [8, 16] as const
const LOCAL = [24, 28] as const
const REMOTE = [28, 32] as const

const cases: ReadonlyArray<Case> = [
  { title: "a PerfMgt Get on egress", input: mad(header("04", "01", "0012")), kind: egress, free: [TID] },
  { title: "an SA Get of the PF on egress", input: mad(header("03", "01", "0035")), kind: ofPf, free: [TID] },
  { title: "a GetResp on egress", input: mad(header("32", "81", "0001")), kind: egress, free: [] },
  {
    title: "a TrapRepress of the PF on egress",
    input: mad(header("03", "07", "0002")),
    kind: ofPf,
    free: []
  },
  { title: "a GetResp on ingress", input: mad(header("03", "81", "0035")), kind: ingress, free: [TID] },
  { title: "a Get on ingress", input: mad(header("32", "01", "0001")), kind: ingress, free: [] },
  { title: "a CM Get of the PF on egress", input: mad(header("07", "01", "0001")), kind: ofPf, free: [TID] },
  {
    title: "a refusal",
    input: mad(header("09", "01", "0001")),
    kind: { _tag: "refusal" },
    free: [
      [3, 4],
      [4, 6]
    ]
  },
  ...["0010", "0011", "0012", "0014", "0015", "0019"].map((attribute): Case => ({
    title: `CM ${attribute} on egress`,
    input: cm(attribute),
    kind: egress,
    free: [TID, LOCAL]
  })),
  ...["0013", "0016", "001a"].map((attribute): Case => ({
    title: `CM ${attribute} on egress`,
    input: cm(attribute),
    kind: egress,
    free: [LOCAL]
  })),
  { title: "SIDR_REQ on egress", input: cm("0017"), kind: egress, free: [TID, LOCAL] },
  { title: "SIDR_REP on egress", input: cm("0018"), kind: egress, free: [] },
  ...["0010", "0017", "000f", "001b"].map((attribute): Case => ({
    title: `CM ${attribute} on ingress`,
    input: cm(attribute),
    kind: ingress,
    free: []
  })),
  ...["0011", "0012", "0013", "0014", "0015", "0016", "0019", "001a"].map((attribute): Case => ({
    title: `CM ${attribute} on ingress`,
    input: cm(attribute),
    kind: ingress,
    free: [TID, REMOTE]
  })),
  { title: "SIDR_REP on ingress", input: cm("0018"), kind: ingress, free: [TID, LOCAL] }
]

const ofReport: ReadonlyArray<Case> = [
  { title: "a Report to a function", input: mad(header("03", "06", "0002")), kind: ingress, free: [TID] },
  {
    title: "a Report back as ReportResp", input: mad(header("03", "06", "0002")),
    kind: { _tag: "report-response" }, free: [[3, 4]]
  },
  { title: "a Report of no notice", input: mad(header("03", "06", "0033")), kind: ingress, free: [] }
]

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}

describe("the frame rule for forwarded MADs", () => {
  it.each([...cases, ...ofReport])(
    "$title: each byte by itself may change exactly where the rules say [SQP-FRAME-1]",
    ({ free, input, kind }) => {
      expect(frameViolations(input, input, kind)).toEqual([])
      for (let at = 0; at < 256; at++) {
        const allowed = free.some(([from, to]) => at >= from && at < to)
        const found = frameViolations(input, flipped(input, at), kind)
        expect(found.length, `byte ${at}`).toBe(allowed ? 0 : 1)
        if (!allowed) expect(found[0]).toContain(`byte ${at} changed from `)
      }
    }
  )

  it("a VF's SA request keeps its SM_Key or leaves with 0, nothing else [SQP-FRAME-1]", () => {
    const input = mad(header("03", "01", "0035"))
    const without = Uint8Array.from(input).fill(0, 36, 44)
    expect(frameViolations(input, without, egress)).toEqual([])
    expect(frameViolations(input, flipped(without, 40), egress)).toEqual([
      "bytes 36..43 (SM_Key) changed from a5a5a5a5a5a5a5a5 to 00000000ff000000; they may only become 0"
    ])
    expect(frameViolations(input, without, ofPf)).toEqual([
      "bytes 36..43 changed from a5a5a5a5a5a5a5a5 to 0000000000000000; only 8..15 (TransactionID) may change"
    ])
  })

  it("names every run of changed bytes, and only those [SQP-FRAME-1]", () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const one = fc.tuple(fc.constantFrom(...cases), fc.array(byte, { maxLength: 8 }))
    assertProperty(
      fc.property(one, ([{ free, input, kind }, touched]) => {
        const output = Uint8Array.from(input)
        for (const at of new Set(touched)) output[at] = (output[at] ?? 0) ^ 0x10
        const wrong = [...new Set(touched)].filter((at) => !free.some(([from, to]) => at >= from && at < to))
        const named = frameViolations(input, output, kind).flatMap((text) => {
          const [, from, to] = /^bytes? (\d+)(?:\.\.(\d+))? changed/.exec(text) ?? []
          const [first, last] = [Number(from), Number(to ?? from)]
          return Array.from({ length: last - first + 1 }, (_, i) => first + i)
        })
        expect(named).toEqual(wrong.sort((a, b) => a - b))
      }),
      { numRuns: 2000 }
    )
  })

  it("refuses to have forwarded what is no MAD [SQP-FRAME-1]", () => {
    expect(frameViolations(new Uint8Array(255), new Uint8Array(256), ingress)).toEqual([
      "a MAD of 255 bytes was forwarded"
    ])
    expect(frameViolations(new Uint8Array(256), new Uint8Array(255), ingress)).toEqual([
      "the MAD has 255 bytes, not 256"
    ])
  })
})

const made: Readonly<
  Record<Made, { readonly bytes: Uint8Array; readonly free: ReadonlyArray<readonly [number, number]> }>
> = {
  join: { bytes: mad({ 0: "01030202", 16: "0038" }, 0), free: [TID, [24, 25], [48, 56], [56, 105]] },
  leave: {
    bytes: mad({ 0: "01030215", 16: "0038" }, 0),
    free: [TID, [24, 25], [53, 56], [56, 88], [104, 105]]
  },
  "membership-answer": {
    bytes: mad({ 0: "01030281", 16: "0038", 44: "0007" }, 0),
    free: [[3, 4], [4, 6], TID, [24, 25], [56, 105]]
  },
  "membership-table": {
    bytes: mad({ 0: "01030292", 16: "0038", 24: "0101070000000001", 44: "0007" }, 0),
    free: [TID, [32, 36], [56, 224]]
  },
  unregister: {
    bytes: mad({ 0: "01030215", 16: "0031", 48: "0000000000000007" }, 0),
    free: [TID, [24, 25], [56, 82]]
  },
  inform: {
    bytes: mad({ 0: "01030202", 16: "0003", 84: "000001" }, 0),
    free: [TID, [24, 25], [56, 76], [78, 84], [87, 88], [89, 92]]
  },
  "inform-answer": {
    bytes: mad({ 0: "01030281", 16: "0003" }, 0),
    free: [[4, 6], TID, [24, 25], [56, 76], [78, 88], [89, 92]]
  },
  rej: { bytes: mad({ 0: "01070203", 16: "0012", 34: "000c" }, 0), free: [TID, REMOTE] },
  drep: { bytes: mad({ 0: "01070203", 16: "0016" }, 0), free: [TID, LOCAL, REMOTE] },
  "guid-set": {
    bytes: mad({ 0: "01030202", 16: "0030" }, 0),
    free: [TID, [24, 25], [54, 56], [56, 59], [64, 128]]
  },
  "guid-delete": { bytes: mad({ 0: "01030215", 16: "0030" }, 0), free: [TID, [24, 25], [54, 56], [56, 59]] }
}

describe("the frame rule for MADs the PF context makes", () => {
  it.each(Object.entries(made))(
    "%s: each byte by itself may be set exactly where its pattern says [SQP-FRAME-1]",
    (what, { bytes, free }) => {
      const kind: FrameKind = { _tag: "made", what: what as Made }
      expect(frameViolations(new Uint8Array(0), bytes, kind)).toEqual([])
      for (let at = 0; at < 256; at++) {
        const allowed = free.some(([from, to]) => at >= from && at < to)
        expect(frameViolations(new Uint8Array(0), flipped(bytes, at), kind).length, `byte ${at}`).toBe(
          allowed ? 0 : 1
        )
      }
    }
  )

  it("recognises its own MADs by their header", () => {
    for (const [what, { bytes }] of Object.entries(made)) expect(madeOf(bytes)).toBe(what)
    expect(madeOf(mad(header("04", "01", "0012"), 0))).toBeNull()
    expect(madeOf(mad(header("07", "03", "0010"), 0))).toBeNull()
  })
})
