import { describe, expect, it } from "vitest"
import { defaultTiming } from "../../impl/mux/config.ts"
import { MASK } from "../mads.ts"
import { Bench, gidOf as benchGid, makeMad, SM_LID as BENCH_SM, type Seen } from "../mux/fixture.ts"
import {
  at, begin, grhTo, gid, guid, join, LEAST, methodOf, MGID, OWN_LID as PORT_LID, response, statusOf, Story, told
} from "./story.ts"

const SET = "02"
const DELETE = "15"
const RESPONSE = { method: 0x81 }
const LEAVE_RESPONSE = { method: 0x95 }
const leave = (f: number, joinState = 1, tid = "000000000000000a"): string =>
  join(f, { method: 0x15, joinState, tid })
const joinState = (mad: string): number => Number.parseInt(at(mad, 104, 1), 16) & 15
const tids = (sent: ReadonlyArray<{ readonly mad: string }>): ReadonlyArray<string> => sent.map(({ mad }) => at(mad, 8, 8))
const TIMING = { saTimeout: 1000, saRetries: 2, horizon: 10_000 }

describe("membership", () => {
  it("of every JoinState is left when the last function that has it leaves [SQP-MC-1]", told((story) => {
    for (const bits of [1, 2, 4, 8, 9, 15]) {
      expect(joinState(story.joins(1, { joinState: bits }).got.mad)).toBe(bits)
      const { out } = story.sends(1, leave(1, bits))
      const left = out.flatMap((output) => (output.to === "wire" ? [output.mad] : []))
      expect(left.map((mad) => [methodOf(mad), joinState(mad)])).toEqual([[DELETE, bits]])
      story.arrives(response(left[0] ?? "", LEAVE_RESPONSE))
    }
  }))

  it("of others stays when a leave that is never answered is given up, and the leave was repeated [SQP-MC-1]", told((story) => {
    story.joins(1, { joinState: 1 })
    story.joins(2, { joinState: 2 })
    const first = story.sends(2, leave(2, 2)).all("wire")
    expect(joinState(first[0]?.mad ?? "")).toBe(2)
    const again = story.waits(20_000).all("wire")
    expect(tids(again)).toEqual([...tids(first), ...tids(first)])
    const last = story.sends(1, leave(1, 1)).all("wire")
    expect(last.map(({ mad }) => [methodOf(mad), joinState(mad)])).toEqual([[DELETE, 1]])
  }, { timing: TIMING }))

  it.each([0, 1, 2, 3])(
    "ends by what was asked, though the answer to the leave echoes the bits %i [SQP-MC-1]",
    (echoed) => told((story) => {
      story.joins(1, { joinState: 1 })
      story.joins(2, { joinState: 2 })
      const [left] = story.sends(1, leave(1, 1)).all("wire")
      const answer = response(left?.mad ?? "", LEAVE_RESPONSE)
      expect(story.arrives(answer.slice(0, 208) + `2${echoed}` + answer.slice(210)).out).toEqual([])
      // Nothing is held of FullMember any more: a join asks the SA again.
      expect(methodOf(story.sends(1, join(1)).wire.mad)).toBe(SET)
    })()
  )

  it("of function 254 is like that of any other, and the count of functions is the configuration's [SQP-IN-1]", () => {
    const functions = 255
    const numbers = Array.from({ length: functions }, (_, f) => f)
    const story = new Story({
      ...begin, functions, guids: numbers.map(guid), nodeGuids: [], virt2phys: [], active: numbers.map(() => true)
    })
    for (const f of [80, 126, 127, 128, 254]) {
      const { out } = story.sends(f, join(f, { joinState: 1, portGid: gid(f) }))
      const [asked] = out.flatMap((output) => (output.to === "wire" ? [output.mad] : []))
      if (asked !== undefined) expect(story.arrives(response(asked, RESPONSE)).got.function).toBe(f)
      else expect(out.map((output) => output.to)).toEqual(["function"])
    }
    expect(story.sends(254, leave(254)).all("wire")).toEqual([])
    story.ends()
  })
})

describe("the SA's answer", () => {
  it("to an earlier try ends nothing else: the timer goes on, and the right answer is still taken [SQP-MC-6]", told((story) => {
    const [first] = story.sends(1, join(1)).all("wire")
    story.waits(20_000)
    const [second] = story.sends(1, join(1, { tid: "000000000000000c" })).all("wire")
    expect(tids([second ?? { mad: "" }])).not.toEqual(tids([first ?? { mad: "" }]))
    // The late answer makes the port a member, but answers no request.
    expect(story.arrives(response(first?.mad ?? "", RESPONSE)).all("function")).toEqual([])
    const repeated = story.waits(1500).all("wire")
    expect(tids(repeated)).toEqual(tids([second ?? { mad: "" }]))
    expect(story.arrives(response(second?.mad ?? "", RESPONSE)).got.mad.slice(16, 32)).toBe("000000000000000c")
  }, { timing: TIMING }))

  it("is that of the request whose TID it bears, by whatever method: once, and nothing is taken away [SQP-MC-6]", told((story) => {
    const { wire } = story.sends(1, join(1))
    const { got } = story.arrives(response(wire.mad, LEAVE_RESPONSE))
    expect([got.function, methodOf(got.mad), statusOf(got.mad), joinState(got.mad)]).toEqual([1, "81", "0000", 1])
    expect(story.arrives(response(wire.mad, RESPONSE)).drops).toEqual(["response-unasked of nobody"])
    expect(story.sends(2, join(2)).out.map(({ to }) => to)).toEqual(["function"])
  }))

  it("with a GRH is taken by its own TID if that names the PF, and refused if it names another [SQP-STEER-1]", told((story) => {
    const { wire } = story.sends(1, join(1))
    const answer = response(wire.mad, RESPONSE)
    const refusal = response(wire.mad, { ...RESPONSE, status: 0x0700 })
    expect(story.arrives(refusal, { grh: grhTo(gid(1)) }).drops).toEqual(["steer-conflict of nobody"])
    expect(story.arrives(answer, { grh: grhTo(gid(0)) }).got.function).toBe(1)
  }))

  it("that grants fewer bits than asked gives the function just those, and the SA is not asked again and again [SQP-MC-2]", told((story) => {
    const { wire } = story.sends(1, join(1, { joinState: 9 }))
    const answer = response(wire.mad, RESPONSE)
    const { out } = story.arrives(answer.slice(0, 208) + "21" + answer.slice(210))
    expect(out.map((output) => output.to === "function" && [statusOf(output.mad), joinState(output.mad)])).toEqual([["0000", 1]])
    expect(story.waits(60_000).all("wire")).toEqual([])
    const left = story.sends(1, leave(1, 1)).all("wire")
    expect(left.map(({ mad }) => [methodOf(mad), joinState(mad)])).toEqual([[DELETE, 1]])
  }, { timing: TIMING }))

  it("of success is granted here too, whatever its record says [SQP-MC-3]", told((story) => {
    const mask = LEAST | MASK.RATE_SELECTOR | MASK.RATE | MASK.PKEY
    const { wire } = story.sends(1, join(1, { mask, pkey: 0x7fff }))
    const answer = response(wire.mad, RESPONSE)
    const { got } = story.arrives(answer.slice(0, 192) + "ffff84" + answer.slice(198))
    expect([got.function, statusOf(got.mad), joinState(got.mad)]).toEqual([1, "0000", 1])
    expect(story.waits(60_000).all("wire")).toEqual([])
  }))

  it("that refuses tells nothing of the group: Q_Key, MLID and all else are 0 [SQP-MC-7]", told((story) => {
    story.joins(1)
    const refusals = [
      story.sends(2, leave(2)).got.mad,
      story.sends(2, join(2, { portGid: gid(1) })).got.mad,
      story.sends(2, join(2, { mask: LEAST | MASK.PROXY_JOIN, proxyJoin: true })).got.mad
    ]
    for (const mad of refusals) {
      expect([statusOf(mad), at(mad, 88, 16)]).toEqual(["0200", "0".repeat(32)])
      expect(at(mad, 105, 3)).toBe("000000")
    }
  }))

  it("given in its place comes in a partition of its own, if the request did [SQP-MC-3]", told((story) => {
    const ask = (f: number, pkeyIndex: number) =>
      story.sends(f, join(f, { mask: LEAST }), { pkeyIndex })
    const { wire } = ask(1, 0)
    expect(wire.pkeyIndex).toBe(0)
    expect(story.arrives(response(wire.mad, RESPONSE)).got.pkeyIndex).toBe(0)
    expect(ask(2, 1).got.pkeyIndex).toBe(1)
  }, { pkeys: [0x8001, 0x8002, 0x7003], virt2phys: [[], [1], [2, 1]] }))
})

describe("a join", () => {
  it("of MGID 0 ends with its function, and what the SA made of it is left [SQP-MC-12]", told((story) => {
    const { wire } = story.sends(1, join(1, { mgid: "0".repeat(32) }))
    expect(story.does({ op: "reset", function: 1 }).all("drop").map(({ reason }) => reason)).toEqual(["function-gone"])
    const answer = response(wire.mad, RESPONSE)
    const made = story.arrives(answer.slice(0, 112) + MGID + answer.slice(144)).wire.mad
    expect([methodOf(made), at(made, 56, 16), joinState(made)]).toEqual([DELETE, MGID, 1])
    story.arrives(response(made, LEAVE_RESPONSE))
    expect(story.does({ op: "reregister" }).all("wire")).toEqual([])
  }))

  it("with an MTU of 4096 is one like any other, asked of the SA and then answered here [SQP-MC-3]", told((story) => {
    const mask = LEAST | MASK.MTU_SELECTOR | MASK.MTU
    const large = { mask, pieces: [[94, "85"]] as const }
    expect(statusOf(story.joins(1, large).got.mad)).toBe("0000")
    const { out } = story.sends(2, join(2, large))
    expect(out.map(({ to }) => to)).toEqual(["function"])
    expect(statusOf(story.sends(2, join(2, { mask, tid: "000000000000000c" })).got.mad)).toBe("0200")
  }))

  it("goes on when another function ends: its leave and its join each keep their own answers [SQP-MC-10]", told((story) => {
    story.joins(1, { joinState: 1 })
    const [left] = story.sends(1, leave(1)).all("wire")
    expect(story.sends(2, join(2)).out).toEqual([])
    expect(story.does({ op: "detach", function: 2 }).all("wire")).toEqual([])
    story.does({ op: "attach", function: 3 })
    expect(story.sends(3, join(3)).out).toEqual([])
    const { wire } = story.arrives(response(left?.mad ?? "", LEAVE_RESPONSE))
    expect(methodOf(wire.mad)).toBe(SET)
    expect(story.arrives(response(wire.mad, RESPONSE)).got.function).toBe(3)
  }))

  it("cannot be answered by a function, by way of the own LID or not [SQP-MC-13]", told((story) => {
    const { wire } = story.sends(1, join(1))
    const forged = response(wire.mad, RESPONSE)
    expect(story.sends(2, forged, { dlid: PORT_LID }).drops).toEqual(["response-undelivered of 2"])
    for (const from of [{ slid: PORT_LID }, { slid: 20 }, { srcQp: 7 }]) {
      expect(story.arrives(forged, from).drops).toEqual(["sa-answer-source of nobody"])
    }
    expect(story.arrives(forged).got.function).toBe(1)
  }))
})

describe("answers and time", () => {
  const ask = (f: number, tid: string): Uint8Array =>
    makeMad({ class: 3, method: 2, attribute: 0x38, tid }, {
      48: "0000000000010003", 56: MGID, 72: benchGid(f), 104: "21"
    })
  const answer = ({ mad }: Seen, status = 0): Uint8Array => {
    const copy = Uint8Array.from(mad)
    copy[3] = 0x81
    copy[4] = status
    return copy
  }

  it("are taken one by one: of two answers in one batch the stale one harms nothing [SQP-MC-6]", () => {
    const bench = new Bench()
    bench.send(1, 1, { mad: ask(1, "0000000000000001") })
    const [asked] = bench.wire()
    const stale = answer(asked!)
    stale[15] = (stale[15] ?? 0) ^ 1
    for (const first of [stale, answer(asked!)]) bench.arrive(1, { mad: first, lid: BENCH_SM })
    bench.arrive(1, { mad: answer(asked!), lid: BENCH_SM })
    expect(bench.got(1).map(({ mad }) => mad[3])).toEqual([0x81])
    expect([bench.mux.isWithSa, bench.drops(null)]).toEqual([false, { "response-unasked": 2 }])
  })

  it("that meet end each request once: it is granted, or its late success is undone [SQP-MC-9]", () => {
    const { saRetries, saTimeout } = defaultTiming
    for (const early of [2, 1, 0, -1]) {
      const bench = new Bench()
      bench.send(1, 1, { mad: ask(1, "0000000000000001") })
      const [asked] = bench.wire()
      for (let i = 0; i < saRetries; i++) bench.advance(saTimeout)
      expect(bench.wire()).toHaveLength(saRetries)
      bench.now += saTimeout - early
      bench.arrive(1, { mad: answer(asked!), lid: BENCH_SM })
      const granted = bench.got(1).length
      const left = bench.wire().map(({ mad }) => mad[3])
      expect([granted, left]).toEqual(granted === 1 ? [1, []] : [0, [0x15]])
      expect(bench.drops(1)).toEqual(granted === 1 ? {} : { "sa-timeout": 1 })
      if (early > 0) expect(granted).toBe(1)
    }
  })
})
