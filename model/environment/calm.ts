/** Whether a closed system becomes quiet if nothing goes wrong any more: the calm way from a state, as far as it must be gone. */

/** How a system goes on calmly. */
export interface Calm<W> {
  /** What happens next if nothing goes wrong: one thing; null when nothing does. */
  readonly next: (world: W) => W | null
  /** Whether nothing is owed to anybody and everybody is of one mind. */
  readonly isQuiet: (world: W) => boolean
  /** Equal exactly where the same way lies ahead. */
  readonly keyOf: (world: W) => string
}

/** Steps after which a way that was not quiet anywhere leads nowhere. */
const MOST_STEPS = 200

/** Says of a state whether the calm way from it comes by a quiet one. Every way is gone once. */
export const comesToQuiet = <W>({ isQuiet, keyOf, next }: Calm<W>): ((world: W) => boolean) => {
  const known = new Map<string, boolean>()
  return (world) => {
    const way: Array<string> = []
    let found = false
    for (let at: W | null = world; at !== null && way.length < MOST_STEPS; at = next(at)) {
      const key = keyOf(at)
      const before = known.get(key)
      if (before !== undefined) {
        found = before
        break
      }
      way.push(key)
      if (isQuiet(at)) {
        found = true
        break
      }
    }
    for (const key of way) known.set(key, found)
    return found
  }
}
