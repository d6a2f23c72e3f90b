import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { sources } from "./sources.ts"
import { workOf } from "./sequencer.ts"

it("a test file that compares more, or may take longer, is taken for more work", () => {
  const texts = ["", "}, 120_000)", "}, 600_000)", "compare(\"joins\", 700)\ncompare(\"leaves\", 1)\n"]
  expect(texts.map((text) => workOf("properties/a.test.ts", text))).toEqual([0, 120, 600, 701])
  expect(workOf("properties/tid-model.test.ts", "")).toBeGreaterThan(0)
})

it("the comparison of everything is first of all test files, and most of them say nothing of their work", () => {
  const tests = sources(["properties"], [".ts"]).filter(({ path }) => path.endsWith(".test.ts"))
  const works = tests.map(({ path, text }) => ({ path, work: workOf(path, text) })).sort((a, b) => b.work - a.work)
  expect(works[0]?.path).toBe("properties/model-based/everything.test.ts")
  expect(works.filter(({ work }) => work === 0).length).toBeGreaterThan(works.length / 2)
  expect(readFileSync(new URL("../vitest.config.ts", import.meta.url), "utf8")).toContain("sequencer: LongestFirst")
})
