/** Reasons given for survivors of mutation testing speak of the code as it is. */
import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { explainedFiles, explanationsOf, KINDS } from "./explained.ts"

const project = new URL("../../", import.meta.url)
const page = readFileSync(new URL("spec/mutation.md", project), "utf8")
const table = page.slice(page.indexOf("## Survivors"), page.indexOf("## How to run it"))

describe("an explanation of survivors", () => {
  it("is of a kind that spec/mutation.md defines [SQP-MUT-5]", () => {
    const defined = [...table.matchAll(/^\| `([a-z-]+)` \| [^|]{20,} \|$/gm)].map(([, kind]) => kind)
    expect(defined).toEqual([...KINDS])
  })

  it.each(explainedFiles())("speaks of lines that stand in %s, of each change once [SQP-MUT-5]", (file) => {
    expect(existsSync(new URL(file, project))).toBe(true)
    const lines = readFileSync(new URL(file, project), "utf8").split("\n").map((line) => line.trim())
    const explanations = explanationsOf(file)
    const stale = explanations.filter(({ line, was }) =>
      !lines.includes(line) || !line.includes(was.split("\n")[0]?.trim() ?? ""))
    expect(stale).toEqual([])
    const poor = explanations.filter(({ becomes, kind, why }) =>
      !KINDS.includes(kind) || why.length < 8 || becomes.length === 0)
    expect(poor).toEqual([])
    const changes = explanations.flatMap(({ becomes, line, was }) => becomes.map((to) => `${line} ${was} ${to}`))
    expect(changes.filter((change, i) => changes.indexOf(change) !== i)).toEqual([])
  })
})
