/** Configuration of the PF context: plain numbers, defaults, and one check that says what is wrong where. */
import { RING_SLOTS_MAX } from "../ring/spsc.ts"
import { checkPolicy, DEFAULT_POLICY, type PolicyLists } from "./policy-lists.ts"
import { adminGuidsFault, GUID_CAP_MAX } from "./guids-admin.ts"

/** The most functions of a port: the PF and 254 VFs. */
export const FUNCTIONS_MAX = 255
/** The most entries of the physical P_Key table, and of a function's virtual one. */
export const PKEYS_MAX = 128

/**
 * Times in milliseconds; `saRetries` is a count. spec/limits.md lists them with defaults, ranges and the pages that give
 * each its meaning.
 */
export interface MuxTiming {
  /** A transaction and a delivered request are remembered at least this long after their last use. */
  readonly tidMin: number
  /** ... and at most this long. */
  readonly tidMax: number
  /** A released wire id is not used again for at least this long. */
  readonly rest: number
  /** A CM exchange that was ended is remembered at least this long. */
  readonly linger: number
  /** ... and at most this long. */
  readonly lingerMax: number
  /** The shortest and the longest time an opening exchange must be remembered. */
  readonly openingMin: number
  readonly openingMax: number
  /** An SA transaction of the PF context is repeated after this time, `saRetries` times. */
  readonly saTimeout: number
  readonly saRetries: number
  /** The age beyond which a waiting join is dropped. */
  readonly horizon: number
  /** Bits that a function does not join again this long after a reregister or another SM are left. */
  readonly renewGrace: number
  /** How late a due send may be seen; nothing here depends on it. */
  readonly slack: number
  /** How long the former subnet prefix is understood. */
  readonly prefixGrace: number
  /** At most one REJ for an unknown GID is sent in this time. */
  readonly rejInterval: number
  /** The first and the longest back-off of an alias GUID that the SA declined. */
  readonly guidRetry: number
  readonly guidRetryMax: number
}

/** Quotas of one function. */
export interface MuxLimits {
  /** Outstanding transactions. */
  readonly tids: number
  /** CM exchanges, SIDR included. */
  readonly cm: number
  /** Multicast groups in which it has bits or requests. */
  readonly groups: number
  /** Multicast requests that wait. */
  readonly pending: number
  /** ServiceRecords that a VF may have registered. */
  readonly services: number
  /** Delivered requests that are remembered, so that it may answer them. */
  readonly inbound: number
  /** Subscriptions to notices that it has or asks for; 32 by default. */
  readonly subscriptions?: number
  /** Places to which responses redirected it; 16 by default. */
  readonly redirects?: number
}

/** A service id that a function registered for SIDR_REQs without a GRH (spec/cm.md). */
export interface MuxService {
  /** 16 hex digits. */
  readonly serviceId: string
  readonly function: number
}

/** The port at the start; port events change it. */
export interface MuxPort {
  /** True while the link is up. */
  readonly up: boolean
  readonly lid: number
  readonly lmc: number
  /** null while no subnet manager is known. */
  readonly smLid: number | null
  readonly smSl: number
  /** 16 hex digits. */
  readonly subnetPrefix: string
  /** The physical P_Key table; an empty entry has its low 15 bits zero. */
  readonly pkeys: ReadonlyArray<number>
}

/** Everything a {@link Mux} is made from. */
export interface MuxConfig {
  /** Number of functions, the PF included, 1..255. */
  readonly functions: number
  /** Slots of each ring between a function and the PF context; a power of two. */
  readonly functionSlots: number
  /** Slots of each ring between the PF context and the port; a power of two. */
  readonly wireSlots: number
  readonly limits: MuxLimits
  readonly timing: MuxTiming
  readonly services: ReadonlyArray<MuxService>
  /** Whether the PF context itself subscribes to the deletion of groups (trap 67); default false. */
  readonly groupNotices?: boolean
  /** What VFs may use instead of the default of spec/classes.md. */
  readonly policy?: PolicyLists
  /** NodeGUID that each function sees, 16 hex digits; a missing one is GUID 0. */
  readonly nodeGuids: ReadonlyArray<string>
  /** The physical GUID table, 16 hex digits each: slot i belongs to function i, "0" x 16 is none. */
  readonly guids: ReadonlyArray<string>
  /** What the SA is asked for, by slot: a GUID, "0" x 16 for one of its choice, null for nothing; nothing by default. */
  readonly adminGuids?: ReadonlyArray<string | null>
  /** Length of the port's GUID table, {@link GUID_CAP_MAX} by default: slots beyond are not administered. */
  readonly guidCap?: number
  /** GUIDs of the functions on the other port of the HCA, where that has no PF context here; none by default. */
  readonly otherPortGuids?: ReadonlyArray<string>
  /** Virtual P_Key tables by function: the physical index of each entry, null where unassigned. That of the PF is the identity. */
  readonly pkeyMaps: ReadonlyArray<ReadonlyArray<number | null>>
  readonly port: MuxPort
  /** The physical NodeInfo and PortInfo, 64 bytes each, in wire order. */
  readonly nodeInfo: Uint8Array
  readonly portInfo: Uint8Array
  /** Draws 32 unpredictable bits; from node:crypto by default. A test gives a seeded one. */
  readonly random32?: () => number
  /** How the region copies: `"wasm"` by default. */
  readonly copy?: "wasm" | "views"
  /** MADs that a function may have taken in one round of the scheduler; 16 by default. */
  readonly quantum?: number
}

/** Places of a function when nothing else is asked. */
export const DEFAULT_REDIRECTS = 16
/** Subscriptions of a function when nothing else is asked. */
export const DEFAULT_SUBSCRIPTIONS = 32

/** The quotas used when nothing else is asked. */
export const defaultLimits: MuxLimits = { tids: 1024, cm: 1024, groups: 64, pending: 64, services: 16, inbound: 1024 }

/** The times used when nothing else is asked. */
export const defaultTiming: MuxTiming = {
  tidMin: 60_000, tidMax: 120_000, rest: 120_000,
  linger: 60_000, lingerMax: 120_000, openingMin: 20_000, openingMax: 120_000,
  saTimeout: 1000, saRetries: 3, horizon: 3300, renewGrace: 60_000, slack: 1000, prefixGrace: 60_000, rejInterval: 100,
  guidRetry: 1000, guidRetryMax: 60_000
}

/** MADs of one function in a round of the scheduler, when nothing else is asked. */
export const DEFAULT_QUANTUM = 16

/** Times are compared modulo 2^32 ms, so that no life may come near half of that. */
const TIME_MAX = 2 ** 30
const QUOTA_MAX = 2 ** 20
const SA_RETRIES_MAX = 100

const integer = (name: string, value: number, least: number, most: number): void => {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be an integer in ${least}..${most}, got ${value}`)
  }
}
const powerOfTwo = (name: string, value: number): void => {
  integer(name, value, 1, RING_SLOTS_MAX)
  if ((value & (value - 1)) !== 0) throw new RangeError(`${name} must be a power of two, got ${value}`)
}

/** Throws a RangeError naming `name` unless `text` is 16 hex digits. */
export const checkHex64 = (name: string, text: string): void => {
  if (!/^[0-9a-fA-F]{16}$/.test(text)) {
    throw new RangeError(`${name} must be 16 hex digits, got ${JSON.stringify(text)}`)
  }
}

/** Throws a RangeError unless `lid` (0..0xffff), `lmc` (0..7) and so on are in their ranges. */
export const checkLid = (lid: number, lmc: number): void => {
  integer("lid", lid, 0, 0xffff)
  integer("lmc", lmc, 0, 7)
}
/** Throws a RangeError unless the LID of the subnet manager (null: unknown) and its SL are in range. */
export const checkSm = (smLid: number | null, smSl: number): void => {
  if (smLid !== null) integer("smLid", smLid, 0, 0xffff)
  integer("smSl", smSl, 0, 15)
}
/** Throws a RangeError unless the physical P_Key table is one. */
export const checkPkeys = (pkeys: ReadonlyArray<number>): void => {
  if (pkeys.length > PKEYS_MAX) throw new RangeError(`pkeys: at most ${PKEYS_MAX} entries, got ${pkeys.length}`)
  pkeys.forEach((pkey, i) => integer(`pkeys[${i}]`, pkey, 0, 0xffff))
}
/** Throws a RangeError unless `map` is a virtual P_Key table. */
export const checkPkeyMap = (name: string, map: ReadonlyArray<number | null>): void => {
  if (map.length > PKEYS_MAX) throw new RangeError(`${name}: at most ${PKEYS_MAX} entries, got ${map.length}`)
  map.forEach((index, i) => index === null || integer(`${name}[${i}]`, index, 0, PKEYS_MAX - 1))
}

/** Throws a RangeError unless each service id has 16 hex digits and a function of `functions`. */
export const checkServices = (services: ReadonlyArray<MuxService>, functions: number): void =>
  services.forEach((service, i) => {
    checkHex64(`services[${i}].serviceId`, service.serviceId)
    integer(`services[${i}].function`, service.function, 0, functions - 1)
  })

const checkTiming = (timing: MuxTiming): void => {
  for (const [name, value] of Object.entries(timing)) {
    integer(`timing.${name}`, value, 0, name === "saRetries" ? SA_RETRIES_MAX : TIME_MAX)
  }
  const ordered = (
    low: "tidMin" | "linger" | "openingMin" | "guidRetry",
    high: "tidMax" | "lingerMax" | "openingMax" | "guidRetryMax"
  ): void => {
    integer(`timing.${low}`, timing[low], 1, TIME_MAX)
    if (timing[low] > timing[high]) {
      throw new RangeError(`timing.${low} (${timing[low]}) must not exceed timing.${high} (${timing[high]})`)
    }
  }
  ordered("tidMin", "tidMax")
  ordered("linger", "lingerMax")
  ordered("openingMin", "openingMax")
  ordered("guidRetry", "guidRetryMax")
  if (timing.openingMax > TIME_MAX / 4) throw new RangeError(`timing.openingMax must be at most ${TIME_MAX / 4}`)
}

/** Throws a RangeError that names the key and the allowed values, unless `config` is sound. */
export const checkConfig = (config: MuxConfig): void => {
  integer("functions", config.functions, 1, FUNCTIONS_MAX)
  powerOfTwo("functionSlots", config.functionSlots)
  powerOfTwo("wireSlots", config.wireSlots)
  for (const [name, value] of Object.entries(config.limits)) integer(`limits.${name}`, value, 0, QUOTA_MAX)
  checkTiming(config.timing)
  integer("quantum", config.quantum ?? DEFAULT_QUANTUM, 1, RING_SLOTS_MAX)
  checkServices(config.services, config.functions)
  checkPolicy({ ...DEFAULT_POLICY, ...config.policy })
  config.nodeGuids.forEach((guid, i) => checkHex64(`nodeGuids[${i}]`, guid))
  config.guids.forEach((guid, i) => checkHex64(`guids[${i}]`, guid))
  config.otherPortGuids?.forEach((guid, i) => checkHex64(`otherPortGuids[${i}]`, guid))
  integer("guidCap", config.guidCap ?? GUID_CAP_MAX, 0, GUID_CAP_MAX)
  const { adminGuids = [], guidCap = GUID_CAP_MAX, guids } = config
  adminGuids.forEach((guid, i) => guid === null || checkHex64(`adminGuids[${i}]`, guid))
  const fault = adminGuidsFault({ guids, adminGuids, guidCap })
  if (fault !== null) throw new RangeError(`adminGuids[${fault.slot}] must be ${fault.expected}`)
  config.pkeyMaps.forEach((map, f) => checkPkeyMap(`pkeyMaps[${f}]`, map))
  checkLid(config.port.lid, config.port.lmc)
  checkSm(config.port.smLid, config.port.smSl)
  checkHex64("port.subnetPrefix", config.port.subnetPrefix)
  checkPkeys(config.port.pkeys)
  for (const name of ["nodeInfo", "portInfo"] as const) {
    if (config[name].length !== 64) throw new RangeError(`${name} must be 64 bytes, got ${config[name].length}`)
  }
}
