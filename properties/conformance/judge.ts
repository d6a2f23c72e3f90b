/**
 * Judges the lines of a run as they come. What comes out on a `settle`, or names an earlier command as its cause,
 * belongs to the last command before it: each command is settled before the next, so that nothing is later.
 */
import type { Command } from "../../impl/trace/command.ts"
import { completeInit } from "../../impl/trace/init.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { Output } from "../../impl/trace/output.ts"
import { Checker, type CheckOptions } from "../checker.ts"
import { invariantsFor } from "../invariants-for.ts"
import type { Verdict } from "../verdict.ts"

const withoutCause = ({ for: _cause, ...output }: Output): Output => output

/** Follows one run. */
export class Judge {
  readonly #about: string
  readonly #options: CheckOptions
  #checker: Checker | null = null
  /** The last command but `settle`, with all that came of it so far. */
  #held: Line | null = null

  /** `about`: the generator's subject, which says what invariants mean something. */
  constructor(about: string, options: CheckOptions) {
    this.#about = about
    this.#options = options
  }

  /** Takes a line as it was done; `command` is what its `in` meant in this run, copies done. */
  note({ error, n, out = [] }: Line, command: Command): void {
    if (command.op === "settle" && this.#held !== null) {
      const later = out.map(withoutCause)
      this.#held = { ...this.#held, ...(this.#held.out && { out: [...this.#held.out, ...later] }) }
      return this.settled()
    }
    this.settled()
    if (command.op === "init") {
      const invariants = this.#options.invariants ?? invariantsFor(this.#about, command, this.#options.own ?? false)
      this.#checker = new Checker(completeInit(command), { ...this.#options, invariants })
    }
    const stray = out.find((output) => output.for !== undefined && output.for > n)
    this.#held = { n, in: command, ...(error === undefined ? { out: out.map(withoutCause) } : { error }) }
    if (stray !== undefined) this.#checker?.fault(n, `an output to ${stray.to} names n ${stray.for} as its cause, which is not done yet`)
  }

  /** All that came of the last command is there: it is judged. */
  settled(): void {
    if (this.#held !== null) this.#checker?.line(this.#held)
    this.#held = null
  }

  /** The judgement so far; null before an `init`. */
  get verdict(): Verdict | null {
    return this.#checker?.verdict() ?? null
  }
}
