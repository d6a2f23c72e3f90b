import { describe, expect, it } from "vitest"
import { type RequirementId, type Requirement, requirements } from "../spec/requirements.ts"
import { type Source, sources } from "./sources.ts"

const ID = /\bSQP-[A-Z]+-\d+\b/g
const register: ReadonlyArray<readonly [string, Requirement]> = Object.entries(requirements)
const isKnown = (id: string): id is RequirementId => id in requirements

/** The files that cite each requirement, as some pattern finds its citations. */
const cited = (
  files: ReadonlyArray<Source>,
  citations: RegExp
): ReadonlyMap<string, ReadonlyArray<string>> => {
  const found = new Map<string, Array<string>>()
  for (const { path, text } of files) {
    const ids = [...text.matchAll(citations)].flatMap(([citation]) => citation.match(ID) ?? [])
    for (const id of new Set(ids)) found.set(id, [...(found.get(id) ?? []), path])
  }
  return found
}

const model = sources(["model"], [".ts"])
const tests = sources(["properties"], [".test.ts"])
const isInvariant = ({ path }: Source): boolean => path.startsWith("model/invariants")

/** `//= SQP-TID-2` at the line of the model that is the rule. */
const inModel = cited(
  model.filter((file) => !isInvariant(file)),
  /\/\/= SQP-[^\n]*/g
)
/** The requirement an invariant reads. */
const inInvariants = cited(model.filter(isInvariant), /"SQP-[A-Z]+-\d+"/g)
/** `[SQP-TID-2]`, or several, at the end of a test's title, or the `id` of a row of `it.each`. */
const TITLE = /(?:\[SQP-[A-Z]+-\d+(?:, SQP-[A-Z]+-\d+)*\] ?)+["`]|\bid: "SQP-[A-Z]+-\d+"/g
const inTests = cited(
  tests.filter(({ path }) => path !== "properties/coverage.test.ts"),
  TITLE
)

const line = (id: string, { level, scope }: Requirement): string => {
  const names = (files: ReadonlyArray<string> | undefined, folder: string): string =>
    (files ?? []).map((path) => path.slice(folder.length + 1).replace(/(\.test)?\.ts$/, "")).join(" ") || "-"
  return [
    id.padEnd(13),
    level.padEnd(6),
    scope.padEnd(4),
    names(inModel.get(id), "model"),
    names(inInvariants.get(id), "model"),
    names(inTests.get(id), "properties")
  ].join(" | ")
}

describe("the register of requirements", () => {
  it("finds the citations there are", () => {
    expect(inModel.get("SQP-TID-1")).toContain("model/tid.ts")
    expect(inTests.get("SQP-FRAME-1")).toContain("properties/frame.test.ts")
    const text = 'a [SQP-Z-9] it("does [SQP-C-3, SQP-D-4] [SQP-E-5]") { id: "SQP-F-6" }'
    const sample = cited([{ path: "x", text }], TITLE)
    expect([...sample.keys()]).toEqual(["SQP-C-3", "SQP-D-4", "SQP-E-5", "SQP-F-6"])
  })

  it("knows every id that is cited anywhere", () => {
    const everywhere = cited(
      [...sources(["model", "impl", "properties"], [".ts"]), ...sources(["spec"], [".md", ".ts"])].filter(
        ({ path }) => path !== "properties/coverage.test.ts"
      ),
      ID
    )
    const unknown = [...everywhere]
      .filter(([id]) => !isKnown(id))
      .map(([id, paths]) => `${id} in ${paths.join(", ")}`)
    expect(unknown).toEqual([])
  })

  it("has model code or a test for every MUST that binds everybody", () => {
    const bare = register.filter(
      ([id, { level, scope }]) =>
        level === "MUST" && scope === "rule" && !inModel.has(id) && !inInvariants.has(id) && !inTests.has(id)
    )
    expect(bare.map(([id]) => id)).toEqual([])
  })

  it("is covered as the reviewed table says", async () => {
    const head = "requirement   | level  | scope | model | invariants | tests (files)"
    const table = [head, ...register.map(([id, requirement]) => line(id, requirement)), ""].join("\n")
    await expect(table).toMatchFileSnapshot("../spec/coverage.snapshot")
  })
})
