import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Functions } from "../../impl/mux/functions.ts"
import type { CommandOf } from "../../impl/trace/command.ts"
import { Qpns } from "../../impl/vhca/qpns.ts"
import { seededRandom32 } from "../mux/fixture.ts"
import { assertProperty } from "../run.ts"
import { request, Story, told } from "./story.ts"

type Verb = CommandOf<"verb">
const VERBS = ["createQp", "modifyQp", "postSend", "destroyQp"] as const
const TYPES = ["smi", "gsi", "ud", "rc"] as const

const asks = (story: Story, f: number, verb: Verb["verb"], change: Partial<Verb> = {}) =>
  story.does({ op: "verb", function: f, verb, ...change }).answer
const create = (story: Story, f: number, change: Partial<Verb> = {}): number =>
  asks(story, f, "createQp", { type: "ud", ...change }).qpn ?? -1
const tunnels = (story: Story) => story.start.all("tunnel")
const proxy = (story: Story, f: number, qp: number): number =>
  tunnels(story).find((tunnel) => tunnel.function === f && tunnel.qp === qp)?.proxyQpn ?? -1

describe("a QPN", () => {
  it("is never the function's choice, and never one of a special QP, a proxy or a tunnel, present or to come [SQP-QP-2]", told((story) => {
    const special = tunnels(story).flatMap(({ proxyQpn, tunnelQpn }) => [proxyQpn, tunnelQpn])
    const created = Array.from({ length: 40 }, (_, i) => create(story, 1 + (i % 2)))
    const later = story.does({ op: "attach", function: 3 }).all("tunnel")
    const all = [0, 1, ...special, ...created, ...later.flatMap(({ proxyQpn, tunnelQpn }) => [proxyQpn, tunnelQpn])]
    expect(new Set(all).size).toBe(all.length)
    expect(later).toHaveLength(2)
  }))

  it("of a special QP, a tunnel or another function is refused to every verb [SQP-QP-1]", told((story) => {
    const other = create(story, 2)
    const foreign = [
      0, 1, 2, 3, other,
      ...tunnels(story).flatMap(({ function: f, proxyQpn, tunnelQpn }) => (f === 1 ? [tunnelQpn] : [proxyQpn, tunnelQpn]))
    ]
    for (const qp of foreign) {
      for (const verb of ["modifyQp", "postSend", "destroyQp"] as const) {
        expect([qp, verb, asks(story, 1, verb, { qp }).status]).toEqual([qp, verb, "refused"])
      }
    }
  }))

  it("is compared in all 24 bits: one that differs in the highest alone is another's [SQP-QP-7]", told((story) => {
    const own = create(story, 1)
    for (const qp of [own, proxy(story, 1, 1)]) {
      expect(asks(story, 1, "postSend", { qp }).status).toBe("ok")
      for (const bit of [15, 16, 22, 23]) {
        const other = qp + 2 ** bit
        expect(asks(story, 1, "modifyQp", { qp: other }).status).toBe("refused")
        expect(story.sends(1, request(), { srcQpn: other }).drops).toEqual(["source-qp of 1"])
      }
    }
  }))
})

describe("a Q_Key", () => {
  it("of a tunnel is drawn anew for every pair and every start, and no QP of a function can have it [SQP-QP-5]", () => {
    const keysOf = (seed: number): ReadonlyArray<number> => {
      const drawn: Array<number> = []
      const random = seededRandom32(seed)
      const functions = new Functions(4, new Qpns(), () => drawn[drawn.push(random()) - 1]!)
      for (const f of [0, 1, 2, 3]) functions.open(f)
      const keys = drawn.map((word) => (word | 0x8000_0000) >>> 0)
      expect(keys.filter((key) => !functions.isTunnelQkey(key))).toEqual([])
      return keys
    }
    const keys = [...keysOf(1), ...keysOf(2)]
    expect(keys.length).toBe(16)
    expect(new Set(keys).size).toBe(16)
    const story = new Story()
    for (const qkey of keys) expect(asks(story, 1, "createQp", { type: "ud", qkey }).status).toBe("refused")
  })

  it("with bit 31 set is in no QP of a function, so none speaks to a special QP but by its proxy [SQP-QP-5]", told((story) => {
    const own = create(story, 1, { qkey: 5 })
    expect(asks(story, 1, "modifyQp", { qp: proxy(story, 1, 1), qkey: 5 }).status).toBe("refused")
    for (const qkey of [0x8001_0000, 0x8000_0000, 0xffff_0000, 0xffff_002b, 0xffff_ffff]) {
      expect(asks(story, 1, "createQp", { type: "ud", qkey }).status).toBe("refused")
      expect(asks(story, 1, "modifyQp", { qp: own, qkey }).status).toBe("refused")
      expect(asks(story, 1, "modifyQp", { qp: proxy(story, 1, 1), qkey }).status).toBe("refused")
      expect(asks(story, 1, "postSend", { qp: own, qkey }).qkey).toBe(5)
    }
  }))
})

describe("a QP", () => {
  it("takes no P_Key index and no GID index but those of its function's own tables [SQP-QP-7]", told((story) => {
    const own = create(story, 1)
    for (const qp of [own, proxy(story, 1, 1)]) {
      for (const pkeyIndex of [2, 3, 127, 128, 129, 255, 256, 0xffff]) {
        expect(asks(story, 1, "modifyQp", { qp, pkeyIndex }).status).toBe("refused")
      }
      for (const sgidIndex of [1, 2, 127, 128, 255]) {
        expect(asks(story, 1, "modifyQp", { qp, sgidIndex }).status).toBe("refused")
      }
      expect(asks(story, 1, "modifyQp", { qp, pkeyIndex: 1, sgidIndex: 0 }).status).toBe("ok")
    }
  }))

  it("is destroyed in whatever state it is, and then is nobody's [SQP-QP-7]", told((story) => {
    for (const type of ["ud", "rc"] as const) {
      for (const modified of [false, true]) {
        const qp = create(story, 1, { type })
        if (modified) expect(asks(story, 1, "modifyQp", { qp, pkeyIndex: 0 }).status).toBe("ok")
        expect(asks(story, 1, "destroyQp", { qp }).status).toBe("ok")
        for (const verb of ["modifyQp", "postSend", "destroyQp"] as const) {
          expect(asks(story, 1, verb, { qp }).status).toBe("refused")
        }
      }
    }
  }))

  it("has an answer to every verb with whatever keys, and no answer gives a special QP [SQP-QP-1]", () => {
    const keys = fc.record({
      verb: fc.constantFrom(...VERBS),
      type: fc.constantFrom(...TYPES),
      qp: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 0xff_ffff })),
      qkey: fc.oneof(fc.constantFrom(0, 0x8001_0000, 0x8000_0000), fc.nat({ max: 0xffff_ffff })),
      pkeyIndex: fc.nat({ max: 0xffff }),
      sgidIndex: fc.nat({ max: 255 }),
      vl: fc.nat({ max: 15 })
    }, { requiredKeys: ["verb"] })
    assertProperty(fc.property(fc.array(keys, { maxLength: 25 }), (verbs) => {
      const story = new Story()
      for (const { verb, ...change } of verbs) {
        const { qpn, status } = asks(story, 1, verb, verb === "createQp" ? { type: "ud", ...change } : change)
        expect(["ok", "refused"]).toContain(status)
        expect([0, 1]).not.toContain(qpn)
      }
      story.ends()
    }), { numRuns: 60 })
  })
})
