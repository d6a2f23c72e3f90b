/** MADs that passed a PF context, as an observation shows them: what came in, and what of it went on. */
import type { ActionOf } from "./action.ts"
import type { EventOf } from "./event.ts"
import { NO_GID, PF } from "./ids.ts"
import type { Observation } from "./invariants.ts"
import { ATTRIBUTE, CLASS, type Mad, type Malformed, METHOD, R_BIT } from "./mad.ts"

/** A MAD of a function, and what left of it. */
export interface Leaving {
  readonly event: EventOf<"Egress">
  readonly before: Mad
  readonly left: ActionOf<"ToWire">
}

/** A MAD from the wire, and what was handed over of it. */
export interface Arriving {
  readonly event: EventOf<"Ingress">
  readonly before: Mad
  readonly given: ActionOf<"ToFunction">
}

/** Whether bytes are a MAD by their length. */
export const isMad = (mad: Mad | Malformed): mad is Mad => !("_tag" in mad)

/** Whether a MAD answers: R bit, or TrapRepress. */
export const answers = ({ method }: Mad): boolean => method >= R_BIT || method === METHOD.TRAP_REPRESS

/** Whether a MAD is a CM message. */
export const isCm = ({ method, mgmtClass }: Mad): boolean => mgmtClass === CLASS.CM && method === METHOD.SEND

/** Whether a MAD is a subnet management packet. */
export const isSubnetManagement = ({ mgmtClass }: Mad): boolean => mgmtClass === 0x01 || mgmtClass === 0x81

/** Whether a MAD asks for membership: the PF context asks the SA itself. */
export const asksForMembership = ({ attributeId, method, mgmtClass }: Mad): boolean =>
  mgmtClass === CLASS.SA &&
  attributeId === ATTRIBUTE.MC_MEMBER_RECORD &&
  (method === METHOD.SET || method === METHOD.DELETE)

/** Whether a VF asks the SA about GUIDs: the PF context asks itself, if at all. */
const asksAboutGuids = ({ function: fn, mad }: EventOf<"Egress">): boolean =>
  fn !== PF && isMad(mad) && mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.GUID_INFO_RECORD &&
  (mad.method === METHOD.SET || mad.method === METHOD.DELETE)

/** Whether a MAD with the R bit clear controls an RMPP transfer: ACK, STOP or ABORT. */
export const isControl = (mad: Mad): boolean =>
  !answers(mad) && mad.rmpp !== null && mad.rmpp.active && [2, 3, 4].includes(mad.rmpp.type)

/**
 * Whether a MAD that a function is handed may be the PF context's own answer about a membership: that names a
 * PortGID and has no ComponentMask, while an answer of the SA that is handed on keeps its mask.
 */
const isMembershipAnswer = (mad: Mad): boolean =>
  mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.MC_MEMBER_RECORD && answers(mad) &&
  mad.body._tag === "mcMember" && mad.body.portGid !== NO_GID && /^0*$/.test(mad.body.mask)

/** Whether a MAD asks for a subscription: the PF context asks the SA itself. */
export const asksForNotices = ({ attributeId, method, mgmtClass }: Mad): boolean =>
  mgmtClass === CLASS.SA && attributeId === ATTRIBUTE.INFORM_INFO && method === METHOD.SET

/** Whether a MAD is a Report of a notice, which the PF context answers itself. */
export const isNoticeReport = ({ attributeId, method, mgmtClass }: Mad): boolean =>
  mgmtClass === CLASS.SA && attributeId === ATTRIBUTE.NOTICE && method === METHOD.REPORT

/** Whether a MAD is about subscriptions or a Report: the PF context's own matter, whoever it reaches. */
const isAboutNotices = (mad: Mad): boolean =>
  isNoticeReport(mad) ||
  (mad.mgmtClass === CLASS.SA && mad.attributeId === ATTRIBUTE.INFORM_INFO && mad.method === METHOD.GET_RESP)

/** A function's MAD that left; null if the observation shows none. */
export const leaving = ({ actions, event }: Observation): Leaving | null => {
  if (event._tag !== "Egress" || !isMad(event.mad)) return null
  if (asksForMembership(event.mad) || asksForNotices(event.mad)) return null
  if (asksAboutGuids(event)) return null
  const left = actions.find((action) => action._tag === "ToWire")
  return left ? { event, before: event.mad, left } : null
}

/**
 * A MAD from the wire that was handed over; null if the observation shows none. Answers about memberships are
 * not told from those the PF context gives instead, so they are left out.
 */
export const arriving = ({ actions, event }: Observation): Arriving | null => {
  if (event._tag !== "Ingress" || !isMad(event.mad)) return null
  const given = actions.find((action) => action._tag === "ToFunction" && !isMembershipAnswer(action.mad) && !isAboutNotices(action.mad))
  return given?._tag === "ToFunction" ? { event, before: event.mad, given } : null
}

/**
 * Whether a MAD was dropped for this reason. Foreign traces may show no drops, so its absence proves nothing.
 */
export const isDropped = (
  { actions }: Observation,
  ...reasons: ReadonlyArray<ActionOf<"Drop">["reason"]>
): boolean => actions.some((action) => action._tag === "Drop" && reasons.includes(action.reason))
