/**
 * Permutations of functions, and what they do to data: whoever treats some functions alike treats a state and the
 * same state with these functions in each other's places alike (`spec/explore.md`, SQP-EXP-7). How a type of data
 * is renamed is put together from the parts below; what its type says to name a function, a GUID, a GID or a QPN
 * cannot be left out.
 */
import { type FunctionId, Gid, gidOf, type Guid, guidOf, prefixOf, type Qpn } from "./ids.ts"

/** A permutation of functions and of what is named after them; what is not listed stays. */
export interface Renaming {
  /** By function: the one in whose place it comes. */
  readonly functions: ReadonlyArray<FunctionId>
  readonly guids: ReadonlyMap<Guid, Guid>
  /** The QPs of the tunnels that functions begin with. */
  readonly qpns: ReadonlyMap<Qpn, Qpn>
  /** The name of the bytes of a MAD, where an environment names functions in them. */
  readonly payload: (payload: string) => string
  /** The one object that stands for all that are equal to a value. */
  readonly one: <T>(value: T) => T
}

/** Data with its functions renamed; itself where none of them moves. */
export type Rename<T> = (value: T, by: Renaming) => T

/** What a permutation of functions moves. */
type Named = FunctionId | Guid | Gid | Qpn

/** `true` if a type of plain data holds something that is named after a function, else `never`. */
type Mentions<T> = T extends Named ? true
  : T extends ReadonlyArray<infer E> ? Mentions<E>
  : T extends object ? { [K in keyof T]-?: Mentions<T[K]> }[keyof T]
  : never

/** How fields are renamed: all that mention functions, and others if their text does. */
type Fields<T> =
  & { readonly [K in keyof T as [Mentions<T[K]>] extends [never] ? never : K]-?: Rename<Exclude<T[K], undefined>> }
  & { readonly [K in keyof T]?: Rename<Exclude<T[K], undefined>> }

/** What no permutation touches, though its type does not say so: say why where it is used. */
export const same = <T>(value: T): T => value

export const functionId: Rename<FunctionId> = (value, { functions }) => functions[value] ?? value
export const guid: Rename<Guid> = (value, { guids }) => guids.get(value) ?? value
export const gid: Rename<Gid> = (value, { guids }) => {
  const other = guids.get(guidOf(value))
  return other === undefined ? value : gidOf(prefixOf(value), other)
}
export const qpn: Rename<Qpn> = (value, { qpns }) => qpns.get(value) ?? value

/** A text with GUIDs and GIDs in it, each 16 or 32 hex digits by themselves. */
export const text: Rename<string> = (value, by) =>
  value.replace(/\b(?:[0-9a-f]{16}){1,2}\b/g, (hex) => {
    const other = by.guids.get(guidOf(Gid(`${"0".repeat(16)}${hex}`.slice(-32))))
    return other === undefined ? hex : hex.slice(0, -16) + other
  })

/** Texts in their own order. */
export const texts: Rename<ReadonlyArray<string>> = (all, by) =>
  unlessSame(all, all.map((each) => text(each, by)).sort())

/** Something or nothing. */
export const orNull = <T>(rename: Rename<T>): Rename<T | null> => (value, by) =>
  value === null ? null : rename(value, by)

/** A list in an order that has nothing to do with functions. */
export const each = <T>(rename: Rename<T>): Rename<ReadonlyArray<T>> =>
  remembered((all, by) => unlessSame(all, all.map((value) => rename(value, by))))

/** A list of which place n is of function n, for all functions that move. */
export const byFunction = <T>(rename: Rename<T>): Rename<ReadonlyArray<T>> =>
  remembered((all, by) => {
    const moved: Array<T> = []
    for (const [n, value] of all.entries()) moved[by.functions[n] ?? n] = rename(value, by)
    return unlessSame(all, moved)
  })

/** A list that is kept in an order; what is equal in it keeps the order of arrival. */
export const sorted = <T>(rename: Rename<T>, compare: (a: T, b: T) => number): Rename<ReadonlyArray<T>> =>
  remembered((all, by) => unlessSame(all, all.map((value) => rename(value, by)).sort(compare)))

/** A list by function, and of each function in the order of arrival. */
export const ofFunctions = <T extends { readonly function: FunctionId }>(
  rename: Rename<T>
): Rename<ReadonlyArray<T>> => sorted(rename, (a, b) => a.function - b.function)

/** Fields by name, each renamed as said; those that mention no function stay. */
export const fields = <T extends object>(how: Fields<T>): Rename<T> => {
  const all: { readonly [K in keyof T]?: Rename<Exclude<T[K], undefined>> } = how
  return remembered((value, by) => {
    let next = value
    for (const key in all) next = withField(next, key, all[key], by)
    return next
  })
}

const withField = <T extends object, K extends keyof T>(
  value: T, key: K, rename: Rename<Exclude<T[K], undefined>> | undefined, by: Renaming
): T => {
  const before = value[key]
  if (rename === undefined || !isThere(before)) return value
  const after = rename(before, by)
  return after === before ? value : { ...value, [key]: after }
}

const isThere = <T>(value: T): value is Exclude<T, undefined> => value !== undefined

const unlessSame = <T>(before: ReadonlyArray<T>, after: ReadonlyArray<T>): ReadonlyArray<T> =>
  after.every((value, n) => value === before[n]) ? before : after

/** Renames every object once: what came of it stands for its equals, and is known when it is met again. */
const remembered = <T extends object>(rename: Rename<T>): Rename<T> => {
  const known = new WeakMap<Renaming, WeakMap<T, T>>()
  return (value, by) => {
    let before = known.get(by)
    if (before === undefined) {
      before = new WeakMap()
      known.set(by, before)
    }
    const found = before.get(value)
    if (found !== undefined) return found
    const made = by.one(rename(value, by))
    before.set(value, made)
    return made
  }
}
