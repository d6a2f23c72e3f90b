/**
 * Traces as long as one likes, made by our implementation: rounds of queries, joins, conversations, subscriptions, QPs and
 * resets with ids that never come again, so that what a reader remembers of each must be forgotten some day.
 */
import type { Command, CommandOf } from "../impl/trace/command.ts"
import { TraceDriver } from "../impl/trace/driver.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output, OutputOf } from "../impl/trace/output.ts"
import { at, begin, connect, connectTo, gid, join, OWN_LID, peer, request, response, SM_LID, tidOf } from "./divergences/story.ts"
import { CLASS, cm, type CmName, hexOf } from "./mads.ts"

/** Milliseconds between two rounds. */
const ROUND_MS = 60_000

/** A PF context and who talks to it; every command is a line. */
class Rounds {
  readonly #driver = new TraceDriver({ remembers: false })
  #n = 0
  /** The lines since they were last taken. */
  lines: Array<Line> = []
  #id = 0

  does(command: Command): Line {
    this.#n += 1
    const line = this.#driver.apply({ n: this.#n, in: command })
    if (line.error !== undefined) throw new Error(line.error)
    this.lines.push(line)
    return line
  }

  /** The same, and what the PF context asks the SA because of it is answered. */
  told(command: Command): void {
    const isQuestion = (output: Output): output is OutputOf<"wire"> =>
      output.to === "wire" && at(output.mad, 1, 1) === "03" && Number.parseInt(at(output.mad, 3, 1), 16) < 0x80
    for (const { mad } of (this.does(command).out ?? []).filter(isQuestion)) {
      this.arrives(response(mad, { method: at(mad, 3, 1) === "15" ? 0x95 : 0x81 }))
    }
  }

  /** An id that no MAD had before. */
  fresh(digits: number): string {
    this.#id += 1
    return hexOf(this.#id, digits)
  }

  sends(f: number, mad: string, change: Partial<CommandOf<"egress">> = {}): string {
    const { out = [] } = this.does({
      op: "egress", function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: SM_LID, sl: 0,
      pathBits: 0, rate: 0, grh: null, mad, ...change
    })
    return out.find((output): output is OutputOf<"wire"> => output.to === "wire")?.mad ?? ""
  }

  arrives(mad: string, slid = SM_LID): string {
    const { out = [] } = this.does({
      op: "ingress", qp: 1, slid, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: 0, grh: null, mad
    })
    return out.find((output): output is OutputOf<"function"> => output.to === "function")?.mad ?? ""
  }
}

const toPeer = { dlid: peer.lid }
const message = (name: CmName, tid: string, local: string, remote: string): string =>
  cm(name, tid, [[24, local], [28, remote], [32, "00"], [34, "0004"], [36, "0".repeat(16)]])
const idOf = (mad: string): string => at(mad, 24, 4)

/** A query of a function, and its answer; every seventh is lost. */
const query = (rounds: Rounds, f: number, round: number): void => {
  const left = rounds.sends(f, request({ tid: rounds.fresh(16) }, [[36, "0".repeat(16)]]))
  if (round % 7 !== 0) rounds.arrives(response(left))
}

/** A function becomes a member of a group of its own, and ends it in the next round but one. */
const membership = (rounds: Rounds, f: number, round: number): void => {
  const mgid = (n: number): string => `ff12401bffff0000${hexOf(n, 16)}`
  const asked = rounds.sends(f, join(f, { mgid: mgid(round), tid: rounds.fresh(16) }))
  if (asked !== "") rounds.arrives(response(asked, { method: 0x81 }))
  if (round < 2) return
  const left = rounds.sends(f, join(f, { method: 0x15, mgid: mgid(round - 2), tid: rounds.fresh(16) }))
  if (left !== "") rounds.arrives(response(left, { method: 0x95 }))
}

/** A function connects and disconnects; every fifth time the peer never answers. */
const conversation = (rounds: Rounds, f: number, round: number): void => {
  const [own, other] = [`0a${rounds.fresh(6)}`, `0b${rounds.fresh(6)}`]
  const asked = rounds.sends(f, connect(f, { localId: own, tid: rounds.fresh(16) }), toPeer)
  if (round % 5 === 0 || asked === "") return
  rounds.arrives(message("REP", tidOf(asked), other, idOf(asked)), peer.lid)
  rounds.sends(f, message("RTU", rounds.fresh(16), own, other), toPeer)
  const ended = rounds.sends(f, message("DREQ", rounds.fresh(16), own, other), toPeer)
  rounds.arrives(message("DREP", tidOf(ended), other, idOf(asked)), peer.lid)
}

/** A peer connects to a function, which refuses, or ends what it accepted. */
const visit = (rounds: Rounds, f: number, round: number): void => {
  const [own, other, tid] = [`0c${rounds.fresh(6)}`, `0d${rounds.fresh(6)}`, rounds.fresh(16)]
  rounds.arrives(connectTo(f, { localId: other, tid }), peer.lid)
  if (round % 2 === 0) {
    rounds.sends(f, message("REJ", tid, "00000000", other), toPeer)
    return
  }
  const rep = rounds.sends(f, message("REP", tid, own, other), toPeer)
  rounds.arrives(message("RTU", tid, other, idOf(rep)), peer.lid)
  rounds.arrives(message("DREQ", rounds.fresh(16), other, idOf(rep)), peer.lid)
  rounds.sends(f, message("DREP", rounds.fresh(16), own, other), toPeer)
}

/** A function is asked by a stranger, and answers. */
const question = (rounds: Rounds, f: number): void => {
  const tid = rounds.fresh(16)
  const { out = [] } = rounds.does({
    op: "ingress", qp: 1, slid: peer.lid, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: f === 0 ? 0 : 1,
    grh: { sgid: peer.gid, dgid: gid(f), hopLimit: 64, flowLabel: 0, trafficClass: 0 },
    mad: request({ mgmtClass: CLASS.PING, tid })
  })
  const got = out.find((output): output is OutputOf<"function"> => output.to === "function")
  if (got === undefined) return
  rounds.sends(f, response(got.mad), {
    ...toPeer, pkeyIndex: got.pkeyIndex, grh: { dgid: peer.gid, hopLimit: 64, flowLabel: 0, trafficClass: 0 }
  })
}

/** A function subscribes to a trap and unsubscribes. */
const subscription = (rounds: Rounds, f: number, round: number): void => {
  const inform = (subscribe: number): string =>
    request({ method: 0x02, attribute: 0x03, tid: rounds.fresh(16) }, [
      [36, "0".repeat(16)], [44, "00000000"], [48, "0".repeat(16)], [56, "0".repeat(32)], [72, "ffff"], [74, "0000"], [76, "0000"],
      [78, "01"], [79, hexOf(subscribe, 2)], [80, "ffff"], [82, hexOf(64 + (round % 2), 4)], [84, "00000000"], [88, "00000004"],
      [92, "0".repeat(328)]
    ])
  const asked = rounds.sends(f, inform(1))
  if (asked !== "") rounds.arrives(response(asked, { method: 0x81 }))
  const ended = rounds.sends(f, inform(0))
  if (ended !== "") rounds.arrives(response(ended, { method: 0x81 }))
}

/** A function makes a QP, changes it, and destroys it. */
const ownQp = (rounds: Rounds, f: number): void => {
  const { out = [] } = rounds.does({ op: "verb", function: f, verb: "createQp", type: "ud" })
  const [answer] = out
  const qp = answer?.to === "answer" ? (answer.qpn ?? 0) : 0
  rounds.does({ op: "verb", function: f, verb: "modifyQp", qp, pkeyIndex: 0 })
  rounds.does({ op: "query", function: f, attribute: "PortInfo", modifier: 0 })
  rounds.does({ op: "verb", function: f, verb: "destroyQp", qp })
}

/** What happens seldom. */
const seldom = (rounds: Rounds, f: number, round: number): void => {
  if (round % 50 === 49) rounds.told({ op: "reset", function: f })
  if (round % 70 === 69) rounds.told({ op: "reregister" })
  if (round % 90 === 89) rounds.told({ op: "lid", lid: OWN_LID, lmc: 0 })
  if (round % 20 === 19) rounds.does({ op: "counters" })
}

/** What a round has, each for a function by turns. */
const parts = {
  query: (rounds, f, round) => {
    query(rounds, 0, round)
    query(rounds, f, round)
  },
  membership: (rounds, _, round) => membership(rounds, 1, round),
  conversation, visit, question, subscription, ownQp, seldom
} satisfies Readonly<Record<string, (rounds: Rounds, f: number, round: number) => void>>

/** One part of a round. */
export type Part = keyof typeof parts

const isPart = (name: string): name is Part => Object.hasOwn(parts, name)

/** All of them. */
export const allParts: ReadonlyArray<Part> = Object.keys(parts).filter(isPart)

/** The first `count` lines, and a few more, of a trace that has no end and these parts; the same each time. */
export function* longTrace(count: number, of: ReadonlyArray<Part> = allParts): Generator<Line> {
  const rounds = new Rounds()
  rounds.does(begin)
  rounds.does({ op: "start" })
  let done = 0
  for (let round = 0; done < count; round++) {
    for (const part of of) parts[part](rounds, 1 + (round % 2), round)
    rounds.told({ op: "advance", ms: ROUND_MS })
    done += rounds.lines.length
    yield* rounds.lines
    rounds.lines = []
  }
}
