/**
 * Between the model and the trace format, the other way round than `translate.ts`: events to commands, the initial
 * state's parts to `init`. What is encoded and translated again is what it was.
 */
import { type Command, type CommandOf, FORMAT, type Init, UNBOUNDED_ROOM } from "../impl/trace/command.ts"
import type { AlternatePath, Event, EventOf, VerbRequest } from "../model/event.ts"
import { NO_GUID } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import type { Mad, Malformed } from "../model/mad.ts"
import type { Timing } from "../model/state.ts"
import { madBytes } from "./encode-mad.ts"

/** Finds the bytes that a payload names; undefined where it names none, and they are zero but for what the view has. */
export type PayloadBytes = (payload: string) => Uint8Array | undefined

/** Lower-case hex. */
export const hexOfBytes = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")

/** Names nothing: of a MAD that stands in the model alone. */
export const noBytes: PayloadBytes = () => undefined

const madOf = (mad: Mad | Malformed, bytesOf: PayloadBytes): string => {
  // Bytes that no view shows are zero, those of an RMPP header of a guest too: it is not made here.
  const came = "_tag" in mad ? undefined : (bytesOf(mad.payload) ?? new Uint8Array(256))
  return hexOfBytes(madBytes(mad, came))
}

const egress = (event: EventOf<"Egress">, bytesOf: PayloadBytes): CommandOf<"egress"> => ({
  op: "egress",
  function: event.function,
  qp: event.qp,
  ...(event.srcQpn !== null && { srcQpn: event.srcQpn }),
  ...event.address,
  mad: madOf(event.mad, bytesOf)
})

const ingress = (event: EventOf<"Ingress">, bytesOf: PayloadBytes): CommandOf<"ingress"> => ({
  op: "ingress",
  qp: event.qp,
  ...event.address,
  mad: madOf(event.mad, bytesOf)
})

const alternateKeys = ({ pkeyIndex, port, sgidIndex }: AlternatePath) => ({
  ...(port !== null && { altPort: port }),
  ...(pkeyIndex !== null && { altPkeyIndex: pkeyIndex }),
  ...(sgidIndex !== null && { altSgidIndex: sgidIndex })
})

const verb = (fn: number, request: VerbRequest): Command => {
  const { alternate, attrMask, pkeyIndex, port, qkey, qpn, sgidIndex, type, vl } = request
  return {
    op: "verb",
    function: fn,
    verb: request.verb,
    ...(type !== null && { type }),
    ...(qpn !== null && { qp: qpn }),
    ...(port !== null && { port }),
    ...(qkey !== null && { qkey }),
    ...(pkeyIndex !== null && { pkeyIndex }),
    ...(sgidIndex !== null && { sgidIndex }),
    ...(vl !== null && { vl }),
    ...(alternate !== null && alternateKeys(alternate)),
    ...(attrMask !== null && { attrMask })
  }
}

const slotsOf = (slots: number | null): number => slots ?? UNBOUNDED_ROOM

const policy = ({ policy: lists, services }: EventOf<"PolicyChanged">): Command => ({
  op: "policy", policy: { ...lists, ...(services !== null && { services }) }
})

const portCommand = (event: Event): Command | null => {
  switch (event._tag) {
    case "Reregister":
      return { op: "reregister" }
    case "LinkChanged":
      return { op: "link", up: event.up }
    case "SmChanged":
      return { op: "sm", smLid: event.smLid, smSl: event.smSl }
    case "LidChanged":
      return { op: "lid", lid: event.lid, lmc: event.lmc }
    case "PrefixChanged":
      return { op: "prefix", subnetPrefix: event.subnetPrefix }
    case "PkeysChanged":
      return { op: "pkeys", pkeys: event.pkeys }
    case "GuidTableChanged":
      return { op: "guidTable", block: event.block, guids: Array.from({ length: 8 }, (_, k) => event.guids[k] ?? NO_GUID) }
    case "AdminGuid":
      return { op: "adminGuid", function: event.function, guid: event.guid }
    case "PkeyMapChanged":
      return { op: "virt2phys", function: event.function, map: event.map }
    default:
      return null
  }
}

const commandOf = (event: Exclude<Event, EventOf<"QuotasChanged">>, bytesOf: PayloadBytes): Command | null => {
  switch (event._tag) {
    case "Egress":
      return egress(event, bytesOf)
    case "Ingress":
      return ingress(event, bytesOf)
    case "TimePasses":
      return { op: "advance", ms: event.ms }
    case "Start":
      return { op: "start" }
    case "Stop":
      return { op: "stop" }
    case "Attach":
      return { op: "attach", function: event.function }
    case "Detach":
      return { op: "detach", function: event.function }
    case "Reset":
      return { op: "reset", function: event.function }
    case "Verb":
      return verb(event.function, event.request)
    case "WireRoom":
      return { op: "room", target: "wire", slots: slotsOf(event.slots) }
    case "FunctionRoom":
      return { op: "room", target: "function", function: event.function, slots: slotsOf(event.slots) }
    case "PolicyChanged":
      return policy(event)
    case "Query": {
      const attribute = event.attribute === "other" ? "NodeDescription" : event.attribute
      return { op: "query", function: event.function, attribute, modifier: event.modifier }
    }
    default:
      return portCommand(event)
  }
}

/**
 * The commands that bring an event about; most are one. None brings about that a MAD which waited is taken: that is
 * part of the `room` before it. Quotas of some functions need a command for each. A verb about an alternate path of
 * which it says nothing cannot be told from one without.
 */
export const encodeEvent = (event: Event, bytesOf: PayloadBytes = noBytes): ReadonlyArray<Command> => {
  if (event._tag === "QuotasChanged") {
    return event.functions.map((fn) => ({ op: "limits", function: fn, limits: event.quotas }))
  }
  const command = commandOf(event, bytesOf)
  return command === null ? [] : [command]
}

/** What an `init` has and the model does not know. */
export interface Unmodelled {
  readonly seed?: number
  /** 64 bytes as 128 hex digits; zero by default. The PF's NodeGUID is written into NodeInfo. */
  readonly nodeInfo?: string
  readonly portInfo?: string
}

const ZERO_ATTRIBUTE = "0".repeat(128)

/** The longest time that a trace can name: twelve days. */
const LONGEST_MS = 2 ** 30

/** Times, of which one without an end is the longest there is. */
const finite = (timing: Timing): Timing => ({ ...timing, renewGrace: Math.min(timing.renewGrace, LONGEST_MS) })

/** The `init` of a PF context that is made from these parts. A former prefix is not one of them: it is not told. */
export const encodeInitial = (
  { adminGuids, attached, config, guids, pkeyMaps, policy: lists, port }: Initial,
  { nodeInfo = ZERO_ATTRIBUTE, portInfo = ZERO_ATTRIBUTE, seed = 0 }: Unmodelled = {}
): Init => ({
  op: "init",
  format: FORMAT,
  seed,
  functions: guids.length,
  subnetPrefix: port.prefix,
  guids,
  nodeGuids: config.nodeGuids,
  ...(adminGuids !== undefined && { adminGuids }),
  ...(config.guidCap !== undefined && { guidCap: config.guidCap }),
  ...(config.otherPortGuids !== undefined && { otherPortGuids: config.otherPortGuids }),
  pkeys: port.pkeys,
  virt2phys: pkeyMaps,
  lid: port.lid,
  lmc: port.lmc,
  smLid: port.smLid,
  smSl: port.smSl,
  up: port.up,
  active: attached,
  nodeInfo: nodeInfo.slice(0, 24) + (config.nodeGuids[0] ?? nodeInfo.slice(24, 40)) + nodeInfo.slice(40),
  portInfo,
  limits: config.limits,
  timing: finite(config.timing),
  policy: { ...lists, services: config.services },
  groupNotices: config.groupNotices ?? false
})
