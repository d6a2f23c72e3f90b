/** Puts the tests, and all of ours that they import, into one script that is loaded in milliseconds. */
import { join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { rolldown } from "rolldown"

const ENTRY = "madmux:all-tests"

/**
 * What StrykerJS writes before each place it may change, made cheap: `$active(12)` instead of a look-up by
 * name, and counting of what a test reaches only where it is wanted.
 */
export const cheaper = (code: string): string =>
  code
    .replace(/\bstryMutAct_9fa48\("(\d+)"\)/g, "$active($1)")
    .replace(/\bstryCov_9fa48\(((?:"\d+"(?:,\s*)?)+)\)/g, (_, ids: string) =>
      `($counts && $cover(${ids.replaceAll('"', "")}))`)

/**
 * The script: an expression of a function `(require, $active, $counts, $cover, $begin) => void` that runs all
 * modules anew at each call. `$begin` is told the name of each test file before its tests register.
 */
export const bundled = async (folder: string, files: ReadonlyArray<string>): Promise<string> => {
  const imports = files.map((file) => `import ${JSON.stringify(join(folder, file))}`).join("\n")
  const bundle = await rolldown({
    input: ENTRY,
    cwd: folder,
    platform: "node",
    treeshake: false,
    external: (id) => id !== ENTRY && !id.startsWith(".") && !id.startsWith("/"),
    logLevel: "silent",
    plugins: [{
      name: "madmux",
      resolveId: (id) => (id === ENTRY ? id : null),
      load: (id) => (id === ENTRY ? imports : null),
      transform: (code, id) => {
        if (id === ENTRY) return null
        const place = JSON.stringify(pathToFileURL(id).href)
        const head = id.endsWith(".test.ts") ? `$begin(${JSON.stringify(relative(folder, id))});` : ""
        return { code: head + cheaper(code).replaceAll("import.meta.url", place), map: null }
      }
    }]
  })
  const { output: [chunk] } = await bundle.generate({ format: "cjs", codeSplitting: false })
  await bundle.close()
  const head = "(function (require, $active, $counts, $cover, $begin) { const exports = {};"
  return `${head}\n${chunk.code}\n})`
}
