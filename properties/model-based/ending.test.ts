import { describe, expect, it } from "vitest"
import type { Command, Init } from "../../impl/trace/command.ts"
import type { Line } from "../../impl/trace/line.ts"
import { mad, CLASS } from "../mads.ts"
import { reference } from "../subject.ts"
import { endingOf, leftBehind } from "./ending.ts"

const init: Init = {
  op: "init",
  format: "special-qp/1",
  functions: 2,
  subnetPrefix: "fe80000000000000",
  guids: ["0000000000000a00", "0000000000000a01"],
  pkeys: [0xffff],
  lid: 5,
  smLid: 1,
  active: [true, true],
  timing: { tidMin: 1000, tidMax: 1500 }
}

const ask: Command = {
  op: "egress", function: 1, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: 20, sl: 0, pathBits: 0,
  rate: 0, grh: null, mad: mad({ mgmtClass: CLASS.PERF, method: 1, attribute: 0x12, tid: "0000000000000001" })
}

const done = (...commands: ReadonlyArray<Command>): ReadonlyArray<Line> => {
  const subject = reference()
  return commands.map((command, i) => subject.apply({ n: i + 1, in: command }))
}

describe("the end of a run", () => {
  it("a dump tells each table's entries by function, and what is past its life no more", () => {
    const create: Command = { op: "verb", function: 1, verb: "createQp", type: "ud" }
    const lines = done(init, { op: "start" }, ask, create, { op: "dump" }, { op: "advance", ms: 1500 }, { op: "dump" })
    const [before, after] = lines.filter((line) => line.in.op === "dump").map(({ out = [] }) => out)
    expect(before).toEqual([
      {
        to: "state",
        counts: [
          { table: "transactions", function: 1, entries: 1 },
          { table: "qps", function: 1, entries: 1 },
          { table: "wireTids", function: null, entries: 1 }
        ]
      }
    ])
    expect(after).toEqual([{ to: "state", counts: [{ table: "qps", function: 1, entries: 1 }] }])
  })

  it("leaves nothing, and what is left is named with whose it is", () => {
    expect(leftBehind(done(init, { op: "start" }, ask, ...endingOf(init)), null)).toEqual([])
    const unended = done(init, { op: "start" }, ask, { op: "dump" }, { op: "dump" })
    expect(leftBehind(unended, null)).toEqual([
      "after its end function 1 has 1 transactions",
      "the stopped PF context has 1 transactions",
      "the stopped PF context has 1 wireTids"
    ])
    expect(leftBehind(done(init), null)).toEqual(["the run does not tell what it holds"])
  })
})
