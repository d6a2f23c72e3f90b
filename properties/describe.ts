/** Events and actions in one line of words, for reports. */
import type { Action } from "../model/action.ts"
import type { Event } from "../model/event.ts"
import type { Body, Mad, Malformed } from "../model/mad.ts"

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`

const bodyText = (body: Body): string => {
  switch (body._tag) {
    case "opaque":
      return ""
    case "classPortInfo":
      return ` ClassPortInfo RedirectLID ${body.redirectLid} RedirectQP ${body.redirectQp}`
    case "mcMember":
      return ` MCMemberRecord mgid ${body.mgid} JoinState ${body.joinState}`
    case "guidInfo":
      return ` GUIDInfoRecord LID ${body.lid} block ${body.block} mask ${body.mask} GUIDs ${body.guids.join(" ")}`
    case "mcMembers":
      return ` MCMemberRecords, segment ${body.segment}: ${body.data.slice(0, 112)}...`
    case "serviceRecord":
      return ` ServiceRecord ${body.serviceId} gid ${body.gid} P_Key ${hex(body.pkey, 4)}`
    case "informInfo":
      return ` InformInfo subscribe ${body.subscribe} trap ${body.trapNumber} type ${body.type} GID ${body.gid}`
    case "notice":
      return ` Notice trap ${body.trapNumber} about ${body.gidAddr}`
    case "cm":
      if (body.message === "SIDR_REQ" || body.message === "SIDR_REP")
        return ` ${body.message} id ${body.requestId}`
      return ` ${body.message} local ${body.localId}${"remoteId" in body ? ` remote ${body.remoteId}` : ` to ${body.remoteGid}`}`
  }
}

/** A MAD in a few words. */
export const madText = (mad: Mad | Malformed): string =>
  "_tag" in mad
    ? `${mad.lengthBytes} bytes`
    : `class ${hex(mad.mgmtClass, 2)} method ${hex(mad.method, 2)} attribute ${hex(mad.attributeId, 4)} ` +
      `status ${hex(mad.status, 4)} tid ${mad.tid}${bodyText(mad.body)}`

const grhText = (grh: object | null): string => (grh === null ? "" : " with GRH")

/** An action in a few words. */
export const actionText = (action: Action): string => {
  switch (action._tag) {
    case "ToWire":
      return `to the wire, QP${action.qp}, DLID ${action.address.dlid}${grhText(action.address.grh)}: ${madText(action.mad)}`
    case "ToFunction":
      return `to function ${action.function}, QP${action.qp}, SLID ${action.address.slid}${grhText(action.address.grh)}: ${madText(action.mad)}`
    case "EventTo":
      return `event ${action.event} to function ${action.function}`
    case "Tunnel":
      return `tunnel of function ${action.function}, QP${action.qp}: proxy ${action.proxyQpn}, tunnel ${action.tunnelQpn}`
    case "Answer":
      return (
        `answer to function ${action.function}: ${action.status}` +
        (action.qpn === null ? "" : ` QPN ${action.qpn}`) +
        (action.qkey === null ? "" : ` Q_Key ${hex(action.qkey >>> 0, 8)}`) +
        (action.view === null ? "" : ` ${JSON.stringify(action.view)}`)
      )
    case "Defer":
      return `MAD of function ${action.function} on QP${action.qp} deferred, ${action.reason}`
    case "Drop":
      return `drop ${action.reason}, ${action.function === null ? "charged to nobody" : `charged to function ${action.function}`}`
  }
}

/** An event in a few words. */
export const eventText = (event: Event): string => {
  switch (event._tag) {
    case "Egress":
      return (
        `function ${event.function} sends on QP${event.qp} to DLID ${event.address.dlid}` +
        `${grhText(event.address.grh)}: ${madText(event.mad)}`
      )
    case "Ingress":
      return `from the wire, QP${event.qp}, SLID ${event.address.slid}${grhText(event.address.grh)}: ${madText(event.mad)}`
    case "Taken":
      return `taken: ${eventText(event.egress)}`
    case "TimePasses":
      return `${event.ms} ms pass`
    default: {
      const { _tag, ...rest } = event
      return `${_tag} ${JSON.stringify(rest)}`
    }
  }
}

/** Where two values differ: the keys down to each difference, with both values. */
export const differences = (
  expected: unknown,
  seen: unknown,
  ignored: ReadonlySet<string>,
  path = ""
): ReadonlyArray<{ readonly path: string; readonly expected: unknown; readonly seen: unknown }> => {
  if (typeof expected !== "object" || typeof seen !== "object" || expected === null || seen === null) {
    return expected === seen ? [] : [{ path, expected, seen }]
  }
  const [before, after] = [
    new Map<string, unknown>(Object.entries(expected)),
    new Map<string, unknown>(Object.entries(seen))
  ]
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys]
    .filter((key) => !ignored.has(key))
    .flatMap((key) =>
      differences(before.get(key), after.get(key), ignored, path === "" ? key : `${path}.${key}`)
    )
}
