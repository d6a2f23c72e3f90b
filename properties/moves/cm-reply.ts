/** What a party of a CM conversation says after a message it heard, guest and peer alike. */
import fc from "fast-check"
import { CM, type CmName, cm, hexOf, type Pieces } from "../mads.ts"
import { commId, mostly, pick, tid } from "./draws.ts"

/** What a stack says next, after a message it heard. */
const NEXT: Readonly<Record<number, ReadonlyArray<CmName>>> = {
  [CM.REQ]: ["REP", "REP", "MRA", "REJ"],
  [CM.REP]: ["RTU", "RTU", "MRA", "REJ", "LAP"],
  [CM.MRA]: ["DREQ", "REJ"],
  [CM.RTU]: ["DREQ", "LAP", "LAP", "DREQ"],
  [CM.DREQ]: ["DREP"],
  [CM.DREP]: ["DREQ"],
  [CM.SIDR_REQ]: ["SIDR_REP"],
  [CM.LAP]: ["APR"],
  [CM.APR]: ["DREQ", "DREQ", "LAP"],
  [CM.REJ]: ["REJ"],
  [CM.SIDR_REP]: ["DREQ"]
}
const ANY: ReadonlyArray<CmName> = ["REP", "MRA", "REJ", "RTU", "DREQ", "DREP", "LAP", "APR", "SIDR_REP"]

/** What comes after a heard message: mostly what a stack would say. */
export const nextMessage = (heard: number, n: number, sensible: boolean): CmName => {
  const list = sensible ? (NEXT[heard] ?? ANY) : ANY
  return list[n % list.length] ?? "REJ"
}

/** Messages whose TID is the sender's own question. */
const ASKS: ReadonlyArray<CmName> = ["DREQ", "LAP"]

/** How the ids of a reply are chosen. */
export interface ReplyDraw {
  readonly pick: number
  readonly n: number
  readonly sensible: boolean
  readonly id: string
  readonly tid: string
  /** Keep the id heard before, or use a fresh one of one's own. */
  readonly ownId: "heard" | "own"
  /** Quote the other side's id, or 0. */
  readonly quote: boolean
  readonly ariGuid: boolean
  /** A REJ without a local id. */
  readonly nameless: boolean
  /** Exponent of an MRA's service time. */
  readonly service: number
  readonly alternate: Alternate
  /** Status of an APR. */
  readonly status: number
}

/**
 * Whether an alternate path is named, and where to: where the wrong answers of other moves come from and go.
 */
export type Alternate = "none" | "elsewhere" | "gid"
export const alternateDraw: fc.Arbitrary<Alternate> = mostly<Alternate>(2, "none", "elsewhere", "gid")

/** The 36 bytes of an alternate path in a REQ or LAP. */
export const alternatePath = (alternate: Alternate): string => {
  const gid = `fe80000000000000${hexOf(0xbb01, 16)}`
  switch (alternate) {
    case "none":
      return hexOf(0, 72)
    case "elsewhere":
      return hexOf(24, 4) + hexOf(23, 4) + hexOf(0, 64)
    case "gid":
      return hexOf(0, 8) + gid + gid
  }
}

export const replyDraw: fc.Arbitrary<ReplyDraw> = fc.record({
  pick,
  n: fc.nat(20),
  sensible: mostly(5, true, false),
  id: commId,
  tid,
  ownId: mostly<"heard" | "own">(8, "heard", "own"),
  quote: mostly(15, true, false),
  ariGuid: mostly(2, true, false),
  nameless: mostly(6, false, true),
  service: fc.constantFrom(0, 16, 18, 31),
  alternate: mostly<Alternate>(1, "elsewhere", "gid"),
  status: mostly(2, 0, 1)
})

/** The bytes of a reply to a heard message, and what of it must be copied because this run chose it. */
export const replyTo = (
  heard: string,
  place: { readonly line: number; readonly out: number },
  draw: ReplyDraw,
  caGuid: string
) => {
  const attribute = Number.parseInt(heard.slice(32, 36), 16)
  const name = nextMessage(attribute, draw.n, draw.sensible)
  const firstWords = name === "REP" || (name === "MRA" && attribute === CM.REQ)
  const sidr = name === "SIDR_REP"
  const asks = ASKS.includes(name)
  // A REQ quotes no id of ours: who answers it brings its own.
  const nameless = name === "REJ" && draw.nameless
  const own = firstWords || draw.ownId === "own" || (attribute === CM.REQ && name !== "REJ")
  const pieces: Pieces = sidr
    ? []
    : [
        [24, own && !nameless ? draw.id : "00000000"],
        [28, "00000000"],
        [32, "40"],
        [33, "00"],
        [34, "0004"],
        [36, draw.ariGuid ? caGuid : hexOf(7, 16)],
        ...(name === "MRA" ? [[33, hexOf(draw.service << 3, 2)] as const] : []),
        ...(name === "APR" ? [[33, hexOf(draw.status, 2)] as const] : []),
        ...(name === "LAP" ? [[44, alternatePath(draw.alternate)] as const] : []),
        ...(name === "REP" ? [[52, caGuid] as const] : [])
      ]
  const copied = (from: number, to: number, length: number) => [{ ...place, from, to, length }]
  return {
    mad: cm(name, draw.tid, pieces),
    copy: [
      ...(asks ? [] : copied(8, 8, 8)),
      ...(sidr ? copied(24, 24, 4) : []),
      ...(!sidr && draw.quote ? copied(24, 28, 4) : []),
      ...(!sidr && !own && !nameless ? copied(28, 24, 4) : [])
    ]
  }
}
