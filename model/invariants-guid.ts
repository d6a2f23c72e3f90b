/** Invariants of alias GUIDs (`spec/guid.md`): what is asked of the SA, when, and what follows. */
import type { ActionOf, FunctionEvent } from "./action.ts"
import { FunctionId, NO_GUID, PF, Qpn } from "./ids.ts"
import type { Initial } from "./initial.ts"
import { askedAgain, invariant, type Invariant, type Observation } from "./invariants.ts"
import {
  guidAnswerIn, guidRequestsIn, isElsewhere, isOfGuids, type KnownAlias, slotNamed, type SpokenGuid, wants
} from "./invariants-guid-ledger.ts"
import {
  administers, isOpen, knownGuid, learnt, overPort, type PortLedger, told
} from "./invariants-port-ledger.ts"
import { isResponse, METHOD } from "./mad.ts"
import { WELL_KNOWN_QKEY } from "./outcome.ts"
import { byFunction, fields, same } from "./renaming.ts"
import type { Timing } from "./state.ts"

/** One observation with what was known before it, once the event was told, and after it. */
interface Page {
  readonly before: PortLedger
  readonly told: PortLedger
  readonly after: PortLedger
  readonly observation: Observation
  readonly timing: Timing
}

/** The invariants for a PF context that begins like this. */
export const guidInvariants = (begin: Initial): ReadonlyArray<Invariant> => {
  const { timing } = begin.config
  const judge = overPort(begin)
  const pageOf = askedAgain((before: PortLedger, observation: Observation): Page => ({
    before,
    told: told(timing)(before, observation),
    after: learnt(timing)(before, observation),
    observation,
    timing
  }))
  const reading = (
    requirement: Parameters<typeof judge>[0],
    title: string,
    wrong: (page: Page) => ReadonlyArray<string | undefined>
  ): Invariant =>
    judge(requirement, title, (before, observation) => {
      const isQuiet = !administers(before, observation) && guidRequestsIn(observation).length === 0
      return isQuiet ? undefined : wrong(pageOf(before, observation)).find((each) => each !== undefined)
    })
  return [
    reading("SQP-GUID-3", "A request about a slot keeps to its pattern, for what is wanted", offPattern),
    reading("SQP-GUID-3", "What a function wants is asked as soon as it can be", notAsked),
    reading("SQP-GUID-4", "A function has a port only with a GUID that the SA or the table shows", nameless),
    reading("SQP-GUID-5", "A request is repeated on time, and after a back-off that was served", tooSoon),
    reading("SQP-GUID-6", "A GUID is asked for one function at a time", askedTwice),
    reading("SQP-GUID-6", "No GUID is administered to two functions", administeredTwice),
    reading("SQP-GUID-7", "Nothing follows from an answer that is none", strangersAnswer),
    reading("SQP-GUID-8", "After a port event all is asked again and stays in use", lostByPortEvent),
    reading("SQP-GUID-9", "What is not wanted is released as soon as it can be", notReleased),
    reading("SQP-GUID-11", "What a VF asks about GUIDs leaves only as a request about its own slot", (page) =>
      isOfGuids(page.observation.event) ? [...offPattern(page), ...ofOthers(page)] : []),
    inTurn
  ]
}

const fresh = ({ told: port }: Page, { mad }: SpokenGuid, fn: number): boolean =>
  port.functions[fn]?.alias?.open?.tid !== mad.tid.slice(8)

const offPattern = (page: Page): ReadonlyArray<string | undefined> =>
  guidRequestsIn(page.observation).map((said) => {
    const { told: port } = page
    const { action, mad, record } = said
    const { dlid, grh, pathBits, pkeyIndex, qkey, rate, remoteQpn } = action.address
    const fn = slotNamed(record)
    const alias = port.functions[fn]?.alias
    if (fn <= PF || !alias) return `slot ${fn} with mask ${record.mask} is nobody's to ask for`
    const place = fn % 8
    const isPure = (record.guids.every((guid, i) => i === place || guid === NO_GUID)) &&
      mad.sa?.smKey === "0000000000000000" && mad.status === 0 &&
      record.mask === (0x3 | (1 << (4 + place))).toString(16).padStart(16, "0") &&
      record.lid === port.lid && dlid === (alias.open?.sentTo ?? port.smLid) && grh === null &&
      remoteQpn === Qpn(1) && qkey === WELL_KNOWN_QKEY && pathBits + pkeyIndex + rate === 0
    const isRepeated = !fresh(page, said, fn)
    if (!isPure && !isRepeated) return `a request about slot ${fn} has more or less than its pattern`
    const guid = record.guids[place]
    if (mad.method === METHOD.DELETE) return guid === NO_GUID ? undefined : "a Delete names a GUID"
    const isWanted = guid === wants(port, fn) || (isRepeated && guid === alias.open?.guid)
    return isWanted ? undefined : `function ${fn} does not want ${guid}`
  })

/** Requests about slots of others than the VF that asked. */
const ofOthers = ({ observation }: Page): ReadonlyArray<string | undefined> => {
  const { event } = observation
  const sender = event._tag === "Egress" ? event.function : null
  return guidRequestsIn(observation).map(({ record }) =>
    slotNamed(record) === sender ? undefined : `function ${sender} asks for slot ${slotNamed(record)}`)
}

const canAsk = ({ running, smLid, up }: PortLedger): boolean => running && up && smLid !== null

/** Functions about whose GUID the SA could be asked now: nothing is under way, no back-off lasts. */
const idle = ({ after }: Page): ReadonlyArray<readonly [number, KnownAlias]> =>
  after.functions.flatMap(({ alias }, n) => {
    const isBackingOff = alias?.backOff && alias.backOff.sinceMs < alias.backOff.lengthMs + alias.backOff.lateMs
    return alias && !alias.isUnsure && canAsk(after) && !alias.open && !isBackingOff ? [[n, alias] as const] : []
  })

const notAsked = (page: Page): ReadonlyArray<string | undefined> =>
  idle(page).map(([n, { asked, confirmed }]) => {
    const wanted = wants(page.after, n)
    const waits = asked === null || asked === wanted
    if (wanted === null || confirmed || !waits || isElsewhere(page.after, n, wanted)) return undefined
    return `function ${n} wants ${wanted} and nobody asks for it`
  })

const notReleased = (page: Page): ReadonlyArray<string | undefined> =>
  idle(page).map(([n, { asked }]) =>
    asked === null || asked === wants(page.after, n)
      ? undefined
      : `${asked} of function ${n} is not released`)

const nameless = ({ after, observation: { actions, event } }: Page): ReadonlyArray<string | undefined> =>
  actions.map((action) => {
    if (action._tag === "EventTo" && action.event === "port-up") {
      const isNamed = knownGuid(after, action.function) !== NO_GUID
      return isNamed ? undefined : `function ${action.function} hears port-up without a GUID`
    }
    const isShown = action._tag === "Answer" && event._tag === "Query" && action.view?._tag === "GUIDInfo"
    const guid = isShown && action.view?._tag === "GUIDInfo" ? action.view.guid : NO_GUID
    const isOwn = guid === NO_GUID || (isShown && guid === knownGuid(after, action.function))
    return isOwn ? undefined : `a function is shown ${guid}, which is not its own`
  })

const tooSoon = (page: Page): ReadonlyArray<string | undefined> =>
  guidRequestsIn(page.observation).map((said) => {
    const { timing: { saRetries, saTimeout }, told: port } = page
    const fn = slotNamed(said.record)
    const alias = port.functions[fn]?.alias
    if (!alias || alias.isUnsure || page.observation.event._tag === "Stop") return undefined
    const { backOff, nextMs, open } = alias
    if (open && !fresh(page, said, fn)) {
      const isDue = open.sinceMs >= saTimeout && open.tries <= saRetries
      return isDue ? undefined : `try ${open.tries + 1} for slot ${fn} comes after ${open.sinceMs} ms`
    }
    if (open) {
      const isOver = open.tries > saRetries && open.sinceMs >= saTimeout + (open.isFreed ? 0 : nextMs)
      return isOver ? undefined : `slot ${fn} is asked for while a request is under way`
    }
    const isServed = !backOff || backOff.sinceMs >= backOff.lengthMs
    return isServed ? undefined : `slot ${fn} is asked for ${backOff.sinceMs} ms into ${backOff.lengthMs}`
  })

const askedTwice = (page: Page): ReadonlyArray<string | undefined> =>
  guidRequestsIn(page.observation).map((said) => {
    const fn = slotNamed(said.record)
    const guid = said.record.guids[fn % 8] ?? NO_GUID
    if (said.mad.method !== METHOD.SET || guid === NO_GUID || !fresh(page, said, fn)) return undefined
    return isElsewhere(page.told, fn, guid) ? `${guid} is asked for slot ${fn} and is another's` : undefined
  })

const administeredTwice = ({ after, observation }: Page): ReadonlyArray<string | undefined> => {
  if (observation.event._tag !== "AdminGuid") return []
  const admins = after.functions.map(({ alias }) => alias?.admin ?? NO_GUID)
  return admins.map((guid, n) =>
    guid !== NO_GUID && admins.indexOf(guid) !== n ? `${guid} is administered twice` : undefined)
}

/** An answer about slots that is none to an open request. */
const strangersAnswer = ({ before, observation }: Page): ReadonlyArray<string | undefined> => {
  const { actions, event } = observation
  if (event._tag !== "Ingress" || !("tid" in event.mad) || event.mad.body._tag !== "guidInfo") return []
  if (!isResponse(event.mad) || guidAnswerIn(before, observation)) return []
  const follows = guidRequestsIn(observation).length > 0 || actions.some(({ _tag }) => _tag === "EventTo")
  const { slid } = event.address
  return [follows ? `an answer from LID ${slid} that nobody asked for has consequences` : undefined]
}

const isAnew = (before: PortLedger, { event }: Observation): boolean => {
  switch (event._tag) {
    case "Reregister":
      return true
    case "SmChanged":
      return event.smLid !== before.smLid
    case "LidChanged":
      return event.lid !== before.lid
    default:
      return false
  }
}

const lostByPortEvent = (page: Page): ReadonlyArray<string | undefined> => {
  const { before, observation } = page
  const { actions, event: { _tag } } = observation
  if (!isAnew(before, observation)) return []
  const lost = actions.find((action): action is ActionOf<"EventTo"> =>
    action._tag === "EventTo" && action.event === "port-down")
  const isLost = lost && isOpen(before, lost.function)
  return [isLost ? `function ${lost.function} loses its port by ${_tag}` : undefined, ...notAsked(page)]
}

/** The port event each function heard last, since it was attached. */
type Heard = ReadonlyArray<FunctionEvent | undefined>

const byNumber = byFunction<Heard[number]>(same)

const replaced = (heard: Heard, fn: FunctionId, event: FunctionEvent | undefined): Heard =>
  trimmed(Array.from({ length: Math.max(heard.length, fn + 1) }, (_, n) => (n === fn ? event : heard[n])))

/** What is the same heard, as one list. */
const trimmed = (heard: Heard): Heard => heard.slice(0, 1 + heard.findLastIndex((event) => event !== undefined))

const inTurn: Invariant = invariant<{ readonly heard: Heard; readonly up: boolean | undefined }>(
  "SQP-GUID-10",
  "A function hears port-up and port-down in turn, and port-up never while the link is down",
  { heard: [], up: undefined },
  (memory, { actions, event }) => {
    const { heard, up } = memory
    const linked = event._tag === "LinkChanged" ? event.up : up
    const isNew = event._tag === "Attach" || event._tag === "Reset" || event._tag === "Detach"
    let next = isNew ? replaced(heard, event.function, undefined) : event._tag === "Stop" ? [] : heard
    for (const action of actions) {
      if (action._tag !== "EventTo" || (action.event !== "port-up" && action.event !== "port-down")) continue
      if (next[action.function] === action.event) {
        return { violation: `function ${action.function} hears ${action.event} twice in a row` }
      }
      if (action.event === "port-up" && linked === false) {
        return { violation: `function ${action.function} hears port-up while the link is down` }
      }
      next = replaced(next, action.function, action.event)
    }
    return { memory: next === heard && linked === memory.up ? memory : { heard: next, up: linked } }
  },
  fields({ heard: (heard, by) => trimmed(byNumber(by.functions.map((_, n) => heard[n]), by)) })
)
