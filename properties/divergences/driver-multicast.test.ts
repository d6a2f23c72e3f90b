/** What the driver does in multicast is refused by the checker. */
import { describe } from "vitest"
import type { Output } from "../../impl/trace/output.ts"
import { MASK } from "../mads.ts"
import { altered, type Defect, patched, refuse } from "./driver.ts"
import { gid, grhTo, join, LEAST, MGID, request, response, type Story } from "./story.ts"

const RESPONSE = { method: 0x81 }
const leave = (f: number, joinState = 1): string => join(f, { method: 0x15, joinState, tid: "000000000000000a" })
const onlyTo = (to: Output["to"], out: ReadonlyArray<Output>): ReadonlyArray<Output> => out.filter((output) => output.to === to)
const TIMING = { saTimeout: 1000, saRetries: 1, horizon: 10_000 }
/** A join of VF 1 that the SA never answered; the MAD that was sent. */
const unanswered = (story: Story): string => {
  const { mad } = story.sends(1, join(1)).wire
  story.waits(5000)
  return mad
}

const defects: ReadonlyArray<Defect> = [
  {
    id: "D-E8",
    tell: (story) => {
      story.joins(1)
      const asked = request({ attribute: 0x38 }, [[36, "0".repeat(16)], [48, "0000000000000003"], [56, MGID], [72, gid(1)]])
      story.sends(1, asked)
      return []
    }
  },
  {
    id: "A39",
    tell: (story) => {
      const { got } = story.joins(1, { joinState: 1 })
      story.sends(1, join(1, { joinState: 8, tid: "000000000000000d" }))
      return [altered(got, { mad: patched(patched(got.mad, 8, "000000000000000d"), 104, "29") })]
    }
  },
  {
    id: "D-M1",
    tell: (story) => {
      story.joins(1, { joinState: 8 })
      return onlyTo("function", story.sends(1, leave(1, 8)).out)
    }
  },
  {
    id: "D-M2",
    tell: (story) => {
      const { got } = story.sends(1, join(1, { joinState: 0 }))
      return [altered(got, { mad: patched(got.mad, 4, "0000") })]
    }
  },
  { id: "D-M3", init: { timing: TIMING }, tell: (story) => (story.arrives(response(unanswered(story), RESPONSE)), []) },
  {
    id: "D-M4", init: { timing: TIMING },
    tell: (story) => {
      story.joins(1, { joinState: 1 })
      story.joins(2, { joinState: 2 })
      story.sends(2, leave(2, 2))
      story.waits(5000)
      story.sends(1, leave(1, 1))
      return []
    }
  },
  {
    id: "D-M7", init: { timing: { ...TIMING, saRetries: 2 } },
    tell: (story) => {
      story.sends(1, join(1))
      story.waits(20_000)
      return []
    }
  },
  {
    id: "D-M10",
    tell: (story) => {
      const { mad } = story.sends(1, join(1)).wire
      story.sends(2, join(2))
      const { out } = story.arrives(response(mad, { ...RESPONSE, status: 0x0700 }))
      return out.map((output) => (output.to === "function" ? altered(output, { function: 2 }) : output))
    }
  },
  {
    id: "D-M15",
    tell: (story) => {
      const { mad } = story.sends(1, join(1)).wire
      story.arrives(response(mad, RESPONSE), { grh: grhTo(gid(0)) })
      return []
    }
  },
  {
    id: "D-M20",
    tell: (story) => {
      story.joins(1)
      const grh = { dgid: gid(9), hopLimit: 1, flowLabel: 0, trafficClass: 0 }
      return [altered(story.sends(2, join(2), { grh }).got, { grh: null })]
    }
  },
  {
    id: "D-M21",
    tell: (story) => {
      const { wire } = story.sends(1, join(1))
      story.arrives(response(wire.mad, { ...RESPONSE, status: 0x0200 }))
      story.sends(1, join(1, { mask: LEAST | MASK.PROXY_JOIN, proxyJoin: true, tid: "000000000000000c" }))
      return [altered(wire, { mad: patched(wire.mad, 8, "0000000012345678") })]
    }
  },
  {
    id: "D-M22",
    tell: (story) => {
      const { wire } = story.sends(1, join(1))
      return [altered(wire, { mad: patched(wire.mad, 36, "0123456789abcdef") })]
    }
  },
  {
    id: "D-M23",
    tell: (story) => {
      story.joins(1)
      story.joins(2, { joinState: 2 })
      const { out } = story.sends(2, leave(2, 2))
      return out.map((output) => (output.to === "function" ? altered(output, { mad: patched(output.mad, 3, "81") }) : output))
    }
  },
  { id: "D-M24", tell: (story) => (story.sends(1, leave(1)), []) },
  {
    id: "D-M28",
    tell: (story) => {
      story.joins(1)
      return onlyTo("drop", story.does({ op: "stop" }).out)
    }
  },
  {
    id: "D-M32",
    tell: (story) => {
      const { mad } = story.sends(1, join(1)).wire
      story.arrives(response(mad, RESPONSE), { slid: 20 })
      return [
        {
          to: "function", function: 1, qp: 1, pkeyIndex: 0, slid: 1, srcQp: 1, sl: 0, pathBits: 0, grh: null,
          mad: patched(response(join(1), RESPONSE), 36, "0".repeat(16))
        }
      ]
    }
  },
  {
    id: "D-M36",
    tell: (story) => {
      const { mad } = story.sends(1, join(1)).wire
      const { got } = story.arrives(response(mad, RESPONSE))
      return [altered(got, { mad: patched(got.mad, 4, "0200") })]
    }
  },
  {
    id: "D-M40",
    tell: (story) => {
      const { wire } = story.sends(1, join(1))
      story.waits(300)
      story.sends(1, join(1))
      return [altered(wire, { mad: patched(wire.mad, 8, "0000000012345678") })]
    }
  }
]

describe("in multicast,", () => refuse(defects))
