import { describe, expect, it } from "vitest"
import { Child } from "./child.ts"
import { SubjectFault } from "./fault.ts"
import { oddChildren } from "./odd-children.ts"
import { Tail } from "./tail.ts"

const start = (name: keyof typeof oddChildren, timeoutMs = 5000): Child =>
  new Child(process.execPath, ["-e", oddChildren[name]], { timeoutMs })

const ask = (child: Child, n: number) => child.apply({ n, in: { op: "settle" } })

/** The fault that talking to a child for two lines, and closing it, ends in. */
const faultOf = async (child: Child): Promise<SubjectFault> => {
  const asked = await ask(child, 1).then(() => ask(child, 2)).catch((fault: unknown) => fault)
  const closed = await child.close().catch((fault: unknown) => fault)
  const fault = asked instanceof Error ? asked : closed
  if (fault instanceof SubjectFault) return fault
  throw new Error("there was no fault", { cause: fault })
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe("a program that is driven by lines", () => {
  it("is heard, with an `in` or without, and its processes are ended with it [SQP-CONF-1]", async () => {
    const child = start("isRight")
    expect(await ask(child, 1)).toEqual({ n: 1, in: { op: "settle" }, out: [] })
    expect(await ask(child, 2)).toEqual({ n: 2, in: { op: "settle" }, out: [] })
    await child.close()
  })

  it("that started another is ended with that one [SQP-CONF-1]", async () => {
    const child = start("hasChild")
    for (let n = 1; child.stderr.length === 0; n++) await ask(child, n)
    const pid = Number(child.stderr[0]?.split(" ")[1])
    expect(isRunning(pid)).toBe(true)
    await child.close()
    // Ended, though perhaps not yet waited for by who inherited it.
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false)
  })

  it.each([
    ["ends", "dead", "ended with exit code 7 before it answered n 2", ["cannot go on"]],
    ["isKilled", "dead", "was ended by SIGTERM before it answered n 2", []],
    ["closesOutput", "dead", "closed its standard output before it answered n 2", []],
    ["answersTwice", "babbling", "wrote a line nobody asked for", []],
    ["hasNoEnd", "babbling", "wrote a line of more than 1048576 characters in answer to n 2", []],
    ["saysHello", "garbage", 'answered n 2 with "Hello!": expected JSON, but column 1 has "H"', []],
    ["hasUnknownKey", "garbage", "time: expected no such key, got 3", []],
    ["hasNoOutputs", "garbage", "answered n 2 with neither out nor error", []],
    ["miscounts", "wrong-n", "was asked n 2 and answered n 3", []]
  ] as const)("that %s is reported as %s: %s [SQP-CONF-1]", async (name, kind, message, stderr) => {
    const child = start(name)
    const fault = await faultOf(child)
    expect(fault).toMatchObject({ kind, stderr })
    expect(fault.message).toContain(message)
  })

  it.each([
    ["isSilent", "silent", "did not answer n 2 in twice the 1000 ms"],
    ["isSlow", "slow", "answered n 2 later than the 1000 ms that an answer may take"],
    ["breaksOff", "slow", "began its answer to n 2 and did not end the line in twice the 1000 ms"]
  ] as const)("that %s is reported as %s once its time is over: %s [SQP-CONF-1]", async (name, kind, message) => {
    const fault = await faultOf(start(name, 1000))
    expect(fault.kind).toBe(kind)
    expect(fault.message).toContain(message)
  })

  it("that does not exist is reported as what could not be started [SQP-CONF-1]", async () => {
    const fault = await faultOf(new Child("./no-such-program", []))
    expect(fault.kind).toBe("start")
    expect(fault.message).toContain("could not be started: no such file or directory")
  })

  it("is started without a shell: what would be its words are plain arguments [SQP-CONF-1]", async () => {
    const child = new Child(process.execPath, ["-e", "console.error(process.argv[1]); process.exit(3)", "--", "$HOME; echo *"])
    const fault = await faultOf(child)
    expect(fault).toMatchObject({ kind: "dead", stderr: ["$HOME; echo *"] })
  })
})

describe("the tail of a stream", () => {
  it("keeps the last twelve lines and cuts long ones, however they come in pieces [SQP-CONF-1]", () => {
    const text = Array.from({ length: 40 }, (_, i) => `${i} ${"x".repeat(400)}`).join("\n")
    const [whole, pieces] = [new Tail(), new Tail()]
    whole.take(text)
    for (const sign of text) pieces.take(sign)
    expect(whole.lines()).toHaveLength(12)
    expect(whole.lines()[0]).toBe(`28 ${"x".repeat(297)}`)
    expect(pieces.lines()).toEqual(whole.lines())
  })
})
