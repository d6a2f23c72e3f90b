/** The parts of the worlds of `cm-system.ts`, and how they are renamed. */
import type { FunctionId } from "../ids.ts"
import type { Recall } from "../recall.ts"
import { each, fields, guid, orNull, type Rename, same, sorted } from "../renaming.ts"
import { cmMessage } from "../renaming-mad.ts"
import { renamingsOf, slice, sliced } from "../symmetry.ts"
import type { Message, Party } from "./cm-party.ts"
import { type CmScope, type CmWorld, functionOf, type Packet, type Question, type Somebody } from "./cm-scope.ts"
import { watchedSlices } from "./slices.ts"
import { wireRenamed } from "./wire.ts"

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

/** The parts of a world, first the one in which functions soonest differ. */
export const cmSlices = (initial: CmWorld, recall: Recall) => {
  const [state, monitors] = watchedSlices<CmWorld>(recall, (world) => world, (world, now) => ({ ...world, ...now }))
  return sliced<CmWorld>(
    [
      slice(recall, ({ scope }) => scope, (world, scope) => ({ ...world, scope }), scopeRenamed(initial.scope)),
      slice(recall, (world) => world.guests, (world, part) => ({ ...world, guests: part }), guests),
      state,
      slice(recall, ({ peers }) => peers, (world, peers) => ({ ...world, peers }), each(each(party))),
      slice(recall, ({ wire }) => wire, (world, wire) => ({ ...world, wire }), wireRenamed(fields<Packet>({ cm: cmMessage }))),
      monitors
    ],
    renamingsOf(initial.state, initial.scope.alike, recall), initial
  )
}
