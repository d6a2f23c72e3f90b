/**
 * A PF context in a process of its own, spoken to by lines over standard input and output. Whatever it does, a
 * question ends: with its answer, or with a {@link SubjectFault} within twice the time limit. The process and
 * what it started in turn are ended with it, and no other process.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import * as Result from "effect/Result"
import { fileFault } from "../../impl/system/file-fault.ts"
import { decodeReply, encodeLine, type Line, LINE_LENGTH_MAX } from "../../impl/trace/line.ts"
import type { AsyncSubject } from "../subject.ts"
import { type FaultKind, SubjectFault } from "./fault.ts"
import { Tail } from "./tail.ts"

/** How long one answer may take, in milliseconds, where nothing else is said. */
export const DEFAULT_TIMEOUT_MS = 5000
/** How many times as long the first answer may take: the program has to start. */
const START_FACTOR = 6
/** How long a child that ended may still be heard, and one that was asked to end may take. */
const FAREWELL_MS = 300

/** Settings of a child. */
export interface ChildOptions {
  /** The time limit of every answer but the first, {@link DEFAULT_TIMEOUT_MS} by default; the first has six times it. */
  readonly timeoutMs?: number
  /** The folder it runs in; that of this process by default. */
  readonly cwd?: string
}

/** Processes that run; ended with this process, however it ends by itself. */
const running = new Set<ChildProcessWithoutNullStreams>()
let ending = false
const endWithUs = (): void => {
  if (ending) return
  ending = true
  process.on("exit", () => running.forEach(killGroup))
}

/** Ends a child and the processes of its group: it was started as the leader of one. */
const killGroup = ({ pid }: ChildProcessWithoutNullStreams): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // The group is gone already.
  }
}

const excerpt = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)

/** One child process that answers lines. */
export class Child implements AsyncSubject {
  readonly #process: ChildProcessWithoutNullStreams
  #limitMs: number
  readonly #timeoutMs: number
  readonly #stderr = new Tail()
  readonly #closed: Promise<void>
  /** Whole lines that were heard and not yet taken. */
  readonly #heard: Array<string> = []
  /** What was heard of a line that has no end yet. */
  #open = ""
  #startFault: string | null = null
  /** How it ended, in words; null while it runs. */
  #end: string | null = null
  /** True once nothing can be heard any more. */
  #isMute = false
  /** Wakes who waits for something to be heard. */
  #wake: () => void = () => {}

  /** Starts `command` with `args`, without a shell. That it cannot be started is told by the first answer. */
  constructor(command: string, args: ReadonlyArray<string>, options: ChildOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    this.#limitMs = this.#timeoutMs * START_FACTOR
    endWithUs()
    const child = spawn(command, args, {
      shell: false,
      detached: true,
      stdio: "pipe",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd })
    })
    this.#process = child
    running.add(child)
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => this.#hear(chunk))
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => this.#stderr.take(chunk))
    // Who closes its input early is told from its silence or its end.
    child.stdin.on("error", () => {})
    this.#closed = this.#whenClosed(child)
  }

  #whenClosed(child: ChildProcessWithoutNullStreams): Promise<void> {
    return new Promise((resolve) => {
      const mute = (): void => {
        this.#isMute = true
        running.delete(child)
        this.#wake()
        resolve()
      }
      child.on("error", (fault) => {
        if (child.pid !== undefined) return
        this.#startFault = fileFault(fault)
        mute()
      })
      child.on("exit", (code, signal) => {
        this.#end = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`
        killGroup(child)
        setTimeout(mute, FAREWELL_MS)
      })
      child.stdout.on("end", () => {
        setTimeout(() => {
          this.#isMute = true
          this.#wake()
        }, FAREWELL_MS / 2)
      })
      child.on("close", mute)
    })
  }

  #hear(chunk: string): void {
    const [first = "", ...more] = chunk.split("\n")
    this.#open += first
    for (const next of more) {
      this.#heard.push(this.#open)
      this.#open = next
    }
    // Nobody reads on what has no end.
    if (this.#isBabbling) this.#process.stdout.pause()
    this.#wake()
  }

  get #isBabbling(): boolean {
    return this.#open.length > LINE_LENGTH_MAX || this.#heard.length > 1
  }

  #fault(kind: FaultKind, message: string): SubjectFault {
    return new SubjectFault({ kind, message, stderr: this.#stderr.lines() })
  }

  /** Until something of interest was heard, or `ms` passed. */
  #news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        if (this.#heard.length === 0 && !this.#isMute && !this.#isBabbling) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake()
    })
  }

  async #answer(n: number): Promise<string> {
    await this.#news(this.#limitMs)
    const isLate = this.#heard.length === 0 && !this.#isMute && !this.#isBabbling
    // Slow or silent? It has the same time again to show which.
    if (isLate) await this.#news(this.#limitMs)
    if (this.#startFault !== null) throw this.#fault("start", `could not be started: ${this.#startFault}`)
    if (this.#isBabbling) throw this.#babble(`in answer to n ${n}`)
    const answer = this.#heard.shift()
    const limit = `the ${this.#limitMs} ms that ${this.#limitMs === this.#timeoutMs ? "an" : "the first"} answer may take`
    if (answer === undefined) {
      if (this.#isMute) throw this.#fault("dead", `${this.#end ?? "closed its standard output"} before it answered n ${n}`)
      if (this.#open !== "") throw this.#fault("slow", `began its answer to n ${n} and did not end the line in twice ${limit}`)
      throw this.#fault("silent", `did not answer n ${n} in twice ${limit}`)
    }
    if (isLate) throw this.#fault("slow", `answered n ${n} later than ${limit}`)
    return answer
  }

  #babble(when: string): SubjectFault {
    const text = this.#heard.at(-1) ?? this.#open
    const what = this.#open.length > LINE_LENGTH_MAX ? `a line of more than ${LINE_LENGTH_MAX} characters` : "a line nobody asked for"
    return this.#fault("babbling", `wrote ${what} ${when}: ${excerpt(text)}`)
  }

  /** Asks one line and waits for its answer. Rejects with a {@link SubjectFault}, after which it is not asked again. */
  async apply({ in: command, n }: Line): Promise<Line> {
    if (this.#heard.length > 0) throw this.#babble(`before n ${n} was asked`)
    this.#process.stdin.write(`${encodeLine({ n, in: command })}\n`)
    const text = await this.#answer(n)
    this.#limitMs = this.#timeoutMs
    const reply = decodeReply(text, n)
    if (Result.isFailure(reply)) {
      const { expected, got, path } = reply.failure
      const where = path === "" ? "" : ` ${path}:`
      const found = got === "" ? "" : `, got ${got}`
      throw this.#fault("garbage", `answered n ${n} with ${excerpt(text)}:${where} expected ${expected}${found}`)
    }
    const { error, n: answered, out } = reply.success
    if (answered !== n) throw this.#fault("wrong-n", `was asked n ${n} and answered n ${answered}`)
    if (error !== undefined) return { n, in: command, error }
    if (out === undefined) throw this.#fault("garbage", `answered n ${n} with neither out nor error`)
    return { n, in: command, out }
  }

  /** The last lines of its standard error, oldest first. */
  get stderr(): ReadonlyArray<string> {
    return this.#stderr.lines()
  }

  /** Ends it: closes its input, waits a moment, then kills. Rejects if it said what nobody asked for. */
  async close(): Promise<void> {
    this.#process.stdin.end()
    const timer = setTimeout(() => killGroup(this.#process), FAREWELL_MS)
    await this.#closed
    clearTimeout(timer)
    this.#process.stdout.destroy()
    this.#process.stderr.destroy()
    if (this.#heard.length > 0 || this.#open.length > LINE_LENGTH_MAX) throw this.#babble("after its last answer")
  }
}
