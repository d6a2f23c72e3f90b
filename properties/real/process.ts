/**
 * A child process of a test: started with its output kept, ended for certain, and never outliving the test
 * run.
 */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process"
import { existsSync } from "node:fs"

/** A running child. `stop` ends it: SIGTERM, and SIGKILL once `graceMs` have passed without its exit. */
export interface Child {
  readonly pid: number
  /** How it ended, or undefined while it runs. */
  readonly ended: () => string | undefined
  /** The last 8 KiB of what it wrote. */
  readonly output: () => string
  readonly write: (text: string) => void
  readonly stop: (graceMs?: number) => Promise<void>
}

/** Part of util-linux; where it is missing, only an orderly exit of this process ends the children. */
const SETPRIV = "/usr/bin/setpriv"
const OUTPUT_KEPT = 8192
const running = new Set<ChildProcess>()
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})

/** Whether a process with this id exists. */
export const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** How to start a child. Without `keepInput` its standard input is closed. */
export interface ChildOptions extends Pick<SpawnOptions, "cwd" | "env"> {
  readonly keepInput?: boolean
}

/** Starts `path` with `args`. Rejects when the system cannot start it. */
export const startChild = async (
  path: string,
  args: ReadonlyArray<string>,
  { keepInput = false, ...options }: ChildOptions = {}
): Promise<Child> => {
  // The kernel ends the child when this process is killed and can do nothing itself.
  const guarded = existsSync(SETPRIV)
  const command = guarded ? SETPRIV : path
  const commandArgs = guarded ? ["--pdeathsig", "KILL", path, ...args] : args
  const input = keepInput ? "pipe" : "ignore"
  const child = spawn(command, commandArgs, { ...options, stdio: [input, "pipe", "pipe"] })
  let output = ""
  let ended: string | undefined
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString("latin1")).slice(-OUTPUT_KEPT)
  }
  child.stdout?.on("data", keep)
  child.stderr?.on("data", keep)
  child.stdin?.on("error", () => {})
  const exited = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = signal === null ? `exit code ${code}` : `signal ${signal}`
      running.delete(child)
      resolve()
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve)
    child.once("error", reject)
  })
  running.add(child)
  return {
    pid: child.pid ?? 0,
    ended: () => ended,
    output: () => output,
    write: (text) => void child.stdin?.write(text),
    stop: async (graceMs = 2000) => {
      if (ended !== undefined) return
      child.kill("SIGTERM")
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs)
      await exited
      clearTimeout(timer)
    }
  }
}
