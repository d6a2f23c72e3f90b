/** Wrong implementations: each is the right one with one place of its source changed. */

/** A change of a source file; `find` stands in it exactly once. */
export interface Patch {
  /** Path from the root of the project, under `impl/`. */
  readonly file: string
  /** Text as it stands in the file; several lines keep their indentation. */
  readonly find: string
  readonly replace: string
}

/** One wrong implementation. */
export interface Mutant {
  /** Kebab-case; that of its trace, too. */
  readonly name: string
  /** What it does wrong, as the end of the sentence "an implementation that ...". */
  readonly title: string
  /**
   * Where the mistake is from: a row of spec/divergences.md (`D-..` of the mlx4 driver; `A..`, `B..`, `C..`
   * of its history and of its neighbours), or `plausible: ` and why.
   */
  readonly source: string
  /** What generated sequences are about that find it: one of `subjects` of the generator. */
  readonly about: string
  readonly patch: Patch
}
