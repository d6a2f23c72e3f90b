import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { realPart } from "../real/required.ts"

const entry = fileURLToPath(new URL("../../impl/cli/main.ts", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "madmux-captures-"))
afterAll(() => rmSync(directory, { recursive: true }))
const file = (name: string): string => join(directory, name)
const tshark = realPart("tshark")

interface Ended {
  readonly status: number | null
  readonly said: string
}

/** Runs the command with something on standard input, and its standard output heard or sent to a file. */
const madmux = (args: ReadonlyArray<string>, { input, into = "" }: { readonly input?: Uint8Array; readonly into?: string } = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd: directory, stdio: ["pipe", into === "" ? "pipe" : openSync(into, "w"), "pipe"], timeout: 100_000,
      env: { ...process.env, NO_COLOR: "1" }
    })
    let said = ""
    child.stdin?.end(input ?? "")
    child.stdout?.on("data", (data) => (said += String(data)))
    child.stderr?.on("data", (data) => (said += String(data)))
    child.on("close", (status) => resolve({ status, said }))
  })

describe("madmux demo --pcap and check", () => {
  let demo: Ended
  let capture: Buffer
  beforeAll(async () => {
    demo = await madmux(["demo", "--trace", "demo.jsonl", "--pcap", "demo.pcapng"])
    capture = readFileSync(file("demo.pcapng"))
  })

  it("the capture of the demo is allowed, from a file and from standard input; with one wrong byte it is refused [SQP-CHK-6]", async () => {
    expect(demo.said).toContain("Capture: demo.pcapng   check it: ")
    // The last byte of the first PathRecord query on the wire, at the end of its block but for its CRCs, flags and lengths.
    const broken = Uint8Array.from(capture)
    const query = capture.indexOf("0103020100000000", 4000, "hex")
    broken.set([0x5a], query + 255)
    writeFileSync(file("broken.pcapng"), broken)
    const sidecar = ["--init", "demo.pcapng.init.jsonl"]
    const [good, piped, wrong, lost] = await Promise.all([
      madmux(["check", "demo.pcapng"]), madmux(["check", "-", ...sidecar], { input: capture }),
      madmux(["check", "broken.pcapng", ...sidecar]), madmux(["check", "broken.pcapng"])
    ])
    expect(good).toMatchObject({ status: 0, said: expect.stringContaining("allowed") })
    expect(piped).toMatchObject({ status: 0, said: expect.stringContaining("standard input: ") })
    expect(wrong.status, wrong.said).toBe(2)
    expect(wrong.said).toMatch(/packet \d+, then packet \d+: frame violation \(SQP-FRAME-1\)[^]*byte 255/)
    expect(lost.status, lost.said).toBe(3)
    expect(lost.said).toContain("broken.pcapng.init.jsonl: no such file or directory; a capture needs a sidecar")
  })

  it.skipIf(!tshark.present)("tshark reads every packet of it, on both sides and in both directions [SQP-CHK-6] [SQP-WIRE-4]", () => {
    if (!tshark.present) return
    const fields = ["frame.interface_name", "frame.packet_flags_direction", "infiniband.mad.transactionid"]
    const text = execFileSync(tshark.path, ["-n", "-r", file("demo.pcapng"), "-T", "fields", ...fields.flatMap((field) => ["-e", field])], {
      encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory }
    })
    const rows = text.trimEnd().split("\n").map((row) => row.split("\t"))
    const mads = readFileSync(file("demo.jsonl"), "utf8").match(/"mad":/g)?.length ?? 0
    expect(rows).toHaveLength(mads)
    expect(new Set(rows.map(([side, direction]) => `${side} ${direction}`)).size).toBe(4)
    expect(rows.filter(([, , tid]) => /^0x[0-9a-f]{16}$/.test(tid ?? ""))).toHaveLength(mads)
  })

  it("a sidecar that is checked for its capture is told to be one, and none is left beside a capture that cannot be written [SQP-CHK-7]", async () => {
    const sidecar = await madmux(["check", "demo.pcapng.init.jsonl"])
    expect(sidecar.status).toBe(2)
    expect(sidecar.said).toContain("its lines say when they were, as those of the sidecar of a capture do")
    if (!existsSync("/dev/full")) return
    // By a name beside which a sidecar may be written.
    symlinkSync("/dev/full", file("full.pcapng"))
    const full = await madmux(["demo", "--pcap", "full.pcapng"])
    expect(full.status, full.said).toBe(3)
    expect(full.said).toContain("cannot write the capture full.pcapng: no space left on the device")
    expect(existsSync(file("full.pcapng.init.jsonl"))).toBe(false)
  })

  it("what is given wrongly is told in a sentence, with its exit code [SQP-CHK-7] [SQP-CLI-1]", async () => {
    writeFileSync(file("cut.pcapng"), capture.subarray(0, 5000))
    const calls: ReadonlyArray<readonly [number, string, ReadonlyArray<string>]> = [
      [1, "it ends within packet", ["check", "cut.pcapng", "--init", "demo.pcapng.init.jsonl"]],
      [1, "--init belongs to a capture", ["check", "demo.jsonl", "--init", "demo.pcapng.init.jsonl"]],
      [1, "it is a capture", ["replay", "demo.pcapng"]]
    ]
    await Promise.all(calls.map(async ([status, text, args]) => {
      const ended = await madmux(args)
      expect(ended.status, ended.said).toBe(status)
      expect(ended.said).toContain(text)
    }))
    const [checked, replayed] = await Promise.all(["check", "replay"].map((name) => madmux([name, "demo.jsonl"], { into: "/dev/full" })))
    for (const ended of [checked, replayed]) {
      expect(ended).toEqual({ status: 3, said: expect.stringContaining("cannot write to standard output: no space left on the device") })
    }
  })
})
