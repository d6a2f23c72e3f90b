/** Compares our implementation with the model in generated sequences about one subject. */
import { setImmediate } from "node:timers/promises"
import { it } from "vitest"
import fc from "fast-check"
import type { Line } from "../../impl/trace/line.ts"
import { writeTrace } from "../../impl/trace/write.ts"
import type { State } from "../../model/state.ts"
import { check } from "../checker.ts"
import { endingOf, leftBehind } from "./ending.ts"
import { LENGTH, play, type Scenario, scenariosAbout } from "../generate.ts"
import { invariantsFor } from "../invariants-for.ts"
import { assertAsyncProperty } from "../run.ts"
import { type Counts, Statistics } from "../statistics.ts"
import { reference } from "../subject.ts"
import { violationText } from "../verdict.ts"

declare module "vitest" {
  interface TaskMeta {
    /** What the sequences of this test reached; the reporter adds them up. */
    reached?: Counts
  }
}

/** Plays a scenario and ends it. */
const playToTheEnd = (scenario: Scenario): ReadonlyArray<Line> => {
  const subject = reference()
  const lines = play(scenario, subject)
  const ending = endingOf(scenario.init).map((command, i) => subject.apply({ n: lines.length + i + 1, in: command }))
  return [...lines, ...ending]
}

/** Fails with what is wrong and the trace as JSON lines, ready for `properties/regressions/`. */
const expectAllowed = (scenario: Scenario, lines: ReadonlyArray<Line>, statistics: Statistics): void => {
  let last: State | null = null
  const { undecided, verdict, violations } = check(lines, {
    invariants: invariantsFor(scenario.about, scenario.init),
    onStep: (step) => {
      last = step.state
      statistics.note(step)
    }
  })
  statistics.run()
  const left = verdict === "allowed" ? leftBehind(lines, last) : []
  if (verdict === "allowed" && left.length === 0) return
  const inputs = lines.slice(0, lines.findIndex(({ n }) => n === violations[0]?.n) + 1 || lines.length)
  throw new Error(
    [verdict, ...left, ...violations.map(violationText), ...undecided, "", writeTrace(inputs)].join("\n")
  )
}

/** After so many runs the worker answers the test runner. */
const BREATH = 50
const TIMEOUT_MS = 900_000

/** The test that compares `runs` sequences about a subject of the generator. */
export const compare = (about: string, runs: number): void => {
  it(
    `does nothing that the rules do not permit, in sequences about ${about}`,
    async ({ task }) => {
      const statistics = new Statistics()
      let count = 0
      const allowed = fc.asyncProperty(scenariosAbout(about, LENGTH), async (scenario) => {
        if (++count % BREATH === 0) await setImmediate()
        expectAllowed(scenario, playToTheEnd(scenario), statistics)
      })
      await assertAsyncProperty(allowed, { numRuns: runs })
      task.meta.reached = statistics.counts()
    },
    TIMEOUT_MS
  )
}
