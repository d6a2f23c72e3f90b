/** Holds the model against recorded traces, right ones and wrong ones: what mutation testing runs. */
import { describe, expect, it } from "vitest"
import { AGAIN, namedTraces, recordedTexts } from "./recorded.ts"
import { SHORT, verdictsOf } from "./verdicts.ts"

const expected = recordedTexts("verdicts.json")

describe("the checker", () => {
  it.each(namedTraces("histories.jsonl").map((each) => [each.name, each] as const))(
    "allows the recorded trace %s, and says what it said of it with one output wrong [SQP-MUT-5]",
    (name, trace) => {
      const verdicts = verdictsOf(trace, { tampers: trace.lines.length < SHORT })
      expect(verdicts, AGAIN).toEqual(expected[name])
      expect(verdicts[0]).toMatch(/^allowed /)
    }
  )

  it.each(namedTraces("wrong.jsonl").map((each) => [each.name, each] as const))(
    "refuses the recorded trace %s where it did [SQP-MUT-5]",
    (name, trace) => {
      const verdicts = verdictsOf(trace, { tampers: false })
      expect(verdicts, AGAIN).toEqual(expected[name])
      expect(verdicts[0]).toMatch(/^violation /)
    }
  )
})
