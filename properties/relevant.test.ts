import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { messageChart } from "./chart.ts"
import { connect, peer, request, response, Story } from "./divergences/story.ts"
import { pastChart } from "./relevant.ts"
import { check } from "./trace-check.ts"
import { divergenceIds, waivableIds } from "./waivers.ts"

it("a violation is told with the lines that share an id with it, not with those between [SQP-CHK-3]", () => {
  const story = new Story()
  story.does({ op: "query", function: 2, attribute: "PortInfo", modifier: 0 })
  const { mad } = story.sends(1, request()).wire
  for (let i = 0; i < 20; i++) story.sends(2, connect(2), { dlid: peer.lid })
  story.arrives(response(mad))
  const lines = story.lines.map((line) => (line.n === story.length ? { ...line, out: [] } : line))
  const { relevant, violations } = check(lines)
  expect(violations[0]).toMatchObject({ line: 25, requirements: expect.arrayContaining(["SQP-TID-4"]) })
  expect(relevant.map(({ place }) => place)).toEqual([4, 25])
  const chart = pastChart(relevant)
  expect(chart[0]).toMatch(/^ +function 1 +PF context +wire$/)
  expect(chart.slice(1).map((row) => row.slice(0, 14).trim())).toEqual(["line 4 (n 4)", "", "line 25 (n 25)"])
  expect(chart[1]).toContain("class 0x03 method 0x01 attribute 0x0035")
  expect(check(story.lines).relevant).toEqual([])
})

it("a chart has a column a party, and an arrow from who sends to who gets [SQP-CHK-3]", () => {
  expect(messageChart(["a", "b", "c", "nobody"], [
    { label: "1", from: "a", to: "c", text: "one" }, { label: "2", from: "c", to: "b", text: "two" },
    { label: "10", from: "b", to: "b", text: "three" }
  ])).toEqual([
    "    a             b             c",
    " 1  |-------------+------------>|  one",
    " 2  |             |<------------|  two",
    "10  |             *             |  three"
  ])
  expect(messageChart(["a"], [])).toEqual([])
})

it("the page of divergences has just the ids that are known, and the page of checking all that can be waived [SQP-CHK-4]", () => {
  const page = (name: string): string => readFileSync(new URL(`../spec/${name}.md`, import.meta.url), "utf8")
  const rows = page("divergences").matchAll(/^\| (D-[A-Z]+\d+) \|/gm)
  expect([...rows].map(([, id]) => id).toSorted()).toEqual(divergenceIds.toSorted())
  const table = page("check").split("\n").filter((line) => /^\| .*\| D-/.test(line)).flatMap((line) => line.match(/D-[A-Z]+\d+/g) ?? [])
  expect(table.toSorted()).toEqual(waivableIds.toSorted())
})
