/** Two functions that are alike, and data of them, for tests of how it is renamed. */
import { expect } from "vitest"
import { FunctionId, type Gid, type Guid, Qpn } from "../model/ids.ts"
import { type Rename, type Renaming, same } from "../model/renaming.ts"
import { gid, guid } from "./small-world.ts"

/** What stands for a function in data. */
export interface Names {
  readonly fn: FunctionId
  readonly guid: Guid
  readonly gid: Gid
  /** Of its tunnel in QP1, and another of its own. */
  readonly proxyQpn: Qpn
  readonly tunnelQpn: Qpn
  readonly ownQpn: Qpn
}

const namesOf = (n: number): Names => ({
  fn: FunctionId(n), guid: guid(n), gid: gid(n),
  proxyQpn: Qpn(0x10 + n), tunnelQpn: Qpn(0x20 + n), ownQpn: Qpn(0x30 + n)
})
/** Two functions that are alike. */
export const [A, B] = [namesOf(1), namesOf(2)]

/** Each in the place of the other. */
export const swap: Renaming = {
  functions: [0, 2, 1].map(FunctionId),
  guids: new Map([[A.guid, B.guid], [B.guid, A.guid]]),
  qpns: new Map([A, B].flatMap((of) => {
    const other = of === A ? B : A
    return [[of.proxyQpn, other.proxyQpn], [of.tunnelQpn, other.tunnelQpn], [of.ownQpn, other.ownQpn]] as const
  })),
  payload: (payload) => payload.replace(/[AB]/, (name) => (name === "A" ? "B" : "A")),
  one: same
}
/** Each in its own place. */
export const nothing: Renaming = { functions: [], guids: new Map(), qpns: new Map(), payload: same, one: same }

/** Data in which `a` and `b` do different things, in the order in which the rules keep it. */
export type Said<T> = (a: Names, b: Names) => T

/** Data with two functions in each other's places is what it were if each had done what the other did. */
export const expectRenamed = <T>(rename: Rename<T>, said: Said<T>): void => {
  const before = said(A, B)
  const after = rename(before, swap)
  expect(after).toEqual(said(B, A))
  expect(rename(before, nothing)).toBe(before)
  if (typeof before === "object") expect(rename(before, swap)).toBe(after)
}

/** In the order of functions. */
export const ofFunctions = <T extends { readonly function: FunctionId }>(...all: ReadonlyArray<T>): ReadonlyArray<T> =>
  all.toSorted((x, y) => x.function - y.function)
