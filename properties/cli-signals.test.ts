/** A command that is ended by a signal: its exit code, whole lines in what it wrote, and no process left behind. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, afterEach, expect, it } from "vitest"
import { encodeLine } from "../impl/trace/line.ts"
import { longTrace } from "./long-trace.ts"

const entry = fileURLToPath(new URL("../impl/cli/main.ts", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "madmux-signals-"))
const file = (name: string): string => join(directory, name)
const children: Array<ChildProcess> = []
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")))
afterAll(() => rmSync(directory, { recursive: true }))

const madmux = (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [entry, ...args], { cwd: directory, stdio: ["pipe", "ignore", "pipe"] })
  children.push(child)
  return child
}

/** Ends it by a signal: exit code and signal, as its parent sees them. */
const endedBy = async (child: ChildProcess, signal: NodeJS.Signals): Promise<ReadonlyArray<unknown>> => {
  child.kill(signal)
  return await once(child, "exit")
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it("SIGTERM ends a run with 143, and its trace has whole lines that check allows [SQP-CLI-1]", async () => {
  const child = madmux("run", "--seconds", "600", "--trace", "run.jsonl")
  // It is under way when it tells how far it is.
  await once(child.stderr, "data")
  expect(await endedBy(child, "SIGTERM")).toEqual([143, null])
  const text = readFileSync(file("run.jsonl"), "utf8")
  expect(text.endsWith("}\n")).toBe(true)
  const numbers = text.trimEnd().split("\n").map((line) => JSON.parse(line).n)
  expect(numbers.length).toBeGreaterThan(10)
  expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  expect(await once(madmux("check", "run.jsonl"), "exit")).toEqual([0, null])
})

it("SIGINT ends conform with 130, and the program it drives with what that one started [SQP-CLI-1] [SQP-CONF-1]", async () => {
  const program = `sleep 900 & echo $$ $! > ${file("half")}; mv ${file("half")} ${file("pids")}; wait`
  const child = madmux("conform", "--area", "cm", "--timeout", "600000", "--", "sh", "-c", program)
  while (!existsSync(file("pids"))) await sleep(50)
  const pids = readFileSync(file("pids"), "utf8").trim().split(" ").map(Number)
  expect(pids.map(isAlive)).toEqual([true, true])
  expect(await endedBy(child, "SIGINT")).toEqual([130, null])
  for (let i = 0; i < 100 && pids.some(isAlive); i++) await sleep(50)
  expect(pids.map(isAlive)).toEqual([false, false])
})

it("SIGINT ends check with 130 while it waits for more of a trace [SQP-CLI-1]", async () => {
  const child = madmux("check", "-")
  child.stdin.on("error", () => {})
  const told = once(child.stderr, "data")
  let isTold = false
  void told.then(() => (isTold = true))
  for (const line of longTrace(100_000)) {
    if (isTold) break
    child.stdin.write(`${encodeLine(line)}\n`)
    await sleep(20)
  }
  expect(String(await told)).toMatch(/^check: \d+ lines in \d+ s\n/)
  expect(await endedBy(child, "SIGINT")).toEqual([130, null])
})
