/** Whether a system treats alike what it says it does. */
import { explore, type System } from "../model/explore.ts"

/** A move that one state has and a state with functions in each other's places has not. */
export interface Asymmetry {
  readonly path: ReadonlyArray<string>
  readonly permutation: number
  /** Labels of the moves to states that only one of the two has. */
  readonly alone: ReadonlyArray<string>
}

/**
 * The first state, of at most so many, in which a permutation of functions before a move and after it are not the
 * same, or that is wrong where its renaming is not; null if there is none. Every state is looked at.
 */
export const asymmetryOf = (system: System<unknown, string>, maxStates = 1_000_000): Asymmetry | null => {
  const { numbered, symmetry } = system
  if (!numbered || !symmetry) throw new Error("the system says nothing of symmetry")
  const name = (state: unknown): string => numbered.numbersOf(state).join()
  const permutations = Array.from({ length: symmetry.permutations }, (_, n) => n)
  const found = explore({
    ...system,
    violations: (state) => permutations.flatMap((permutation) => {
      const renamed = symmetry.renamed(state, permutation)
      const after = [...system.moves(state)].map((move) =>
        ({ label: move.label, name: name(symmetry.renamed(move.state, permutation)) }))
      const before = [...system.moves(renamed)].map((move) => ({ label: move.label, name: name(move.state) }))
      const alone = [...surplus(after, before), ...surplus(before, after)]
      const isQuiet = system.quiet?.(state) === system.quiet?.(renamed)
      const isWrong = system.violations(state).length === system.violations(renamed).length
      return alone.length === 0 && isQuiet && isWrong ? [] : [JSON.stringify([permutation, ...alone])]
    })
  }, { symmetry: false, maxStates })
  if (found.counterexample === null) return null
  const [permutation, ...alone] = JSON.parse(found.counterexample.violations[0] ?? "[]")
  return { path: found.counterexample.path, permutation, alone }
}

interface Named {
  readonly label: string
  readonly name: string
}

/** Labels of those of which there are more than in the others. */
const surplus = (all: ReadonlyArray<Named>, others: ReadonlyArray<Named>): ReadonlyArray<string> => {
  const left = others.map(({ name }) => name)
  return all.flatMap(({ label, name }) => {
    const place = left.indexOf(name)
    if (place < 0) return [label]
    left.splice(place, 1)
    return []
  })
}
