/** The PF context's own requests while the ring to the wire is full: none is lost, none comes twice. */
import { describe, expect, it } from "vitest"
import type { MuxConfig } from "../../impl/mux/config.ts"
import { hexToBytes } from "../../impl/wire/hex.ts"
import { MASK, membership } from "../mads.ts"
import { Bench, gidOf, guidOf, hex, makeMad, muxConfig, type Seen, SM_LID } from "./fixture.ts"

const COUNT = 6
const sa = (f: number, mad: Uint8Array, bench: Bench): void => void bench.send(f, 1, { mad, lid: SM_LID, remoteQpn: 1 })
const tid = (n: number): string => n.toString(16).padStart(16, "0")

/** What function 1 may ask for, by number. */
const asks: Readonly<Record<string, (n: number) => Uint8Array>> = {
  groups: (n) => hexToBytes(membership({
    method: 2, tid: tid(n), mask: MASK.MGID | MASK.PORT_GID | MASK.JOIN_STATE, mgid: `ff12401bffff0000${tid(n)}`,
    portGid: gidOf(1), joinState: 1, pkey: 0xffff, proxyJoin: false
  })),
  subscriptions: (n) => makeMad({ class: 3, method: 2, attribute: 3, tid: tid(16 + n) }, {
    72: { u16: n + 1 }, 74: { u16: n + 1 }, 78: { u8: 1 }, 79: { u8: 1 }, 80: { u16: 0xffff }, 82: { u16: 64 },
    84: "00000113", 88: "00ffffff"
  }),
  services: (n) => makeMad({ class: 3, method: 2, attribute: 0x31, tid: tid(32 + n) }, {
    48: "0000000000000007", 56: tid(n), 64: gidOf(1), 80: "ffff"
  })
}
/** How the PF context undoes each: method and attribute, and for InformInfo what of it says so. */
const undone = (seen: ReadonlyArray<Seen>): ReadonlyArray<string> =>
  seen.map(({ mad }) => `${hex(mad.slice(3, 4))} ${hex(mad.slice(16, 18))} ${hex(mad.slice(56, 80))}`)

const answer = (bench: Bench, { mad }: Seen): void => {
  const reply = mad.slice()
  reply[3] = mad[3] === 0x15 ? 0x95 : 0x81
  bench.arrive(1, { mad: reply, lid: SM_LID, remoteQpn: 1 })
}

/** Function 1 has so many of each, all granted. */
const having = (kinds: ReadonlyArray<string>, config: Partial<MuxConfig> = {}): Bench => {
  const bench = new Bench({ wireSlots: 4, ...config })
  for (const kind of kinds) {
    for (let n = 0; n < COUNT; n++) {
      sa(1, asks[kind]?.(n) ?? new Uint8Array(256), bench)
      for (const seen of bench.wire()) answer(bench, seen)
      expect(bench.got(1)).toHaveLength(1)
    }
  }
  return bench
}

/** Takes one MAD at a time from the ring, and lets the PF context go on in between. */
const drained = (bench: Bench): ReadonlyArray<Seen> => {
  const seen: Array<Seen> = []
  for (let turns = 0; turns < 60; turns++) {
    const ring = bench.mux.wire.outgoing[1]
    if (ring.readable(1) === 1) {
      seen.push(bench.peek())
      ring.release(1)
    }
    bench.mux.poll(4, bench.now)
  }
  return seen
}

describe("what a function that ends had at the SA", () => {
  it.each([["groups"], ["subscriptions"], ["services"], ["groups", "services", "subscriptions"]])(
    "is taken back, each once, as the ring to the wire has room: %s %s %s [SQP-LIFE-3]",
    (...kinds) => {
      const names = kinds.filter((kind) => kind in asks)
      const bench = having(names)
      bench.mux.detach(1)
      const seen = undone(drained(bench))
      expect(seen).toHaveLength(COUNT * names.length)
      expect(new Set(seen).size).toBe(seen.length)
      const method = (kind: string): string => (kind === "subscriptions" ? "02 0003" : kind === "groups" ? "15 0038" : "15 0031")
      for (const kind of names) expect(seen.filter((text) => text.startsWith(method(kind)))).toHaveLength(COUNT)
    }
  )

  it("is taken back at the stop, too, each once [SQP-LIFE-3]", () => {
    const bench = having(["groups", "services", "subscriptions"])
    bench.mux.stop()
    const seen = undone(drained(bench))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(3 * COUNT)
    expect(bench.mux.isStopped).toBe(true)
  })

  it.each(Object.keys(asks))("is taken back at the stop for good: nothing of its %s is due after the next start [SQP-LIFE-3]", (kind) => {
    const bench = having([kind])
    bench.mux.stop()
    expect(drained(bench)).toHaveLength(COUNT)
    bench.mux.start()
    expect([bench.mux.isWithSa, bench.mux.nextDueMs()]).toEqual([false, null])
  })

  it("is taken back at a stop that is followed at once by a start: nobody has it who did not ask since [SQP-LIFE-1] [SQP-LIFE-3]", () => {
    const bench = having(["groups", "services", "subscriptions"])
    bench.mux.stop()
    bench.mux.start()
    const had = ["memberships", "subscribers", "serviceRecords"]
    expect(bench.mux.tables().filter(({ function: f, table }) => f === 1 && had.includes(table))).toEqual([])
    const seen = undone(drained(bench))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(3 * COUNT)
  })
})

describe("what is asked anew", () => {
  it("after the SA forgot all leaves, each once, as the ring to the wire has room [SQP-MC-18]", () => {
    const bench = having(["groups", "subscriptions"])
    bench.mux.portEvent({ _tag: "reregister" })
    const seen = undone(drained(bench))
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.filter((text) => text.startsWith("02 0038"))).toHaveLength(COUNT)
    expect(seen.filter((text) => text.startsWith("02 0003"))).toHaveLength(COUNT)
  })

  it("of alias GUIDs leaves for every function as the ring to the wire has room [SQP-GUID-1]", () => {
    const functions = 8
    const bench = new Bench({
      functions, wireSlots: 2, guids: [guidOf(0)], nodeGuids: [], pkeyMaps: [],
      adminGuids: Array.from({ length: functions }, (_, f) => (f === 0 ? null : `00000000000000a${f}`)),
      timing: { ...muxConfig().timing, saTimeout: 10_000 }
    }, [1, 2, 3, 4, 5, 6, 7])
    // The first two were asked at the start, on a clock at 0, and are repeated since.
    const seen = drained(bench).map(({ mad }) => hex(mad.slice(16)))
    expect(seen).toHaveLength(functions - 1 + 2)
    expect(new Set(seen).size).toBe(functions - 1)
  })
})
