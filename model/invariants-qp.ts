/**
 * Invariants of tunnels, proxies and the verbs gate (`spec/qp.md`), judged by what was asked and answered.
 */
import type { Initial } from "./initial.ts"
import { type Invariant, type Observation } from "./invariants.ts"
import { leaving } from "./invariants-crossing.ts"
import {
  isOpen,
  overPort,
  nameable,
  physicalIndex,
  type PortLedger,
  PROXY_QKEY,
  proxyOf
} from "./invariants-port-ledger.ts"

/** The invariants for a PF context that begins like this. */
export const qpInvariants = (initial: Initial): ReadonlyArray<Invariant> => {
  const judge = overPort(initial)
  return [
    judge("SQP-QP-1", "A special QP that is asked for is the function's own proxy", notProxy),
    judge("SQP-QP-2", "All QPNs are distinct and none is a real special QP's", sharedQpn),
    judge("SQP-QP-3", "A MAD is taken only from the proxy of an attached function", strayMad),
    judge("SQP-QP-4", "No QP of a function is on VL15", onVl15),
    judge("SQP-QP-5", "No QP gets a controlled Q_Key", controlledQkey),
    judge("SQP-QP-6", "What leaves has the Q_Key it was asked to have, or the QP's own", wrongQkey),
    judge("SQP-QP-7", "A function touches its own QPs only", foreignQp),
    judge("SQP-QP-8", "Every index and number of a granted verb is within the function's own tables", outsideTables),
    judge("SQP-PKEY-3", "A QP whose P_Key was taken away sends nothing", withoutPkey)
  ]
}

/** Whether bit 31 is set. */
const isControlled = (qkey: number | null): boolean => qkey !== null && qkey >= 0x8000_0000

/** A verb that was granted, with its answer; null for anything else. */
const grantedVerb = ({ actions, event }: Observation) => {
  const answer = actions.find((action) => action._tag === "Answer")
  return event._tag === "Verb" && answer?.status === "ok"
    ? { function: event.function, request: event.request, answer }
    : null
}

const notProxy = (port: PortLedger, observation: Observation) => {
  const granted = grantedVerb(observation)
  if (granted?.request.verb !== "createQp") return undefined
  const {
    answer: { qpn },
    function: fn,
    request: { type }
  } = granted
  const isSpecial = type === "smi" || type === "gsi"
  const own = proxyOf(port, fn, type === "smi" ? 0 : 1)
  if (isSpecial)
    return qpn === own ? undefined : `function ${fn} asks for ${type} and gets ${qpn}, its proxy is ${own}`
  return qpn === null || qpn > 1 ? undefined : `function ${fn} gets the real QP${qpn}`
}

/** All QPNs in use after the former incarnations of `event` are gone. */
const qpnsInUse = ({ functions }: PortLedger, { event }: Observation): ReadonlyArray<number> =>
  functions.flatMap(({ qps }, n) =>
    event._tag === "Reset" && event.function === n ? [] : qps.map(({ qpn }) => qpn)
  )

const sharedQpn = (port: PortLedger, observation: Observation) => {
  const announced = observation.actions.flatMap((action) =>
    action._tag === "Tunnel" ? [action.proxyQpn, action.tunnelQpn] : []
  )
  const granted = grantedVerb(observation)
  const created =
    granted?.request.verb === "createQp" && ["ud", "rc"].includes(granted.request.type ?? "")
      ? [granted.answer.qpn ?? 0]
      : []
  const fresh = [...announced, ...created]
  const used = qpnsInUse(port, observation)
  const shared = fresh.find((qpn, n) => used.includes(qpn) || fresh.indexOf(qpn) !== n || qpn <= 1)
  return shared === undefined ? undefined : `QPN ${shared} is given out but not free`
}

const strayMad = (port: PortLedger, { actions, event }: Observation) => {
  if (event._tag !== "Egress" || actions.every(({ _tag }) => _tag === "Drop")) return undefined
  const { function: fn, qp, srcQpn } = event
  if (!isOpen(port, fn)) return `a MAD of function ${fn}, which is not attached, is taken`
  const proxy = proxyOf(port, fn, qp)
  const isOwn = srcQpn === null || proxy === undefined || srcQpn === proxy
  return isOwn ? undefined : `a MAD of QPN ${srcQpn} is taken; the proxy of function ${fn} is ${proxy}`
}

const onVl15 = (_: PortLedger, observation: Observation) => {
  const granted = grantedVerb(observation)
  // Who destroys a QP uses it no more, whatever else the request names.
  if (granted?.request.verb === "destroyQp") return undefined
  return granted?.request.vl === 15 ? `function ${granted.function} uses VL15` : undefined
}

const controlledQkey = (_: PortLedger, observation: Observation) => {
  const granted = grantedVerb(observation)
  if (granted === null) return undefined
  const {
    function: fn,
    request: { qkey, type, verb }
  } = granted
  const sets = verb === "modifyQp" || (verb === "createQp" && (type === "ud" || type === "rc"))
  return sets && isControlled(qkey) ? `function ${fn} sets the Q_Key ${qkey}` : undefined
}

const wrongQkey = (port: PortLedger, observation: Observation) => {
  const crossing = leaving(observation)
  if (crossing) {
    const asked = crossing.event.address.qkey
    const left = crossing.left.address.qkey
    const expected = isControlled(asked) ? PROXY_QKEY : asked
    return left === expected ? undefined : `a MAD with Q_Key ${asked} leaves with ${left}`
  }
  const granted = grantedVerb(observation)
  if (granted?.request.verb !== "postSend") return undefined
  const {
    answer: { qkey: left },
    function: fn,
    request: { qkey, qpn }
  } = granted
  const own = nameable(port, fn, qpn)?.qkey
  const expected = qkey === null || isControlled(qkey) ? own : qkey
  return left === expected ? undefined : `a message with Q_Key ${qkey} of QPN ${qpn} leaves with ${left}`
}

const foreignQp = (port: PortLedger, observation: Observation) => {
  const granted = grantedVerb(observation)
  if (granted === null || granted.request.verb === "createQp") return undefined
  const { function: fn, request } = granted
  const qp = nameable(port, fn, request.qpn)
  if (qp === undefined) return `function ${fn} uses QPN ${request.qpn}, which is not its own`
  if (qp.is !== "created") {
    const isKept = request.verb !== "destroyQp" && (request.verb !== "modifyQp" || request.qkey === null)
    if (!isKept) return `function ${fn} changes its proxy ${request.qpn}`
  }
  return undefined
}

const outsideTables = (port: PortLedger, observation: Observation) => {
  const granted = grantedVerb(observation)
  if (granted === null || granted.request.verb === "destroyQp") return undefined
  const { function: fn, request } = granted
  const paths = request.alternate === null ? [request] : [request, request.alternate]
  return paths
    .map(({ pkeyIndex, port: number, sgidIndex }) => {
      const isHeld = pkeyIndex === null || physicalIndex(port, fn, pkeyIndex) !== null
      if (!isHeld) return `function ${fn} uses P_Key index ${pkeyIndex}, which it does not have`
      if (number !== null && number !== 1) return `function ${fn} uses port ${number}`
      return sgidIndex === null || sgidIndex === 0 ? undefined : `function ${fn} uses SGID index ${sgidIndex}`
    })
    .find((wrong) => wrong !== undefined)
}

const withoutPkey = (port: PortLedger, observation: Observation) => {
  const granted = grantedVerb(observation)
  if (granted?.request.verb !== "postSend") return undefined
  const { function: fn, request: { qpn } } = granted
  const index = nameable(port, fn, qpn)?.pkeyIndex ?? null
  if (index === null || physicalIndex(port, fn, index) !== null) return undefined
  return `QPN ${qpn} of function ${fn} sends with P_Key index ${index}, which it does not have`
}
