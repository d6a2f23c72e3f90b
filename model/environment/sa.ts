/**
 * The SA of the environment: who holds which JoinState bits of which group, as one pure function from request
 * to answer. It answers as OpenSM does, and may also refuse without a reason or stay silent.
 */
import { Gid, NO_GID, prefixOf } from "../ids.ts"
import { type JoinState, type Mad, type McMember, METHOD } from "../mad.ts"
import { has, maskOf, recordIn } from "../multicast-record.ts"
import { partition } from "../tables.ts"

/** A multicast group with the ports in it. */
export interface SaGroup {
  readonly mgid: Gid
  readonly record: McMember
  readonly ports: ReadonlyArray<{ readonly portGid: Gid; readonly bits: JoinState }>
}

/** What the SA knows; `ports` are the GIDs of the subnet, alias GIDs included. */
export interface SaState {
  readonly ports: ReadonlyArray<Gid>
  readonly groups: ReadonlyArray<SaGroup>
}

/** What the SA does with a request: what its rules say, refuse it for lack of resources, or nothing. */
export type SaBehaviour = "answer" | "refuse" | "silent"

/** Statuses of the SA (IBTA 15.2.1). */
export const SA_STATUS = {
  OK: 0, NO_RESOURCES: 0x0100, REQUEST_INVALID: 0x0200, INVALID_GID: 0x0500, INSUFFICIENT_COMPONENTS: 0x0600
} as const

const FULL = 1 | 8
const EQUAL = ["qkey", "trafficClass", "sl", "flowLabel", "hopLimit"] as const
const SELECTED = [["mtuSelector", "mtu"], ["rateSelector", "rate"]] as const
const TO_CREATE = ["qkey", "trafficClass", "pkey", "sl", "flowLabel"] as const
/** Selector 2: exactly. */
const EXACTLY = 2

/** An SA that serves these ports and has no groups. */
export const emptySa = (ports: ReadonlyArray<Gid>): SaState => ({ ports, groups: [] })

/** The bits a port holds in a group. */
export const heldBy = (sa: SaState, mgid: Gid, portGid: Gid): JoinState =>
  sa.groups.find((group) => group.mgid === mgid)?.ports.find((port) => port.portGid === portGid)?.bits ?? 0

/** One Set or Delete of MCMemberRecord; the answer is null where the SA is silent. */
export const saStep = (
  sa: SaState, request: Mad, behaviour: SaBehaviour = "answer"
): { readonly sa: SaState; readonly answer: Mad | null } => {
  const asked = recordIn(request)
  if (behaviour === "silent") return { sa, answer: null }
  if (behaviour === "refuse") return { sa, answer: answerTo(request, SA_STATUS.NO_RESOURCES, asked) }
  const verdict = request.method === METHOD.SET ? joined(sa, asked) : left(sa, asked)
  if (typeof verdict === "number") return { sa, answer: answerTo(request, verdict, asked) }
  return { sa: withGroup(sa, verdict.group), answer: answerTo(request, SA_STATUS.OK, verdict.record) }
}

type Verdict = number | { readonly group: SaGroup; readonly record: McMember }

const joined = (sa: SaState, asked: McMember): Verdict => {
  if (!isComplete(asked)) return SA_STATUS.INSUFFICIENT_COMPONENTS
  if (!sa.ports.some((port) => prefixOf(port) === prefixOf(asked.portGid))) return SA_STATUS.INVALID_GID
  if (!sa.ports.includes(asked.portGid) || asked.joinState === 0) return SA_STATUS.REQUEST_INVALID
  const group = sa.groups.find(({ mgid }) => mgid === asked.mgid) ?? created(sa, asked)
  if (typeof group === "number") return group
  if (!fits(asked, group.record)) return SA_STATUS.REQUEST_INVALID
  return withPort(group, asked.portGid, bitsIn(group, asked.portGid) | asked.joinState)
}

const left = (sa: SaState, asked: McMember): Verdict => {
  if (!isComplete(asked)) return SA_STATUS.INSUFFICIENT_COMPONENTS
  const held = heldBy(sa, asked.mgid, asked.portGid)
  const group = sa.groups.find(({ mgid }) => mgid === asked.mgid)
  const holds = asked.joinState !== 0 && (asked.joinState & ~held) === 0
  return group && holds ? withPort(group, asked.portGid, held & ~asked.joinState) : SA_STATUS.REQUEST_INVALID
}

const isComplete = (asked: McMember): boolean =>
  has(asked, "mgid") && has(asked, "portGid") && has(asked, "joinState")

/** A new group of the request's components, or the status that refuses to create it. */
const created = (sa: SaState, asked: McMember): SaGroup | number => {
  if (!TO_CREATE.every((component) => has(asked, component))) return SA_STATUS.INSUFFICIENT_COMPONENTS
  if ((asked.joinState & FULL) === 0 || !mayCreate(asked.mgid)) return SA_STATUS.REQUEST_INVALID
  const mgid = asked.mgid === NO_GID ? chosenMgid(sa) : asked.mgid
  const record: McMember = {
    ...asked,
    mask: maskOf(),
    mgid,
    portGid: NO_GID,
    mlid: has(asked, "mlid") ? asked.mlid : freeMlid(sa),
    mtuSelector: EXACTLY,
    mtu: has(asked, "mtu") ? asked.mtu : 4,
    rateSelector: EXACTLY,
    rate: has(asked, "rate") ? asked.rate : 3,
    lifetimeSelector: EXACTLY,
    lifetime: 0,
    hopLimit: has(asked, "hopLimit") ? asked.hopLimit : 0,
    scope: has(asked, "scope") ? asked.scope : 0,
    joinState: 0,
    proxyJoin: 0
  }
  return { mgid, record, ports: [] }
}

/** MGIDs with the signature 0xa01b are for the SA itself to give. */
const mayCreate = (mgid: Gid): boolean =>
  mgid === NO_GID || (mgid.startsWith("ff") && mgid.slice(4, 8) !== "a01b")

const chosenMgid = (sa: SaState): Gid => {
  const nth = (n: number) => Gid(`ff12a01bfe80${n.toString(16).padStart(20, "0")}`)
  return nth(lowest((n) => sa.groups.every(({ mgid }) => mgid !== nth(n))))
}

const freeMlid = (sa: SaState): number =>
  lowest((mlid) => sa.groups.every(({ record }) => record.mlid !== mlid), 0xc001)

const lowest = (isFree: (n: number) => boolean, from = 0): number =>
  (isFree(from) ? from : lowest(isFree, from + 1))

const fits = (asked: McMember, known: McMember): boolean =>
  EQUAL.every((component) => !has(asked, component) || asked[component] === known[component]) &&
  (!has(asked, "pkey") || partition(asked.pkey) === partition(known.pkey)) &&
  SELECTED.every(([selector, value]) =>
    !has(asked, selector) || !has(asked, value) || chosen(asked[selector], asked[value], known[value])
  )

const chosen = (selector: number, asked: number, known: number): boolean =>
  selector === 0 ? known > asked : selector === 1 ? known < asked : selector !== EXACTLY || known === asked

const bitsIn = ({ ports }: SaGroup, portGid: Gid): JoinState =>
  ports.find((port) => port.portGid === portGid)?.bits ?? 0

/** The group with a port's bits as given, and the record that says so. */
const withPort = (group: SaGroup, portGid: Gid, bits: JoinState) => {
  const others = group.ports.filter((port) => port.portGid !== portGid)
  const own = bits === 0 ? [] : [{ portGid, bits }]
  const ports = [...others, ...own].sort((a, b) => (a.portGid < b.portGid ? -1 : 1))
  return { group: { ...group, ports }, record: { ...group.record, portGid, joinState: bits } }
}

/** A group lives as long as it has a full member (IBTA 15.2.5.17). */
const withGroup = (sa: SaState, group: SaGroup): SaState => {
  const lives = group.ports.some(({ bits }) => (bits & FULL) !== 0)
  const others = sa.groups.filter(({ mgid }) => mgid !== group.mgid)
  return { ...sa, groups: [...others, ...(lives ? [group] : [])].sort((a, b) => (a.mgid < b.mgid ? -1 : 1)) }
}

const answerTo = (request: Mad, status: number, record: McMember): Mad => ({
  ...request,
  method: request.method === METHOD.SET ? METHOD.GET_RESP : METHOD.DELETE_RESP,
  status,
  sa: { smKey: "0000000000000000" },
  body: { ...record, mask: recordIn(request).mask },
  payload: "sa"
})
