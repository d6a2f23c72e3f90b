/** What the driver does in CM is refused by the checker. */
import { describe } from "vitest"
import { cm, hexOf } from "../mads.ts"
import { altered, type Defect, patched, refuse } from "./driver.ts"
import { at, connect, connectTo, gid, grhTo, peer, type Story, tidOf } from "./story.ts"

const toPeer = { dlid: peer.lid }
const fromPeer = { slid: peer.lid }
const TID = "0000000000000077"
const localId = (mad: string): string => at(mad, 24, 4)
const message = (name: Parameters<typeof cm>[0], local: string, remote: string, tid = TID): string =>
  cm(name, tid, [[24, local], [28, remote], [32, "00"], [34, "0004"], [36, "0".repeat(16)], [52, peer.caGuid]])
const sidr = (name: "SIDR_REQ" | "SIDR_REP", id: string, tid = TID): string =>
  cm(name, tid, [[24, id], [28, "00000000"], [32, "0000000000001234"], [40, gid(1).repeat(8)]])

/** VF 1 is connected to the peer, whose comm id is 00000b0b; the wire comm id. */
const connected = (story: Story): string => {
  const { mad } = story.sends(1, connect(1), toPeer).wire
  story.arrives(message("REP", "00000b0b", localId(mad), tidOf(mad)), fromPeer)
  story.sends(1, message("RTU", "00000101", "00000b0b", "0000000000000005"), toPeer)
  return localId(mad)
}
/** What a function would get if a message that arrived were handed to it with its own comm id. */
const handed = (f: number, mad: string, change: Partial<ReturnType<typeof receipt>> = {}) => ({ ...receipt(f, mad), ...change })
const receipt = (f: number, mad: string) => ({
  to: "function" as const, function: f, qp: 1 as const, pkeyIndex: f === 0 ? 0 : 1, slid: peer.lid, srcQp: 1, sl: 0,
  pathBits: 0, grh: null as null | ReturnType<typeof grhTo>, mad
})

const HOUR = 3_600_000

const cmDefects: ReadonlyArray<Defect> = [
  {
    id: "D-C1",
    tell: (story) => {
      const grh = grhTo(gid(2))
      const { got } = story.arrives(sidr("SIDR_REQ", "00000900"), { ...fromPeer, grh })
      return [altered(got, { function: 1 })]
    }
  },
  {
    id: "D-C2",
    tell: (story) => {
      const { mad } = story.sends(1, sidr("SIDR_REQ", "00000033"), toPeer).wire
      story.waits(HOUR)
      const reply = sidr("SIDR_REP", localId(mad), tidOf(mad))
      story.arrives(reply, fromPeer)
      return [handed(1, patched(patched(reply, 24, "00000033"), 8, TID))]
    }
  },
  {
    id: "D-C4",
    tell: (story) => {
      const { mad } = story.sends(1, connect(1), toPeer).wire
      story.waits(HOUR)
      const reply = message("REP", "00000b0b", localId(mad), tidOf(mad))
      story.arrives(reply, fromPeer)
      return [handed(1, patched(patched(reply, 28, "00000101"), 8, "0000000000000005"))]
    }
  },
  {
    id: "D-C5",
    tell: (story) => {
      connected(story)
      const rej = message("REJ", "00000101", "00000b0b")
      return [altered(story.sends(1, rej, toPeer).wire, { mad: rej })]
    }
  },
  {
    id: "D-C6",
    tell: (story) => {
      const second = hexOf(0xdd00, 16)
      story.arrives(connectTo(1), fromPeer)
      story.arrives(connectTo(2, { caGuid: second }), { slid: 21 })
      const rej = cm("REJ", TID, [[24, "00000900"], [28, "00000000"], [32, "00"], [34, "0004"], [36, second]])
      return [altered(story.arrives(rej, { slid: 21 }).got, { function: 1 })]
    }
  },
  {
    id: "D-C7",
    tell: (story) => {
      const { wire } = story.sends(1, connect(1), toPeer)
      return [altered(wire, { mad: patched(wire.mad, 24, "00000000") })]
    }
  },
  {
    id: "D-C8",
    tell: (story) => {
      const { mad } = story.sends(1, connect(1), toPeer).wire
      story.arrives(message("REJ", "00000b0a", localId(mad), tidOf(mad)), fromPeer)
      story.waits(10_000)
      connected(story)
      story.waits(20_000)
      story.sends(1, message("DREQ", "00000101", "00000b0b", "0000000000000006"), toPeer)
      return []
    }
  },
  {
    id: "D-C9",
    tell: (story) => {
      const dreq = message("DREQ", "00000bad", connected(story))
      story.arrives(dreq, { slid: 66 })
      return [handed(1, patched(dreq, 28, "00000101"), { slid: 66 })]
    }
  },
  {
    id: "D-C10",
    tell: (story) => {
      const id = connected(story)
      story.does({ op: "reset", function: 1 })
      const dreq = message("DREQ", "00000b0b", id)
      story.arrives(dreq, fromPeer)
      return [handed(1, patched(dreq, 28, "00000101"))]
    }
  },
  {
    id: "D-C15",
    tell: (story) => (story.arrives(connectTo(1, { remoteGid: gid(77) }), fromPeer), [])
  },
  {
    id: "D-C17",
    tell: (story) => {
      story.arrives(connectTo(1), fromPeer)
      const { wire } = story.sends(1, message("REJ", "00000000", "00000900"), toPeer)
      return [altered(wire, { mad: patched(wire.mad, 24, "00000007") })]
    }
  },
  {
    id: "D-C20",
    tell: (story) => {
      const grh = grhTo(gid(1))
      const mad = connectTo(2)
      story.arrives(mad, { ...fromPeer, grh, pkeyIndex: 2 })
      return [handed(2, mad, { grh, pkeyIndex: 0 })]
    }
  },
  {
    id: "A6",
    tell: (story) => {
      story.arrives(connectTo(1), fromPeer)
      story.sends(1, message("MRA", "00000055", "00000900"), toPeer)
      return []
    }
  },
  {
    id: "A1",
    tell: (story) => {
      story.sends(1, connect(1), toPeer)
      story.waits(4000)
      const { wire } = story.sends(1, connect(1), toPeer)
      return [altered(wire, { mad: patched(wire.mad, 24, "00c0ffee") })]
    }
  }
]

describe("in CM,", () => refuse(cmDefects))
