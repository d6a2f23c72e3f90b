/** The GUID table itself: whom a GID names, and that it names nobody else. */
import { describe, expect, it } from "vitest"
import { Guids, NOBODY } from "../../impl/mux/guids.ts"
import { buildParts } from "../../impl/mux/parts.ts"
import { PortState } from "../../impl/mux/port-state.ts"
import { bytesOf, guidOf, muxConfig } from "./fixture.ts"

const NO_GUID = "0".repeat(16)
const OWN_PREFIX = "fec0000000000007"
const portOf = (subnetPrefix: string): PortState => new PortState({ ...muxConfig().port, subnetPrefix })
/** A table of so many slots under {@link OWN_PREFIX}. */
const table = (guids: ReadonlyArray<string>, port = portOf(OWN_PREFIX)): Guids => new Guids(guids.length, guids, port)
/** Whom a GID of 32 hex digits names. */
const named = (guids: Guids, gid: string): number => guids.resolve(new DataView(bytesOf(gid).buffer), 0)
const own = (guids: Guids, guid: string): number => named(guids, OWN_PREFIX + guid)
const guidText = (high: number, low: number): string =>
  high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0")

describe("a GID", () => {
  it("names a function whose GUID has one half of zeros, or one half of the SA's well-known one [SQP-STEER-2]", () => {
    const all = ["0002c90300000000", "0000000000000007", "0200000000000099", "0002c90300000002"]
    const guids = table(all)
    expect(all.map((guid, f) => [guids.has(f), own(guids, guid)])).toEqual(all.map((_, f) => [true, f]))
    expect(own(guids, "0200000000000002"), "the SA's").toBe(0)
  })

  it("names nobody unless all bits of its GUID are a function's, however the table is laid out [SQP-GUID-2]", () => {
    const guids = table([guidText(0x0002_c903, 0x77)])
    const others = Array.from({ length: 4096 }, (_, n) => n).filter((n) => n !== 0x0002_c903 && n !== 0x77)
    expect(others.filter((n) => own(guids, guidText(n, 0x77)) !== NOBODY), "another upper half").toEqual([])
    expect(others.filter((n) => own(guids, guidText(0x0002_c903, n)) !== NOBODY), "another lower half").toEqual([])
  })

  it("names each of 255 functions, however their GUIDs meet in the table, and after each of many changes [SQP-STEER-2]", () => {
    // Multiples of an odd number: no order that a table could profit from.
    const all = Array.from({ length: 255 }, (_, f) => guidText(0x0002_c903, Math.imul(f + 1, 0x6c8e_9cf5) >>> 0))
    const guids = table(all)
    expect(all.map((guid) => own(guids, guid))).toEqual(all.map((_, f) => f))
    const one = table([guidText(1, 1)])
    const changes = Array.from({ length: 1100 }, (_, n) => n + 2)
    const isRight = (n: number): boolean => {
      one.setSlot(0, guidText(n, n))
      return own(one, guidText(n, n)) === 0 && own(one, guidText(n - 1, n - 1)) === NOBODY
    }
    expect(changes.filter((n) => !isRight(n))).toEqual([])
  })

  it("counts under the current prefix, the default one and the former one, and no other that shares a half [SQP-STEER-2]", () => {
    const port = portOf(OWN_PREFIX)
    const guids = table([guidOf(0), guidOf(1)], port)
    port.changePrefix(0x1234_5678, 0x9abc_def0 | 0, 1000)
    const prefixes = ["123456789abcdef0", "fe80000000000000", OWN_PREFIX]
    expect(prefixes.map((prefix) => named(guids, prefix + guidOf(1)))).toEqual([1, 1, 1])
    const others = [
      "1234567800000000", "000000009abcdef0", "fe80000000000001", "0000000000000000", "fec0000000000000", "fe80000000000007"
    ]
    expect(others.map((prefix) => named(guids, prefix + guidOf(1)))).toEqual(others.map(() => NOBODY))
  })
})

describe("a slot of the table", () => {
  it("that loses its GUID leaves its function none, not even half of one [SQP-GUID-2]", () => {
    const guids = table(["0002c90300000011", "0002C903000000AB"])
    expect([guids.slot(1), guids.hex(1)]).toEqual(["0002c903000000ab", "0002c903000000ab"])
    guids.setSlot(1, NO_GUID)
    expect([guids.has(1), guids.hex(1), own(guids, "0002c903000000ab")]).toEqual([false, NO_GUID, NOBODY])
  })

  it("is nobody's while its GUID is hidden, and its function's again after that [SQP-GUID-9]", () => {
    const guids = table([guidOf(0), guidOf(1)])
    guids.hide(new Set([guidOf(1)]))
    expect([guids.has(1), own(guids, guidOf(1)), own(guids, guidOf(0))]).toEqual([false, NOBODY, 0])
    guids.hide(new Set())
    expect([guids.has(1), own(guids, guidOf(1))]).toEqual([true, 1])
    // Who watches the table looks anew only where something may be other.
    const { version } = guids
    guids.hide(new Set())
    expect(guids.version).toBe(version)
  })

  it("is written by its place in a block of eight [SQP-GUID-2]", () => {
    const guids = table(Array.from({ length: 12 }, (_, f) => guidOf(f)))
    guids.setBlock(1, ["00000000000000a8", "00000000000000a9", "00000000000000aa"])
    expect([7, 8, 9, 10, 11].map((f) => guids.hex(f)))
      .toEqual([guidOf(7), "00000000000000a8", "00000000000000a9", "00000000000000aa", guidOf(11)])
  })
})

it("who watches P_Keys, GUIDs and the prefix by one number sees each change, and several at once [SQP-MC-15]", () => {
  const { guids, host, pkeys, port } = buildParts(muxConfig())
  const seen = new Set([host.identity()])
  const changes: ReadonlyArray<() => unknown> = [
    () => guids.setSlot(1, "00000000000000aa"),
    () => port.changePrefix(1, 1, 0),
    () => pkeys.setMap(1, [2]),
    () => [pkeys.setMap(1, [0]), guids.setSlot(1, guidOf(1)), port.changePrefix(1, 2, 0)],
    () => [pkeys.setMap(1, [2]), port.changePrefix(1, 1, 0)],
    () => [pkeys.setMap(1, [0]), guids.setSlot(1, "00000000000000aa")]
  ]
  for (const [i, change] of changes.entries()) {
    change()
    seen.add(host.identity())
    expect(seen.size).toBe(i + 2)
  }
})
