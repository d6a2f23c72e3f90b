/**
 * Small arbitraries that the moves share: mostly what is sensible, sometimes what is not, from pools small
 * enough to collide.
 */
import fc from "fast-check"
import type { CommandOf } from "../../impl/trace/command.ts"
import { hexOf } from "../mads.ts"
import type { World } from "../world.ts"

/** One of the values; the first comes as often as `weight` others. */
export const mostly = <T>(weight: number, first: T, ...others: ReadonlyArray<T>): fc.Arbitrary<T> =>
  fc.oneof(
    { weight, arbitrary: fc.constant(first) },
    ...others.map((value) => ({ weight: 1, arbitrary: fc.constant(value) }))
  )

/** Picks an entry of a list whose length is not known yet. */
export const pick: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat(5) }
)

/** Any function, by a number to be taken modulo the count. */
export const anyFunction: fc.Arbitrary<number> = fc.nat(4)

/**
 * TIDs of functions and peers: few, so that they collide; one differs from another in its upper half only.
 */
export const tid: fc.Arbitrary<string> = mostly(
  2,
  "0000000000000001",
  "0000000000000002",
  "0000000100000001",
  "ffffffffffffffff",
  "0000000000000000"
)

/** Comm ids of functions and peers: few, so that they collide. */
export const commId: fc.Arbitrary<string> = mostly(2, "00000101", "00000102", "deadbeef", "ffffffff")

/** MGIDs: two groups, and 0 by which the SA is asked to choose. */
export const mgid: fc.Arbitrary<string> = mostly(
  4,
  "ff12401bffff00000000000000000001",
  "ff12401bffff000000000000ffffffff",
  hexOf(0, 32)
)

/** The rest of an address, as a function's stack would fill it. */
export interface SendAddress {
  readonly pkeyIndex: number
  readonly qkey: number
  readonly sl: number
  readonly pathBits: number
  readonly rate: number
  readonly remoteQpn: number
}

export const sendAddress: fc.Arbitrary<SendAddress> = fc.record({
  pkeyIndex: mostly(12, 0, 1, 2, 200),
  qkey: mostly(6, 0x8001_0000, 0x8000_0000, 0x1234, 0xffff_0001),
  sl: mostly(4, 0, 3),
  pathBits: mostly(6, 0, 1, 127),
  rate: mostly(2, 0, 3),
  remoteQpn: mostly(16, 1, 0, 77)
})

const headers = { hopLimit: 0xff, flowLabel: 0x12345, trafficClass: 9 }

/** Whether a sent MAD has a GRH, and to whom. */
export type GrhPick = "none" | "peer" | "function" | "nobody"
export const grhPick: fc.Arbitrary<GrhPick> = mostly<GrhPick>(8, "none", "peer", "function", "nobody")

/** The GRH a function asks for. */
export const grhRequest = (world: World, grh: GrhPick, n: number): CommandOf<"egress">["grh"] => {
  switch (grh) {
    case "none":
      return null
    case "peer":
      return { dgid: world.peerOf(n).gid, ...headers }
    case "function":
      return { dgid: world.gidOf(world.functionOf(n)), ...headers }
    case "nobody":
      return { dgid: hexOf(0, 32), ...headers }
  }
}

/** To whom a GRH of an arriving MAD is addressed. */
export type DgidPick = "none" | "right" | "other" | "other-port" | "default-prefix" | "sa" | "nobody" | "foreign-prefix"
export const dgidPick: fc.Arbitrary<DgidPick> = mostly<DgidPick>(
  8,
  "none",
  "right",
  "right",
  "other",
  "other-port",
  "default-prefix",
  "sa",
  "nobody",
  "foreign-prefix"
)

/** The GRH of an arriving MAD that is meant for function `f`. */
export const arrivingGrh = (
  world: World,
  dgid: DgidPick,
  f: number,
  sgid: string
): CommandOf<"ingress">["grh"] => {
  const guid = world.guids[f] ?? hexOf(0, 16)
  const to: Readonly<Record<Exclude<DgidPick, "none">, string>> = {
    right: world.gidOf(f),
    other: world.gidOf(world.functionOf(f + 1)),
    "other-port": world.otherGidOf(f),
    "default-prefix": `fe80000000000000${guid}`,
    sa: `${world.prefix}0200000000000002`,
    nobody: `${world.prefix}${hexOf(0, 16)}`,
    "foreign-prefix": `fd00000000000001${guid}`
  }
  return dgid === "none" ? null : { sgid, dgid: to[dgid], ...headers }
}

/** The rest of the address of an arriving MAD. */
export interface ArriveAddress {
  readonly sl: number
  readonly pathBits: number
  readonly pkeyIndex: number
}

export const arriveAddress: fc.Arbitrary<ArriveAddress> = fc.record({
  sl: mostly(4, 0, 5),
  pathBits: mostly(4, 0, 1),
  pkeyIndex: mostly(12, 0, 1, 2, 3, 50)
})
