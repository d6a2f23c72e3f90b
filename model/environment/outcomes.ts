/** All that one event may lead to: every choice the rules permit, for systems that run one area by itself. */
import { type Choice, Chooser, type IdSpace } from "../choice.ts"
import type { Outcome } from "../outcome.ts"

/** Ids to draw from while exploring, in hex. */
export type IdPool = Readonly<Record<IdSpace, ReadonlyArray<string>>>

/**
 * The outcomes of a transition for all its choices. Rules only compare ids, so the first permitted id of the
 * pool stands for all: one that was used before, as soon as one is free again.
 */
export const outcomesOf = (
  run: (chooser: Chooser) => Outcome, pool: IdPool, choice: Choice = []
): ReadonlyArray<Outcome> => {
  const chooser = new Chooser(choice)
  const next = run(chooser)
  const fault = chooser.fault()
  if (fault === null) return [next]
  if (fault._tag !== "ChoiceTooShort") throw new Error(`the explorer chose wrongly: ${fault._tag}`)
  const { question } = fault
  const answers = question._tag === "Among"
    ? question.alternatives
    : pool[question.space].filter(question.permitted).slice(0, 1)
  if (answers.length === 0) throw new Error("the scope uses up its pool of ids: give it more")
  return answers.flatMap((answer) => outcomesOf(run, pool, [...choice, answer]))
}
