/** Get and GetTable of MCMemberRecord (spec/multicast.md): what functions are told of members. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Command, CommandOf } from "../impl/trace/command.ts"
import type { OutputOf } from "../impl/trace/output.ts"
import { check } from "./trace-check.ts"
import { hexOf, MASK, membership, type Pieces, written } from "./mads.ts"
import { assertProperty } from "./run.ts"
import { reference } from "./subject.ts"

const hexByte = (text: string, at: number): number => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16)
const slice = (text: string, at: number, length: number): string => text.slice(2 * at, 2 * (at + length))
const gid = (f: number): string => `fe80000000000000${hexOf(0xa00 + f, 16)}`
const mgid = (n: number): string => `ff12401bffff0000000000000000000${n}`
const SELF = MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE
/** What this SA says of every group. */
const RECORD: Pieces = [
  [44, "0007"], [88, "00000b1b"], [92, "c001"], [94, "84"], [96, "ffff"], [98, "83"], [99, "92"]
]

/** One PF context with three functions, told command by command; the checker judges the whole at the end. */
class Told {
  readonly #subject = reference()
  readonly #lines: Array<ReturnType<ReturnType<typeof reference>["apply"]>> = []

  constructor() {
    this.tell({
      op: "init", format: "special-qp/1", functions: 3, subnetPrefix: "fe80000000000000", lid: 5, smLid: 1,
      guids: [0, 1, 2].map((f) => hexOf(0xa00 + f, 16)), pkeys: [0xffff], active: [true, true, true]
    })
    this.tell({ op: "start" })
  }

  tell(command: Command): ReturnType<ReturnType<typeof reference>["apply"]> {
    const line = this.#subject.apply({ n: this.#lines.length + 1, in: command })
    this.#lines.push(line)
    return line
  }

  send(f: number, mad: string): ReturnType<Told["tell"]> {
    return this.tell({
      op: "egress", function: f, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: 0x8001_0000, dlid: 1, sl: 2,
      pathBits: 0, rate: 0, grh: null, mad
    })
  }

  /** The SM sends the answer to what the line sent; `mad` but for its TID. */
  answer({ n }: ReturnType<Told["tell"]>, mad: string): ReturnType<Told["tell"]> {
    const command: CommandOf<"ingress"> = {
      op: "ingress", qp: 1, slid: 1, srcQp: 1, sl: 0, pathBits: 0, pkeyIndex: 0, grh: null, mad,
      copy: [{ line: n, out: 0, from: 8, to: 8, length: 8 }]
    }
    return this.tell(command)
  }

  /** A function joins, and the SA grants it. */
  join(f: number, group: string, joinState: number): void {
    const asked = this.send(f, ask({ method: 0x02, f, joinState, mgid: group }))
    const [sent] = asked.out ?? []
    if (sent?.to !== "wire") return
    this.answer(asked, written(sent.mad, [[3, "81"], ...RECORD]))
  }

  /** What a function gets of a response of the SA to the request `mad`. */
  shown(f: number, mad: string, response: Pieces): string {
    const asked = this.send(f, mad)
    const [sent] = asked.out ?? []
    if (sent?.to !== "wire") throw new Error("the request did not leave")
    return got(this.answer(asked, written(sent.mad, response)))
  }

  /** Whether the model allows all of it. */
  get verdict(): string {
    const { undecided, verdict, violations } = check(this.#lines)
    return [verdict, ...undecided, ...violations.flatMap(({ texts }) => texts)].join("\n")
  }
}

interface Ask {
  readonly method: number
  readonly f: number
  readonly mask?: number
  readonly mgid?: string
  readonly portGid?: string
  readonly joinState?: number
  readonly pieces?: Pieces
}

const ask = ({ f, mask = SELF, method, ...rest }: Ask): string =>
  membership({
    tid: "0000000000000009", mgid: mgid(1), portGid: gid(f), joinState: 1, pkey: 0xffff, proxyJoin: false,
    method, mask, ...rest
  })

/** The one MAD that a line handed to a function. */
const got = ({ out = [] }: ReturnType<Told["tell"]>): string => {
  const [first, ...others] = out
  if (first?.to !== "function" || others.length > 0) throw new Error(`not one MAD: ${JSON.stringify(out)}`)
  return first.mad
}

const wireOf = ({ out = [] }: ReturnType<Told["tell"]>): ReadonlyArray<OutputOf<"wire">> =>
  out.flatMap((output) => (output.to === "wire" ? [output] : []))

const statusOf = (mad: string): string => slice(mad, 4, 2)

describe("a function that asks for its own memberships", () => {
  it("is told its own PortGID and JoinState with the group's record [SQP-MC-16]", () => {
    const told = new Told()
    told.join(1, mgid(1), 1)
    told.join(2, mgid(1), 8)
    const answer = got(told.send(2, ask({ method: 0x01, f: 2, mask: MASK.PORT_GID | MASK.MGID })))
    expect([slice(answer, 3, 1), statusOf(answer), slice(answer, 44, 2)]).toEqual(["81", "0000", "0007"])
    expect([slice(answer, 56, 16), slice(answer, 72, 16)]).toEqual([mgid(1), gid(2)])
    expect([slice(answer, 88, 4), slice(answer, 92, 2)]).toEqual(["00000b1b", "c001"])
    expect(hexByte(answer, 104) & 0xf).toBe(8)
    expect(told.verdict).toBe("allowed")
  })

  it("by Get is told of exactly one group, else 0x0300 or 0x0400 [SQP-MC-16]", () => {
    const told = new Told()
    const by = (joinState: number, mask = MASK.PORT_GID) =>
      statusOf(got(told.send(1, ask({ method: 0x01, f: 1, mask, joinState }))))
    expect(by(1)).toBe("0300")
    told.join(1, mgid(1), 1)
    told.join(1, mgid(2), 8)
    expect([by(1), by(8, MASK.PORT_GID | MASK.JOIN_STATE), by(2, MASK.PORT_GID | MASK.JOIN_STATE)])
      .toEqual(["0400", "0000", "0300"])
    expect(told.verdict).toBe("allowed")
  })

  it("by GetTable is told all of them in one RMPP segment, in the order of their MGIDs [SQP-MC-16]", () => {
    const told = new Told()
    told.join(1, mgid(3), 1)
    told.join(1, mgid(2), 8)
    told.join(2, mgid(1), 1)
    const table = got(told.send(1, ask({ method: 0x12, f: 1, mask: MASK.PORT_GID })))
    expect([slice(table, 3, 1), slice(table, 24, 8)]).toEqual(["92", "0101070000000001"])
    expect([slice(table, 32, 4), slice(table, 44, 2)]).toEqual([hexOf(20 + 2 * 56, 8), "0007"])
    const rows = [0, 1].map((n) => [slice(table, 56 + 56 * n, 16), slice(table, 72 + 56 * n, 16)])
    expect(rows).toEqual([[mgid(2), gid(1)], [mgid(3), gid(1)]])
    expect([hexByte(table, 104) & 0xf, hexByte(table, 160) & 0xf]).toEqual([8, 1])
    expect(slice(table, 56 + 112, 88)).toBe("00".repeat(88))
    expect(told.verdict).toBe("allowed")
  })

  it("by GetTable is told that there are none, and refused with more than a segment holds [SQP-MC-16]", () => {
    const told = new Told()
    const table = () => got(told.send(1, ask({ method: 0x12, f: 1, mask: MASK.PORT_GID })))
    expect([statusOf(table()), slice(table(), 32, 4)]).toEqual(["0000", hexOf(20, 8)])
    for (const n of [1, 2, 3, 4]) told.join(1, mgid(n), 1)
    expect([statusOf(table()), slice(table(), 24, 12)]).toEqual(["0100", "00".repeat(12)])
    expect(told.verdict).toBe("allowed")
  })

  it.each([0x01, 0x12])("is refused the PortGID of another, by method %i [SQP-MC-16]", (method) => {
    const told = new Told()
    told.join(1, mgid(1), 1)
    for (const portGid of [gid(1), gid(0), gid(9)]) {
      const line = told.send(2, ask({ method, f: 2, mask: MASK.PORT_GID, portGid }))
      expect([statusOf(got(line)), wireOf(line)]).toEqual(["0200", []])
      expect(slice(got(line), 88, 168)).toBe("00".repeat(168))
    }
    expect(told.verdict).toBe("allowed")
  })

  it("is the PF with an SM_Key: its request goes to the SA as it is [SQP-MC-16]", () => {
    const told = new Told()
    told.join(0, mgid(1), 1)
    const sent = (smKey: number, portGid = gid(0)) =>
      told.send(0, ask({ method: 0x01, f: 0, mask: MASK.PORT_GID, portGid, pieces: [[36, hexOf(smKey, 16)]] }))
    const [trusted] = wireOf(sent(7))
    expect(slice(trusted?.mad ?? "", 36, 8)).toBe(hexOf(7, 16))
    expect(statusOf(got(sent(0)))).toBe("0000")
    expect(wireOf(sent(0, gid(1)))).toHaveLength(1)
    expect(told.verdict).toBe("allowed")
  })
})

/** Records of `length` bytes in a row, each byte 0xff. */
const table = (records: number, length: number): string => "ff".repeat(records * length)
/** The same as a VF must be shown them. */
const hidden = (records: number, length: number): string => {
  const one = `${"ff".repeat(16)}${"00".repeat(16)}${"ff".repeat(16)}f07f`.padEnd(2 * length, "f")
  return one.repeat(records)
}

describe("a VF that asks for the members of groups", () => {
  const question = ask({ method: 0x12, f: 1, mask: MASK.MGID })

  it("is shown the segments of a table without those of others, in any order [SQP-MC-16]", () => {
    const segments = fc.record({
      units: fc.integer({ min: 7, max: 30 }),
      numbers: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })
    })
    assertProperty(fc.property(segments, ({ numbers, units }) => {
      const told = new Told()
      const [whole, seen] = [table(150, units * 8), hidden(150, units * 8)]
      for (const n of numbers) {
        const at = (n - 1) * 200
        const mad = told.shown(1, question, [
          [3, "92"], [24, "010101"], [28, hexOf(n, 8)], [44, hexOf(units, 4)], [56, slice(whole, at, 200)]
        ])
        expect(slice(mad, 56, 200)).toBe(slice(seen, at, 200))
      }
      expect(told.verdict).toBe("allowed")
    }), { numRuns: 60 })
  })

  it.each([
    ["without RMPP, as simulators pass them", "000000", 1],
    ["in a segment of number 0", "010101", 0]
  ])("is shown the records %s as those of the first segment [SQP-MC-16]", (_, rmpp, segment) => {
    const told = new Told()
    const mad = told.shown(1, question, [
      [3, "92"], [24, rmpp], [28, hexOf(segment, 8)], [44, "0007"], [56, table(4, 56).slice(0, 400)]
    ])
    expect(slice(mad, 56, 200)).toBe(slice(hidden(4, 56), 0, 200))
    expect(told.verdict).toBe("allowed")
  })

  it.each([0, 6])("is shown no record that cannot be told from the next, AttributeOffset %i [SQP-MC-16]", (units) => {
    const told = new Told()
    const mad = told.shown(1, question, [[3, "92"], [44, hexOf(units, 4)], [56, "ff".repeat(200)]])
    expect(slice(mad, 56, 200)).toBe("00".repeat(200))
    expect(told.verdict).toBe("allowed")
  })

  it("gets an ABORT of the SA as it is [SQP-MC-16]", () => {
    const told = new Told()
    const mad = told.shown(1, question, [[3, "92"], [24, "010401"], [44, "0007"], [56, "ff".repeat(200)]])
    expect(slice(mad, 56, 200)).toBe("ff".repeat(200))
    expect(told.verdict).toBe("allowed")
  })

  it("by Get is shown one record without them, the PF with them [SQP-MC-16]", () => {
    const told = new Told()
    const response: Pieces = [[3, "81"], [44, "0007"], [56, "ff".repeat(52)]]
    const ofVf = told.shown(1, ask({ method: 0x01, f: 1, mask: MASK.MGID }), response)
    expect(slice(ofVf, 56, 50)).toBe(hidden(1, 50))
    const ofPf = told.shown(0, ask({ method: 0x01, f: 0, mask: MASK.MGID }), response)
    expect(slice(ofPf, 56, 52)).toBe("ff".repeat(52))
    expect(told.verdict).toBe("allowed")
  })
})
