/** States by numbers, as an explorer knows them: those with functions in each other's places have one. */
import type { System } from "./explore.ts"
import { Tuples } from "./tuples.ts"

/** Numbers from 0 on, the next for a state that was not seen before and is no renaming of one that was. */
export interface Numbering<S> {
  readonly numberOf: (state: S) => number
  /** Whether states with functions in each other's places have one number. */
  readonly isOfOrbits: boolean
  /** How many states the one that was numbered last stands for, itself included. */
  readonly lastSize: () => number
}

/** The numbering of a system: by its slices up to its symmetry, by its slices, or by its texts. */
export const numbering = <S>(system: System<S, unknown>, isSymmetric: boolean): Numbering<S> => {
  const { key, slices, symmetry } = system
  if (slices && symmetry && isSymmetric) return orbits(slices, symmetry)
  if (slices) {
    const seen = new Tuples()
    return { numberOf: (state) => seen.add(slices(state)), isOfOrbits: false, lastSize: () => 1 }
  }
  const seen = new Map<string, number>()
  const numberOf = (state: S): number => {
    const text = key(state)
    const known = seen.get(text)
    if (known !== undefined) return known
    seen.set(text, seen.size)
    return seen.size - 1
  }
  return { numberOf, isOfOrbits: false, lastSize: () => 1 }
}

/**
 * An orbit is known by the least of the tuples of its states, slice by slice: what is not least in one slice need
 * not be renamed in the next. As many permutations lead to the least as leave it as it is, which tells how many
 * states the orbit has.
 */
const orbits = <S>(
  slices: NonNullable<System<S, unknown>["slices"]>, { image, permutations }: NonNullable<System<S, unknown>["symmetry"]>
): Numbering<S> => {
  const seen = new Tuples()
  /** Permutations by which the tuple is least so far, and of these the one that moves nothing as -1. */
  const least = new Int32Array(permutations + 1)
  let count = 0
  const numberOf = (state: S): number => {
    const numbers = slices(state)
    count = permutations + 1
    for (let n = 0; n < count; n++) least[n] = n - 1
    const tuple = numbers.map((number, place) => {
      let best = Number.POSITIVE_INFINITY
      let kept = 0
      for (let n = 0; n < count; n++) {
        const permutation = least[n] ?? -1
        const renamed = permutation < 0 ? number : image(state, place, number, permutation)
        if (renamed > best) continue
        if (renamed < best) kept = 0
        best = renamed
        least[kept++] = permutation
      }
      count = kept
      return best
    })
    return seen.add(tuple)
  }
  return { numberOf, isOfOrbits: true, lastSize: () => (permutations + 1) / count }
}
