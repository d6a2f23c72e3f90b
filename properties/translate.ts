/**
 * Between the trace format and the model: commands to events, outputs to actions, `init` to the initial
 * state's parts.
 */
import { alternateOf } from "../impl/trace/alternate.ts"
import { type Command, type CommandOf, UNBOUNDED_ROOM } from "../impl/trace/command.ts"
import type { CompleteInit } from "../impl/trace/init.ts"
import type { Output, OutputOf } from "../impl/trace/output.ts"
import type { Action, View } from "../model/action.ts"
import type { Event, QueryAttribute } from "../model/event.ts"
import { FunctionId, Gid, Guid, Lid, Qpn, SubnetPrefix } from "../model/ids.ts"
import type { Initial } from "../model/initial.ts"
import { madView, viewOf } from "./mad-view.ts"

/** The bytes of hex digits. */
export const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, "hex")

/** The model's account of what the PF context is made from. */
export const toInitial = (init: CompleteInit): Initial => ({
  config: {
    limits: { ...init.limits, queue: init.queue },
    timing: init.timing,
    groupNotices: init.groupNotices,
    services: init.services.map(({ function: f, serviceId }) => ({ serviceId, function: FunctionId(f) })),
    // The PF's node is the physical one (spec/local-view.md).
    nodeGuids: init.nodeGuids.map((guid, f) => Guid(f === 0 ? init.nodeInfo.slice(24, 40) : guid)),
    guidCap: init.guidCap,
    otherPortGuids: init.otherPortGuids.map(Guid)
  },
  policy: init.policy,
  port: {
    up: init.up,
    lid: Lid(init.lid),
    lmc: init.lmc,
    smLid: init.smLid === null ? null : Lid(init.smLid),
    smSl: init.smSl,
    prefix: SubnetPrefix(init.subnetPrefix),
    formerPrefix: null,
    pkeys: init.pkeys
  },
  guids: init.guids.map(Guid),
  adminGuids: init.adminGuids.map((guid) => (guid === null ? null : Guid(guid))),
  pkeyMaps: init.virt2phys,
  attached: init.active
})

/** What an event is about, that only the command knows: `lmc` gives the path bits of a DLID. */
export interface Context {
  readonly lmc: number
  /** How many there are. */
  readonly functions: number
  /** Names the MAD of the command. */
  readonly payload: string
}

const grhOf = (grh: CommandOf<"ingress">["grh"]) =>
  grh && { ...grh, sgid: Gid(grh.sgid), dgid: Gid(grh.dgid) }

const egress = (command: CommandOf<"egress">, { payload }: Context): Event => ({
  _tag: "Egress",
  function: FunctionId(command.function),
  qp: command.qp,
  srcQpn: command.srcQpn === undefined ? null : Qpn(command.srcQpn),
  address: {
    pkeyIndex: command.pkeyIndex,
    remoteQpn: Qpn(command.remoteQpn),
    qkey: command.qkey,
    dlid: Lid(command.dlid),
    sl: command.sl,
    pathBits: command.pathBits,
    rate: command.rate,
    grh: command.grh && { ...command.grh, dgid: Gid(command.grh.dgid) }
  },
  mad: madView(bytesOf(command.mad), payload)
})

/** The path bits a MAD from the wire came by: as told, or the low bits of the LID it was sent to. */
export const pathBitsOf = ({ dlid, pathBits }: CommandOf<"ingress">, lmc: number): number =>
  pathBits ?? (dlid ?? 0) & ((1 << lmc) - 1)

const ingress = (command: CommandOf<"ingress">, { lmc, payload }: Context): Event => ({
  _tag: "Ingress",
  qp: command.qp,
  address: {
    pkeyIndex: command.pkeyIndex,
    slid: Lid(command.slid),
    srcQp: Qpn(command.srcQp),
    sl: command.sl,
    pathBits: pathBitsOf(command, lmc),
    grh: grhOf(command.grh)
  },
  mad: madView(bytesOf(command.mad), payload)
})

const verb = (command: CommandOf<"verb">): Event => ({
  _tag: "Verb",
  function: FunctionId(command.function),
  request: {
    verb: command.verb,
    type: command.type ?? null,
    qpn: command.qp === undefined ? null : Qpn(command.qp),
    qkey: command.qkey ?? null,
    pkeyIndex: command.pkeyIndex ?? null,
    sgidIndex: command.sgidIndex ?? null,
    vl: command.vl ?? null,
    port: command.port ?? null,
    alternate: alternateOf(command),
    attrMask: command.attrMask ?? null
  }
})

const VIEWED: ReadonlyArray<string> = [
  "NodeInfo",
  "PortInfo",
  "GUIDInfo",
  "P_KeyTable"
] satisfies ReadonlyArray<QueryAttribute>
const isViewed = (attribute: string): attribute is QueryAttribute => VIEWED.includes(attribute)

/**
 * The model's event for a command whose copies are resolved; null for a command that changes nothing and
 * means nothing to the model.
 */
export const toEvent = (command: Command, context: Context): Event | null => {
  switch (command.op) {
    case "egress":
      return egress(command, context)
    case "ingress":
      return ingress(command, context)
    case "advance":
      return { _tag: "TimePasses", ms: command.ms }
    case "start":
      return { _tag: "Start" }
    case "stop":
      return { _tag: "Stop" }
    case "attach":
      return { _tag: "Attach", function: FunctionId(command.function) }
    case "detach":
      return { _tag: "Detach", function: FunctionId(command.function) }
    case "reset":
      return { _tag: "Reset", function: FunctionId(command.function) }
    case "verb":
      return verb(command)
    case "room":
      return roomEvent(command)
    case "limits":
      return quotasEvent(command, context)
    case "policy":
      return policyChanged(command)
    case "query": {
      const attribute = isViewed(command.attribute) ? command.attribute : "other"
      return { _tag: "Query", function: FunctionId(command.function), attribute, modifier: command.modifier }
    }
    default:
      return portEvent(command)
  }
}

const policyChanged = ({ policy: { services, ...policy } }: CommandOf<"policy">): Event => ({
  _tag: "PolicyChanged",
  policy,
  services: services?.map(({ function: f, serviceId }) => ({ serviceId, function: FunctionId(f) })) ?? null
})

/** Quotas of one function or of all; null where some are named that no PF context changes while it runs. */
const quotasEvent = (
  { function: f, limits: { groups, pending, queue, ...fixed } }: CommandOf<"limits">, { functions }: Context
): Event | null => {
  if (Object.keys(fixed).length > 0) return null
  const quotas = {
    ...(groups !== undefined && { groups }), ...(pending !== undefined && { pending }), ...(queue !== undefined && { queue })
  }
  const all = Array.from({ length: functions }, (_, each) => FunctionId(each))
  return { _tag: "QuotasChanged", functions: f === undefined ? all : [FunctionId(f)], quotas }
}

/** Room of a function that is not named means nothing. */
const roomEvent = ({ function: f, slots, target }: CommandOf<"room">): Event | null => {
  const left = slots >= UNBOUNDED_ROOM ? null : slots
  if (target === "wire") return { _tag: "WireRoom", slots: left }
  return f === undefined ? null : { _tag: "FunctionRoom", function: FunctionId(f), slots: left }
}

const portEvent = (command: Command): Event | null => {
  switch (command.op) {
    case "reregister":
      return { _tag: "Reregister" }
    case "link":
      return { _tag: "LinkChanged", up: command.up }
    case "sm":
      return {
        _tag: "SmChanged",
        smLid: command.smLid === null ? null : Lid(command.smLid),
        smSl: command.smSl
      }
    case "lid":
      return { _tag: "LidChanged", lid: Lid(command.lid), lmc: command.lmc }
    case "prefix":
      return { _tag: "PrefixChanged", subnetPrefix: SubnetPrefix(command.subnetPrefix) }
    case "pkeys":
      return { _tag: "PkeysChanged", pkeys: command.pkeys }
    case "guidTable":
      return { _tag: "GuidTableChanged", block: command.block, guids: command.guids.map(Guid) }
    case "adminGuid": {
      const guid = command.guid === null ? null : Guid(command.guid)
      return { _tag: "AdminGuid", function: FunctionId(command.function), guid }
    }
    case "virt2phys":
      return { _tag: "PkeyMapChanged", function: FunctionId(command.function), map: command.map }
    default:
      return null
  }
}

/** What a query's answer shows of the view the rules speak of. */
const viewIn = (data: Uint8Array, attribute: string): View | null => {
  const bytes = Buffer.from(data)
  switch (attribute) {
    case "NodeInfo":
      return { _tag: "NodeInfo", nodeGuid: Guid(bytes.toString("hex", 12, 20)) }
    case "PortInfo":
      return { _tag: "PortInfo", active: ((bytes[32] ?? 0) & 0xf) === 4 }
    case "GUIDInfo":
      return { _tag: "GUIDInfo", guid: Guid(bytes.toString("hex", 0, 8)) }
    case "P_KeyTable":
      return {
        _tag: "P_KeyTable",
        pkeys: Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readUInt16BE(2 * i))
      }
    default:
      return null
  }
}

const toWire = (output: OutputOf<"wire">, payload: string): Action => ({
  _tag: "ToWire",
  qp: output.qp,
  from: null,
  cause: null,
  address: {
    pkeyIndex: output.pkeyIndex,
    remoteQpn: Qpn(output.remoteQpn),
    qkey: output.qkey,
    dlid: Lid(output.dlid),
    sl: output.sl,
    pathBits: output.pathBits,
    rate: output.rate,
    grh: output.grh && { ...output.grh, dgid: Gid(output.grh.dgid) }
  },
  mad: viewOf(bytesOf(output.mad), payload)
})

const toFunction = (output: OutputOf<"function">, payload: string): Action => ({
  _tag: "ToFunction",
  function: FunctionId(output.function),
  qp: output.qp,
  address: {
    pkeyIndex: output.pkeyIndex,
    slid: Lid(output.slid),
    srcQp: Qpn(output.srcQp),
    sl: output.sl,
    pathBits: output.pathBits,
    grh: grhOf(output.grh)
  },
  mad: viewOf(bytesOf(output.mad), payload)
})

/**
 * The model's action for an output; null for one that is no action (counters, state). `cause` is
 * the command of the line, which says what an answer answers; `payload` names the output's bytes.
 */
export const toAction = (output: Output, cause: Command, payload: string): Action | null => {
  switch (output.to) {
    case "wire":
      return toWire(output, payload)
    case "function":
      return toFunction(output, payload)
    case "event":
      return { _tag: "EventTo", function: FunctionId(output.function), event: output.event }
    case "tunnel":
      return {
        _tag: "Tunnel",
        function: FunctionId(output.function),
        qp: output.qp,
        proxyQpn: Qpn(output.proxyQpn),
        tunnelQpn: Qpn(output.tunnelQpn)
      }
    case "answer":
      return {
        _tag: "Answer",
        function: FunctionId(output.function),
        status: output.status,
        qpn: output.qpn === undefined ? null : Qpn(output.qpn),
        qkey: output.qkey ?? null,
        view:
          output.data !== undefined && cause.op === "query"
            ? viewIn(bytesOf(output.data), cause.attribute)
            : null
      }
    case "drop":
      return {
        _tag: "Drop",
        function: output.function === null ? null : FunctionId(output.function),
        reason: output.reason
      }
    case "defer":
      return { _tag: "Defer", function: FunctionId(output.function), qp: output.qp, reason: output.reason }
    case "counters":
    case "state":
      return null
  }
}
