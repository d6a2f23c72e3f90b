/**
 * Judges a trace in one pass: lines come one after the other and are forgotten, but for those that later outputs may
 * name and the outputs that later commands may copy from [SQP-CHK-1].
 */
import * as Result from "effect/Result"
import { completeInit } from "../impl/trace/init.ts"
import type { Line, TraceError } from "../impl/trace/line.ts"
import { type Attributed, Attribution, WINDOW_LINES } from "./attributed.ts"
import { Checker, type CheckOptions, COPY_LINES } from "./checker.ts"
import { Copies } from "./copied.ts"
import { History } from "./relevant.ts"
import type { Verdict } from "./verdict.ts"

/** Follows a trace whose first line is `init`; throws a RangeError if it is another. */
export class TraceCheck {
  readonly #checker: Checker
  readonly #attribution: Attribution
  readonly #copies: Copies
  readonly #history = new History()
  #lines = 0

  constructor(first: Line, options: CheckOptions = {}) {
    if (first.in.op !== "init") throw new RangeError("a trace begins with init: read it with readTrace")
    this.#attribution = new Attribution(options.window ?? WINDOW_LINES)
    this.#copies = new Copies(options.copyLines ?? COPY_LINES)
    this.#checker = new Checker(completeInit(first.in), options)
    this.push(first)
  }

  /** Follows one more line. */
  push(line: Line): void {
    this.#lines += 1
    if (this.isOver) return
    const { lines, stray } = this.#attribution.push(this.#copies.done(line))
    for (const each of lines) this.#judge(each)
    if (stray === null) return
    if (stray.isBeyond) this.#checker.lose(stray.n, stray.text, stray.place)
    else this.#checker.fault(stray.n, stray.text, stray.place)
  }

  #judge({ early, line, place }: Attributed): void {
    if (this.isOver) return
    this.#history.push({ place, line })
    this.#checker.line(line, { mayHaveMore: early && this.#attribution.hasLate })
  }

  /** Nothing more is followed, and the verdict is at best undecided, because of this. */
  stop(n: number, why: string): void {
    this.#checker.lose(n, why, this.#lines)
  }

  /** Whether the verdict is known, whatever comes. */
  get isOver(): boolean {
    return this.#checker.isOver
  }

  /** Lines that were pushed. */
  get lines(): number {
    return this.#lines
  }

  /** How many things are remembered, but for the last lines (2048 at most): what must not grow with the length of a trace. */
  get retained(): number {
    return this.#checker.retained + this.#attribution.size + this.#copies.size
  }

  /** The judgement; nothing comes any more. */
  end(): Verdict {
    for (const each of this.#attribution.end()) this.#judge(each)
    const verdict = this.#checker.verdict()
    return verdict.violations.length === 0 ? verdict : { ...verdict, relevant: this.#history.relevant() }
  }
}

/** Judges a whole trace; its first line must be `init`, as the reader sees to. */
export const check = (lines: ReadonlyArray<Line>, options: CheckOptions = {}): Verdict => {
  const [first, ...others] = lines
  if (first === undefined) throw new RangeError("a trace begins with init: read it with readTrace")
  const checking = new TraceCheck(first, options)
  for (const line of others) checking.push(line)
  return checking.end()
}

/** Choices of `checkLines`. */
export interface CheckLinesOptions extends CheckOptions {
  readonly onLine?: (progress: CheckProgress) => void
}

/** Told now and then how far a check is. */
export interface CheckProgress {
  readonly lines: number
}

/**
 * Judges a trace while it is read; reading ends with the first line that decides. A line that is malformed is a failure,
 * as is a trace without any line (`null`). Rejects as `lines` does.
 */
export const checkLines = async <E = TraceError>(
  lines: AsyncIterable<Result.Result<Line, E>>,
  options: CheckLinesOptions = {}
): Promise<Result.Result<Verdict, E | null>> => {
  let checking: TraceCheck | null = null
  for await (const line of lines) {
    if (Result.isFailure(line)) return Result.fail(line.failure)
    if (checking === null) checking = new TraceCheck(line.success, options)
    else checking.push(line.success)
    if (options.hasMemory?.() === false) {
      checking.stop(line.success.n, "there is no memory to follow so many explanations (fewer --candidates need less)")
    }
    if (checking.isOver) break
    options.onLine?.(checking)
  }
  return checking === null ? Result.fail(null) : Result.succeed(checking.end())
}
