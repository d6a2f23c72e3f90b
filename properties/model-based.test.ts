import { describe, it } from "vitest"
import { completeInit } from "../impl/trace/init.ts"
import type { Line } from "../impl/trace/line.ts"
import { writeTrace } from "../impl/trace/write.ts"
import type { Invariant } from "../model/invariants.ts"
import { allInvariants } from "../model/invariants-all.ts"
import { check } from "./checker.ts"
import { play, type Scenario, scenariosAbout } from "./generate.ts"
import { assertProperty } from "./run.ts"
import { reference } from "./subject.ts"
import { toInitial } from "./translate.ts"
import { violationText } from "./verdict.ts"
import fc from "fast-check"

/** Where the invariants of multicast mean nothing: they take the SA at its word, and learn from what functions hear. */
const UNHEARD: ReadonlyArray<string> = ["an insane SA", "full rings"]

/** The invariants that mean something in a scenario. */
const invariantsFor = ({ about, init }: Scenario): ReadonlyArray<Invariant> =>
  allInvariants(toInitial(completeInit(init))).filter(
    ({ requirement }) => !UNHEARD.includes(about) || !requirement.startsWith("SQP-MC-")
  )

/** Fails with what is wrong and the trace as JSON lines, ready for `properties/regressions/`. */
const expectAllowed = (lines: ReadonlyArray<Line>, invariants: ReadonlyArray<Invariant>): void => {
  const { undecided, verdict, violations } = check(lines, { invariants })
  if (verdict === "allowed") return
  const inputs = lines.slice(0, lines.findIndex(({ n }) => n === violations[0]?.line) + 1 || lines.length)
  throw new Error(
    [verdict, ...violations.map(violationText), ...undecided, "", writeTrace(inputs)].join("\n")
  )
}

const RUNS: Readonly<Record<string, number>> = {
  everything: 150,
  transactions: 80,
  "communication management": 120,
  multicast: 120,
  "QPs, views, port events": 60,
  "full rings": 100,
  "an insane SA": 40
}

describe("the implementation against the model", () => {
  it.each(Object.entries(RUNS))(
    "does nothing that the rules do not permit, in sequences about %s",
    (about, numRuns) => {
      const allowed = fc.property(scenariosAbout(about, 60), (scenario) => {
        expectAllowed(play(scenario, reference()), invariantsFor(scenario))
      })
      assertProperty(allowed, { numRuns })
    }
  )
})
