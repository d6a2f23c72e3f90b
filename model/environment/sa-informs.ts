/** The SA of the environment as far as it knows subscriptions: it has one subscriber, the port. */
import { filterOf, informIn, keyOf } from "../inform.ts"
import { ATTRIBUTE, type Mad, METHOD } from "../mad.ts"
import { texts } from "../renaming.ts"
import { partition } from "../tables.ts"
import { isWanted } from "../subscriptions-settle.ts"
import { SA_STATUS } from "./sa.ts"
import type { Reply, Respondent } from "./served-system.ts"

/** The subscriptions that the SA holds, as texts, sorted. */
export type SaInforms = ReadonlyArray<string>

const partitionText = (pkey: number): string => `${partition(pkey).toString(16).padStart(4, "0")},`

const replyTo = (request: Mad, known: SaInforms, status: number): Reply<SaInforms> => ({
  label: `the SA says ${status}`, known, answer: { ...request, method: METHOD.GET_RESP, status }
})

/**
 * An SA that holds what it is asked for; it may refuse what it does not hold, and refuses to end that. It tells
 * partitions apart by the P_Key of the request.
 */
export const informSa: Respondent<SaInforms> = {
  initial: [],
  replies: (known, request, pkey) => {
    if (request.attributeId !== ATTRIBUTE.INFORM_INFO) return []
    const inform = informIn(request)
    const key = keyOf(filterOf(inform, pkey))
    const others = known.filter((other) => other !== key)
    if (inform.subscribe === 0) {
      const status = others.length < known.length ? SA_STATUS.OK : SA_STATUS.REQUEST_INVALID
      return [replyTo(request, others, status)]
    }
    const granted = replyTo(request, [...others, key].sort(), SA_STATUS.OK)
    const refused = { ...replyTo(request, known, SA_STATUS.NO_RESOURCES), isRefusal: true }
    return known.includes(key) ? [granted] : [granted, refused]
  },
  disagreements: (known, { givenUp, port, subscriptions }) => {
    const unknown = givenUp.flatMap(({ asked }) => (asked._tag === "subscribe" ? [keyOf(asked.filter)] : []))
    const wanted = subscriptions.filter(isWanted).map(({ filter }) => keyOf(filter))
    // In a partition that the port lost nothing can be ended (SQP-SUB-13).
    const lost = known.filter((key) => !port.pkeys.some((pkey) => key.startsWith(partitionText(pkey))))
    const wrong = [...new Set([...known, ...wanted])]
      // What became of a subscribe that was given up shows only in its answer, which may be lost.
      .filter((key) => ![...unknown, ...lost].includes(key) && known.includes(key) !== wanted.includes(key))
    return wrong.map((key) =>
      known.includes(key) ? `the SA truly holds ${key} for nobody (SQP-SUB-1)` : `nothing is held of ${key} (SQP-SUB-2)`)
  },
  rename: texts
}
