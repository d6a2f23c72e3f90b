/**
 * The shipped code of the rings, on a memory of our own: the source text of impl/ring and of what stands on it, types
 * stripped, run with another `Atomics` and with private fields that can be read. Nothing else changes, so what is
 * explored is what ships; a patch makes a mutant of it.
 */
import { readFileSync } from "node:fs"
import { stripTypeScriptTypes } from "node:module"
import * as check from "../../impl/input/check.ts"
import * as guids from "../../impl/mux/guids.ts"
import * as outcomes from "../../impl/mux/outcomes.ts"
import type { Pump } from "../../impl/mux/pump.ts"
import type { Rings } from "../../impl/mux/rings.ts"
import * as memory from "../../impl/ring/memory.ts"
import * as slot from "../../impl/ring/slot.ts"

/** What the ring code uses of `Atomics`. */
export type AtomicsUsed = Pick<
  typeof Atomics, "load" | "store" | "exchange" | "compareExchange" | "or" | "notify" | "wait"
>

/** A change of one file: `find` must stand in it exactly once. */
export interface Patch {
  /** Path from the root of the repository. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** Variables of a closure, read and written from outside. */
export type Variables = Record<string, number | boolean | Int32Array>

/** What impl/mux/pump.ts makes, and what it keeps between two calls. */
export interface OpenPump extends Pump {
  readonly scheduler: object
  readonly variables: Variables
}
/** The part of impl/mux/rings.ts that fills slots, and what it keeps between two calls. */
export interface OpenOutbox extends Pick<Rings, "ringDoorbell" | "hasFunctionRoom" | "functionSlot" | "commitFunction" | "flush"> {
  readonly variables: Variables
}

/** The files that are run here, in the order of their imports. */
export const INSTRUMENTED = [
  "impl/ring/spsc.ts", "impl/ring/ready.ts", "impl/ring/doorbell.ts", "impl/vhca/proxy.ts", "impl/mux/scheduler.ts",
  "impl/mux/pump.ts", "impl/mux/rings.ts"
] as const

/** What they export, as far as it is used. */
export interface RingCode {
  readonly spsc: typeof import("../../impl/ring/spsc.ts")
  readonly ready: typeof import("../../impl/ring/ready.ts")
  readonly doorbell: typeof import("../../impl/ring/doorbell.ts")
  readonly proxy: typeof import("../../impl/vhca/proxy.ts")
  /** `parts` are those of MuxParts that the pump uses. */
  readonly makePump: (parts: object, quantum: number) => OpenPump
  readonly makeOutbox: (
    toWire: ReadonlyArray<object>, toFunction: ReadonlyArray<object>, doorbells: ReadonlyArray<object>
  ) => OpenOutbox
}

const accessor = (name: string): string => `get ${name}() { return ${name} }, set ${name}(value) { ${name} = value }`

/** What lets the explorer see the variables of closures; the code itself stays. */
const OPENINGS: ReadonlyArray<Patch> = [
  {
    file: "impl/mux/pump.ts",
    find: "return { move, hasWork }",
    replace: "return { move, hasWork, scheduler, variables: { " +
      `${["wireFirst", "firstQp", "singleQp", "idle"].map(accessor).join(", ")} } }`
  },
  { file: "impl/mux/rings.ts", find: "const makeOutbox", replace: "export const makeOutbox" },
  {
    file: "impl/mux/rings.ts",
    find: "commitFunction, flush\n  }\n}",
    replace: "commitFunction, flush, variables: { wirePending, pending, dirty, wireCredit, credit, " +
      `${accessor("dirtyCount")} }\n  }\n}`
  }
]

const patched = (text: string, { file, find, replace }: Patch): string => {
  const found = text.split(find).length - 1
  if (found !== 1) throw new Error(`${file}: ${JSON.stringify(find)} stands there ${found} times, not once`)
  return text.replace(find, () => replace)
}

/** The path of the file that `name` means when `file` imports it. */
const resolve = (file: string, name: string): string => new URL(name, `file:///${file}`).pathname.slice(1)

/** The body of a function that returns the exports of a file. */
const bodyOf = (file: string, patches: ReadonlyArray<Patch>): string => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")
  const text = patches.filter((patch) => patch.file === file).reduce(patched, source)
  const exported: Array<string> = []
  const body = stripTypeScriptTypes(text)
    .replaceAll(/^import \* as (\w+) from "([^"]+)"/gm, (_, name: string, from: string) =>
      `const ${name} = modules["${resolve(file, from)}"]`)
    .replaceAll(/^import \{([^}]*)\} from "([^"]+)"/gm, (_, names: string, from: string) =>
      `const {${names}} = modules["${resolve(file, from)}"]`)
    .replaceAll(/^export (const|class) (\w+)/gm, (_, kind: string, name: string) => {
      exported.push(name)
      return `${kind} ${name}`
    })
    .replaceAll(/#(\w+)/g, "_$1")
  return `"use strict";${body}\nreturn { ${exported.join(", ")} }`
}

/** Runs the code on `atomics`. Throws when a patch does not fit. */
export const loadRingCode = (atomics: AtomicsUsed, mutations: ReadonlyArray<Patch> = []): RingCode => {
  const patches = [...mutations, ...OPENINGS]
  const modules: Record<string, object> = {
    "impl/input/check.ts": check, "impl/mux/guids.ts": guids, "impl/mux/outcomes.ts": outcomes,
    "impl/ring/memory.ts": memory, "impl/ring/slot.ts": slot
  }
  for (const file of INSTRUMENTED) modules[file] = new Function("Atomics", "modules", bodyOf(file, patches))(atomics, modules)
  return new Function("modules", `return {
    spsc: modules["impl/ring/spsc.ts"], ready: modules["impl/ring/ready.ts"], doorbell: modules["impl/ring/doorbell.ts"],
    proxy: modules["impl/vhca/proxy.ts"], ...modules["impl/mux/pump.ts"], ...modules["impl/mux/rings.ts"]
  }`)(modules)
}
