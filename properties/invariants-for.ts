/** Which invariants mean something in a sequence. */
import type { Init } from "../impl/trace/command.ts"
import { completeInit } from "../impl/trace/init.ts"
import type { Invariant } from "../model/invariants.ts"
import { bindingInvariants } from "./binding-invariants.ts"
import { toInitial } from "./translate.ts"

/** Where the invariants of multicast mean nothing: they take the SA at its word, and learn from what functions hear. */
const UNHEARD: ReadonlyArray<string> = ["an insane SA", "full rings"]

/** The invariants that mean something in sequences about a subject of the generator; `own`: our choices bind, too. */
export const invariantsFor = (about: string, init: Init, own = true): ReadonlyArray<Invariant> =>
  bindingInvariants(toInitial(completeInit(init)), own).filter(
    ({ requirement }) => !UNHEARD.includes(about) || !requirement.startsWith("SQP-MC-")
  )
