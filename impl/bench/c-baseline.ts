/** Compiles and runs the C programs that the benchmarks are compared with. */
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"

/** A compiler with a temporary directory for its output. */
export interface CBaselines {
  /** The compiler's first line about itself, or undefined when there is none. */
  readonly compiler: string | undefined
  /** See `BenchContext.compileC`. Throws Error with the compiler's output if a source does not compile. */
  readonly compileC: (source: URL) => string | undefined
  /** Removes the compiled programs. */
  readonly close: () => void
}

/** Opens the C compiler `CC` (or `cc`). Without one every `compileC` is undefined and nothing is written. */
export const openCBaselines = (): CBaselines => {
  const cc = process.env["CC"] ?? "cc"
  const version = spawnSync(cc, ["--version"], { encoding: "utf8", timeout: 10_000 })
  if (version.status !== 0) return { compiler: undefined, compileC: () => undefined, close: () => {} }
  const directory = mkdtempSync(join(tmpdir(), "madmux-bench-"))
  const programs = new Map<string, string>()
  const compileC = (source: URL): string => {
    const known = programs.get(source.href)
    if (known !== undefined) return known
    const file = fileURLToPath(source)
    const program = join(directory, basename(file, ".c"))
    const args = ["-O2", "-pthread", "-o", program, file]
    const done = spawnSync(cc, args, { encoding: "utf8", timeout: 60_000 })
    if (done.status !== 0) throw new Error(`${cc} cannot compile ${file}:\n${done.stderr}`)
    programs.set(source.href, program)
    return program
  }
  const close = () => rmSync(directory, { recursive: true, force: true })
  return { compiler: version.stdout.split("\n")[0] ?? cc, compileC, close }
}

/**
 * Runs a compiled program that prints one number, and returns it (Infinity for `nan`). Blocks, so that
 * nothing else of this process runs beside it. Throws Error when it fails or takes longer than `timeoutMs`.
 */
export const runC = (program: string, args: ReadonlyArray<string | number>, timeoutMs: number): number => {
  const printed = execFileSync(program, args.map(String), { encoding: "utf8", timeout: timeoutMs }).trim()
  if (printed === "nan") return Number.POSITIVE_INFINITY
  const value = Number(printed)
  if (printed === "" || Number.isNaN(value)) throw new Error(`${program} printed "${printed}", not a number`)
  return value
}
