/**
 * Tells a scenario to our implementation, command by command, and has the checker judge the trace: what a
 * test of a divergence claims is so here and is what the rules ask for.
 */
import type { Command, CommandOf, Init } from "../../impl/trace/command.ts"
import type { Line } from "../../impl/trace/line.ts"
import type { Output, OutputOf } from "../../impl/trace/output.ts"
import { expectAllowed } from "../expect-allowed.ts"
import { check } from "../trace-check.ts"
import { CLASS, hexOf, mad, MASK, membership, type Membership, type Pieces, req, type Req } from "../mads.ts"
import { reference } from "../subject.ts"
import type { WaivableId } from "../waivers.ts"
import type { Verdict } from "../verdict.ts"

export const PREFIX = "fe80000000000000"
export const NO_GUID = "0".repeat(16)
export const SM_LID = 1
export const OWN_LID = 5
/** Functions 0 to 3; the last is not attached unless a story says so. */
export const FUNCTIONS = 4

/** The GUID of a function. */
export const guid = (f: number): string => hexOf(0xa00 + f, 16)
/** The GID of a function under a prefix. */
export const gid = (f: number, prefix = PREFIX): string => prefix + guid(f)
/** A node on the fabric. */
export const peer = { lid: 20, gid: PREFIX + hexOf(0xbb00, 16), caGuid: hexOf(0xcc00, 16) }

/** The port and the functions of every story: VFs 1 and 2 have two P_Keys each, the second is the same. */
export const begin: Init = {
  op: "init",
  format: "special-qp/1",
  seed: 7,
  functions: FUNCTIONS,
  subnetPrefix: PREFIX,
  guids: [0, 1, 2, 3].map(guid),
  nodeGuids: [0, 1, 2, 3].map((f) => hexOf(0xf00 + f, 16)),
  pkeys: [0xffff, 0x8001, 0x7002],
  virt2phys: [[], [1, 0], [2, 0], [0]],
  lid: OWN_LID,
  smLid: SM_LID,
  smSl: 2,
  active: [true, true, true, false],
  nodeInfo: "4a".repeat(64),
  portInfo: "b5".repeat(64)
}

/** Bytes of a MAD, from a byte on. */
export const at = (text: string, byte: number, length: number): string =>
  text.slice(2 * byte, 2 * (byte + length))
/** The TID of a MAD. */
export const tidOf = (text: string): string => at(text, 8, 8)
/** The status of a MAD. */
export const statusOf = (text: string): string => at(text, 4, 2)
/** The method of a MAD. */
export const methodOf = (text: string): string => at(text, 3, 1)

/** A request of a class; Get(PathRecord) to the SA unless said otherwise. */
export const request = (
  change: { mgmtClass?: number; method?: number; attribute?: number; tid?: string } = {},
  pieces: Pieces = []
): string => mad({ mgmtClass: CLASS.SA, method: 0x01, attribute: 0x35, tid: "0000000000000007", ...change }, pieces)

/** The response to a request: the same bytes, the R bit set, with a status. */
export const response = (of: string, change: { method?: number; status?: number } = {}): string =>
  of.slice(0, 6) + hexOf(change.method ?? Number.parseInt(methodOf(of), 16) | 0x80, 2) +
  hexOf(change.status ?? 0, 4) + of.slice(12)

export const MGID = "ff12401bffff00000000000000000001"
/** Components that every join and leave must have. */
export const LEAST = MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE

/** A join of a function: FullMember of {@link MGID} unless said otherwise; a leave with method 0x15. */
export const join = (f: number, change: Partial<Membership> = {}): string =>
  membership({
    method: 0x02, tid: "0000000000000009", mask: LEAST, mgid: MGID, portGid: gid(f), joinState: 1, pkey: 0xffff,
    proxyJoin: false, ...change
  })

/** A REQ of a function to the peer. */
export const connect = (f: number, change: Partial<Req> = {}): string =>
  req({
    localId: "00000101", tid: "0000000000000005", caGuid: hexOf(0xf00 + f, 16), localGid: gid(f),
    remoteGid: peer.gid, localLid: OWN_LID, remoteLid: peer.lid, responseTimeout: 18, maxRetries: 1, ...change
  })

/** A REQ of the peer for a function. */
export const connectTo = (f: number, change: Partial<Req> = {}): string =>
  req({
    localId: "00000900", tid: "0000000000000077", caGuid: peer.caGuid, localGid: peer.gid, remoteGid: gid(f),
    localLid: peer.lid, remoteLid: OWN_LID, responseTimeout: 18, maxRetries: 1, ...change
  })

/** A GRH as it arrives. */
export const grhTo = (dgid: string, sgid = peer.gid) =>
  ({ sgid, dgid, hopLimit: 64, flowLabel: 0, trafficClass: 0 })

/** What came of a command. */
export class Outcome {
  readonly out: ReadonlyArray<Output>

  constructor(out: ReadonlyArray<Output>) {
    this.out = out
  }

  /** All outputs of a kind. */
  all<T extends Output["to"]>(to: T): ReadonlyArray<OutputOf<T>> {
    return this.out.filter((output): output is OutputOf<T> => output.to === to)
  }

  /** What left; there must be just one. */
  get wire(): OutputOf<"wire"> {
    return this.#only("wire")
  }

  /** What a function got; there must be just one. */
  get got(): OutputOf<"function"> {
    return this.#only("function")
  }

  /** The answer to a verb or query; there must be just one. */
  get answer(): OutputOf<"answer"> {
    return this.#only("answer")
  }

  /** Drops as "reason of function", and whatever else came as its kind. */
  get drops(): ReadonlyArray<string> {
    return this.out.map((output) =>
      output.to === "drop" ? `${output.reason} of ${output.function ?? "nobody"}` : output.to
    )
  }

  /** Events as "event of function". */
  get events(): ReadonlyArray<string> {
    return this.all("event").map(({ event, function: f }) => `${event} of ${f}`)
  }

  #only<T extends Output["to"]>(to: T): OutputOf<T> {
    const [first, ...more] = this.all(to)
    if (first === undefined || more.length > 0) {
      throw new Error(`expected one output to ${to}, got ${JSON.stringify(this.out)}`)
    }
    return first
  }
}

/** A PF context that was started, and what was done to it so far. */
export class Story {
  readonly #lines: Array<Line> = []
  readonly #subject = reference()
  /** What the start told. */
  readonly start: Outcome

  constructor(change: Partial<Init> = {}) {
    this.does({ ...begin, ...change })
    this.start = this.does({ op: "start" })
  }

  /** The trace so far. */
  get lines(): ReadonlyArray<Line> {
    return [...this.#lines]
  }

  /** How many commands were done; the number of the last line. */
  get length(): number {
    return this.#lines.length
  }

  /** Does a command. */
  does(command: Command): Outcome {
    const line = this.#subject.apply({ n: this.#lines.length + 1, in: command })
    this.#lines.push(line)
    if (line.error !== undefined) throw new Error(line.error)
    return new Outcome(line.out ?? [])
  }

  /** A function posts a MAD on its proxy of QP1, to the SM unless said otherwise. */
  sends(f: number, text: string, change: Partial<CommandOf<"egress">> = {}): Outcome {
    return this.does({
      op: "egress", function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: SM_LID, sl: 0,
      pathBits: 0, rate: 0, grh: null, mad: text, ...change
    })
  }

  /** A MAD arrives on QP1, from the SM unless said otherwise. */
  arrives(text: string, change: Partial<CommandOf<"ingress">> = {}): Outcome {
    return this.does({
      op: "ingress", qp: 1, slid: SM_LID, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: 0, grh: null, mad: text, ...change
    })
  }

  /** Time passes. */
  waits(ms: number): Outcome {
    return this.does({ op: "advance", ms })
  }

  /** A function becomes FullMember of {@link MGID}, or what `change` says, and the SA agrees. */
  joins(f: number, change: Partial<Membership> = {}): Outcome {
    const { wire } = this.sends(f, join(f, change))
    return this.arrives(response(wire.mad, { method: 0x81 }))
  }

  /** What a checker that misses no drops says of the story, were `out` what came of its last command. */
  judgedWith(out: ReadonlyArray<Output>, allow: ReadonlyArray<WaivableId> = []): Verdict {
    const last = this.#lines.at(-1)
    if (last === undefined) throw new Error("nothing happened yet")
    return check([...this.#lines.slice(0, -1), { ...last, out }], { drops: false, allow })
  }

  /** The checker allows all that happened, and the accounts of all functions balance. */
  ends(): void {
    this.does({ op: "counters" })
    expectAllowed(this.#lines)
  }
}

/** A test that tells a story, which must be allowed by the rules to its end. */
export const told = (tell: (story: Story) => void, change: Partial<Init> = {}) => (): void => {
  const story = new Story(change)
  tell(story)
  story.ends()
}
