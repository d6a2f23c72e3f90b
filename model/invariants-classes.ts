/** Invariants of classes and policy (`spec/classes.md`), judged by the traffic alone. */
import { NO_GUID, PF } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { type Invariant, type Observation } from "./invariants.ts"
import { answers, isControl, isDropped, isMad, isSubnetManagement, leaving } from "./invariants-crossing.ts"
import {
  isOpen,
  knownGuid,
  overPort,
  physicalIndex,
  type PortLedger,
  proxyOf
} from "./invariants-port-ledger.ts"
import type { Mad } from "./mad.ts"

/** The invariants for a PF context that begins like this. */
export const classInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const judge = overPort(initial)
  return [
    judge("SQP-CLS-1", "QP0 carries SMPs and QP1 everything else", wrongQp),
    judge("SQP-CLS-2", "Nothing comes of an SMP that a VF sends", smpOfVf),
    judge("SQP-CLS-3", "No VF receives an SMP", smpToVf),
    judge("SQP-CLS-4", "Only what policy allows leaves for a VF", forbidden),
    judge("SQP-CLS-8", "What the policy in force allows is not refused", overRefused),
    judge("SQP-CLS-5", "A refused request is answered with its status", unanswered),
    judge("SQP-CLS-6", "SA requests of a VF go to the subnet manager, without an SM_Key", straySaRequest)
  ]
}

const name = ({ method, mgmtClass }: Mad): string =>
  `class 0x${mgmtClass.toString(16)} method 0x${method.toString(16)}`

const wrongQp = (_: PortLedger, { actions }: Observation) => {
  const wrong = actions.find(
    (action) =>
      (action._tag === "ToWire" || action._tag === "ToFunction") &&
      isSubnetManagement(action.mad) !== (action.qp === 0)
  )
  return wrong && "mad" in wrong ? `${name(wrong.mad)} passes QP${wrong.qp}` : undefined
}

const smpOfVf = (_: PortLedger, { actions, event }: Observation) => {
  if (event._tag !== "Egress" || event.function === PF || !isMad(event.mad)) return undefined
  const seen = isSubnetManagement(event.mad) && actions.some(({ _tag }) => _tag !== "Drop")
  return seen ? `an SMP of function ${event.function} has an effect` : undefined
}

const smpToVf = (_: PortLedger, { actions }: Observation) => {
  const received = actions.find(
    (action) => action._tag === "ToFunction" && action.function !== PF && isSubnetManagement(action.mad)
  )
  return received && "function" in received ? `function ${received.function} receives an SMP` : undefined
}

/**
 * What the status of a refusal is; null where a VF may send this. Responses are judged by what they answer.
 */
const refusalOf = ({ policy }: PortLedger, mad: Mad): number | null => {
  if (answers(mad)) return null
  const isSa = mad.mgmtClass === 0x03
  const asked = isSa
    ? policy.saAttributes.find(({ attributeId }) => attributeId === mad.attributeId)
    : policy.classes.find(({ mgmtClass }) => mgmtClass === mad.mgmtClass)
  const methods = METHODS[asked && mad.mgmtClass !== 0x07 ? asked.allow : usual(mad)]
  const passes = (isSa ? methods.sa : methods.other)(mad.method)
  return passes ? null : isSa ? 0x0200 : 0x000c
}

type Passes = (method: number) => boolean

/** The methods that an allowance lets pass, in class SA and in the others. */
const METHODS = {
  none: { sa: () => false, other: () => false },
  get: { sa: (method) => [0x01, 0x12, 0x13, 0x14].includes(method), other: (method) => method === 0x01 },
  sets: { sa: (method) => [0x01, 0x02, 0x12, 0x13, 0x14].includes(method), other: () => false },
  cm: { sa: () => false, other: (method) => method === 0x03 || method === 0x01 },
  all: { sa: (method) => RESPONSES.has(method), other: () => true }
} as const satisfies Record<string, { readonly sa: Passes; readonly other: Passes }>

/** The allowance of the table in the page. */
const usual = ({ attributeId, mgmtClass, oui }: Mad): keyof typeof METHODS => {
  switch (mgmtClass) {
    case 0x03:
      if (attributeId === 0x03) return "sets"
      return attributeId === 0x38 || attributeId === 0x31 ? "all" : "get"
    case 0x04:
    case 0x06:
      return "get"
    case 0x07:
      return "cm"
    default:
      return mgmtClass >= 0x30 && mgmtClass < 0x50 && oui === "001405" ? "all" : "none"
  }
}

const forbidden = (port: PortLedger, observation: Observation) => {
  const crossing = leaving(observation)
  if (crossing === null || crossing.event.function === PF) return undefined
  return refusalOf(port, crossing.before) === null ? undefined : `${name(crossing.before)} of a VF leaves`
}

/** The methods that have a response, with it. */
const RESPONSES: ReadonlyMap<number, number> = new Map([
  [0x01, 0x81],
  [0x02, 0x81],
  [0x12, 0x92],
  [0x13, 0x92],
  [0x14, 0x94],
  [0x15, 0x95]
])

/** Whether a MAD of a function passes the checks before policy. */
const isTaken = (port: PortLedger, { event }: Observation): boolean => {
  if (event._tag !== "Egress" || !isMad(event.mad) || isSubnetManagement(event.mad)) return false
  const {
    address: { grh, pkeyIndex },
    function: fn,
    mad,
    qp,
    srcQpn
  } = event
  const isForm = mad.baseVersion === 1 && (![0x03, 0x07].includes(mad.mgmtClass) || mad.classVersion === 2)
  const isAddressed = physicalIndex(port, fn, pkeyIndex) !== null && (!grh || knownGuid(port, fn) !== NO_GUID)
  return (
    isOpen(port, fn) &&
    qp === 1 &&
    (srcQpn === null || srcQpn === proxyOf(port, fn, qp)) &&
    isForm &&
    isAddressed
  )
}

const unanswered = (port: PortLedger, observation: Observation) => {
  const { actions, event } = observation
  if (event._tag !== "Egress" || event.function === PF || !isMad(event.mad) || !isTaken(port, observation))
    return undefined
  const { function: fn, mad } = event
  const status = refusalOf(port, mad)
  // RMPP control asks nothing.
  const method = isControl(mad) ? undefined : RESPONSES.get(mad.method)
  const answer = actions.find((action) => action._tag === "ToFunction")
  if (status === null || method === undefined) {
    return status !== null && answer ? `${name(mad)} has no answer but gets one` : undefined
  }
  if (isDropped(observation, "function-full")) return undefined
  const isRight =
    answer?.function === fn &&
    answer.mad.status === status &&
    answer.mad.method === method &&
    answer.mad.tid === mad.tid &&
    actions.length === 1
  return isRight ? undefined : `${name(mad)} of function ${fn} is not answered with status ${status}`
}

const overRefused = (port: PortLedger, { actions, event }: Observation) => {
  if (event._tag !== "Egress" || event.function === PF || !isMad(event.mad)) return undefined
  const { function: fn, mad } = event
  const drop = actions.find((action) => action._tag === "Drop")
  const isRefused = drop?.function === fn && ["class-policy", "sa-method"].includes(drop.reason)
  return isRefused && refusalOf(port, mad) === null ? `${name(mad)} of function ${fn} is refused` : undefined
}

const straySaRequest = ({ smLid }: PortLedger, observation: Observation) => {
  const crossing = leaving(observation)
  if (crossing === null || crossing.event.function === PF || answers(crossing.before)) return undefined
  const {
    left: { address, mad }
  } = crossing
  if (mad.mgmtClass !== 0x03) return undefined
  if (address.dlid !== smLid)
    return `an SA request of a VF goes to LID ${address.dlid}; the SM is at ${smLid}`
  const smKey = mad.sa?.smKey ?? ""
  return /^0*$/.test(smKey) ? undefined : `an SA request of a VF leaves with SM_Key ${smKey}`
}
