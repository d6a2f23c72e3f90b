import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { realPart } from "../real/required.ts"
import { oddChildren } from "./odd-children.ts"

const python = realPart("python3")

const entry = fileURLToPath(new URL("../../impl/cli/main.ts", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "madmux-conform-"))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string): string => join(directory, name)

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const conform = (...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, "conform", ...args], {
      cwd: directory, stdio: ["ignore", "pipe", "pipe"], timeout: 100_000, env: { ...process.env, NO_COLOR: "1" }
    })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (data) => (stdout += String(data)))
    child.stderr.on("data", (data) => (stderr += String(data)))
    child.on("close", (status) => resolve({ status, stdout, stderr }))
  })

describe("madmux conform", () => {
  it("says of our own implementation, in a process of its own, that it is allowed [SQP-CONF-2] [SQP-CLI-1]", async () => {
    const { status, stderr, stdout } = await conform(
      "--area", "cm", "--runs", "2", "--seed", "4", "--timeout", "60000", "--", process.execPath, entry, "serve-reference"
    )
    expect([status, stderr]).toEqual([0, ""])
    expect(stdout).toMatch(/^area +sequences +lines +verdict\ncm +2 +\d+ +allowed$/m)
  })

  it("allows the model, whatever it does with its freedom, in a process of its own [SQP-CONF-2] [SQP-SERVE-2]", async () => {
    const served = [["serve-model", "--seed", "7"], ["serve-model", "--contrarian", "--seed", "7"]]
    for (const serve of served) {
      const asked = ["--area", "everything,guids", "--runs", "1", "--seed", "4", "--timeout", "60000", "--json"]
      const { status, stderr, stdout } = await conform(...asked, "--", process.execPath, entry, ...serve)
      expect([status, stderr]).toEqual([0, ""])
      expect(JSON.parse(stdout)).toMatchObject({ verdict: "allowed", allow: [], areas: [{ runs: 1 }, { runs: 1, waived: {} }] })
    }
  })

  it.skipIf(!python.present)("tells who starts from the adapter of the page what comes first [SQP-CONF-2]", async () => {
    const page = readFileSync(new URL("../../spec/conform.md", import.meta.url), "utf8")
    const [, adapter = ""] = /```python\n([^`]+)```/.exec(page) ?? []
    expect(adapter.split("\n").length).toBeLessThan(36)
    writeFileSync(file("adapter.py"), adapter)
    const asked = ["--area", "transactions", "--runs", "1", "--seed", "1", "--timeout", "60000"]
    const { status, stdout } = await conform(...asked, "--", "python3", file("adapter.py"))
    expect(status).toBe(2)
    expect(stdout).toContain("the implementation refused this command: not done yet: start")
  })

  it("writes what failed as text, JUnit, and a trace that it does again [SQP-CONF-3] [SQP-CLI-1]", async () => {
    const child = ["--", process.execPath, "-e", oddChildren.saysHello]
    const asked = ["--area", "services", "--seed", "4", "--junit", file("junit.xml"), "--traces", file("traces"), "--timeout", "4000", ...child]
    const first = await conform(...asked)
    expect(first.status).toBe(2)
    expect(first.stdout).toContain("garbage: the implementation answered with what is no line of the format")
    expect(first.stdout).toMatch(/^Again: .* conform --area services --replay .*\/traces\/services.jsonl --timeout 4000 -- /m)
    expect(readFileSync(file("junit.xml"), "utf8")).toContain('<testsuite name="madmux conform" tests="1" failures="0" errors="1">')
    const lines = readFileSync(file("traces/services.jsonl"), "utf8").trim().split("\n")
    expect(lines.map((line) => JSON.parse(line).in.op)[0]).toBe("init")
    const again = await conform("--json", "--area", "services", "--replay", file("traces/services.jsonl"), ...child)
    expect(again.status).toBe(2)
    const text = await conform("--area", "services", "--replay", file("traces/services.jsonl"), ...child)
    expect(text.stdout).toMatch(/^Again: .* conform --area services --replay .*\/traces\/services.jsonl -- /m)
    expect(text.stdout).toMatch(/^madmux conform: .*\/traces\/services.jsonl$/m)
    expect(JSON.parse(again.stdout)).toMatchObject({
      verdict: "fault", areas: [{ area: "services", finding: { outcome: { kind: "garbage" } } }]
    })
  })

  it("names every flag that changes what happens in the call that does it again, and loses nothing if a file is full [SQP-CONF-3]", async () => {
    const asked = ["--length", "9", "--without", "link", "--shrinks", "0", "--allow", "D-I1", "--drops", "--timeout", "4000"]
    const child = ["--", process.execPath, "-e", oddChildren.saysHello]
    const full = existsSync("/dev/full") ? ["--junit", "/dev/full"] : []
    const { status, stderr, stdout } = await conform("--area", "cm", "--seed", "4", ...asked, ...full, ...child)
    expect(stdout).toContain(`conform --area cm --seed 4 --run 1 ${asked.join(" ")} -- `)
    expect([status, stderr]).toEqual(full.length === 0
      ? [2, expect.stringContaining("fault")]
      : [3, expect.stringContaining("conform: cannot write /dev/full: no space left on the device")])
  })

  it.each([
    [1, "--area nothing is none; there are all, everything, ", ["--area", "nothing", "--", "true"]],
    [1, "--runs 0 is not in 1..1000000", ["--runs", "0", "--", "true"]],
    [1, 'conform: --allow: "D-X1" is no divergence of spec/divergences.md; those that can be waived are D-E1, ', ["--allow", "D-X1", "--", "true"]],
    [1, "conform: --allow: D-M1 does not show on one line of a trace and cannot be waived", ["--allow", "D-E1,D-M1", "--", "true"]],
    [1, "--without init is no command that can be left out", ["--without", "init", "--", "true"]],
    [3, "conform: ./nowhere could not be started: no such file or directory", ["--runs", "1", "--", "./nowhere"]],
    [3, "conform: cannot write no/junit.xml: no such file or directory", ["--junit", "no/junit.xml", "--", "./nowhere"]],
    [3, "conform: cannot make /dev/null/traces: ", ["--traces", "/dev/null/traces", "--", "./nowhere"]],
    [3, "cannot read none.jsonl: no such file or directory", ["--replay", "none.jsonl", "--", "true"]]
  ])("ends with exit code %i and says what is wrong: %s [SQP-CLI-1]", async (code, text, args) => {
    const { status, stderr, stdout } = await conform(...args)
    expect([status, stdout]).toEqual([code, ""])
    expect(stderr).toContain(text)
  })
})
