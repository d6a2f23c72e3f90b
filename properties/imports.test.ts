import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import { describe, expect, it } from "vitest"
import { importsOf, type Source, sources } from "./sources.ts"

const files = sources(["spec", "model", "impl", "properties"], [".ts"])
const inFolder =
  (folder: string) =>
  (path: string): boolean =>
    path.startsWith(`${folder}/`)
const isOurs = (path: string): boolean => path.endsWith(".ts")

interface Edge {
  readonly from: string
  readonly to: string
}
const edgesOf = (of: ReadonlyArray<Source>): ReadonlyArray<Edge> =>
  of.flatMap((file) => importsOf(file).map((to) => ({ from: file.path, to })))
const edges = edgesOf(files)
const shared = ["spec/requirements.ts", "spec/reasons.ts"]
const text = ({ from, to }: Edge): string => `${from} imports ${to}`

/** The room a file is in: one of impl's folders, or a top-level folder. */
const roomOf = (path: string): string => {
  const [top, second, third] = path.split("/")
  return top === "impl" && third !== undefined ? `${top}/${second}` : (top ?? "")
}

/** A way round through rooms that import each other; null if there is none. */
const cycle = (graph: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyArray<string> | null => {
  const done = new Set<string>()
  const visit = (room: string, path: ReadonlyArray<string>): ReadonlyArray<string> | null => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room]
    if (done.has(room)) return null
    for (const next of graph.get(room) ?? []) {
      const found = visit(next, [...path, room])
      if (found) return found
    }
    done.add(room)
    return null
  }
  for (const room of graph.keys()) {
    const found = visit(room, [])
    if (found) return found
  }
  return null
}

const roomGraph = (of: ReadonlyArray<Edge>): ReadonlyMap<string, ReadonlySet<string>> => {
  const graph = new Map<string, Set<string>>()
  for (const { from, to } of of.filter((edge) => isOurs(edge.to))) {
    if (roomOf(from) !== roomOf(to))
      graph.set(roomOf(from), (graph.get(roomOf(from)) ?? new Set()).add(roomOf(to)))
  }
  return graph
}

describe("the direction of imports", () => {
  it("finds the imports there are", () => {
    expect(files.length).toBeGreaterThan(100)
    expect(edges).toContainEqual({ from: "properties/imports.test.ts", to: "properties/sources.ts" })
    expect(edges).toContainEqual({ from: "model/step.ts", to: "model/cm.ts" })
    const lines = [
      "import {",
      "  x",
      "} from '../d.ts'",
      "export type { y } from 'e'",
      "const z = await import('./f.ts')"
    ]
    const sample = { path: "a/b/c.ts", text: lines.join("\n").replaceAll("'", '"') }
    expect(importsOf(sample)).toEqual(["a/d.ts", "e", "a/b/f.ts"])
  })

  it("names only files that exist", () => {
    const known = new Set(files.map(({ path }) => path))
    expect(
      edges.filter(({ to }) => /^(spec|model|impl|properties)\/.*\.ts$/.test(to) && !known.has(to)).map(text)
    ).toEqual([])
  })

  it("spec/ imports nothing", () => {
    expect(edges.filter(({ from }) => inFolder("spec")(from)).map(text)).toEqual([])
  })

  it("model/ imports itself, the two shared files of spec/, Effect and ts-pattern, nothing else", () => {
    const allowed = (to: string): boolean =>
      inFolder("model")(to) ||
      shared.includes(to) ||
      to === "ts-pattern" ||
      to === "effect" ||
      to.startsWith("effect/")
    expect(edges.filter(({ from, to }) => inFolder("model")(from) && !allowed(to)).map(text)).toEqual([])
  })

  it("impl/ imports neither model/ nor properties/, but for the command", () => {
    const forbidden = (to: string): boolean => inFolder("model")(to) || inFolder("properties")(to)
    const found = edges.filter(
      ({ from, to }) => inFolder("impl")(from) && !inFolder("impl/cli")(from) && forbidden(to)
    )
    expect(found.map(text)).toEqual([])
  })

  it("impl/ takes from spec/ only the two shared files", () => {
    const found = edges.filter(
      ({ from, to }) => inFolder("impl")(from) && inFolder("spec")(to) && !shared.includes(to)
    )
    expect(found.map(text)).toEqual([])
  })

  it("the frame rule and the view of a MAD know nothing of the implementation's tables, by any way", () => {
    const reached = new Set(["properties/frame.ts", "properties/mad-view.ts", "properties/view-rule.ts"])
    for (const path of reached) {
      const source = files.find((file) => file.path === path)
      if (source)
        importsOf(source)
          .filter(isOurs)
          .forEach((to) => reached.add(to))
    }
    // What a trace is, its types and defaults, is no table of a MAD.
    expect([...reached].filter((path) => inFolder("impl/wire")(path))).toEqual([])
  })

  it("the checker knows nothing of any implementation under test, by itself", () => {
    const own = ["checker", "candidates", "mismatch", "translate", "describe", "accounting", "verdict"].map(
      (name) => `properties/${name}.ts`
    )
    const found = edges.filter(
      ({ from, to }) => own.includes(from) && inFolder("impl")(to) && !inFolder("impl/trace")(to)
    )
    expect(found.map(text)).toEqual([])
    expect(
      edges.filter(({ from, to }) => own.includes(from) && to === "impl/trace/driver.ts").map(text)
    ).toEqual([])
  })

  it("the package has what a file of it starts as a thread", () => {
    const { files: entries }: { readonly files: ReadonlyArray<string> } = JSON.parse(readFileSync("tsconfig.build.json", "utf8"))
    const shipped = new Set(entries)
    for (const path of shipped) {
      const source = files.find((file) => file.path === path)
      if (source) importsOf(source).filter(isOurs).forEach((to) => shipped.add(to))
    }
    const threads = files.filter(({ path }) => shipped.has(path)).flatMap(({ path, text: source }) =>
      [...source.matchAll(/new Worker\(new URL\(.\.\/([\w-]+)\./g)].map(([, name]) => `${dirname(path)}/${name}.ts`))
    expect(threads).toContain("properties/exploration/untaken-worker.ts")
    expect(threads.filter((path) => !shipped.has(path))).toEqual([])
  })

  it("the hot path holds no Effect and no ts-pattern", () => {
    const hot = edges.filter(({ from }) => inFolder("impl/ring")(from) || inFolder("impl/wire")(from))
    expect(hot.filter(({ to }) => to.startsWith("effect") || to === "ts-pattern").map(text)).toEqual([])
  })

  it("no folders import each other in a circle", () => {
    expect(cycle(roomGraph(edges))).toBeNull()
    expect(
      cycle(
        new Map([
          ["a", new Set(["b"])],
          ["b", new Set(["c"])],
          ["c", new Set(["a"])]
        ])
      )
    ).toEqual(["a", "b", "c", "a"])
  })
})
