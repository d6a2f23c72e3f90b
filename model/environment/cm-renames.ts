/** How the parts of the worlds of `cm-system.ts` are renamed. */
import type { FunctionId } from "../ids.ts"
import { each, fields, guid, orNull, type Rename, same, sorted } from "../renaming.ts"
import { cmMessage } from "../renaming-mad.ts"
import { stateRenamed } from "../renaming-state.ts"
import type { Renames } from "../worlds.ts"
import type { Message, Party } from "./cm-party.ts"
import { type CmScope, type CmWorld, functionOf, type Packet, type Question, type Somebody } from "./cm-scope.ts"
import { inFlightRenamed } from "./wire.ts"

const party = fields<Party>({ caGuid: guid, unanswered: orNull(fields<Message>({ cm: cmMessage })) })

/** The guest in whose place one comes. */
const guestAt = (n: number, functions: ReadonlyArray<FunctionId>): number =>
  (functions[functionOf(n)] ?? functionOf(n)) - functionOf(0)

const guests: Rename<CmWorld["guests"]> = (all, by) =>
  all.reduce((next, guest, n) => next.with(guestAt(n, by.functions), party(guest, by)), all)

const somebody: Rename<Somebody> = ({ is, n }, { functions }) => ({ is, n: is === "guest" ? guestAt(n, functions) : n })

/** What is left of a scope: questions keep the order in which the scope has them. */
const scopeRenamed = ({ questions }: CmScope): Rename<CmScope> => {
  const texts = questions.map((question) => JSON.stringify(question))
  const place = (question: Question): number => texts.indexOf(JSON.stringify(question))
  return fields<CmScope>({
    questions: sorted(
      ({ from, to }, by) => ({ from: somebody(from, by), to: somebody(to, by) }), (a, b) => place(a) - place(b)
    ),
    alike: same
  })
}

/** How the parts of the worlds of a scope are renamed, first those in which functions soonest differ. */
export const cmRenames = (scope: CmScope): Renames<CmWorld> => ({
  scope: scopeRenamed(scope),
  guests,
  state: stateRenamed,
  peers: each(each(party)),
  inFlight: inFlightRenamed(fields<Packet>({ cm: cmMessage }), true),
  losses: same,
  duplications: same
})
