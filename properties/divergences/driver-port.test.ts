/** What the driver does on the way out and in, in events, views and verbs, is refused by the checker. */
import { describe } from "vitest"
import type { Output, OutputOf } from "../../impl/trace/output.ts"
import { CLASS } from "../mads.ts"
import { altered, type Defect, refuse } from "./driver.ts"
import { gid, grhTo, guid, NO_GUID, peer, request, response, SM_LID, type Story } from "./story.ts"

const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }
const ping = request({ mgmtClass: CLASS.PING })

/** A request to the SA with SM_Key 0. */
const asked = (change: Parameters<typeof request>[0] = {}): string => request(change, [[36, NO_GUID]])
/** A MAD that a function sent, on the wire as it is. */
const unchanged = (mad: string, change: Partial<OutputOf<"wire">> = {}): OutputOf<"wire"> => ({
  to: "wire", qp: 1, pkeyIndex: 1, remoteQpn: 1, qkey: 0x8001_0000, dlid: SM_LID, sl: 0, pathBits: 0, rate: 0, grh: null,
  mad, ...change
})
/** A MAD that arrived, at a function as it is. */
const handed = (f: number, mad: string, change: Partial<OutputOf<"function">> = {}): OutputOf<"function"> => ({
  to: "function", function: f, qp: 1, pkeyIndex: f === 0 ? 0 : 1, slid: SM_LID, srcQp: 1, sl: 0, pathBits: 0, grh: null,
  mad, ...change
})
const granted = (story: Story, data?: string): ReadonlyArray<Output> => [
  { to: "answer", function: 1, of: story.length, status: "ok", ...(data === undefined ? {} : { data }) }
]

const egress: ReadonlyArray<Defect> = [
  { id: "D-E1", tell: (story) => (story.sends(1, request({ tid: "9a00000000000001" })), []) },
  {
    id: "D-E2",
    tell: (story) => (story.sends(1, asked(), { pkeyIndex: 256 }), [unchanged(asked(), { pkeyIndex: 2 })])
  },
  {
    id: "D-E3",
    tell: (story) => {
      const odd = request({ mgmtClass: CLASS.PING, method: 0x16 })
      const first = story.sends(1, odd, toPeer).wire
      story.sends(2, odd, { ...toPeer, pkeyIndex: 1 })
      return [altered(first, { pkeyIndex: 0 })]
    }
  },
  {
    id: "D-E4",
    tell: (story) => {
      const forged = response(request())
      story.sends(1, forged)
      return [unchanged(forged)]
    }
  },
  {
    id: "D-E5",
    tell: (story) => (story.sends(1, asked(), { qp: 0, remoteQpn: 0 }), [unchanged(asked(), { qp: 0, remoteQpn: 0, pkeyIndex: 0 })])
  },
  {
    id: "D-E6",
    tell: (story) => (story.sends(1, ping, { ...toPeer, remoteQpn: 77 }), [unchanged(ping, { ...toPeer, remoteQpn: 77 })])
  },
  {
    id: "D-E7",
    tell: (story) => {
      const set = asked({ method: 0x15, attribute: 0x35 })
      story.sends(1, set)
      return [unchanged(set)]
    }
  },
  { id: "D-E9", tell: (story) => (story.arrives(request({ mgmtClass: CLASS.DEV_MGT, attribute: 0x11 }), fromPeer), []) },
  { id: "D-E10", tell: (story) => (story.sends(1, request({ mgmtClass: 0x21, method: 0x02 }), toPeer), []) }
]

const ingress: ReadonlyArray<Defect> = [
  {
    id: "D-I1",
    tell: (story) => {
      const unasked = response(request({ tid: "0100000000000007" }))
      story.arrives(unasked)
      return [handed(1, unasked)]
    }
  },
  {
    id: "D-I2",
    tell: (story) => {
      const { mad } = story.sends(2, request()).wire
      const grh = grhTo(gid(1))
      story.arrives(response(mad), { grh })
      return [handed(1, response(mad), { grh })]
    }
  },
  {
    id: "D-I3",
    tell: (story) => {
      const { mad } = story.sends(1, request()).wire
      return [altered(story.arrives(response(mad), { pkeyIndex: 1 }).got, { pkeyIndex: 1 })]
    }
  },
  {
    id: "D-I4", init: { lmc: 2 },
    tell: (story) => {
      const { mad } = story.sends(1, request(), { pathBits: 1 }).wire
      return [altered(story.arrives(response(mad), { pathBits: 1 }).got, { pathBits: 0 })]
    }
  },
  {
    id: "D-I6", init: { guids: [guid(0)] },
    tell: (story) => {
      const grh = grhTo(`fe80000000000000${NO_GUID}`)
      story.arrives(ping, { grh })
      return [handed(1, ping, { grh })]
    }
  },
  {
    id: "D-I7",
    tell: (story) => {
      const grh = grhTo(gid(1, "fec0000000000000"))
      story.arrives(ping, { grh })
      return [handed(1, ping, { grh })]
    }
  },
  {
    id: "D-I8",
    tell: (story) => {
      const { out } = story.arrives(request({ method: 0x06, attribute: 0x02 }))
      return out.length > 0 ? [handed(0, request({ method: 0x06, attribute: 0x02 }))] : []
    }
  },
  {
    id: "D-I11",
    tell: (story) => {
      const grh = grhTo(gid(1))
      story.arrives(ping, { qp: 0, srcQp: 0, grh })
      return [handed(1, ping, { qp: 0, srcQp: 0, grh, pkeyIndex: 0 })]
    }
  }
]

const ends: ReadonlyArray<Defect> = [
  {
    id: "D-T8",
    tell: (story) => {
      story.joins(1)
      return story.does({ op: "reset", function: 1 }).out.filter(({ to }) => to !== "wire")
    }
  },
  {
    id: "D-T9",
    tell: (story) => {
      const { out } = story.does({ op: "reregister" })
      return out.filter((output) => output.to !== "event" || output.function !== 1)
    }
  }
]

const views: ReadonlyArray<Defect> = [
  {
    id: "D-G1",
    tell: (story) => (story.does({ op: "guidTable", block: 0, guids: [guid(0), guid(9), ...Array<string>(6).fill(NO_GUID)] }), [])
  },
  {
    id: "D-G2", init: { guids: [guid(0)] },
    tell: (story) => (
      story.does({ op: "query", function: 1, attribute: "GUIDInfo", modifier: 0 }), granted(story, guid(1) + "0".repeat(112))
    )
  },
  {
    id: "D-G3",
    tell: (story) => {
      const { out } = story.does({ op: "pkeys", pkeys: [0xffff, 0x8003, 0x7002] })
      return [...out, { to: "event", function: 2, event: "pkey" }]
    }
  },
  { id: "D-G4", tell: (story) => (story.does({ op: "sm", smLid: 77, smSl: 0 }), []) },
  {
    id: "D-A1",
    tell: (story) => (
      story.does({ op: "query", function: 1, attribute: "P_KeyTable", modifier: 200 }), granted(story, "ab".repeat(64))
    )
  },
  {
    id: "D-A3", init: { portInfo: "b5".repeat(64) },
    tell: (story) => {
      const { answer } = story.does({ op: "query", function: 1, attribute: "PortInfo", modifier: 0 })
      return [altered(answer, { data: "b5".repeat(8) + (answer.data ?? "").slice(16) })]
    }
  },
  {
    id: "D-A4",
    tell: (story) => (
      story.does({ op: "query", function: 1, attribute: "SLtoVLMappingTable", modifier: 0 }), granted(story, "01".repeat(64))
    )
  },
  {
    id: "D-A5",
    tell: (story) => (
      story.does({ op: "query", function: 1, attribute: "GUIDInfo", modifier: 3 }), granted(story, guid(1) + "0".repeat(112))
    )
  }
]

const verbs: ReadonlyArray<Defect> = [
  {
    id: "D-Q1",
    tell: (story) => {
      const { answer } = story.does({ op: "verb", function: 1, verb: "createQp", type: "ud" })
      return [altered(answer, { qpn: story.start.all("tunnel").find(({ function: f }) => f === 2)?.tunnelQpn ?? 0 })]
    }
  },
  { id: "D-Q2", tell: (story) => (story.does({ op: "verb", function: 1, verb: "modifyQp", qp: 1 }), granted(story)) },
  {
    id: "D-Q3",
    tell: (story) => (
      story.does({ op: "verb", function: 1, verb: "createQp", type: "ud", qkey: 0xffff_000a }),
      [{ to: "answer", function: 1, of: story.length, status: "ok", qpn: 0x999 }]
    )
  },
  {
    id: "D-Q4",
    tell: (story) => {
      const { qpn = 0 } = story.does({ op: "verb", function: 1, verb: "createQp", type: "ud" }).answer
      story.does({ op: "verb", function: 1, verb: "modifyQp", qp: qpn, pkeyIndex: 130 })
      return granted(story)
    }
  },
  {
    id: "D-Q5",
    tell: (story) => {
      const { qpn = 0 } = story.does({ op: "verb", function: 1, verb: "createQp", type: "rc" }).answer
      story.does({ op: "verb", function: 1, verb: "modifyQp", qp: qpn, altPkeyIndex: 2 })
      return granted(story)
    }
  },
  {
    id: "D-Q7",
    tell: (story) => {
      const { qpn = 0 } = story.does({ op: "verb", function: 1, verb: "createQp", type: "rc" }).answer
      story.does({ op: "verb", function: 1, verb: "modifyQp", qp: qpn, sgidIndex: 2 })
      return granted(story)
    }
  },
  {
    id: "D-Q10",
    tell: (story) => (
      story.does({ op: "verb", function: 1, verb: "createQp", type: "ud", qkey: 0x8001_0000 }),
      [{ to: "answer", function: 1, of: story.length, status: "ok", qpn: 0x999 }]
    )
  }
]

describe("on the way out,", () => refuse(egress))
describe("on the way in,", () => refuse(ingress))
describe("at an end or an event,", () => refuse(ends))
describe("in a view,", () => refuse(views))
describe("at a verb,", () => refuse(verbs))
