import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, expect, it } from "vitest"
import { readCapture } from "./captures.ts"

const entry = fileURLToPath(new URL("../impl/cli/main.ts", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "madmux-cli-"))
afterAll(() => rmSync(directory, { recursive: true }))

const madmux = (...args: ReadonlyArray<string>) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [entry, ...args], {
    cwd: directory, encoding: "utf8", timeout: 60_000, env: { ...process.env, NO_COLOR: "1" }
  })
  return { status, stderr, stdout, said: stdout + stderr }
}
const trace = (name: string) => join(directory, name)

it("the demo reports no violation, the SA contacts, and a trace that its own check allows [SQP-CLI-1] [SQP-MC-2]", () => {
  const demo = madmux("demo", "--json", "--trace", trace("demo.jsonl"))
  expect(demo.status, demo.said).toBe(0)
  const report = JSON.parse(demo.stdout)
  expect(report).toMatchObject({ violations: 0, verdict: "allowed", functions: 5 })
  expect(report.saContacts).toEqual({ total: 6, multicast: 2, multicastRequests: 8 })
  expect(report.steps).toBeGreaterThan(40)
  const check = madmux("check", trace("demo.jsonl"))
  expect(check.status, check.said).toBe(0)
  expect(check.stdout).toContain("allowed")
})

it("the demo gives every VF its own answer with its own TID, and the wire never a TID twice [SQP-TID-1] [SQP-TID-2]", () => {
  const demo = madmux("demo", "--json", "--trace", trace("demo2.jsonl"), "--seed", "7")
  const scenes: ReadonlyArray<{ readonly title: string; readonly rows: ReadonlyArray<ReadonlyArray<string>> }> =
    JSON.parse(demo.stdout).scenes
  const rows = scenes.find(({ title }) => title.includes("PathRecord"))?.rows ?? []
  expect(rows).toHaveLength(4)
  expect(new Set(rows.map((row) => row[2])).size).toBe(4)
  for (const [fn, guestTid, , receiver, restored, status] of rows) {
    expect([receiver, restored, status]).toEqual([fn, guestTid, "0x0000"])
  }
})

it("a trace with a wrong byte is found wrong with exit code 2, the line and the bytes [SQP-CLI-1] [SQP-FRAME-1]", () => {
  madmux("demo", "--trace", trace("good.jsonl"))
  const lines = readFileSync(trace("good.jsonl"), "utf8").split("\n")
  const at = lines.findIndex((line) => line.includes("\"to\":\"wire\"") && line.includes("\"function\":1"))
  const broken = lines.map((line, i) => {
    if (i !== at) return line
    const parsed = JSON.parse(line)
    const mad: string = parsed.out[0].mad
    parsed.out[0].mad = `${mad.slice(0, -2)}${mad.endsWith("00") ? "ff" : "00"}`
    return JSON.stringify(parsed)
  })
  writeFileSync(trace("broken.jsonl"), broken.join("\n"))
  const check = madmux("check", trace("broken.jsonl"))
  expect(check.status, check.said).toBe(2)
  expect(check.said).toContain(`line ${at + 1}`)
  expect(check.said).toContain("255")
})

it("a malformed trace line is refused with exit code 1, the line, the key and what was expected [SQP-CLI-1] [SQP-IN-1]", () => {
  madmux("demo", "--trace", trace("fine.jsonl"))
  const lines = readFileSync(trace("fine.jsonl"), "utf8").split("\n")
  writeFileSync(trace("odd.jsonl"), [...lines.slice(0, 2), "{\"n\":3,\"in\":{\"op\":\"advance\",\"ms\":-1}}"].join("\n"))
  const odd = madmux("check", trace("odd.jsonl"))
  expect(odd.status).toBe(1)
  expect(odd.said).toMatch(/line 3: in\.ms: expected .*-1/)
  writeFileSync(trace("empty.jsonl"), "")
  expect(madmux("check", trace("empty.jsonl")).said).toContain("the first line of a trace is an init")
})

it("usage errors end with 1 and environment errors with 3, each with a sentence that says what to do [SQP-CLI-1]", () => {
  expect(madmux("check", trace("nowhere.jsonl"))).toMatchObject({ status: 3 })
  expect(madmux("run", "--functions", "256")).toMatchObject({ status: 1 })
  expect(madmux("run", "--functions", "256").said).toContain("--functions 256 is not in 1..255")
  expect(madmux("run", "--wire", "ibsim", "--ibsim", "nonsense", "--seconds", "1")).toMatchObject({ status: 1 })
  expect(madmux("demo", "--trace", join(directory, "no", "such", "place"))).toMatchObject({ status: 3 })
  expect(madmux("nonsense")).toMatchObject({ status: 1 })
})

it("decode shows a captured join field by field, and refuses what is no MAD [SQP-CLI-1] [SQP-WIRE-3]", () => {
  const decoded = madmux("decode", readCapture("sa-mc-create"))
  expect(decoded.status).toBe(0)
  expect(decoded.stdout).toContain("SubnAdmSet(MCMemberRecord)")
  expect(decoded.stdout).toMatch(/JoinState +0x1/)
  const json = JSON.parse(madmux("decode", "--json", readCapture("sa-mc-create")).stdout)
  expect(json).toMatchObject({ ok: true, attribute: "MCMemberRecord" })
  expect(madmux("decode", "0102zz")).toMatchObject({ status: 1 })
  expect(madmux("decode", "0102").said).toContain("2 bytes are no MAD")
})

it("a run with losses on the embedded fabric asks again, loses nobody's answer to another, and its trace is allowed [SQP-MC-8] [SQP-PORT-1]", () => {
  const run = madmux("run", "--seconds", "2", "--functions", "4", "--loss", "10", "--trace", trace("run.jsonl"), "--json")
  expect(run.status, run.said).toBe(0)
  const { traffic } = JSON.parse(run.stdout)
  expect(traffic.answered).toBeGreaterThan(0)
  expect(traffic.strange).toBe(0)
  expect(madmux("check", trace("run.jsonl")).stdout).toContain("allowed")
  const live = madmux("run", "--seconds", "1", "--functions", "4", "--json")
  expect(JSON.parse(live.stdout).traffic).toMatchObject({ strange: 0, failed: 0 })
})
