/** The invariant about what functions are shown of MCMemberRecords (`spec/multicast.md`). */
import { type FunctionId, NO_GID, PF } from "./ids.ts"
import { invariant, type Invariant, type Observation } from "./invariants.ts"
import { ATTRIBUTE, CLASS, isResponse, type Mad, type McMember, type McMembers } from "./mad.ts"
import { same } from "./renaming.ts"

/** Bytes of a record that an untrusted requester is not told: their bits in two hex digits. */
const SECRET: ReadonlyMap<number, number> = new Map([
  ...Array.from({ length: 16 }, (_, i) => [16 + i, 0xff] as const), [48, 0x0f], [49, 0x80]
])

/** The invariant of this file. */
export const memberViewInvariants: ReadonlyArray<Invariant> = [
  invariant(
    "SQP-MC-16",
    "A VF is shown the PortGID, JoinState and ProxyJoin of nobody but itself",
    null,
    (memory, observation) => {
      const [violation] = observation.actions.flatMap((action) =>
        action._tag === "ToFunction" && action.function !== PF && isAboutMembers(action.mad)
          ? shown(action.function, action.mad, observation)
          : []
      )
      return violation === undefined ? { memory } : { violation }
    },
    same
  )
]

const isAboutMembers = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.MC_MEMBER_RECORD && isResponse(mad)

const shown = (fn: FunctionId, mad: Mad, observation: Observation): ReadonlyArray<string> => {
  // What the PF context makes is about the PortGID that the function named; others judge whether it is its own.
  if (mad.body._tag === "mcMember") return shownIn(fn, mad.body, observation)
  if (mad.body._tag !== "mcMembers" || observation.event._tag === "Egress") return []
  const controls = mad.rmpp?.active === true && mad.rmpp.type !== 1
  const segment = mad.rmpp?.active === true ? Math.max(1, mad.body.segment) : 1
  const isTold = !controls && secretBits(mad.body, segment)
  return isTold ? [`function ${fn} is told of others in segment ${segment}`] : []
}

const shownIn = (
  fn: FunctionId, { joinState, portGid, proxyJoin }: McMember, { event }: Observation
): ReadonlyArray<string> => {
  if (event._tag !== "Ingress" || (portGid === NO_GID && joinState + proxyJoin === 0)) return []
  const named = !("_tag" in event.mad) && event.mad.body._tag === "mcMember" ? event.mad.body : null
  // An answer to a join names the joiner, and what came from the wire the port.
  const isOfOthers = portGid === NO_GID || named?.portGid === portGid
  return isOfOthers ? [`function ${fn} is told that ${portGid} has ${joinState}`] : []
}

const secretBits = ({ attributeOffset, data }: McMembers, segment: number): boolean => {
  const length = attributeOffset * 8
  if (length < 52) return /[^0]/.test(data)
  return Array.from({ length: data.length / 2 }, (_, i) => i).some((i) => {
    const byte = Number.parseInt(data.slice(2 * i, 2 * i + 2), 16)
    return (byte & (SECRET.get(((segment - 1) * 200 + i) % length) ?? 0)) !== 0
  })
}
