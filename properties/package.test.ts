import { existsSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"

const root = new URL("../", import.meta.url)
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), "utf8"))

it("every entry of the package and its command have a source, and the build starts from just these and its thread", () => {
  const { bin, exports } = read("package.json") as {
    readonly bin: Readonly<Record<string, string>>
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  }
  const built = [...Object.values(exports), ...Object.values(bin)]
    .map((entry) => (typeof entry === "string" ? entry : entry.default))
    .filter((path) => path.startsWith("./dist/"))
  const sources = built.map((path) => path.replace("./dist/", "").replace(/\.js$/, ".ts")).sort()
  expect(sources.filter((path) => !existsSync(new URL(path, root)))).toEqual([])
  const { files } = read("tsconfig.build.json") as { readonly files: ReadonlyArray<string> }
  // A thread is started by the name of its file, which no import says.
  const threads = ["properties/exploration/untaken-worker.ts"]
  expect([...files].sort()).toEqual([...sources, ...threads].sort())
})
