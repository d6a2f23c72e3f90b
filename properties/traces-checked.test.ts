import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

const folder = new URL("./", import.meta.url)
/** The code of this folder, by its name in it; not this file. */
const files: ReadonlyMap<string, string> = new Map(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && name !== "traces-checked.test.ts")
    .map((name) => [name, readFileSync(new URL(name, folder), "utf8")])
)
const having = (pattern: RegExp): ReadonlyArray<string> =>
  [...files].filter(([, text]) => pattern.test(text)).map(([name]) => name).toSorted()

describe("every run of a PF context that writes a trace", () => {
  it("in this process has that trace judged when it is over [SQP-CHK-1]", () => {
    const runs = having(/layerRecorded\(|new FabricWorld\(/)
    expect(runs.length).toBeGreaterThan(5)
    // The soak judges what it plays (soak/batch.ts).
    const judged = having(/expectAllowed\(|[^.\w]check\(/)
    expect(runs.filter((name) => !judged.includes(name))).toEqual(["soak/fabric-run.ts"])
    expect(files.get("soak/batch.ts")).toMatch(/judge\(playFabric|playFabric\([^]*judge\(/)
  })

  it("with --trace or --pcap has its file checked in the same test file, but for files that are never written [SQP-CHK-1]", () => {
    const PATH = /"--(?:trace|pcap)", ((?:file|join)\([^)]*\)|"[^"]*"|\w+)/g
    const unwritten = ['""', '"/dev/full"', 'join(directory, "no", "such", "place")', "nowhere"]
    // The text of one is checked through a FIFO and standard input; one is a counterexample, and refused; one leads to /dev/full.
    const otherwise = ['cli.test.ts: file("piped.jsonl")', "exploration/exploration.test.ts: trace", 'capture/cli.test.ts: "full.pcapng"']
    const found = having(/"--(?:trace|pcap)"/).flatMap((name) => {
      const text = files.get(name) ?? ""
      return [...text.matchAll(PATH)].map(([, path = ""]) => ({
        name, path, isChecked: [`"check", ${path}`, `"replay", ${path}`, `expectAllowedFile(${path})`].some((call) => text.includes(call))
      }))
    })
    expect(found.length).toBeGreaterThan(8)
    const unchecked = found.filter(({ isChecked, name, path }) => !isChecked && !unwritten.includes(path) && !otherwise.includes(`${name}: ${path}`))
    expect(unchecked).toEqual([])
  })
})
