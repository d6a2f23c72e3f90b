/** The parts of the runner of mutation testing, by themselves. */
import { describe, expect, it } from "vitest"
import { cheaper, wrapped } from "./bundle.ts"
import { compiled } from "./instance.ts"
import { Registry } from "./registry.ts"

describe("the tests of a file written for vitest", () => {
  it("are gathered with the titles of their suites and rows, each once", () => {
    const registry = new Registry()
    const { vitest } = registry
    const tests = registry.gather("a.test.ts", () => {
      vitest.it("alone", () => undefined)
      vitest.describe("outer", () => {
        vitest.describe("", () => vitest.test("inner", () => undefined))
        vitest.it.each([["x", 1], ["y", 2]])("row %s", () => undefined)
        vitest.it.each([5, 6])("same", () => undefined)
        vitest.it.skipIf(true)("never", () => undefined)
      })
    })
    expect(tests.map(({ id }) => id)).toEqual([
      "a.test.ts#alone", "a.test.ts#outer > inner", "a.test.ts#outer > row x", "a.test.ts#outer > row y",
      "a.test.ts#outer > same", "a.test.ts#outer > same (2)"
    ])
    const others = registry.gather("b.test.ts", () => vitest.it("alone", 1000, () => undefined))
    expect(others.map(({ id }) => id)).toEqual(["b.test.ts#alone"])
  })

  it("run with hooks around each of them, those of outer suites outside, and wait for promises", async () => {
    const registry = new Registry()
    const { vitest } = registry
    const done: Array<string> = []
    const note = (what: string) => () => void done.push(what)
    const [test] = registry.gather("a.test.ts", () => {
      vitest.beforeEach(note("before"))
      vitest.afterEach(note("after"))
      vitest.describe("within", () => {
        vitest.beforeEach(async () => void done.push("before within"))
        vitest.afterEach(note("after within"))
        vitest.it("test", (_: unknown) => Promise.resolve().then(note("test")))
      })
    })
    await test?.run()
    expect(done).toEqual(["before", "before within", "test", "after within", "after"])
  })

  it("fail where they throw or reject, and nothing that prepares for all of them is taken", async () => {
    const registry = new Registry()
    const [throws, rejects] = registry.gather("a.test.ts", () => {
      registry.vitest.it("throws", () => registry.vitest.expect(1).toBe(2))
      registry.vitest.it("rejects", async () => registry.vitest.expect(1).toBe(2))
    })
    expect(throws?.run).toThrow("expected 1 to be 2")
    await expect(rejects?.run()).rejects.toThrow("expected 1 to be 2")
    expect(registry.vitest.beforeAll).toThrow("would outlive the mutant")
  })
})

const testFile = `import { it, expect } from "vitest"
import type { Sum } from "sum"
const sum: Sum = (a, b) => ${cheaper('stryMutAct_9fa48("7") ? a - b : (stryCov_9fa48("7", "8"), a + b)')}
const loop = () => { while (${cheaper('stryMutAct_9fa48("8") ? true : (stryCov_9fa48("8"), false)')}); }
const made = ${cheaper('stryMutAct_9fa48("6") ? 5 : (stryCov_9fa48("6"), 3)')}
it("adds", () => expect(sum(base, 2)).toBe(made))
it("ends", () => { loop(); loop() })`

/** What a bundler makes of that file, with mutant 9 in what another module does while it is loaded. */
const code = `(function (require, $active, $counts, $cover, $file) {
  const { it, expect } = require("vitest")
  const base = ${cheaper('stryMutAct_9fa48("9") ? 0 : (stryCov_9fa48("9"), 1)')}
  ${wrapped("a.test.ts", testFile).replace(/^import.*$/gm, "").replace(": Sum", "")}
})`
const load = compiled(code, "/nowhere/bundle.cjs")

describe("a loaded copy of the tests", () => {
  it("says what each test reaches, and what is reached while it is loaded", async () => {
    const instance = load(undefined, true)
    for (const { id } of instance.tests) expect(await instance.run(id)).toMatchObject({ failure: null })
    expect(instance.coverage).toEqual({
      static: { 9: 1 }, perTest: { "a.test.ts#adds": { 6: 1, 7: 1, 8: 1 }, "a.test.ts#ends": { 6: 1, 8: 2 } }
    })
    expect(instance.reachedBy("a.test.ts")).toEqual([6])
  })

  it("tells a mutant by a test that fails, and is right again without it", async () => {
    const instance = load()
    const { failure } = await instance.run("a.test.ts#adds", 7)
    expect(failure).toContain("expected -1 to be 3")
    expect(await instance.run("a.test.ts#adds")).toMatchObject({ failure: null })
    expect(await instance.run("a.test.ts#adds", 9)).toMatchObject({ failure: null })
    expect((await load(9).run("a.test.ts#adds", 9)).failure).toContain("expected 2 to be 3")
  })

  it("makes what a file makes outside of its tests by the mutant, where that is reached there", async () => {
    const instance = load()
    expect(await instance.run("a.test.ts#adds", 6)).toMatchObject({ failure: null })
    expect((await instance.run("a.test.ts#adds", 6, 1000, true)).failure).toContain("expected 3 to be 5")
    expect(await instance.run("a.test.ts#adds")).toMatchObject({ failure: null })
  })

  it("ends a loop without end after so many steps", async () => {
    const { failure, isOutOfSteps } = await load().run("a.test.ts#ends", 8, 1000)
    expect(isOutOfSteps).toBe(true)
    expect(failure).toBe("Error: this test takes too many steps")
  })
})
