/** The SA of the environment as far as it knows alias GUIDs: the table of the port, as it was asked for. */
import { releasedBy, wantedBy } from "../guids-alias.ts"
import { FunctionId, NO_GUID, type Guid } from "../ids.ts"
import { ATTRIBUTE, type GuidInfo, type Mad, METHOD, R_BIT } from "../mad.ts"
import { byFunction, guid } from "../renaming.ts"
import { SA_STATUS } from "./sa.ts"
import type { Reply, Respondent } from "./served-system.ts"

/** GUIDs of block 0 that the SA holds, by slot. */
export type SaGuids = ReadonlyArray<Guid>

/** Where the bits of the GUIDs begin in the ComponentMask of a GUIDInfoRecord (IBTA 15.2.5.18). */
const FIRST_GUID_BIT = 4

const slotOf = ({ mask }: GuidInfo): number => Math.log2(Number.parseInt(mask.slice(-4), 16) >> FIRST_GUID_BIT)

const replyTo = (request: Mad, label: string, known: SaGuids): Reply<SaGuids> => ({
  label, known,
  answer: {
    ...request,
    method: request.method === METHOD.SET ? METHOD.GET_RESP : request.method | R_BIT,
    status: SA_STATUS.OK,
    body: request.body._tag === "guidInfo" ? { ...request.body, guids: known } : request.body
  }
})

/**
 * An SA that grants a GUID or declines it, which then stands in the slot as 0, and that releases what it is told
 * to. It never declines what it already holds there, nor grants what stands in another slot.
 */
export const guidSa: Respondent<SaGuids> = {
  initial: Array.from({ length: 8 }, () => NO_GUID),
  replies: (known, request) => {
    const { body } = request
    if (request.attributeId !== ATTRIBUTE.GUID_INFO_RECORD || body._tag !== "guidInfo") return []
    const slot = slotOf(body)
    const wish = body.guids[slot] ?? NO_GUID
    if (request.method === METHOD.DELETE) return [replyTo(request, "the SA releases", known.with(slot, NO_GUID))]
    const isElsewhere = known.some((guid, n) => guid === wish && n !== slot)
    if (isElsewhere) return [replyTo(request, "the SA declines", known.with(slot, NO_GUID))]
    const granted = replyTo(request, "the SA grants", known.with(slot, wish))
    const declined = { ...replyTo(request, "the SA declines", known.with(slot, NO_GUID)), isRefusal: true }
    return known[slot] === wish ? [granted] : [granted, declined]
  },
  isWaitedFor: (state) => state.functions.some(({ alias }, n) =>
    alias !== null && (releasedBy(state, FunctionId(n)) !== null || (wantedBy(state, FunctionId(n)) !== null && !alias.confirmed))),
  disagreements: (known, { functions }) =>
    functions.flatMap(({ alias, slot }, n) => {
      const held = known[n] ?? NO_GUID
      const forgotten = held !== NO_GUID && alias?.asked !== held
        ? [`the SA truly holds ${held} in slot ${n}, which nobody asked for (SQP-GUID-9)`] : []
      const imagined = alias?.confirmed === true && held !== slot
        ? [`function ${n} has ${slot}, while the SA truly holds ${held} for it (SQP-GUID-4)`] : []
      return [...forgotten, ...imagined]
    }),
  rename: byFunction(guid)
}
