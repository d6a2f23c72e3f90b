/** What an `init` command means: the values it may leave out, and what must agree inside it. */
import { InputError } from "../input/check.ts"
import { DEFAULT_REDIRECTS, DEFAULT_SUBSCRIPTIONS, defaultLimits, defaultTiming, type MuxLimits, type MuxTiming } from "../mux/config.ts"
import { checkConfig } from "../mux/config-check.ts"
import { adminGuidsFault, GUID_CAP_MAX } from "../mux/guids-admin.ts"
import type { PolicyLists } from "../mux/policy-lists.ts"
import type { Init } from "./command.ts"
import { muxConfigOf } from "./mux-of.ts"

const NO_GUID = "0".repeat(16)
/** MADs that may wait on a proxy, when nothing else is asked. */
const DEFAULT_QUEUE = 256
const NO_ATTRIBUTE = "0".repeat(128)

/** An `init` with nothing left out; every list by function has `functions` entries. */
export interface CompleteInit {
  readonly seed: number
  readonly functions: number
  readonly subnetPrefix: string
  readonly guids: ReadonlyArray<string>
  readonly nodeGuids: ReadonlyArray<string>
  readonly adminGuids: ReadonlyArray<string | null>
  readonly guidCap: number
  /** GUIDs of the functions on the other port of the HCA; empty where there is none. */
  readonly otherPortGuids: ReadonlyArray<string>
  readonly pkeys: ReadonlyArray<number>
  readonly virt2phys: ReadonlyArray<ReadonlyArray<number | null>>
  readonly lid: number
  readonly lmc: number
  readonly smLid: number | null
  readonly smSl: number
  readonly up: boolean
  readonly active: ReadonlyArray<boolean>
  readonly nodeInfo: string
  readonly portInfo: string
  readonly limits: MuxLimits & { readonly redirects: number; readonly subscriptions: number }
  /** MADs of a function that may wait on each of its proxies. */
  readonly queue: number
  readonly timing: MuxTiming
  readonly services: ReadonlyArray<{ readonly serviceId: string; readonly function: number }>
  readonly policy: PolicyLists
  readonly groupNotices: boolean
}

/**
 * Fills in what an `init` may leave out: GUIDs and NodeGUIDs 0, the P_Key map of the PF the identity and of a
 * VF [0], no admin GUIDs and a slot for every function, LMC 0, SM SL 0, link up, the PF alone attached, NodeInfo and PortInfo zero, limits and timing of
 * impl/mux/config.ts, a queue of 256, seed 0, no services, the default policy.
 */
export const completeInit = (init: Init): CompleteInit => {
  const byFunction = <T>(given: ReadonlyArray<T> | undefined, missing: (f: number) => T): ReadonlyArray<T> =>
    Array.from({ length: init.functions }, (_, f) => given?.[f] ?? missing(f))
  const identity = init.pkeys.map((_, index) => index)
  return {
    seed: init.seed ?? 0,
    functions: init.functions,
    subnetPrefix: init.subnetPrefix,
    guids: byFunction(init.guids, () => NO_GUID),
    nodeGuids: byFunction(init.nodeGuids, () => NO_GUID),
    adminGuids: byFunction<string | null>(init.adminGuids, () => null).map((guid, f) => (f === 0 ? null : guid)),
    guidCap: init.guidCap ?? GUID_CAP_MAX,
    otherPortGuids: init.otherPortGuids ?? [],
    pkeys: init.pkeys,
    virt2phys: byFunction<ReadonlyArray<number | null>>(init.virt2phys, () => [0]).map((map, f) =>
      f === 0 ? identity : map
    ),
    lid: init.lid,
    lmc: init.lmc ?? 0,
    smLid: init.smLid,
    smSl: init.smSl ?? 0,
    up: init.up ?? true,
    active: byFunction(init.active, (f) => f === 0),
    nodeInfo: init.nodeInfo ?? NO_ATTRIBUTE,
    portInfo: init.portInfo ?? NO_ATTRIBUTE,
    limits: limitsOf(init),
    queue: init.limits?.queue ?? DEFAULT_QUEUE,
    timing: { ...defaultTiming, ...init.timing },
    services: init.policy?.services ?? [],
    groupNotices: init.groupNotices ?? false,
    policy: { classes: init.policy?.classes ?? [], saAttributes: init.policy?.saAttributes ?? [] }
  }
}

const limitsOf = ({ limits }: Init): CompleteInit["limits"] => ({
  tids: limits?.tids ?? defaultLimits.tids,
  cm: limits?.cm ?? defaultLimits.cm,
  groups: limits?.groups ?? defaultLimits.groups,
  pending: limits?.pending ?? defaultLimits.pending,
  services: limits?.services ?? defaultLimits.services,
  inbound: limits?.inbound ?? defaultLimits.inbound,
  subscriptions: limits?.subscriptions ?? DEFAULT_SUBSCRIPTIONS,
  redirects: limits?.redirects ?? DEFAULT_REDIRECTS
})

/** Where an init says what the configuration of a PF context says elsewhere. */
const RENAMED: ReadonlyArray<readonly [RegExp, string]> = [
  [/^pkeyMaps/, "virt2phys"], [/^services/, "policy.services"], [/^port\./, ""]
]

const pathOf = (path: string): ReadonlyArray<string | number> =>
  RENAMED.reduce((text, [from, to]) => text.replace(from, to), path)
    .split(/[.[\]]+/).filter((key) => key !== "").map((key) => (/^\d+$/.test(key) ? Number(key) : key))

/**
 * What does not agree inside an `init`, or what no PF context can be made from: the keys that lead there and what
 * was expected. Null when all is well. Who runs a trace and who checks one refuse the same.
 */
export const initFault = (
  init: Init
): { readonly path: ReadonlyArray<string | number>; readonly expected: string } | null => {
  const lists = ["guids", "nodeGuids", "adminGuids", "otherPortGuids", "virt2phys", "active"] as const
  const long = lists.find((key) => (init[key]?.length ?? 0) > init.functions)
  if (long) return { path: [long], expected: `at most ${init.functions} entries, one a function` }
  const { adminGuids = [], guidCap = GUID_CAP_MAX, guids, otherPortGuids = [] } = init
  // Completing an init drops what stands in slot 0.
  const admin = adminGuidsFault({ guids, adminGuids, guidCap, otherPortGuids })
  if (admin) return { path: ["adminGuids", admin.slot], expected: admin.expected }
  try {
    checkConfig(muxConfigOf(completeInit(init)))
  } catch (fault) {
    if (fault instanceof InputError) return { path: pathOf(fault.path), expected: fault.expected }
    throw fault
  }
  return null
}
