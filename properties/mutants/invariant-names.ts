/** The names of all invariants, in the order in which they are registered. */
import { completeInit } from "../../impl/trace/init.ts"
import { allInvariants } from "../../model/invariants-all.ts"
import type { Invariant } from "../../model/invariants.ts"
import { begin } from "../divergences/story.ts"
import { toInitial } from "../translate.ts"

/** How spec/mutants.md names an invariant: its requirement, and its title in quotation marks. */
export const invariantName = ({ requirement, title }: Pick<Invariant, "requirement" | "title">): string =>
  `${requirement} "${title}"`

/** All of them. */
export const invariantNames: ReadonlyArray<string> =
  allInvariants(toInitial(completeInit(begin))).map(invariantName)
