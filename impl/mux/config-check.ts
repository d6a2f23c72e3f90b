/** The one check of a configuration, and of its parts when they change; a fault says what is wrong where. */
import { checkBytes, checkCallable, checkFlag, checkHex, checkInteger, checkList, checkObject, checkOneOf, inputError } from "../input/check.ts"
import { RING_SLOTS_MAX } from "../ring/spsc.ts"
import {
  DEFAULT_QUANTUM, DEFAULT_REDIRECTS, DEFAULT_SUBSCRIPTIONS, FUNCTIONS_MAX, type MuxConfig, type MuxPort, type MuxService,
  type MuxTiming, PKEYS_MAX
} from "./config.ts"
import { adminGuidsFault, GUID_CAP_MAX } from "./guids-admin.ts"
import { checkPolicy, DEFAULT_POLICY } from "./policy-lists.ts"

/** Times are compared modulo 2^32 ms, so that no life may come near half of that. */
const TIME_MAX = 2 ** 30
const QUOTA_MAX = 2 ** 20
/** What is repeated for as long as nobody answers is repeated no sooner: else the PF context does nothing else. */
const REPEAT_MIN_MS = 10
const RETRIES_MAX = 100
const LIMITS = ["tids", "cm", "groups", "pending", "services", "inbound"] as const
const TIMES = [
  "tidMin", "tidMax", "rest", "linger", "lingerMax", "openingMin", "openingMax", "saTimeout", "horizon", "renewGrace",
  "slack", "prefixGrace", "rejInterval", "guidRetry", "guidRetryMax"
] as const satisfies ReadonlyArray<keyof MuxTiming>
const ATTRIBUTE_BYTES = 64

/** Every key of the timing. */
export const TIMING_KEYS: ReadonlyArray<keyof MuxTiming> = [...TIMES, "saRetries"]

const powerOfTwo = (name: string, value: number): void => {
  checkInteger(name, value, 1, RING_SLOTS_MAX)
  if ((value & (value - 1)) !== 0) throw inputError(name, "a power of two", value)
}

/** Throws an InputError naming `name` unless `text` is 16 hex digits. */
export const checkHex64 = (name: string, text: unknown): void => checkHex(name, text, 16)

const checkGuids = (name: string, guids: ReadonlyArray<unknown>, most = FUNCTIONS_MAX): void => {
  checkList(name, guids, most)
  guids.forEach((guid, i) => checkHex64(`${name}[${i}]`, guid))
}

/** Throws an InputError unless `lid` (0..0xffff) and `lmc` (0..7) are in their ranges. */
export const checkLid = (lid: number, lmc: number, prefix = ""): void => {
  checkInteger(`${prefix}lid`, lid, 0, 0xffff)
  checkInteger(`${prefix}lmc`, lmc, 0, 7)
}
/** Throws an InputError unless the LID of the subnet manager (null: unknown) and its SL are in range. */
export const checkSm = (smLid: number | null, smSl: number, prefix = ""): void => {
  if (smLid !== null) checkInteger(`${prefix}smLid`, smLid, 0, 0xffff)
  checkInteger(`${prefix}smSl`, smSl, 0, 15)
}
/** Throws an InputError unless the physical P_Key table is one. */
export const checkPkeys = (pkeys: ReadonlyArray<number>, prefix = ""): void => {
  checkList(`${prefix}pkeys`, pkeys, PKEYS_MAX)
  pkeys.forEach((pkey, i) => checkInteger(`${prefix}pkeys[${i}]`, pkey, 0, 0xffff))
}
/** Throws an InputError unless `map` is a virtual P_Key table. */
export const checkPkeyMap = (name: string, map: ReadonlyArray<number | null>): void => {
  checkList(name, map, PKEYS_MAX)
  map.forEach((index, i) => index === null || checkInteger(`${name}[${i}]`, index, 0, PKEYS_MAX - 1))
}

/** Throws an InputError unless each service id has 16 hex digits and a function of `functions`. */
export const checkServices = (name: string, services: ReadonlyArray<MuxService>, functions: number): void => {
  checkList(name, services, QUOTA_MAX)
  services.forEach((service, i) => {
    checkObject(`${name}[${i}]`, service)
    checkHex64(`${name}[${i}].serviceId`, service.serviceId)
    checkInteger(`${name}[${i}].function`, service.function, 0, functions - 1)
  })
}

const checkTiming = (timing: MuxTiming): void => {
  checkObject("timing", timing)
  for (const name of TIMES) checkInteger(`timing.${name}`, timing[name], 0, TIME_MAX)
  checkInteger("timing.saRetries", timing.saRetries, 0, RETRIES_MAX)
  const ordered = (
    low: "tidMin" | "linger" | "openingMin" | "guidRetry",
    high: "tidMax" | "lingerMax" | "openingMax" | "guidRetryMax"
  ): void => {
    checkInteger(`timing.${low}`, timing[low], 1, TIME_MAX)
    if (timing[low] <= timing[high]) return
    throw inputError(`timing.${low}`, `at most timing.${high} (${timing[high]})`, timing[low])
  }
  ordered("tidMin", "tidMax")
  ordered("linger", "lingerMax")
  ordered("openingMin", "openingMax")
  ordered("guidRetry", "guidRetryMax")
  checkInteger("timing.saTimeout", timing.saTimeout, REPEAT_MIN_MS, TIME_MAX)
  checkInteger("timing.guidRetry", timing.guidRetry, REPEAT_MIN_MS, TIME_MAX)
  checkInteger("timing.openingMax", timing.openingMax, 1, TIME_MAX / 4)
  const optional = Math.max(timing.tidMax - timing.tidMin, timing.lingerMax - timing.linger)
  if (timing.rest >= optional) return
  throw inputError("timing.rest", `at least ${optional}, the longest time that an id may live on`, timing.rest)
}

const checkLimits = (limits: MuxConfig["limits"]): void => {
  checkObject("limits", limits)
  for (const name of LIMITS) checkInteger(`limits.${name}`, limits[name], 0, QUOTA_MAX)
  checkInteger("limits.redirects", limits.redirects ?? DEFAULT_REDIRECTS, 0, QUOTA_MAX)
  checkInteger("limits.subscriptions", limits.subscriptions ?? DEFAULT_SUBSCRIPTIONS, 0, QUOTA_MAX)
}

const checkPort = (port: MuxPort): void => {
  checkObject("port", port)
  checkFlag("port.up", port.up)
  checkLid(port.lid, port.lmc, "port.")
  checkSm(port.smLid, port.smSl, "port.")
  checkHex64("port.subnetPrefix", port.subnetPrefix)
  checkPkeys(port.pkeys, "port.")
}

const checkGuidTables = (config: MuxConfig): void => {
  const { adminGuids = [], guidCap = GUID_CAP_MAX, guids, nodeGuids, otherPortGuids = [] } = config
  checkGuids("nodeGuids", nodeGuids)
  checkGuids("guids", guids)
  checkGuids("otherPortGuids", otherPortGuids)
  checkInteger("guidCap", guidCap, 0, GUID_CAP_MAX)
  checkList("adminGuids", adminGuids, FUNCTIONS_MAX)
  adminGuids.forEach((guid, i) => guid === null || checkHex64(`adminGuids[${i}]`, guid))
  const fault = adminGuidsFault({ guids, adminGuids, guidCap, otherPortGuids })
  if (fault !== null) throw inputError(`adminGuids[${fault.slot}]`, fault.expected, adminGuids[fault.slot])
}

const checkOptions = ({ copy = "wasm", groupNotices = false, quantum = DEFAULT_QUANTUM, random32 }: MuxConfig): void => {
  checkInteger("quantum", quantum, 1, RING_SLOTS_MAX)
  checkFlag("groupNotices", groupNotices)
  checkOneOf("copy", copy, ["wasm", "views"])
  if (random32 !== undefined) checkCallable("random32", random32)
}

/** Throws an InputError that names the key and what is allowed there, unless `config` is sound. */
export const checkConfig = (config: MuxConfig): void => {
  checkObject("the configuration", config)
  checkInteger("functions", config.functions, 1, FUNCTIONS_MAX)
  powerOfTwo("functionSlots", config.functionSlots)
  powerOfTwo("wireSlots", config.wireSlots)
  checkLimits(config.limits)
  checkTiming(config.timing)
  checkOptions(config)
  checkServices("services", config.services, config.functions)
  if (config.policy !== undefined) checkObject("policy", config.policy)
  checkPolicy({ ...DEFAULT_POLICY, ...config.policy })
  checkGuidTables(config)
  checkPort(config.port)
  checkList("pkeyMaps", config.pkeyMaps, FUNCTIONS_MAX)
  // That of the PF is the identity, whatever stands here.
  config.pkeyMaps.forEach((map, f) => f === 0 || checkPkeyMap(`pkeyMaps[${f}]`, map))
  checkBytes("nodeInfo", config.nodeInfo, ATTRIBUTE_BYTES)
  checkBytes("portInfo", config.portInfo, ATTRIBUTE_BYTES)
}
