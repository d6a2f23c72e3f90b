/** The SA of the environment as far as it knows ServiceRecords. */
import { ATTRIBUTE, type Mad, METHOD, R_BIT } from "../mad.ts"
import { texts } from "../renaming.ts"
import type { ServiceRid } from "../state.ts"
import { SA_STATUS } from "./sa.ts"
import type { Reply, Respondent } from "./served-system.ts"

/** The RIDs of the records that the SA holds, as texts, sorted. */
export type SaServices = ReadonlyArray<string>

const nameOf = ({ gid, pkey, serviceId }: ServiceRid): string => `${serviceId} ${gid} ${pkey}`

const replyTo = (request: Mad, known: SaServices, status: number): Reply<SaServices> => ({
  label: `the SA says ${status}`, known,
  answer: { ...request, method: request.method === METHOD.SET ? METHOD.GET_RESP : request.method | R_BIT, status }
})

/** An SA that holds every record it is given, or refuses one that is new, until it is told to delete it. */
export const serviceSa: Respondent<SaServices> = {
  initial: [],
  replies: (known, request) => {
    const { body } = request
    if (request.attributeId !== ATTRIBUTE.SERVICE_RECORD || body._tag !== "serviceRecord") return []
    const name = nameOf(body)
    const others = known.filter((other) => other !== name)
    if (request.method === METHOD.DELETE) {
      return [replyTo(request, others, others.length < known.length ? SA_STATUS.OK : SA_STATUS.REQUEST_INVALID)]
    }
    const granted = replyTo(request, [...others, name].sort(), SA_STATUS.OK)
    const refused = { ...replyTo(request, known, SA_STATUS.NO_RESOURCES), isRefusal: true }
    return known.includes(name) ? [granted] : [granted, refused]
  },
  disagreements: (known, { registrations }) =>
    known
      .filter((name) => !registrations.some(({ rid }) => nameOf(rid) === name))
      .map((name) => `the SA truly holds the record ${name}, which nobody has (SQP-SVC-2)`),
  rename: texts
}
