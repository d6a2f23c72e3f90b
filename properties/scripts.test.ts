/** The scripts of `npm run`: a wrong call and a file that cannot be written are told in a sentence, before anything is done. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a script as `npm run` does, from the folder of the project. */
const script = (path: string, ...args: ReadonlyArray<string>): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(path, import.meta.url)), ...args], {
      cwd: fileURLToPath(new URL("..", import.meta.url)), stdio: ["ignore", "pipe", "pipe"], timeout: 100_000
    })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (data) => (stdout += String(data)))
    child.stderr.on("data", (data) => (stderr += String(data)))
    child.on("close", (status) => resolve({ status, stdout, stderr }))
  })

const nowhere = join(tmpdir(), "madmux", "no", "such", "folder", "report")
const unwritable = `: cannot write ${nowhere}: no such file or directory\n`

describe("a script", () => {
  it.each([
    ["mutants/discover.ts", 1, 'mutants: there is no mutant "wire-tid"; like it are retransmission-with-another-wire-tid, ', ["wire-tid"]],
    ["mutants/alone.ts", 1, 'mutants:alone: no wrong model and no wrong implementation has "nonsense" in', ["nonsense"]],
    ["explore-all.ts", 3, `explore:all${unwritable}`, ["--report", nowhere]],
    ["soak/main.ts", 3, `soak${unwritable}`, ["--minutes", "10", "--report", nowhere]],
    ["soak/merge.ts", 1, "soak:merge: there is no report to merge; name the files\n\nnpm run soak:merge -- FILE", []]
  ])("%s that cannot do what it is asked ends at once with %i and says why [SQP-CLI-1]", async (path, code, text, args) => {
    const { status, stderr, stdout } = await script(path, ...args)
    expect([status, stdout]).toEqual([code, ""])
    expect(stderr).toContain(text)
    expect(stderr).not.toContain("    at ")
  })
})

it("mutants:alone judges only what has a part of its title or name, and writes nothing [SQP-MUT-4]", async () => {
  const files = ["mutants/alone.json", "../spec/mutants.md"].map((file) => new URL(file, import.meta.url))
  const texts = () => files.map((file) => readFileSync(file, "utf8"))
  const before = texts()
  const { status, stderr, stdout } = await script("mutants/alone.ts", "restores only the low half", "wire-tid-of-64")
  expect([status, stderr]).toEqual([0, ""])
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^restores only the low half of the guest TID: .*SQP-TID-2 .* in \d+ states of tid\//),
    expect.stringMatching(/^wire-tid-of-64-bits: SQP-TID-7 /),
    expect.stringMatching(/^judged 1 of \d+ wrong models, of which 1 die, and 1 of \d+ wrong implementations; nothing is written$/),
    ""
  ])
  expect(texts()).toEqual(before)
})
