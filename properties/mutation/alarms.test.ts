/** Holds the invariants against recorded histories, right ones and wrong ones: what mutation testing runs. */
import { describe, expect, it } from "vitest"
import { small } from "../small-world.ts"
import { alarmsOf, beginnings, historyOf } from "./alarms.ts"
import { AGAIN, namedTraces, recordedPaths, recordedTexts } from "./recorded.ts"

const expected = recordedTexts("alarms.json")
const histories = [...namedTraces("histories.jsonl"), ...namedTraces("wrong.jsonl")]

describe("the invariants alone", () => {
  it("are those that they were, and begin with what they remembered then [SQP-MUT-5]", () => {
    expect(beginnings(small()), AGAIN).toEqual(expected["the beginnings"])
  })

  it.each(histories.map((each) => [each.name, each] as const))(
    "say what they said of the history %s, and of it with one thing wrong [SQP-MUT-5]",
    (name, history) => expect(alarmsOf(historyOf(history)), AGAIN).toEqual(expected[name])
  )

  it.each(recordedPaths().map((each) => [each.name, each] as const))(
    "say what they said of a model that %s, and of it with one thing wrong [SQP-MUT-5]",
    (name, path) => expect(alarmsOf(path, true), AGAIN).toEqual(expected[name])
  )
})
