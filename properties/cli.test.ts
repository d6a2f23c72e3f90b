import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readCapture } from "./captures.ts"

const entry = fileURLToPath(new URL("../impl/cli/main.ts", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "madmux-cli-"))
afterAll(() => rmSync(directory, { recursive: true }))

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly said: string
}

/** Runs the command as a user does: another process, no terminal. */
const madmux = (...args: ReadonlyArray<string>): Promise<Ended> => madmuxReads(null, ...args)
/** The same, with a text on standard input. */
const madmuxReads = (input: string | null, ...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: directory, stdio: ["pipe", "pipe", "pipe"], timeout: 100_000, env: { ...process.env, NO_COLOR: "1" }
    })
    let [stdout, stderr] = ["", ""]
    child.stdin.end(input ?? "")
    child.stdout.on("data", (data) => (stdout += String(data)))
    child.stderr.on("data", (data) => (stderr += String(data)))
    child.on("close", (status) => resolve({ status, stdout, said: stdout + stderr }))
  })
const file = (name: string): string => join(directory, name)

describe("madmux demo and check", () => {
  let demo: Ended
  let lines: ReadonlyArray<string>
  beforeAll(async () => {
    demo = await madmux("demo", "--json", "--trace", file("demo.jsonl"), "--seed", "7")
    lines = readFileSync(file("demo.jsonl"), "utf8").split("\n")
  })

  it("the demo reports no violation and how often the SA was contacted [SQP-CLI-1] [SQP-MC-2]", () => {
    expect(demo.status, demo.said).toBe(0)
    const report = JSON.parse(demo.stdout)
    expect(report).toMatchObject({ violations: 0, verdict: "allowed", functions: 5 })
    expect(report.saContacts).toEqual({ total: 8, multicast: 2, multicastRequests: 8 })
    expect(report.steps).toBeGreaterThan(40)
  })

  it("the demo gives every VF its own answer with its own TID, and the wire no TID twice [SQP-TID-1] [SQP-TID-2]", () => {
    const scenes: ReadonlyArray<{ readonly title: string; readonly rows: ReadonlyArray<ReadonlyArray<string>> }> =
      JSON.parse(demo.stdout).scenes
    const rows = scenes.find(({ title }) => title.includes("PathRecord"))?.rows ?? []
    expect(rows).toHaveLength(4)
    expect(new Set(rows.map((row) => row[2])).size).toBe(4)
    for (const [fn, guestTid, , receiver, restored, status] of rows) {
      expect([receiver, restored, status]).toEqual([fn, guestTid, "0x0000"])
    }
  })

  it("the trace of the demo is allowed, and with one wrong byte it is not: exit code 2, line and byte [SQP-CLI-1] [SQP-FRAME-1]", async () => {
    const at = lines.findIndex((line) => line.includes("\"to\":\"wire\"") && line.includes("\"function\":1"))
    const broken = lines.map((line, i) => {
      if (i !== at) return line
      const parsed = JSON.parse(line)
      const mad: string = parsed.out[0].mad
      parsed.out[0].mad = `${mad.slice(0, -2)}${mad.endsWith("00") ? "ff" : "00"}`
      return JSON.stringify(parsed)
    })
    writeFileSync(file("broken.jsonl"), broken.join("\n"))
    const [good, wrong] = await Promise.all([madmux("check", file("demo.jsonl")), madmux("check", file("broken.jsonl"))])
    expect(good.status, good.said).toBe(0)
    expect(good.stdout).toContain("allowed")
    expect(wrong.status, wrong.said).toBe(2)
    expect(wrong.said).toContain(`line ${at + 1}`)
    expect(wrong.said).toContain("255")
    expect(wrong.stdout).toMatch(new RegExp(`^line ${at + 1} \\(n ${at + 1}\\) +\\|-+>\\|`, "m"))
    expect(wrong.stdout).toMatch(/What it has to do with[^]*function 1 +PF context +wire[^]*\|-+>\|/)
  })

  it("a violation names the line of the file and its n, where these differ too [SQP-CLI-1]", async () => {
    const later = lines.map((line) => line.replace(/(?<=^\{"n":|"of":)\d+/g, (n) => `${Number(n) + 10}`))
    const at = later.findIndex((line) => line.includes("\"op\":\"egress\""))
    later[at] = (later[at] ?? "").replace(/"out":\[.*/, "\"out\":[]}")
    writeFileSync(file("later.jsonl"), later.join("\n"))
    const [people, machines] = await Promise.all([
      madmux("check", file("later.jsonl")), madmux("check", "--json", file("later.jsonl"))
    ])
    expect(people.status, people.said).toBe(2)
    expect(people.stdout).toContain(`line ${at + 1} (n ${at + 11}): behaviour violation`)
    expect(JSON.parse(machines.stdout).violations[0]).toMatchObject({ line: at + 1, n: at + 11 })
  })

  it("a malformed trace is refused with exit code 1, the line, the key and what was expected [SQP-CLI-1] [SQP-IN-1]", async () => {
    writeFileSync(file("odd.jsonl"), [...lines.slice(0, 2), "{\"n\":3,\"in\":{\"op\":\"advance\",\"ms\":-1}}"].join("\n"))
    writeFileSync(file("empty.jsonl"), "")
    writeFileSync(file("gap.jsonl"), [...lines.slice(0, 2), ...lines.slice(3)].join("\n"))
    writeFileSync(file("torn.jsonl"), [lines[0], lines[1]?.slice(0, 13)].join("\n"))
    const [odd, empty, gap, torn] = await Promise.all(
      ["odd", "empty", "gap", "torn"].map((name) => madmux("check", file(`${name}.jsonl`)))
    )
    if (!odd || !empty || !gap || !torn) throw new Error("four runs")
    expect(odd.status).toBe(1)
    expect(odd.said).toMatch(/line 3: in\.ms: expected .*-1/)
    expect(gap.status).toBe(1)
    expect(gap.said).toContain("line 3: n: expected 3, because the line before has 2")
    expect(torn.status).toBe(1)
    expect(torn.said).toContain("line 2: expected JSON, but column 14 has the end of the line")
    expect(empty.status).toBe(1)
    expect(empty.said).toContain("the first line of a trace is an init")
  })
})

it("check reads a FIFO and standard input like a file, and says why what cannot be read cannot [SQP-CHK-1] [SQP-CLI-1]", async () => {
  await madmux("demo", "--trace", file("piped.jsonl"))
  const text = readFileSync(file("piped.jsonl"), "utf8")
  execFileSync("mkfifo", [file("fifo")])
  const fromFifo = madmux("check", file("fifo"))
  const written = writeFile(file("fifo"), text)
  const [piped, fifo, none, folder] = await Promise.all([
    madmuxReads(text, "check", "-"), fromFifo, madmuxReads("", "check", "-"), madmux("check", directory), written
  ])
  expect([piped.status, piped.stdout.split("\n").at(-2)], piped.said).toEqual([0, "allowed"])
  expect([fifo.status, fifo.stdout.split("\n").at(-2)], fifo.said).toEqual([0, "allowed"])
  expect([none.status, folder.status]).toEqual([1, 3])
  expect(none.said).toContain("standard input: it is empty; the first line of a trace is an init")
  expect(folder.said).toContain("it is a directory")
})

it.skipIf(!existsSync("/dev/full"))("a device that is full is named in a sentence, by demo and run alike [SQP-CLI-1]", async () => {
  const ended = await Promise.all([
    madmux("demo", "--trace", "/dev/full"), madmux("run", "--seconds", "1", "--trace", "/dev/full")
  ])
  for (const { said, status } of ended) {
    expect(status, said).toBe(3)
    expect(said).toMatch(/cannot write the trace \/dev\/full: no space left on the device/)
  }
})

it("a flag without what it is to name, and a fabric that loses all, are told for what they are [SQP-CLI-1]", async () => {
  const [trace, allow, loss] = await Promise.all([
    madmux("run", "--trace", ""), madmux("check", "--allow", "", file("nowhere.jsonl")),
    madmux("run", "--loss", "100", "--seconds", "1", "--functions", "1")
  ])
  expect([trace.status, allow.status, loss.status]).toEqual([1, 1, 3])
  expect(trace.said).toContain('run: --trace "" names no file; leave it out, or name one')
  expect(allow.said).toContain('check: --allow: "" names no divergence')
  expect(loss.said).toContain("1 function on fabric")
  expect(loss.said).toContain("the fabric lost 100 % of all packets (--loss)")
})

it("check --allow refuses what is no divergence and what no line shows, by name [SQP-CHK-4]", async () => {
  const [unknown, hidden] = await Promise.all([
    madmux("check", file("nowhere.jsonl"), "--allow", "D-E1,D-X9"), madmux("check", file("nowhere.jsonl"), "--allow", "D-T5")
  ])
  expect([unknown.status, hidden.status]).toEqual([1, 1])
  expect(unknown.said).toContain("\"D-X9\" is no divergence")
  expect(hidden.said).toContain("D-T5 does not show on one line")
})

it("replay answers a trace as it was answered, and what is changed in it otherwise, naming the lines [SQP-CHK-5]", async () => {
  await madmux("demo", "--trace", file("again.jsonl"), "--seed", "3")
  const text = readFileSync(file("again.jsonl"), "utf8")
  const [same, other, none] = await Promise.all([
    madmux("replay", file("again.jsonl")),
    madmuxReads(text.replace(/"out":\[\{"to":"wire".*/, "\"out\":[]}"), "replay", "-"),
    madmuxReads("", "replay", "-")
  ])
  expect([same.status, other.status, none.status], same.said).toEqual([0, 0, 1])
  expect(same.stdout).toBe(text)
  expect(same.said).toContain("0 otherwise than in the trace")
  expect(other.stdout).toBe(text)
  expect(other.said).toMatch(/1 otherwise than in the trace \(n \d+\)/)
})

it("usage errors end with 1 and environment errors with 3, each with a sentence that says what to do [SQP-CLI-1]", async () => {
  const [nowhere, many, nonsense, empty] = await Promise.all([
    madmux("check", file("nowhere.jsonl")), madmux("run", "--functions", "256"), madmux("nonsense"), madmux("check", "")
  ])
  expect([empty.status, empty.said]).toEqual([1, expect.stringContaining("check: the name of the file is empty")])
  expect(nowhere.status, nowhere.said).toBe(3)
  expect(many.status, many.said).toBe(1)
  expect(many.said).toContain("--functions 256 is not in 1..255")
  expect(nonsense.status, nonsense.said).toBe(1)
  const [address, place] = await Promise.all([
    madmux("run", "--wire", "ibsim", "--ibsim", "nonsense", "--seconds", "1"),
    madmux("demo", "--trace", join(directory, "no", "such", "place"))
  ])
  expect(address.status, address.said).toBe(1)
  expect(place.status, place.said).toBe(3)
})

it("decode shows a captured join field by field, and refuses what is no MAD [SQP-CLI-1] [SQP-WIRE-3]", async () => {
  const mad = readCapture("sa-mc-create")
  const [decoded, odd, long] = await Promise.all([madmux("decode", mad), madmux("decode", "0102zz"), madmux("decode", `${mad}00`)])
  expect([long.status, long.said]).toEqual([1, expect.stringContaining("257 bytes are no MAD, which has 256: 1 byte too many")])
  expect(decoded.status).toBe(0)
  expect(decoded.stdout).toContain("SubnAdmSet(MCMemberRecord)")
  expect(decoded.stdout).toMatch(/JoinState +0x1/)
  expect(odd.status).toBe(1)
  expect(odd.said).toContain("not an even number of hex digits")
})

it("decode reads standard input when it is asked for - [SQP-CLI-1]", async () => {
  const spaced = readCapture("sa-mc-create").replace(/../g, "$& ").replace(/(.{48})/g, "$1\n")
  const [read, none] = await Promise.all([madmuxReads(spaced, "decode", "-"), madmux("decode", "-")])
  expect(read.status, read.said).toBe(0)
  expect(read.stdout).toContain("SubnAdmSet(MCMemberRecord)")
  expect(none.status).toBe(1)
  expect(none.said).toContain("standard input")
})

it("--json gives one JSON document, whatever is wrong with the call and wherever it stands [SQP-CLI-1]", async () => {
  const calls = [["--json"], ["run", "--functions", "x", "--json"], ["--json", "decode", "00"]]
  const [bare, ...wrong] = await Promise.all(calls.map((args) => madmux(...args)))
  expect(bare?.status, bare?.said).toBe(0)
  const { subcommands, usage } = JSON.parse(bare?.stdout ?? "")
  expect(usage).toContain("madmux")
  expect(subcommands.map(({ name }: { readonly name: string }) => name)).toEqual(expect.arrayContaining(["demo", "run", "check", "decode"]))
  for (const { said, status, stdout } of wrong) {
    expect(status, said).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: expect.stringMatching(/./), exitCode: 1 })
  }
})

it("run --help says what its guests send [SQP-CLI-1]", async () => {
  const { said, status } = await madmux("run", "--help")
  expect(status, said).toBe(0)
  for (const kind of ["SubnAdmGet(PathRecord)", "SubnAdmSet(MCMemberRecord)", "SubnAdmDelete(MCMemberRecord)"]) {
    expect(said).toContain(kind)
  }
})

it("a run that fails before its first line leaves no trace, and one that was there as it was [SQP-CLI-1]", async () => {
  const nowhere = ["run", "--wire", "ibsim", "--ibsim", "127.0.0.1:1", "--seconds", "1", "--trace"]
  writeFileSync(file("kept.jsonl"), "what was there")
  const [fresh, kept] = await Promise.all([madmux(...nowhere, file("fresh.jsonl")), madmux(...nowhere, file("kept.jsonl"))])
  expect([fresh.status, kept.status], fresh.said).toEqual([3, 3])
  expect(existsSync(file("fresh.jsonl"))).toBe(false)
  expect(readFileSync(file("kept.jsonl"), "utf8")).toBe("what was there")
})

it("a run with losses on the embedded fabric gives nobody another's answer, and its trace is allowed [SQP-MC-8] [SQP-PORT-1]", async () => {
  writeFileSync(file("run.jsonl"), "an older trace\n".repeat(100_000))
  const [recorded, live] = await Promise.all([
    madmux("run", "--seconds", "2", "--functions", "4", "--loss", "10", "--trace", file("run.jsonl"), "--json"),
    madmux("run", "--seconds", "1", "--functions", "4", "--json")
  ])
  expect(recorded.status, recorded.said).toBe(0)
  const { traffic } = JSON.parse(recorded.stdout)
  expect(traffic.answered).toBeGreaterThan(0)
  expect(traffic.strange).toBe(0)
  const checked = await madmux("check", file("run.jsonl"))
  expect(checked.stdout, checked.said).toContain("allowed")
  expect(JSON.parse(live.stdout).traffic).toMatchObject({ strange: 0, failed: 0 })
})
