/** Reasons given for survivors of mutation testing speak of the code as it is. */
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { explainedFiles, explanationsOf, KINDS, placesOf } from "./explained.ts"

const project = new URL("../../", import.meta.url)
const page = readFileSync(new URL("spec/mutation.md", project), "utf8")
const table = page.slice(page.indexOf("## Survivors"), page.indexOf("## How to run it"))

describe("an explanation of survivors", () => {
  it("is of a kind that spec/mutation.md defines [SQP-MUT-5]", () => {
    const defined = [...table.matchAll(/^\| `([a-z-]+)` \| [^|]{20,} \|$/gm)].map(([, kind]) => kind)
    expect(defined).toEqual([...KINDS])
  })

  it.each(explainedFiles())("speaks of places that are in %s, naming which if there are several, of each change once [SQP-MUT-5]", (file) => {
    expect(existsSync(new URL(file, project))).toBe(true)
    const source = readFileSync(new URL(file, project), "utf8")
    const explanations = explanationsOf(file)
    const vague = explanations.filter(({ at, line, was }) => {
      const places = placesOf(source, line, was).length
      return at === undefined ? places !== 1 : places < 2 || at.some((n) => n < 1 || n > places)
    })
    expect(vague).toEqual([])
    const poor = explanations.filter(({ becomes, kind, why }) =>
      !KINDS.includes(kind) || why.length < 8 || becomes.length === 0)
    expect(poor).toEqual([])
    const changes = explanations.flatMap(({ at = [1], becomes, line, was }) => becomes.flatMap((to) => at.map((n) => `${n} ${line} ${was} ${to}`)))
    expect(changes.filter((change, i) => changes.indexOf(change) !== i)).toEqual([])
  })
})
