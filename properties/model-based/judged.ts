/** Plays a generated sequence to its end and judges it by the model: what every comparison at scale does. */
import type { Line } from "../../impl/trace/line.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import type { Invariant } from "../../model/invariants.ts"
import type { State } from "../../model/state.ts"
import type { Step } from "../checker.ts"
import { check } from "../trace-check.ts"
import { play, type Scenario } from "../generate.ts"
import { invariantsFor } from "../invariants-for.ts"
import type { Subject } from "../subject.ts"
import { violationText } from "../verdict.ts"
import { endingOf, leftBehind } from "./ending.ts"

/** Plays a scenario and ends it. */
export const playToTheEnd = (scenario: Scenario, subject: Subject): ReadonlyArray<Line> => {
  const lines = play(scenario, subject)
  const ending = endingOf(scenario.init).map((command, i) => subject.apply({ n: lines.length + i + 1, in: command }))
  return [...lines, ...ending]
}

/** Choices of the one who judges. */
export interface JudgeOptions {
  /** The most candidate states; 64 by default. */
  readonly candidates?: number
  /** The invariants that watch; by default all there are. */
  readonly invariants?: ReadonlyArray<Invariant>
  /** Told each command that was explained. */
  readonly onStep?: (step: Step) => void
}

/** How a trace that was played to its end was judged. */
export interface Judged {
  readonly verdict: "allowed" | "violation" | "undecided"
  /** What is wrong, one text each: violations, what is left behind, why it is undecided; none when it is allowed. */
  readonly faults: ReadonlyArray<string>
  /** The lines up to the first violation, as JSON lines; empty when it is allowed. */
  readonly trace: string
  /** Lines that were followed. */
  readonly steps: number
}

/** Judges a trace that ended as {@link endingOf} has it. */
export const judge = (lines: ReadonlyArray<Line>, options: JudgeOptions = {}): Judged => {
  let last: State | null = null
  const { steps, undecided, verdict, violations } = check(lines, {
    ...options,
    onStep: (step) => {
      last = step.state
      options.onStep?.(step)
    }
  })
  const left = verdict === "allowed" ? leftBehind(lines, last) : []
  if (verdict === "allowed" && left.length === 0) return { verdict, faults: [], trace: "", steps }
  const inputs = lines.slice(0, lines.findIndex(({ n }) => n === violations[0]?.n) + 1 || lines.length)
  const faults = [...left, ...violations.map(violationText), ...undecided]
  return { verdict: verdict === "allowed" ? "violation" : verdict, faults, trace: writeTrace(inputs), steps }
}

/** Plays a scenario to its end and judges it by the invariants that mean something in it. */
export const judgeScenario = (scenario: Scenario, subject: Subject, options: JudgeOptions = {}): Judged =>
  judge(playToTheEnd(scenario, subject), { invariants: invariantsFor(scenario.about, scenario.init), ...options })
