/** Wrong implementations are told from the right one by their recorded traces; spec/mutants.md says how. */
import { execFile } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"
import { cellsOf } from "../pages.ts"
import { subjects } from "../generate.ts"
import { mutants } from "./all.ts"
import { recordedAlone } from "./alone-record.ts"
import { patched, patchedFile } from "./load.ts"
import { type MutantResult, rowsOf } from "./results.ts"

const ALONE_WANTED = 30
const replayer = fileURLToPath(new URL("replay.ts", import.meta.url))
const page = readFileSync(new URL("../../spec/mutants.md", import.meta.url), "utf8")
const rows = cellsOf(page)
let results: ReadonlyArray<MutantResult> = []

beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [replayer], { maxBuffer: 2 ** 26 })
  results = JSON.parse(stdout)
}, 600_000)

describe("a mutant of the implementation", () => {
  it("has a name of its own, is about something the generator knows, and is from somewhere", () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
    expect(mutants.filter(({ about }) => !subjects.includes(about)).map(({ name }) => name)).toEqual([])
    const origin = /^(?:[ABC]\d+|D-[A-Z]+\d+|plausible: .+)$/
    expect(mutants.filter(({ source }) => !origin.test(source)).map(({ name }) => name)).toEqual([])
    const divergences = readFileSync(new URL("../../spec/divergences.md", import.meta.url), "utf8")
    const rowsThere = new Set(cellsOf(divergences).map(([id]) => id))
    const strange = mutants.filter(({ source }) => !source.startsWith("plausible") && !rowsThere.has(source))
    expect(strange.map(({ name, source }) => `${name}: ${source}`)).toEqual([])
  })

  it("is a source with one place changed, which is there once, or loading it fails loudly [SQP-MUT-2]", () => {
    for (const { patch } of mutants) expect(patchedFile(patch)).not.toBe("")
    const patch = { file: "a.ts", find: "one", replace: "two" }
    expect(patched("x one y", patch)).toBe("x two y")
    expect(() => patched("x y", patch)).toThrow("a.ts has the text of the patch 0 times, not once")
    expect(() => patched("one one", patch)).toThrow("a.ts has the text of the patch 2 times, not once")
    expect(() => patched("one", { ...patch, replace: "one" })).toThrow("changes nothing")
  })

  it("has a recorded trace, and there is no other trace [SQP-MUT-1]", () => {
    const traces = readdirSync(new URL("traces/", import.meta.url)).sort()
    expect(traces).toEqual(mutants.map(({ name }) => `${name}.jsonl`).sort())
    expect(results.map(({ name }) => name)).toEqual(mutants.map(({ name }) => name))
  })

  it("is refused under its trace, and the right implementation is allowed under it [SQP-MUT-1]", () => {
    for (const { name, right, skipped, text, wrong } of results) {
      const must = { name, wrong: "violation", right: "allowed", skipped: 0, text }
      expect({ name, wrong, right, skipped, text }).toEqual(must)
    }
  })

  it("is often caught by the invariants alone, which see nothing wrong in the right one [SQP-MUT-3]", () => {
    expect(results.filter(({ falseAlarms }) => falseAlarms.length > 0).map(({ name }) => name)).toEqual([])
    expect(results.filter(({ alone }) => alone.length > 0).length).toBeGreaterThanOrEqual(ALONE_WANTED)
  })

  it("breaks the invariants that the record says, anywhere in its run [SQP-MUT-4]", () => {
    const recorded = recordedAlone().implementations
    // Other invariants tell a mutant than before: run `npm run mutants:alone`.
    expect(results.map(({ broken, name }) => ({ name, broken: [...broken].sort() }))).toEqual(recorded)
  })

  it("stands on the page with its source, the rule that refuses it and the length of its trace [SQP-MUT-1]", () => {
    const text = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`
    const ofPage = rows.filter(([name]) => mutants.some((mutant) => mutant.name === name)).map(text)
    expect(ofPage).toEqual(rowsOf(mutants, results))
  })
})
