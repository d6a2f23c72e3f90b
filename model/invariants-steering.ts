/** Invariants of steering (`spec/steering.md`) and of GUIDs (`spec/guid.md`), judged by the traffic alone. */
import { type FunctionId, type Guid, guidOf, NO_GUID, PF } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, invariant, type Observation } from "./invariants.ts"
import {
  answers,
  type Arriving,
  arriving,
  isCm,
  isControl,
  isSubnetManagement,
  leaving
} from "./invariants-crossing.ts"
import { isOpen, knownGuid, overPort, namedBy, type PortLedger } from "./invariants-port-ledger.ts"
import { ATTRIBUTE, CLASS } from "./mad.ts"
import { fields, functionId, guid, ofFunctions } from "./renaming.ts"

/** The invariants for a PF context that begins like this. */
export const steeringInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const judge = overPort(initial)
  return [
    judge("SQP-STEER-1", "A MAD with a GRH reaches the function its DGID names, or nobody", conflict),
    judge("SQP-STEER-2", "A MAD whose DGID is nobody's reaches nobody", unknownDgid),
    judge("SQP-STEER-3", "What nobody asked for reaches the PF, or a VF that may answer it", unsolicited),
    judge("SQP-CM-16", "A Get of class CM reaches the function its DGID names, else the PF", misledCmGet),
    judge("SQP-STEER-4", "A MAD of one function reaches another by the wire only", shortcut),
    judge("SQP-STEER-5", "Only attached functions receive MADs", detached),
    judge("SQP-GUID-1", "The SGID of a MAD is the function's own slot", foreignSgid),
    oneOwnerOfGuid
  ]
}

/**
 * A MAD with a GRH that was handed over, SMPs excepted: those are the PF's whatever their GRH says
 * (SQP-CLS-3).
 */
const withGrh = (observation: Observation) => {
  const arrival = arriving(observation)
  const grh = arrival?.event.address.grh
  return arrival && grh && !isSubnetManagement(arrival.before) ? { ...arrival, grh } : null
}

const conflict = (port: PortLedger, observation: Observation) => {
  const arrival = withGrh(observation)
  const named = arrival && namedBy(port, arrival.grh.dgid)
  if (arrival === null || named === null) return undefined
  const { given } = arrival
  return named === given.function
    ? undefined
    : `a MAD for ${arrival.grh.dgid} reaches function ${given.function}`
}

const unknownDgid = (port: PortLedger, observation: Observation) => {
  const arrival = withGrh(observation)
  const isNobody = arrival && namedBy(port, arrival.grh.dgid) === null
  return isNobody ? `a MAD for ${arrival.grh.dgid} reaches function ${arrival.given.function}` : undefined
}

const unsolicited = (_: PortLedger, observation: Observation) => {
  const arrival = arriving(observation)
  if (arrival === null || answers(arrival.before) || isCm(arrival.before) || isControl(arrival.before))
    return undefined
  return misplaced(arrival)
}

const misplaced = ({ before: { method, mgmtClass, oui }, event, given }: Arriving) => {
  if (given.function === PF) return undefined
  if (event.address.grh === null) return `a request without a GRH reaches function ${given.function}`
  const isPing = mgmtClass >= 0x30 && mgmtClass <= 0x4f && oui === "001405"
  const isCmGet = mgmtClass === 0x07 && method === 0x01
  return isPing || isCmGet
    ? undefined
    : `a request of class 0x${mgmtClass.toString(16)} reaches function ${given.function}`
}

const misledCmGet = (port: PortLedger, observation: Observation) => {
  const arrival = arriving(observation)
  if (arrival === null || arrival.before.mgmtClass !== 0x07 || arrival.before.method !== 0x01) return undefined
  const { event: { address: { grh } }, given } = arrival
  const named = grh ? namedBy(port, grh.dgid) : PF
  return named === given.function ? undefined : `a Get of class CM reaches function ${given.function}`
}

const shortcut = (_: PortLedger, { actions, event }: Observation) => {
  if (event._tag !== "Egress") return undefined
  const handed = actions.find(
    (action) =>
      action._tag === "ToFunction" &&
      (!answers(action.mad) || (action.function !== event.function && !isMembership(action)))
  )
  return handed && "function" in handed
    ? `what function ${event.function} sent reaches function ${handed.function} without the wire`
    : undefined
}

/** A request of one function may bring the answer another waits for. */
const isMembership = ({ mad }: Extract<Observation["actions"][number], { _tag: "ToFunction" }>): boolean =>
  mad.mgmtClass === CLASS.SA && [ATTRIBUTE.MC_MEMBER_RECORD, ATTRIBUTE.INFORM_INFO].some((id) => id === mad.attributeId)

const detached = (port: PortLedger, { actions, event }: Observation) => {
  // A stop and a detach still answer what they end.
  if (event._tag === "Stop" || event._tag === "Detach" || event._tag === "Reset") return undefined
  const receiver = actions.find((action) => action._tag === "ToFunction" && !isOpen(port, action.function))
  return receiver && "function" in receiver
    ? `function ${receiver.function} receives but is not attached`
    : undefined
}

const foreignSgid = (port: PortLedger, observation: Observation) => {
  const crossing = leaving(observation)
  const grh = crossing?.left.address.grh
  if (!crossing || !grh) return undefined
  const { function: fn } = crossing.event
  if (knownGuid(port, fn) === NO_GUID) return `function ${fn} has no GUID and sends a GRH`
  return grh.sgidIndex === fn ? undefined : `a MAD of function ${fn} leaves with SGID index ${grh.sgidIndex}`
}

interface Owner {
  readonly guid: Guid
  readonly function: FunctionId
}

/** The functions a GUID was seen to belong to, while the GUID table stays. */
const oneOwnerOfGuid = invariant<ReadonlyArray<Owner>>(
  "SQP-GUID-2",
  "A GUID belongs to one function as long as the GUID table stays",
  [],
  (owners, observation) => {
    const table = observation.event._tag === "GuidTableChanged" ? [] : owners
    const seen = ownersIn(observation).filter(({ guid }) => guid !== NO_GUID)
    const known = [...table]
    for (const owner of seen) {
      const other = known.find(({ guid }) => guid === owner.guid)
      if (other && other.function !== owner.function) {
        return { violation: `${owner.guid} belongs to functions ${other.function} and ${owner.function}` }
      }
      if (!other) known.push(owner)
    }
    const isNew = known.length !== owners.length || table !== owners
    return { memory: isNew ? known.sort((a, b) => a.function - b.function) : owners }
  },
  ofFunctions(fields<Owner>({ guid, function: functionId }))
)

const ownersIn = (observation: Observation): ReadonlyArray<Owner> => {
  const arrival = withGrh(observation)
  const named = arrival ? [{ guid: guidOf(arrival.grh.dgid), function: arrival.given.function }] : []
  return observation.actions.reduce<ReadonlyArray<Owner>>(
    (owners, action) =>
      action._tag === "Answer" && action.view?._tag === "GUIDInfo"
        ? [...owners, { guid: action.view.guid, function: action.function }]
        : owners,
    named
  )
}
