import * as Result from "effect/Result"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { commands } from "../../impl/trace/command.ts"
import {
  decodeLine,
  decodeReply,
  encodeLine,
  LINE_LENGTH_MAX,
  type Line,
  TraceError
} from "../../impl/trace/line.ts"
import { outputs } from "../../impl/trace/output.ts"
import { readTrace } from "../../impl/trace/read.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import { assertProperty } from "../run.ts"
import { commandSamples, outputSamples } from "./samples.ts"

type Path = ReadonlyArray<string | number>
type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json
const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)

/** Every place in a value, inner ones included. */
const places = (value: Json, path: Path = []): ReadonlyArray<Path> => {
  if (typeof value !== "object" || value === null) return [path]
  const entries = isList(value) ? [...value.entries()] : Object.entries(value)
  return [path, ...entries.flatMap(([key, inner]) => places(inner, [...path, key]))]
}

const valueAt = (value: Json, [first, ...rest]: Path): Json => {
  if (first === undefined) return value
  const inner = isList(value)
    ? value[Number(first)]
    : (value as { readonly [key: string]: Json })[String(first)]
  return valueAt(inner ?? null, rest)
}

const replaced = (value: Json, [first, ...rest]: Path, by: Json): Json => {
  if (first === undefined) return by
  if (isList(value)) return value.map((inner, i) => (i === first ? replaced(inner, rest, by) : inner))
  const object = value as { readonly [key: string]: Json }
  return { ...object, [String(first)]: replaced(object[String(first)] ?? null, rest, by) }
}

const pathText = (path: Path): string =>
  path.map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${key}`)).join("")

const failure = (text: string, line = 1): TraceError | null => {
  const result = decodeReply(text, line)
  return Result.isFailure(result) ? result.failure : null
}

const lines: ReadonlyArray<Line> = [
  ...Object.values(commandSamples).map((command, n): Line => ({
    n,
    in: command,
    out: Object.values(outputSamples)
  })),
  { n: 99, in: { op: "dump" }, error: "not here" },
  { n: 100, in: { op: "settle" } }
]

describe("the trace format", () => {
  it("has a sample of every command and every output", () => {
    expect(Object.keys(commandSamples)).toEqual(Object.keys(commands))
    expect(Object.keys(outputSamples)).toEqual(Object.keys(outputs))
  })

  it("reads back what it wrote, and writes it again byte for byte", () => {
    for (const line of lines) {
      const text = encodeLine(line)
      const decoded = decodeLine(text, 1)
      expect(decoded).toEqual(Result.succeed(line))
      expect(Result.isSuccess(decoded) && encodeLine(decoded.success)).toBe(text)
    }
  })

  it("writes the keys in one order, whatever order they came in", () => {
    const scrambled = '{"out":[{"event":"lid","function":1,"to":"event"}],"in":{"ms":5,"op":"advance"},"n":3}'
    const decoded = decodeLine(scrambled, 1)
    expect(Result.isSuccess(decoded) && encodeLine(decoded.success)).toBe(
      '{"n":3,"in":{"op":"advance","ms":5},"out":[{"to":"event","function":1,"event":"lid"}]}'
    )
  })

  it("refuses an unknown key at every object, naming the key [SQP-IN-1]", () => {
    for (const sample of [...Object.values(commandSamples), ...Object.values(outputSamples)]) {
      const where = "op" in sample ? ["in"] : ["out", 0]
      const line = "op" in sample ? { n: 1, in: plain(sample) } : { n: 1, out: [plain(sample)] }
      const objects = places(plain(sample)).filter((path) => {
        const value = valueAt(plain(sample), path)
        return typeof value === "object" && value !== null && !isList(value)
      })
      for (const path of objects) {
        // The rows of a dump are informative: their keys are free.
        if (pathText(path).endsWith("]") && "to" in sample && sample.to === "state") continue
        const at = [...where, ...path, "stray"]
        const text = JSON.stringify(replaced(line, at, 1))
        expect(failure(text)?.message).toBe(`line 1: ${pathText(at)}: expected no such key, got 1`)
      }
    }
  })

  it("refuses a value of the wrong kind at every place, naming the place [SQP-IN-1]", () => {
    for (const line of lines) {
      for (const path of places(plain(line))) {
        // An error may be any text; the rows of a dump are informative and hold any scalar.
        const row = /^out\[\d+\]\.(transactions|cm|groups|subscriptions|guids)\[/.test(pathText(path))
        if (path.length === 0 || path[0] === "error" || row) continue
        for (const wrong of [{ wrong: 1 }, "wrong", -1, 1.5, 2 ** 53]) {
          const fault = failure(JSON.stringify(replaced(plain(line), path, wrong)), 4)
          expect(fault, `${pathText(path)} = ${JSON.stringify(wrong)}`).not.toBeNull()
          expect(fault?.message.startsWith("line 4: ")).toBe(true)
          expect(
            pathText(path).startsWith(fault?.path ?? "?") || fault?.path.startsWith(pathText(path))
          ).toBe(true)
          expect(fault?.expected).not.toBe("")
        }
      }
    }
  })

  it("refuses a missing key of every command and output, naming it [SQP-IN-1]", () => {
    const required = {
      ingress: ["qp", "slid", "srcQp", "sl", "pkeyIndex", "grh", "mad"],
      advance: ["ms"],
      link: ["up"],
      sm: ["smLid", "smSl"]
    }
    for (const [op, keys] of Object.entries(required)) {
      for (const key of keys) {
        const command = Object.fromEntries(
          Object.entries(commandSamples[op as "ingress"]).filter(([name]) => name !== key)
        )
        expect(failure(JSON.stringify({ n: 1, in: command }))?.message).toBe(
          `line 1: in.${key}: expected this key`
        )
      }
    }
  })

  it("refuses hex of the wrong length, in capitals or of odd length [SQP-IN-1]", () => {
    const { ingress, prefix } = commandSamples
    const faultOf = (command: object) => failure(JSON.stringify({ n: 1, in: command }))?.message
    expect(faultOf({ ...prefix, subnetPrefix: "fe80" })).toBe(
      'line 1: in.subnetPrefix: expected 16 lower-case hex digits, got "fe80"'
    )
    expect(faultOf({ ...prefix, subnetPrefix: "FE80000000000000" })).toContain(
      "in.subnetPrefix: expected 16 lower-case"
    )
    expect(faultOf({ ...ingress, mad: "0" })).toContain(
      "in.mad: expected an even number of lower-case hex digits, at most 8192"
    )
    expect(faultOf({ ...ingress, mad: "00".repeat(4097) })).toContain("in.mad: expected an even number")
    expect(faultOf({ ...ingress, mad: "00".repeat(4096) })).toBeUndefined()
    expect(faultOf({ ...ingress, mad: "" })).toBeUndefined()
    const short = JSON.stringify({ n: 1, out: [{ ...outputSamples.wire, mad: "00".repeat(255) }] })
    expect(failure(short)?.message).toContain("out[0].mad: expected 512 lower-case hex digits")
  })

  it("refuses an init whose parts do not agree, naming the part [SQP-IN-1]", () => {
    const faultOf = (change: object) =>
      failure(JSON.stringify({ n: 1, in: { ...commandSamples.init, ...change } }))?.message
    expect(faultOf({ guids: ["0".repeat(16), "0".repeat(16), "0".repeat(16)] })).toContain(
      "in.guids: expected at most 2 entries"
    )
    expect(faultOf({ timing: { tidMin: 9, tidMax: 8 } })).toContain(
      "in.timing.tidMin: expected at most timing.tidMax (8), got 9"
    )
    expect(faultOf({ timing: { tidMin: 1, tidMax: 80, linger: 1, lingerMax: 2, rest: 10 } })).toContain(
      "in.timing.rest: expected at least 79"
    )
    const [none, own] = ["0".repeat(16), "00000000000000a1"]
    const admin = (...adminGuids: ReadonlyArray<string | null>) => ({ guids: [own, none], adminGuids })
    expect(faultOf(admin(none, none))).toBeUndefined()
    expect(faultOf(admin("00000000000000a2"))).toContain("in.adminGuids[0]: expected null, 0 or guids[0]")
    expect(faultOf(admin(null, own))).toContain("in.adminGuids[1]: expected a GUID that no other slot has")
    expect(faultOf(admin(null, "0200000000000002"))).toContain("expected no well-known GUID of the SA")
    expect(faultOf({ ...admin(null, none), guidCap: 1 })).toContain("expected null: the GUID table has 1 slots")
    expect(faultOf({ timing: { guidRetry: 2, guidRetryMax: 1 } })).toContain("in.timing.guidRetry: expected at most")
    expect(faultOf({ policy: { services: [{ serviceId: "0".repeat(16), function: 2 }] } })).toContain(
      "in.policy.services[0].function: expected an integer in 0..1, got 2"
    )
  })

  it("refuses a trace whose numbers have a gap or a repetition, or that does not begin with init [SQP-IN-1]", () => {
    const init = encodeLine({ n: 1, in: commandSamples.init })
    const settle = (n: number) => encodeLine({ n, in: { op: "settle" } })
    const messageOf = (text: string) =>
      Result.match(readTrace(text), { onFailure: (e) => e.message, onSuccess: (all) => all.length })
    expect(messageOf(`${init}\n${settle(2)}\n${settle(3)}\n`)).toBe(3)
    expect(messageOf(`${init.replace('"n":1', '"n":7')}\n${settle(8)}\n`)).toBe(2)
    expect(messageOf(`${init}\n${settle(2)}\n${settle(5)}\n`)).toBe(
      "line 3: n: expected 3, because the line before has 2 and each has one more, got 5"
    )
    expect(messageOf(`${init}\r\n${settle(2)}\r\n`)).toBe(2)
    expect(messageOf(`${init}\n${settle(1)}\n`)).toBe(
      "line 2: n: expected 2, because the line before has 1 and each has one more, got 1"
    )
    expect(messageOf(`${settle(1)}\n`)).toBe('line 1: in.op: expected "init" on the first line, got "settle"')
    expect(messageOf(`${init}\n${init.replace('"n":1', '"n":2')}`)).toContain(
      'line 2: in.op: expected "init" on the first line only'
    )
    expect(messageOf(`${init}\n\n${settle(2)}`)).toBe("line 2: expected JSON, but column 1 has the end of the line")
    expect(
      messageOf(
        writeTrace([
          { n: 1, in: commandSamples.init },
          { n: 2, in: { op: "start" } }
        ])
      )
    ).toBe(2)
    expect(messageOf("")).toBe(0)
  })

  it("refuses a line that is too long, without reading it [SQP-IN-1]", () => {
    expect(failure(" ".repeat(LINE_LENGTH_MAX + 1))?.message).toContain(
      `expected at most ${LINE_LENGTH_MAX} characters`
    )
  })
})

describe("any text as a trace line", () => {
  /** A refusal says where; what is accepted comes out again as the same text. */
  const holds = (text: string): void => {
    const result = decodeReply(text, 12)
    if (Result.isFailure(result)) {
      expect(result.failure.message).toMatch(/^line 12: /)
      return
    }
    const again = encodeLine(result.success)
    expect(Result.map(decodeReply(again, 1), encodeLine)).toEqual(Result.succeed(again))
  }
  const samples = lines.map((line) => encodeLine(line))
  const edited = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(12), fc.string({ maxLength: 6 }))
    .map(
      ([text, place, cut, insert]) =>
        text.slice(0, place % text.length) + insert + text.slice((place % text.length) + cut)
    )
  const grafted = fc
    .tuple(fc.constantFrom(...lines), fc.nat(), fc.jsonValue({ maxDepth: 3 }))
    .map(([line, which, value]) => {
      const all = places(plain(line))
      return JSON.stringify(replaced(plain(line), all[which % all.length] ?? [], plain(value ?? null)))
    })

  it("is accepted or refused with its place, never crashes: random text [SQP-IN-1]", () => {
    assertProperty(fc.property(fc.string({ unit: "binary", maxLength: 200 }), holds), { numRuns: 8000 })
  })
  it("is accepted or refused with its place, never crashes: random JSON [SQP-IN-1]", () => {
    assertProperty(fc.property(fc.json({ maxDepth: 4 }), holds), { numRuns: 5000 })
  })
  it("is accepted or refused with its place, never crashes: sound lines with an edit [SQP-IN-1]", () => {
    assertProperty(fc.property(edited, holds), { numRuns: 5000 })
  })
  it("is accepted or refused with its place, never crashes: sound lines with a graft [SQP-IN-1]", () => {
    assertProperty(fc.property(grafted, holds), { numRuns: 5000 })
  })
  it("is accepted or refused with its place, never crashes: deep nesting [SQP-IN-1]", () => {
    holds(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)
    holds(`{"n":1,"in":${'{"op":'.repeat(50_000)}1${"}".repeat(50_000)}}`)
    holds(`{"n":1,"out":[{"to":"state","groups":[{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}]}]}`)
  })
})
