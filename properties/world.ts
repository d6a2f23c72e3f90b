/**
 * What a generator knows of a run so far: the lines with their outputs, and the port as it told it to be. It
 * never looks inside.
 */
import type { Command, CommandOf, Init } from "../impl/trace/command.ts"
import { type CompleteInit, completeInit } from "../impl/trace/init.ts"
import type { Line } from "../impl/trace/line.ts"
import type { Output, OutputOf } from "../impl/trace/output.ts"
import { hexOf, type Pieces } from "./mads.ts"

/** An output with the place it can be copied from. */
export interface Placed<O extends Output> {
  readonly line: number
  readonly out: number
  readonly output: O
}

/** A peer in the fabric: another HCA with a CM. */
export interface Peer {
  readonly lid: number
  readonly gid: string
  readonly caGuid: string
}

const PEERS: ReadonlyArray<Peer> = [0, 1, 2].map((i) => ({
  lid: 20 + i,
  gid: `fe80000000000000${hexOf(0xbb00 + i, 16)}`,
  // Two peers share a CA GUID: two ports of one HCA.
  caGuid: hexOf(0xcc00 + Math.min(i, 1), 16)
}))

/** The run as its generator sees it. */
export class World {
  readonly init: CompleteInit
  lid: number
  smLid: number | null
  running = false
  prefix: string
  guids: ReadonlyArray<string>
  readonly wire: Array<Placed<OutputOf<"wire">>> = []
  readonly delivered: Array<Placed<OutputOf<"function">>> = []
  readonly told: Array<Placed<OutputOf<"answer" | "tunnel">>> = []
  readonly sent: Array<CommandOf<"egress" | "ingress">> = []
  /**
   * The JoinState bits a scripted SA holds for the port, by MGID; it forgets when it is another or asks to
   * register again.
   */
  readonly saHolds = new Map<string, number>()
  /** What it said to a request, by wire TID: a repeated request gets the same answer. */
  readonly saSaid = new Map<string, Pieces>()

  constructor(init: Init) {
    this.init = completeInit(init)
    this.lid = init.lid
    this.smLid = init.smLid
    this.prefix = init.subnetPrefix
    this.guids = this.init.guids
  }

  /** Takes note of a line that was done. */
  note({ in: command, n, out = [] }: Line): void {
    if (command.op === "egress" || command.op === "ingress") this.sent.push(command)
    if (command.op === "start" || command.op === "stop") this.running = command.op === "start"
    if (command.op === "lid") this.lid = command.lid
    if (command.op === "reregister" || (command.op === "sm" && command.smLid !== this.smLid))
      this.saHolds.clear()
    if (command.op === "sm") this.smLid = command.smLid
    if (command.op === "prefix") this.prefix = command.subnetPrefix
    if (command.op === "ingress" && /^.{6}81.{24}0030/.test(command.mad)) {
      // As far as a reader of the SA's answers knows.
      this.guids = this.guids.map((guid, f) => {
        const shown = command.mad.slice(128 + 16 * f, 144 + 16 * f)
        return f === 0 || f > 7 || shown === hexOf(0, 16) ? guid : shown
      })
    }
    if (command.op === "guidTable")
      this.guids = this.guids.map((guid, f) => command.guids[f - 8 * command.block] ?? guid)
    out.forEach((output, i) => {
      const place = { line: n, out: i }
      if (output.to === "wire") this.wire.push({ ...place, output })
      if (output.to === "function") this.delivered.push({ ...place, output })
      if (output.to === "answer" || output.to === "tunnel") this.told.push({ ...place, output })
    })
  }

  /** A function by any number. */
  functionOf(pick: number): number {
    return pick % this.init.functions
  }

  /** A VF by any number; the PF where there is none. */
  vfOf(pick: number): number {
    return this.init.functions === 1 ? 0 : 1 + (pick % (this.init.functions - 1))
  }

  gidOf(f: number): string {
    return this.prefix + (this.guids[f] ?? hexOf(0, 16))
  }

  /** The GID of a function on the other port of the HCA; that of nobody where there is none. */
  otherGidOf(f: number): string {
    return this.prefix + (this.init.otherPortGuids[f] ?? hexOf(0xdead, 16))
  }

  peerOf(pick: number): Peer {
    return PEERS[pick % PEERS.length] ?? { lid: 20, gid: hexOf(0, 32), caGuid: hexOf(0, 16) }
  }
}

/** The entry a pick names, counted from the newest; undefined where there is none. */
export const recent = <T>(list: ReadonlyArray<T>, pick: number): T | undefined =>
  list.length === 0 ? undefined : list[list.length - 1 - (pick % list.length)]

/**
 * Something to do, decided when it is its turn: most answer an output that is not there yet when the move is
 * drawn.
 */
export interface Move {
  readonly label: string
  /** The command it comes to; null where there is nothing it could mean. */
  readonly resolve: (world: World) => Command | null
}
