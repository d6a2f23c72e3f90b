/**
 * Loads wrong implementations beside the right one, in plain node: whatever imports the patched file, by any
 * way, is a module of the mutant's own, told apart by a query on its address; what does not is shared.
 * Nothing of this is shipped, and no file changes. Under vitest, which has a loader of its own, run it in a
 * child process.
 */
import { readFileSync } from "node:fs"
import { registerHooks } from "node:module"
import type { Line } from "../../impl/trace/line.ts"
import { importsOf, sources } from "../sources.ts"
import type { Subject } from "../subject.ts"
import type { Mutant, Patch } from "./mutant.ts"

const root = new URL("../../", import.meta.url)
const DRIVER = "impl/trace/driver.ts"
const KEY = "mutant"

/** A mutant with the files whose modules are its own. */
interface Loaded {
  readonly patch: Patch
  readonly own: ReadonlySet<string>
}

/** By the number that the addresses of their modules bear. */
const numbered: Array<Loaded> = []
let importers: ReadonlyMap<string, ReadonlyArray<string>> | null = null

/**
 * The source with the patch in its place. Throws an Error naming file and text when `find` stands there not
 * at all or more than once: the source changed, and the mutant is none any more or another.
 */
export const patched = (source: string, { file, find, replace }: Patch): string => {
  const count = find === "" ? 0 : source.split(find).length - 1
  if (count !== 1) {
    const what = `${file} has the text of the patch ${count} times, not once`
    throw new Error(`${what}; adapt the mutant to what stands there now: ${find}`)
  }
  if (find === replace) throw new Error(`the patch of ${file} changes nothing: ${find}`)
  return source.replace(find, () => replace)
}

/** The source of a file of the project with the patch of a mutant in its place. Throws as {@link patched}. */
export const patchedFile = (patch: Patch): string =>
  patched(readFileSync(new URL(patch.file, root), "utf8"), patch)

/** What vanishes with the types. */
const TYPES = /^import type\b[^"]*"[^"]+"/gm

/** The files of `impl/` that import each file as it runs. */
const importersOf = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const found = new Map<string, Array<string>>()
  for (const { path, text } of sources(["impl"], [".ts"])) {
    for (const to of importsOf({ path, text: text.replace(TYPES, "") })) {
      found.set(to, [...(found.get(to) ?? []), path])
    }
  }
  return found
}

/** A file and whatever imports it, by any way. */
const dependents = (file: string): ReadonlySet<string> => {
  importers ??= importersOf()
  const all = new Set([file])
  for (const each of all) for (const importer of importers.get(each) ?? []) all.add(importer)
  return all
}

const pathOf = (address: string): string => address.slice(root.href.length).replace(/\?.*$/, "")
const loadedOf = (address: string): readonly [string, Loaded] | null => {
  const number = address.startsWith(root.href) ? new URL(address).searchParams.get(KEY) : null
  const loaded = number === null ? undefined : numbered[Number(number)]
  return number === null || loaded === undefined ? null : [number, loaded]
}

/** From now on what a module of a mutant imports is the mutant's, if it depends on the patch. */
const hook = (): void => {
  registerHooks({
    resolve: (specifier, context, next) => {
      const resolved = next(specifier, context)
      const [number, loaded] = loadedOf(context.parentURL ?? "") ?? []
      if (loaded === undefined || !loaded.own.has(pathOf(resolved.url))) return resolved
      return { ...resolved, url: `${resolved.url}?${KEY}=${number}` }
    },
    load: (url, context, next) => {
      const module = next(url, context)
      const [, loaded] = loadedOf(url) ?? []
      return loaded?.patch.file === pathOf(url) ? { ...module, source: patchedFile(loaded.patch) } : module
    }
  })
}

/** What `impl/trace/driver.ts` of a mutant exports, as far as it is used. */
interface DriverModule {
  readonly TraceDriver: new () => { readonly apply: (line: Line) => Line }
}

const isDriverModule = (module: unknown): module is DriverModule =>
  typeof module === "object" && module !== null && "TraceDriver" in module

/**
 * Makes subjects of one wrong implementation; each is a PF context of its own. Throws as {@link patched}, and
 * an Error if the driver does not depend on the patched file.
 */
export const loadMutant = async ({ patch }: Mutant): Promise<() => Subject> => {
  patchedFile(patch)
  const own = dependents(patch.file)
  if (!own.has(DRIVER)) {
    throw new Error(`${DRIVER} does not depend on ${patch.file}: no trace shows what is wrong there`)
  }
  const number = numbered.push({ patch, own }) - 1
  if (number === 0) hook()
  const module: unknown = await import(`${root.href}${DRIVER}?${KEY}=${number}`)
  if (!isDriverModule(module)) throw new Error(`${DRIVER} exports no TraceDriver`)
  return () => {
    const driver = new module.TraceDriver()
    return { apply: (line) => driver.apply(line) }
  }
}
