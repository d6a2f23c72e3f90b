import { describe, expect, it } from "vitest"
import type { Command } from "../../impl/trace/command.ts"
import { TraceDriver } from "../../impl/trace/driver.ts"
import { CLASS, mad } from "../mads.ts"

const commands: ReadonlyArray<Command> = [
  {
    op: "init", format: "special-qp/1", functions: 2, subnetPrefix: "fe80000000000000",
    guids: ["0000000000000a00", "0000000000000a01"], pkeys: [0xffff], lid: 5, smLid: 1, active: [true, true]
  },
  { op: "start" },
  {
    op: "egress", function: 1, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: 20, sl: 0, pathBits: 0,
    rate: 0, grh: null, mad: mad({ mgmtClass: CLASS.PERF, method: 1, attribute: 0x12, tid: "0000000000000001" })
  },
  {
    op: "ingress", qp: 1, slid: 20, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: 0, grh: null,
    copy: [{ line: 3, out: 0, from: 8, to: 8, length: 8 }],
    mad: mad({ mgmtClass: CLASS.PERF, method: 0x81, attribute: 0x12, tid: "0000000000000000" })
  }
]

const lastOf = (driver: TraceDriver) => commands.map((command, i) => driver.apply({ n: i + 1, in: command })).at(-1)

describe("the driver of a trace", () => {
  it("lets a command copy from the outputs of earlier lines", () => {
    expect(lastOf(new TraceDriver())?.out).toMatchObject([{ to: "function", function: 1 }])
  })

  it("keeps no outputs where nothing shall be copied, so that a run may be recorded for long", () => {
    expect(lastOf(new TraceDriver({ remembers: false }))?.error).toBe("the line with n 3 of this run has no output 0")
  })
})
