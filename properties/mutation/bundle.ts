/** Puts the tests, and all of ours that they import, into one script that is loaded in milliseconds. */
import { join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { rolldown } from "rolldown"
import { parseAst } from "rolldown/parseAst"

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
 * What a test file does while it is loaded, put into a function, behind its imports: `$file(name, () => {...})`.
 * So it can run again by itself, and what it reaches is not taken for what the modules under test do while
 * they are loaded.
 */
export const wrapped = (name: string, code: string): string => {
  const imports = parseAst(code, { lang: "ts" }).body.filter(({ type }) => type === "ImportDeclaration")
  const head = imports.map(({ end, start }) => code.slice(start, end)).join("\n")
  const rest = imports.toReversed().reduce((left, { end, start }) => left.slice(0, start) + left.slice(end), code)
  return `${head}\n$file(${JSON.stringify(name)}, () => {${rest}\n});`
}

/**
 * The script: an expression of a function `(require, $active, $counts, $cover, $file) => void` that runs all
 * modules anew at each call. `$file` is given the name of each test file and what registers its tests.
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
        const cheap = cheaper(code).replaceAll("import.meta.url", place)
        return { code: id.endsWith(".test.ts") ? wrapped(relative(folder, id), cheap) : cheap, map: null }
      }
    }]
  })
  const { output: [chunk] } = await bundle.generate({ format: "cjs", codeSplitting: false })
  await bundle.close()
  const head = "(function (require, $active, $counts, $cover, $file) { const exports = {};"
  return `${head}\n${chunk.code}\n})`
}
