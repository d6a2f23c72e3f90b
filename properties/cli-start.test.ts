import { execFile, execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, expect, it } from "vitest"
import { tooOld } from "../impl/system/runtime.ts"

const entry = fileURLToPath(new URL("../impl/cli/main.ts", import.meta.url))
const directory = mkdtempSync(join(tmpdir(), "madmux-start-"))
afterAll(() => rmSync(directory, { recursive: true }))

it("a call loads the command it names and no other, the help all, each under its name [SQP-CLI-1]", () => {
  const calls = [[], ["--help"], ["--json"], ["chekc", "demo"], ["toString"], ["--json", "check", "demo"], ["-h"]]
  const table = import.meta.resolve("../impl/cli/commands.ts")
  const script = `import { commandsNamed, loadCommands } from ${JSON.stringify(table)}
    const loaded = (await loadCommands(commandsNamed([]))).map(({ name }) => name)
    console.log(JSON.stringify([loaded, ...${JSON.stringify([...calls, ["--version"]])}.map(commandsNamed)]))`
  const args = ["--input-type=module", "--eval", script]
  const [all, ...named] = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))
  expect(all).toEqual(expect.arrayContaining(["demo", "check", "serve-model"]))
  expect(named).toEqual([all, all, all, all, all, ["check"], all, []])
})

it("a runtime that is too old is named, and what is needed; the same as the package asks for [SQP-CLI-1]", () => {
  const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  expect(engines).toEqual({ node: ">=22.19" })
  expect(["22.19.0", "22.20.1", "24.0.0"].map(tooOld)).toEqual([null, null, null])
  expect(["20.20.2", "22.18.9", "9.99.0"].map(tooOld)).toEqual(["20.20.2", "22.18.9", "9.99.0"].map((version) =>
    `madmux: needs Node.js 22.19 or newer, and this is ${version}`))
})

it("compiled modules are kept in the user's cache folder, and a start needs no such place [SQP-CLI-1]", async () => {
  const start = async (folder: string, environment: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { NODE_COMPILE_CACHE: _, ...inherited } = process.env
    const env = { ...inherited, XDG_CACHE_HOME: join(directory, folder), ...environment }
    return (await promisify(execFile)(process.execPath, [entry, "--version"], { cwd: directory, env })).stdout
  }
  writeFileSync(join(directory, "file"), "")
  const uncached = start("none", { NODE_DISABLE_COMPILE_CACHE: "1" })
  const said = await Promise.all([start("kept"), uncached, start("file/below")])
  expect(said).toEqual(Array.from(said, () => expect.stringMatching(/^madmux v\d/)))
  expect(readdirSync(join(directory, "kept", "madmux"))).toHaveLength(1)
  expect(existsSync(join(directory, "none"))).toBe(false)
})
