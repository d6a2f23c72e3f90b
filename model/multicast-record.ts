/** MCMemberRecord: its ComponentMask, the comparison with a group's record, the records of the PF context. */
import { type Gid, NO_GID, type Tid } from "./ids.ts"
import { ATTRIBUTE, type JoinState, type Mad, type McMember } from "./mad.ts"
import { madeSaMad } from "./sa-request.ts"
import { partition } from "./tables.ts"

/** The components in the order of their bits in the ComponentMask (IBTA 15.2.5.17). */
export const COMPONENTS = [
  "mgid", "portGid", "qkey", "mlid", "mtuSelector", "mtu", "trafficClass", "pkey", "rateSelector", "rate",
  "lifetimeSelector", "lifetime", "sl", "flowLabel", "hopLimit", "scope", "joinState", "proxyJoin"
] as const
/** A component of MCMemberRecord. */
export type Component = (typeof COMPONENTS)[number]

const bit = (component: Component): number => 1 << COMPONENTS.indexOf(component)

/** The ComponentMask of some components, 16 hex digits. */
export const maskOf = (...components: ReadonlyArray<Component>): string =>
  components.reduce((mask, component) => mask | bit(component), 0).toString(16).padStart(16, "0")

/** Whether the record's mask has the component. */
export const has = ({ mask }: McMember, component: Component): boolean =>
  (Number.parseInt(mask.slice(8), 16) & bit(component)) !== 0

/** A record without any component. */
export const NO_RECORD: McMember = {
  _tag: "mcMember", mask: maskOf(), mgid: NO_GID, portGid: NO_GID, qkey: 0, mlid: 0, mtuSelector: 0, mtu: 0,
  trafficClass: 0, pkey: 0, rateSelector: 0, rate: 0, lifetimeSelector: 0, lifetime: 0, sl: 0, flowLabel: 0,
  hopLimit: 0, scope: 0, joinState: 0, proxyJoin: 0
}

/** The record a MAD carries; one without components where it carries none. */
export const recordIn = (mad: Mad): McMember => (mad.body._tag === "mcMember" ? mad.body : NO_RECORD)

const EQUAL = ["qkey", "mlid", "trafficClass", "sl", "flowLabel", "hopLimit", "scope"] as const
const SELECTED = [["mtuSelector", "mtu"], ["rateSelector", "rate"], ["lifetimeSelector", "lifetime"]] as const

/** Whether a group with the record `known` is what the masked components of `asked` ask for. */
export const matches = (asked: McMember, known: McMember): boolean =>
  EQUAL.every((component) => !has(asked, component) || asked[component] === known[component]) &&
  (!has(asked, "pkey") || partition(asked.pkey) === partition(known.pkey)) &&
  SELECTED.every(([selector, value]) =>
    !has(asked, selector) || !has(asked, value) || selects(asked[selector], asked[value], known[value])
  )

const selects = (selector: number, asked: number, known: number): boolean => {
  switch (selector) {
    case 0:
      return known > asked
    case 1:
      return known < asked
    case 2:
      return known === asked
    default:
      return true
  }
}

const masked = (record: McMember): McMember => {
  const kept = COMPONENTS.filter((component) => has(record, component)).map((name) => [name, record[name]])
  return { ...NO_RECORD, mask: record.mask, ...Object.fromEntries(kept) }
}

/** What leaves for a function's join: its masked components under the port's own identity (SQP-MC-14). */
export const joinRecord = (portGid: Gid, asked: McMember): McMember =>
  ({ ...masked(asked), portGid, proxyJoin: 0 })

/** What leaves to join the whole aggregate again; it can create the group, should the SA have lost it. */
export const rejoinRecord = (portGid: Gid, known: McMember, mgid: Gid, joinState: JoinState): McMember => {
  const mask = maskOf("mgid", "portGid", "qkey", "trafficClass", "pkey", "sl", "flowLabel", "joinState")
  return masked({ ...known, mask, mgid, portGid, joinState })
}

/** What leaves to give bits up. */
export const leaveRecord = (portGid: Gid, mgid: Gid, joinState: JoinState): McMember =>
  ({ ...NO_RECORD, mask: maskOf("mgid", "portGid", "joinState"), mgid, portGid, joinState })

/** A MAD of MCMemberRecord that the PF context makes (SQP-MC-14). */
export const madeMad = (method: number, status: number, tid: Tid, body: McMember): Mad =>
  madeSaMad({ method, status, tid, attributeId: ATTRIBUTE.MC_MEMBER_RECORD, body })
