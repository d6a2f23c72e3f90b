/** Invariants of redirection (`spec/classes.md`), judged by the traffic alone. */
import { type FunctionId, type Gid, type Lid, NO_GID, type Qpn } from "./ids.ts"
import { type Invariant, invariantsOver, type Observation } from "./invariants.ts"
import { answers, arriving, isCm, isDropped, isMad, leaving } from "./invariants-crossing.ts"
import type { Mad } from "./mad.ts"
import type { EgressAddress } from "./event.ts"
import { fields, functionId, gid, ofFunctions, qpn } from "./renaming.ts"
import type { Config } from "./state.ts"

/** A place that a response told a function of. Times are milliseconds and may go below 0. */
interface Place {
  readonly function: FunctionId
  readonly mgmtClass: number
  readonly lid: Lid
  readonly gid: Gid
  readonly qpn: Qpn
  readonly must: number
  readonly may: number
}

/** Places by function, and of each function in the order of their last use. */
type Places = ReadonlyArray<Place>

const placesRenamed = ofFunctions(fields<Place>({ function: functionId, gid, qpn }))

/** The invariants for a PF context with these limits and durations. */
export const redirectInvariants = ({
  limits,
  timing
}: Pick<Config, "limits" | "timing">): ReadonlyArray<Invariant> => {
  const judge = invariantsOver<Places>([], learnt({ limits, timing }), placesRenamed)
  return [
    judge("SQP-CLS-7", "A request goes to the special QP of its peer, or where it was redirected", strayRequest),
    judge("SQP-CLS-9", "Where a function was redirected it may go", lostRedirect)
  ]
}

const isAt = (place: Place, fn: FunctionId, { mgmtClass }: Mad, address: EgressAddress): boolean =>
  place.function === fn &&
  place.mgmtClass === mgmtClass &&
  place.qpn === address.remoteQpn &&
  (place.lid === 0 ? place.gid === address.grh?.dgid : place.lid === address.dlid)

const strayRequest = (places: Places, observation: Observation) => {
  const crossing = leaving(observation)
  if (crossing === null || answers(crossing.before) || isCm(crossing.before)) return undefined
  const { before, event, left } = crossing
  const isThere = places.some((place) => place.may > 0 && isAt(place, event.function, before, event.address))
  return left.address.remoteQpn === left.qp || (left.qp === 1 && isThere)
    ? undefined
    : `a request goes from QP${left.qp} to QPN ${left.address.remoteQpn}`
}

const lostRedirect = (places: Places, observation: Observation) => {
  const { event } = observation
  if (event._tag !== "Egress" || !isMad(event.mad) || !isDropped(observation, "remote-qpn")) return undefined
  const { address, function: fn, mad, qp } = event
  const place = places.find((of) => qp === 1 && of.must > 0 && isAt(of, fn, mad, address))
  return place && `function ${fn} was redirected to QPN ${place.qpn}, which must be remembered ${place.must} ms more`
}

const learnt =
  ({ limits, timing: { tidMax, tidMin } }: Pick<Config, "limits" | "timing">) =>
  (places: Places, observation: Observation): Places => {
    const { event } = observation
    switch (event._tag) {
      case "TimePasses":
        return places
          .map((of) => ({ ...of, must: of.must - event.ms, may: of.may - event.ms }))
          .filter(({ may }) => may > 0)
      case "Detach":
      case "Reset":
        return places.filter((of) => of.function !== event.function)
      case "Stop":
        return []
      default: {
        const told = taught(observation) ?? used(places, observation)
        if (told === null) return places
        const place: Place = { ...told, must: tidMin, may: tidMax }
        const others = places.filter((of) => !isSame(of, place))
        const known = places.find((of) => isSame(of, place))
        // What may have been forgotten may have needed room again.
        const isNew = known === undefined || (known.must <= 0 && "perhaps")
        const yielding = isNew ? withYielding(others, place.function, limits.redirects, isNew) : others
        return [...yielding, ...(limits.redirects === 0 ? [] : [place])].sort((a, b) => a.function - b.function)
      }
    }
  }

type Told = Omit<Place, "must" | "may">

const isSame = (a: Told, b: Told): boolean =>
  [a.function, a.mgmtClass, a.lid, a.gid, a.qpn].join() === [b.function, b.mgmtClass, b.lid, b.gid, b.qpn].join()

/** The place that a response tells of which reached a function. */
const taught = (observation: Observation): Told | null => {
  const arrival = arriving(observation)
  if (arrival === null || !answers(arrival.before)) return null
  const {
    before: { body, mgmtClass },
    given
  } = arrival
  if (body._tag !== "classPortInfo" || body.redirectQp <= 1) return null
  const { redirectGid: gid, redirectLid: lid, redirectQp: qpn } = body
  return { function: given.function, mgmtClass, lid, gid: lid === 0 ? gid : NO_GID, qpn }
}

/** The place for which a request left; one at its LID before one behind its GID. */
const used = (places: Places, observation: Observation): Told | null => {
  const crossing = leaving(observation)
  if (crossing === null || answers(crossing.before) || isCm(crossing.before)) return null
  const { before, event } = crossing
  const there = places.filter((place) => isAt(place, event.function, before, event.address))
  return there.find(({ lid }) => lid !== 0) ?? there[0] ?? null
}

/** At the quota the place used longest ago gives way: surely if all must be remembered, else perhaps. */
const withYielding = (places: Places, fn: FunctionId, limit: number, isNew: true | "perhaps"): Places => {
  const own = places.filter((of) => of.function === fn)
  const certain = own.filter(({ must }) => must > 0)
  const [first] = certain
  if (own.length < limit || first === undefined) return places
  return places
    .map((of) => (of === first ? { ...of, must: 0, may: isNew === true && certain.length >= limit ? 0 : of.may } : of))
    .filter(({ may }) => may > 0)
}
