/** The project's own source files, for the tests that read them. */
import { readdirSync, readFileSync } from "node:fs"

const root = new URL("../", import.meta.url)

/** A file with its path from the root of the project. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** All files of some folders whose names end in one of the endings, by path. */
export const sources = (
  folders: ReadonlyArray<string>,
  endings: ReadonlyArray<string>
): ReadonlyArray<Source> =>
  folders
    .flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true }).map((name) => `${folder}/${String(name)}`)
    )
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, root), "utf8") }))

/** The modules a TypeScript source imports: paths from the root for our own, names for packages. */
export const importsOf = ({ path, text }: Source): ReadonlyArray<string> => {
  const named = text.matchAll(
    /^(?:import|export)\b[^"']*?from\s*"([^"]+)"|^import\s*"([^"]+)"|\bimport\("([^"]+)"\)/gm
  )
  return [...named].map(([, from, bare, dynamic]) => {
    const target = from ?? bare ?? dynamic ?? ""
    return target.startsWith(".") ? new URL(target, `file:///${path}`).pathname.slice(1) : target
  })
}
