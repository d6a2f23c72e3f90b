/** The invariant of accounting (`spec/fairness.md`): what becomes of a MAD, as an observation shows it. */
import type { Action } from "./action.ts"
import { type Invariant, invariant, type Observation, type Verdict } from "./invariants.ts"
import { answers, isMad } from "./invariants-crossing.ts"
import { same } from "./renaming.ts"
import { CLASS, type Mad, type Malformed } from "./mad.ts"

/** What is known of a history: whether it lists drops, and the first event of a MAD that came to no end. */
interface Ends {
  readonly listsDrops: boolean
  readonly vanished: string | null
}

/**
 * SA attributes that the PF context keeps for functions: requests wait for the SA, a Report reaches several.
 */
const KEPT: ReadonlyArray<number> = [0x02, 0x03, 0x30, 0x31, 0x38]

/** The invariant; a history that lists no drop at all is not asked for those it leaves out. */
export const accountingInvariants = (): ReadonlyArray<Invariant> => [
  invariant<Ends>(
    "SQP-ACC-1",
    "A MAD comes to one end: it goes on, is answered, or is dropped with a reason",
    { listsDrops: false, vanished: null },
    oneEnd,
    same
  )
]

const oneEnd = ({ listsDrops, vanished }: Ends, observation: Observation): Verdict<Ends> => {
  const { actions, event } = observation
  const drops = listsDrops || actions.some(({ _tag }) => _tag === "Drop")
  const ends = isOrdinary(observation) ? actions.filter(isEnd).length : 1
  if (ends > 1) return { violation: `${event._tag}: one MAD comes to ${ends} ends` }
  const lost = vanished ?? (ends === 0 ? event._tag : null)
  if (drops && lost !== null) return { violation: `${lost}: a MAD comes to no end` }
  return { memory: { listsDrops: drops, vanished: lost } }
}

const isEnd = ({ _tag }: Action): boolean => _tag === "ToWire" || _tag === "ToFunction" || _tag === "Drop"

/**
 * Whether the event is a MAD with one end at once: all but what concerns the SA and what is kept for
 * functions.
 */
const isOrdinary = ({ event }: Observation): boolean => {
  if (event._tag === "Egress") return !isKept(event.mad)
  return event._tag === "Ingress" && !isKept(event.mad) && !isSaAnswer(event.mad)
}

const isKept = (mad: Mad | Malformed): boolean =>
  isMad(mad) && mad.mgmtClass === CLASS.SA && KEPT.includes(mad.attributeId)

const isSaAnswer = (mad: Mad | Malformed): boolean => isMad(mad) && mad.mgmtClass === CLASS.SA && answers(mad)
