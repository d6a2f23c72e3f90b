/** Invariants of transactions (`spec/tid.md`), judged by the traffic alone. */
import type { EventOf } from "./event.ts"
import type { FunctionId } from "./ids.ts"
import { type Invariant, invariantsOver, type Observation } from "./invariants.ts"
import { answers, arriving, isCm, isControl, isDropped, isMad, leaving } from "./invariants-crossing.ts"
import {
  chosen,
  controls,
  emptyTidLedger,
  type Held,
  noted,
  type Owner,
  ownerOf,
  requestsFor,
  sameOwner,
  sameTid,
  type TidLedger
} from "./invariants-tid-ledger.ts"
import { tidLedger } from "./renaming-ledgers.ts"
import type { Config } from "./state.ts"

/** The invariants for a PF context with these limits and durations. */
export const tidInvariants = ({
  limits,
  timing
}: Pick<Config, "limits" | "timing">): ReadonlyArray<Invariant> => {
  const judge = invariantsOver(emptyTidLedger, noted({ limits, timing }), tidLedger)
  return [
    judge("SQP-TID-1", "A wire TID stands for one outstanding request", sharedTid),
    judge("SQP-TID-2", "A response arrives with the guest TID as it was written", changedTid),
    judge("SQP-TID-3", "A retransmission leaves with the same wire TID", newTidOfRetransmission),
    judge("SQP-TID-4", "A response reaches only the function that asked", misledResponse),
    judge("SQP-TID-5", "A request is remembered as long as it must and no longer than it may", lifeOfRequest),
    judge("SQP-TID-6", "A released wire TID rests before it stands for something else", tidWithoutRest),
    judge("SQP-TID-7", "The upper 32 bits of a wire TID are zero and the lower 32 are not", wideTid),
    judge(
      "SQP-TID-8",
      "A function answers only what it was asked, with the TID it was asked with",
      uninvitedAnswer
    ),
    judge("SQP-TID-9", "RMPP control reaches a function that has the request", misledControl),
    judge("SQP-TID-10", "A function has at most its quota of outstanding requests", (ledger, observation) =>
      beyondQuota(limits.tids, ledger, observation)
    ),
    judge("SQP-TID-11", "RMPP control of a function leaves for what it asked, or not at all", strayControl),
    judge("SQP-TID-12", "A request from the wire finds room at its function", (_, observation) =>
      limits.inbound > 0 && isDropped(observation, "inbound-quota")
        ? "a request is refused, but one remembered before could have given way"
        : undefined
    ),
    judge("SQP-LIFE-1", "No answer to a former incarnation of a function is delivered", answerToFormer)
  ]
}

const nameOf = (owner: Owner): string =>
  owner._tag === "other" ? owner.name : `the request ${owner.guestTid} of function ${owner.function}`

/** Who had a wire TID that now leaves for somebody else, once the time of the observation has passed. */
const supplanted = (
  { held }: TidLedger,
  observation: Observation
): ReadonlyArray<Held & { readonly by: Owner }> => {
  const ms = observation.event._tag === "TimePasses" ? observation.event.ms : 0
  return chosen(observation).flatMap(({ owner, tid }) =>
    held
      .filter((of) => sameTid(of.tid, tid) && !sameOwner(of.owner, owner))
      .map((of) => ({ ...of, must: of.must - ms, may: of.may - ms, rested: of.rested - ms, by: owner }))
  )
}

const sharedTid = (ledger: TidLedger, observation: Observation) => {
  const within = chosen(observation)
  const twice = within.find(({ owner, tid }) =>
    within.some((other) => sameTid(other.tid, tid) && !sameOwner(other.owner, owner))
  )
  if (twice) return `${twice.tid} leaves for two requests at once`
  const former = supplanted(ledger, observation).find(({ must }) => must > 0)
  return former && `${former.tid} stands for ${nameOf(former.owner)} and leaves for ${nameOf(former.by)}`
}

const tidWithoutRest = (ledger: TidLedger, observation: Observation) => {
  const former = supplanted(ledger, observation).find(({ must, rested }) => must <= 0 && rested > 0)
  return (
    former &&
    `${former.tid} of ${nameOf(former.owner)} leaves for ${nameOf(former.by)}; it must rest ` +
      `${former.rested} ms more`
  )
}

const wideTid = (_: TidLedger, observation: Observation) => {
  const wrong = chosen(observation).find(({ tid }) => !/^0{8}(?!0{8})/.test(tid))
  return wrong && `${wrong.tid} leaves for ${nameOf(wrong.owner)}`
}

const newTidOfRetransmission = ({ held }: TidLedger, observation: Observation) => {
  for (const { owner, tid } of chosen(observation)) {
    const first = held.find((of) => of.must > 0 && owner._tag === "request" && sameOwner(of.owner, owner))
    if (first && first.tid !== tid) return `${nameOf(owner)} left with ${first.tid} and leaves with ${tid}`
  }
  return undefined
}

/** A response that was handed over, with who holds its wire TID. */
const responded = (ledger: TidLedger, observation: Observation) => {
  const arrival = arriving(observation)
  if (arrival === null || !answers(arrival.before) || isCm(arrival.before)) return null
  return { ...arrival, holder: ownerOf(ledger, arrival.event.qp, arrival.before) }
}

const misledResponse = (ledger: TidLedger, observation: Observation) => {
  const response = responded(ledger, observation)
  if (response === null) return undefined
  const {
    before: { tid },
    given,
    holder
  } = response
  if (holder === undefined) return `the response ${tid} reaches function ${given.function}; nobody asked`
  const isOwner = holder.owner.function === given.function && given.qp === response.event.qp
  return isOwner
    ? undefined
    : `the response ${tid} to ${nameOf(holder.owner)} reaches function ${given.function}`
}

const changedTid = (ledger: TidLedger, observation: Observation) => {
  const response = responded(ledger, observation)
  if (response?.holder?.owner._tag !== "request") return undefined
  const {
    given: {
      mad: { tid }
    },
    holder: {
      owner: { guestTid }
    }
  } = response
  return tid === guestTid ? undefined : `the answer to ${guestTid} arrives with ${tid}`
}

const lifeOfRequest = (ledger: TidLedger, observation: Observation) => {
  const holder = responded(ledger, observation)?.holder
  if (holder && !holder.ended && holder.may <= 0)
    return `the answer to ${nameOf(holder.owner)} is handed over too late`
  const { event } = observation
  if (event._tag !== "Ingress" || !isMad(event.mad) || !answers(event.mad)) return undefined
  const asked = isDropped(observation, "response-unasked") ? ownerOf(ledger, event.qp, event.mad) : undefined
  const forgotten = asked && asked.must > 0
  return forgotten
    ? `${nameOf(asked.owner)} is forgotten; it must be remembered ${asked.must} ms more`
    : undefined
}

const answerToFormer = (ledger: TidLedger, observation: Observation) => {
  const holder = responded(ledger, observation)?.holder
  return holder?.ended ? `the answer to ${nameOf(holder.owner)} arrives, but that function ended` : undefined
}

const uninvitedAnswer = (ledger: TidLedger, observation: Observation) => {
  const { event } = observation
  if (event._tag !== "Egress" || !isMad(event.mad) || !answers(event.mad)) return undefined
  const {
    address: { dlid, remoteQpn },
    function: fn,
    mad: { mgmtClass, tid },
    qp
  } = event
  const asked = requestsFor(ledger, { qp, mgmtClass, slid: dlid, srcQp: remoteQpn, tid }).find(
    (of) => of.function === fn
  )
  const left = leaving(observation)?.left
  if (left && !asked) return `function ${fn} answers ${tid}, which it was not asked`
  if (left && left.mad.tid !== tid) return `function ${fn} answers ${tid}, but ${left.mad.tid} leaves`
  const isRefused = asked && asked.must > 0 && isDropped(observation, "response-undelivered")
  return isRefused
    ? `function ${fn} may not answer ${tid}, which must be remembered ${asked.must} ms more`
    : undefined
}

const misledControl = (ledger: TidLedger, observation: Observation) => {
  const arrival = arriving(observation)
  const candidates = controls(ledger, observation)
  if (arrival && isControl(arrival.before)) {
    const fn = arrival.given.function
    if (!candidates.some((of) => of.function === fn))
      return `RMPP control reaches function ${fn}, which has no such request`
    const isAmbiguous =
      arrival.event.address.grh === null && candidates.filter(({ must }) => must > 0).length > 1
    return isAmbiguous ? `RMPP control reaches function ${fn}, but others have such a request` : undefined
  }
  const [only, ...others] = candidates
  const isLost = only && others.length === 0 && only.must > 0 && isDropped(observation, "rmpp-unknown")
  return isLost ? `RMPP control of a request of function ${only.function} finds nobody` : undefined
}

const beyondQuota = (limit: number, { held }: TidLedger, observation: Observation) => {
  const { event } = observation
  if (event._tag !== "Egress") return undefined
  const own = held.filter(
    ({ ended, owner }) => owner._tag === "request" && isOf(owner, event.function) && !ended
  )
  const [fresh] = chosen(observation).filter(({ owner }) => owner._tag === "request")
  const isNew = fresh && !own.some(({ owner }) => sameOwner(owner, fresh.owner))
  const certain = own.filter(({ must }) => must > 0)
  const givesWay = certain.some(({ answered }) => answered)
  if (isNew && certain.length >= limit && !givesWay)
    return `function ${event.function} has ${certain.length} requests outstanding and one more`
  const possible = own.filter(({ may }) => may > 0).length
  if (!isDropped(observation, "tid-quota")) return undefined
  if (givesWay) return `function ${event.function} is refused although an answered request could give way`
  return possible < limit
    ? `function ${event.function} is refused with ${possible} of ${limit} requests`
    : undefined
}

const strayControl = ({ held }: TidLedger, observation: Observation) => {
  const { event } = observation
  const [left] = chosen(observation)
  if (event._tag !== "Egress" || !isMad(event.mad)) return undefined
  const known = held.filter((of) => of.owner.function === event.function && !of.ended && of.may > 0)
  if (left && !left.asks && !known.some(({ owner }) => sameOwner(owner, left.owner)))
    return `RMPP control of ${nameOf(left.owner)} leaves, which is not outstanding`
  const isLost = isControl(event.mad) && isDropped(observation, "rmpp-unknown")
  const asked = isLost ? known.find(({ must, owner }) => must > 0 && isAbout(owner, event)) : undefined
  return asked && `RMPP control of ${nameOf(asked.owner)} is dropped; it must be remembered ${asked.must} ms more`
}

/** Whether a MAD of a function bears the key of a request. */
const isAbout = (owner: Owner, { address, mad, qp }: EventOf<"Egress">): boolean =>
  owner._tag === "request" &&
  isMad(mad) &&
  owner.qp === qp &&
  owner.mgmtClass === mad.mgmtClass &&
  owner.guestTid === mad.tid &&
  owner.dlid === address.dlid &&
  owner.dgid === (address.grh?.dgid ?? null) &&
  owner.remoteQpn === address.remoteQpn

const isOf = (owner: Owner, fn: FunctionId): boolean => owner.function === fn
