import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import fc from "fast-check"
import { encodeLine, type Line } from "../impl/trace/line.ts"
import { writeTrace } from "../impl/trace/write.ts"
import type { CheckOptions } from "./checker.ts"
import { check } from "./trace-check.ts"
import { type ChoicePolicy, contrarianPolicy, plainPolicy } from "./choice-policy.ts"
import { LENGTH, play, type Scenario, scenariosAbout, subjects } from "./generate.ts"
import { invariantsFor } from "./invariants-for.ts"
import { modelSubject } from "./model-subject.ts"
import { assertProperty } from "./run.ts"
import { violationText } from "./verdict.ts"

/** Sequences about each subject of the generator; FC_RUNS asks for more. */
const RUNS = 6
const TIMEOUT_MS = 600_000

const seeds = fc.integer({ min: 0, max: 0xffff_ffff })
const plain = seeds.map(plainPolicy)
const contrarian = seeds.map((seed) => contrarianPolicy(seed, false))
const any: fc.Arbitrary<ChoicePolicy> = fc.record({
  seed: seeds,
  ids: fc.constantFrom("random", "smallest"),
  life: fc.constantFrom("shortest", "longest", "random"),
  sends: fc.constantFrom("earliest", "latest", "random"),
  quotas: fc.constantFrom("small", "large", "random"),
  among: fc.constantFrom("first", "last", "random"),
  order: fc.constantFrom("kept", "permuted"),
  held: fc.constant(false),
  drops: fc.constant("listed")
})

/** Sequences in which what falls due may be done later than at once, by nothing up to a fifth of the SA's time. */
const late = (about: string): fc.Arbitrary<Scenario> =>
  fc.tuple(scenariosAbout(about, LENGTH), fc.constantFrom(0, 7, 20)).map(([scenario, slack]) =>
    ({ ...scenario, init: { ...scenario.init, timing: { ...scenario.init.timing, slack } } }))

/** Fails with what is wrong and the trace. */
const expectAllowed = (
  { about, init }: Scenario, policy: ChoicePolicy, lines: ReadonlyArray<Line>, options: CheckOptions = {}
): void => {
  const { undecided, verdict, violations } = check(lines, {
    own: false, invariants: invariantsFor(about, init, false), ...options
  })
  if (verdict === "allowed") return
  const texts = [verdict, JSON.stringify(policy), ...violations.map(violationText), ...undecided, "", writeTrace(lines)]
  throw new Error(texts.join("\n"))
}

/** Whether a line did what it was asked; only quotas above the declared ones are asked for in vain. */
const expectDone = (lines: ReadonlyArray<Line>): void => {
  for (const { error, in: { op } } of lines) {
    expect(error === undefined || (op === "limits" && error.includes("a quota is at most")), `${op}: ${error}`).toBe(true)
  }
}

describe("the model as an implementation", () => {
  for (const about of subjects) {
    it(`does what the checker allows, whatever it chooses, in sequences about ${about} [SQP-SERVE-2]`, () => {
      for (const policies of [plain, any, contrarian]) {
        assertProperty(
          fc.property(late(about), policies, (scenario, policy) => {
            const lines = play(scenario, modelSubject(policy))
            expectDone(lines)
            expectAllowed(scenario, policy, lines)
          }),
          { numRuns: RUNS }
        )
      }
    }, TIMEOUT_MS)

    it(`keeps its outputs until it has to show them, and the checker allows it, in sequences about ${about} [SQP-SERVE-2]`, () => {
      assertProperty(
        fc.property(late(about), seeds, (scenario, seed) => {
          const policy = contrarianPolicy(seed)
          const lines = play(scenario, modelSubject(policy), { settles: true })
          expect(lines.every(({ in: { op }, out = [] }) => op === "settle" || out.length === 0)).toBe(true)
          expectAllowed(scenario, policy, lines)
        }),
        { numRuns: RUNS }
      )
    }, TIMEOUT_MS)
  }

  it("need not list its drops [SQP-SERVE-2]", () => {
    for (const about of subjects) {
      assertProperty(
        fc.property(late(about), contrarian, (scenario, policy) => {
          const lines = play(scenario, modelSubject({ ...policy, drops: "omitted" }))
          expect(lines.some(({ out = [] }) => out.some(({ to }) => to === "drop"))).toBe(false)
          expectAllowed(scenario, policy, lines, { drops: false })
        }),
        { numRuns: 3 }
      )
    }
  }, TIMEOUT_MS)

  it("answers alike whenever it is asked the same with the same policy, and not with another seed [SQP-SERVE-2]", () => {
    const [scenario] = fc.sample(scenariosAbout("everything", LENGTH), { numRuns: 1, seed: 5 })
    if (scenario === undefined) throw new Error("a scenario")
    const texts = [1, 1, 2].map((seed) => writeTrace(play(scenario, modelSubject(plainPolicy(seed)))))
    expect(texts[0]).toBe(texts[1])
    expect(texts[0]).not.toBe(texts[2])
  })
})

it("serve-model answers as the model does, and says what is wrong with its flags [SQP-SERVE-2] [SQP-CLI-1]", async () => {
  const entry = fileURLToPath(new URL("../impl/cli/main.ts", import.meta.url))
  const [scenario] = fc.sample(scenariosAbout("everything", 20), { numRuns: 1, seed: 5 })
  if (scenario === undefined) throw new Error("a scenario")
  const served = async (...flags: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
    const child = spawn(process.execPath, [entry, "serve-model", ...flags], { stdio: ["pipe", "pipe", "inherit"] })
    child.stdin.end(writeTrace(lines))
    const replies: Array<string> = []
    for await (const reply of createInterface({ input: child.stdout })) replies.push(reply)
    return replies
  }
  const lines = play(scenario, modelSubject(contrarianPolicy(7)), { settles: true })
  const replies = await served("--contrarian", "--seed", "7")
  expect(replies).toEqual(lines.map(({ error, n, out }) => encodeLine({ n, ...(out && { out }), ...(error !== undefined && { error }) })))
  const wrong = spawn(process.execPath, [entry, "serve-model", "--seed", "-1"], { stdio: ["pipe", "pipe", "pipe"] })
  let said = ""
  wrong.stderr.on("data", (data) => (said += String(data)))
  const status = await new Promise((resolve) => wrong.on("close", resolve))
  expect(status).toBe(1)
  expect(said).toContain("--seed -1 is not in 0..")
})
