import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Result from "effect/Result"
import { afterEach, describe, expect, it } from "vitest"
import fc from "fast-check"
import { decodeReply, encodeLine, type Line, LINE_LENGTH_MAX, type Reply } from "../../impl/trace/line.ts"
import { LineServer } from "../../impl/trace/server.ts"
import { LineSplitter } from "../../impl/trace/split.ts"
import { play, scenarios } from "../generate.ts"
import { assertProperty } from "../run.ts"
import { reference } from "../subject.ts"

const entry = fileURLToPath(new URL("../../impl/cli/main.ts", import.meta.url))
const scenario = fc.sample(scenarios(40), { numRuns: 1, seed: 7 })[0]
if (scenario === undefined) throw new Error("a scenario")
const lines = play(scenario, reference())
const input = ({ in: command, n }: Line): string => encodeLine({ n, in: command })
const output = ({ error, n, out }: Line): string => encodeLine({ n, ...(out && { out }), ...(error !== undefined && { error }) })

const parsed = (text: string): Reply => {
  const reply = decodeReply(text, 1)
  if (Result.isFailure(reply)) throw new Error(reply.failure.message)
  return reply.success
}

describe("the server of the reference protocol", () => {
  it("answers each line with what the PF context does, and recorded outputs are not read [SQP-SERVE-1]", () => {
    for (const sent of [lines.map(input), lines.map((line) => encodeLine(line))]) {
      const server = new LineServer(reference())
      expect(sent.map((text) => server.answer(text))).toEqual(lines.map(output))
    }
  })

  it("answers what is no line by an error that says why, and goes on as if it had not come [SQP-SERVE-1] [SQP-IN-1]", () => {
    const server = new LineServer(reference())
    const garbage = ["", "{", "null", "[]", "7", "\"x\"", "{\"n\":1}", "{\"n\":9,\"in\":{\"op\":\"fly\"}}", "\u0000", "x".repeat(LINE_LENGTH_MAX + 5)]
    for (const line of lines) {
      for (const text of garbage) expect(parsed(server.answer(text)).error).toMatch(/expected/)
      expect(server.answer(input(line))).toBe(output(line))
    }
  })

  it("answers under the number of a line that has one, else under the next number [SQP-SERVE-1]", () => {
    const server = new LineServer(reference())
    expect(parsed(server.answer("{\"n\":5}"))).toMatchObject({ n: 5, error: expect.stringContaining("in") })
    expect(parsed(server.answer("no JSON")).n).toBe(0)
    expect(server.answer(input(lines[0] ?? { n: 1, in: { op: "start" } }))).toContain("\"out\"")
    expect(parsed(server.answer("no JSON")).n).toBe(2)
    expect(parsed(server.answer(input({ n: 1, in: { op: "start" } }))).error).toContain("expected more than 1")
    expect(parsed(server.answer(input({ n: 7, in: { op: "start" } }))).out).not.toHaveLength(0)
  })

  it("answers whatever bytes come, one line for each, and each answer can be read [SQP-SERVE-1] [SQP-IN-1]", () => {
    const server = new LineServer(reference())
    const mangled = fc.tuple(fc.constantFrom(...lines.map(input)), fc.nat(), fc.string({ maxLength: 4 }))
      .map(([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice((at % text.length) + 1))
    assertProperty(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), mangled), (text) => {
        const reply = parsed(server.answer(text))
        expect((reply.out === undefined) !== (reply.error === undefined)).toBe(true)
      }),
      { numRuns: 400 }
    )
  })

  it("answers what makes an implementation fail by an error, and the next line too [SQP-SERVE-1]", () => {
    const subject = reference()
    const server = new LineServer({
      apply: (line) => {
        if (line.in.op === "reregister") throw new Error("out of luck")
        return subject.apply(line)
      }
    })
    const [init, start] = [lines[0], lines[1]]
    if (init === undefined || start === undefined) throw new Error("two lines")
    expect(server.answer(input(init))).toBe(output(init))
    expect(parsed(server.answer(input({ n: 2, in: { op: "reregister" } }))).error).toContain("out of luck")
    expect(parsed(server.answer(input({ n: 3, in: start.in }))).out).toBeDefined()
  })
})

it("lines are the same however their bytes are cut into pieces, and a long one is kept short [SQP-SERVE-1]", () => {
  const texts = fc.array(fc.string({ unit: "grapheme" }).filter((text) => !/[\r\n]/.test(text)))
  assertProperty(
    fc.property(texts, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), fc.boolean(), fc.boolean(), (all, sizes, isReturned, isEnded) => {
      const bytes = Buffer.from(all.join(isReturned ? "\r\n" : "\n") + (isEnded && all.length > 0 ? "\n" : ""))
      const splitter = new LineSplitter()
      const got: Array<string> = []
      for (let at = 0; at < bytes.length;) {
        const size = sizes.next().value
        got.push(...splitter.push(bytes.subarray(at, at + size)))
        at += size
      }
      const rest = splitter.end()
      if (rest !== null) got.push(rest)
      expect(got).toEqual(!isEnded && all.at(-1) === "" ? all.slice(0, -1) : all)
    })
  )
  const splitter = new LineSplitter()
  const part = Buffer.alloc(LINE_LENGTH_MAX, "a")
  for (let i = 0; i < 20; i++) expect(splitter.push(part)).toEqual([])
  const [long = "", next] = splitter.push(Buffer.from("\nshort\n"))
  expect(long.length).toBe(LINE_LENGTH_MAX + 1)
  expect(next).toBe("short")
})

describe("madmux serve-reference", () => {
  const children: Array<ChildProcessWithoutNullStreams> = []
  afterEach(() => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL")
  })
  const serve = (): ChildProcessWithoutNullStreams => {
    const child = spawn(process.execPath, [entry, "serve-reference"], { stdio: "pipe" })
    children.push(child)
    return child
  }
  /** What it says on standard error and how it ends; a signal is no status. */
  const ended = async (child: ChildProcessWithoutNullStreams): Promise<{ readonly status: unknown; readonly said: string }> => {
    let said = ""
    child.stderr.on("data", (data) => (said += String(data)))
    const [status] = await once(child, "close")
    return { status, said }
  }

  it("answers a line before the next is sent, garbage too, and ends with its input [SQP-SERVE-1] [SQP-CLI-1]", async () => {
    const child = serve()
    const end = ended(child)
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const ask = async (text: string): Promise<unknown> => {
      child.stdin.write(`${text}\n`)
      return (await replies.next()).value
    }
    for (const line of lines.slice(0, 20)) {
      expect(await ask("garbage")).toContain("\"error\"")
      expect(await ask(input(line))).toBe(output(line))
    }
    // The last line may lack its end.
    child.stdin.end("{\"n\":999}")
    expect((await replies.next()).value).toContain("\"n\":999,\"error\"")
    expect(await end).toEqual({ status: 0, said: "" })
  })

  it("ends without a word when whoever reads its answers has gone [SQP-SERVE-1] [SQP-CLI-1]", async () => {
    const child = serve()
    const end = ended(child)
    child.stdin.on("error", () => {})
    child.stdin.write(`${input(lines[0] ?? { n: 1, in: { op: "start" } })}\n`)
    await once(child.stdout, "data")
    child.stdout.destroy()
    await once(child.stdout, "close")
    child.stdin.write("garbage\n".repeat(1000))
    expect(await end).toEqual({ status: 0, said: "" })
  })
})
