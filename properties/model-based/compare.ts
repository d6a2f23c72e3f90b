/** Compares our implementation with the model in generated sequences about one subject. */
import { setImmediate } from "node:timers/promises"
import { it } from "vitest"
import fc from "fast-check"
import { type Scenario, scenariosAbout } from "../generate.ts"
import { assertAsyncProperty } from "../run.ts"
import { type Counts, Statistics } from "../statistics.ts"
import { reference } from "../subject.ts"
import { judgeScenario } from "./judged.ts"

declare module "vitest" {
  interface TaskMeta {
    /** What the sequences of this test reached; the reporter adds them up. */
    reached?: Counts
  }
}

/** Fails with what is wrong and the trace as JSON lines, ready for `properties/regressions/`. */
const expectAllowed = (scenario: Scenario, statistics: Statistics): void => {
  const judged = judgeScenario(scenario, reference(), { onStep: (step) => statistics.note(step) })
  statistics.run()
  if (judged.faults.length > 0) throw new Error([judged.verdict, ...judged.faults, "", judged.trace].join("\n"))
}

/** After so many runs the worker answers the test runner. */
const BREATH = 50
const TIMEOUT_MS = 900_000
/** Fewer than elsewhere, as every run of all tests plays thousands of them; the soak plays the long ones. */
const MOST_MOVES = 22

/** The test that compares `runs` sequences about a subject of the generator. */
export const compare = (about: string, runs: number): void => {
  it(
    `does nothing that the rules do not permit, in sequences about ${about}`,
    async ({ task }) => {
      const statistics = new Statistics()
      let count = 0
      const allowed = fc.asyncProperty(scenariosAbout(about, MOST_MOVES), async (scenario) => {
        if (++count % BREATH === 0) await setImmediate()
        expectAllowed(scenario, statistics)
      })
      await assertAsyncProperty(allowed, { numRuns: runs })
      task.meta.reached = statistics.counts()
    },
    TIMEOUT_MS
  )
}
