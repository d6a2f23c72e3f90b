/** Configuration of the PF context: plain numbers and defaults; config-check.ts says what is wrong where. */
import type { GUID_CAP_MAX } from "./guids-admin.ts"
import type { PolicyLists } from "./policy-lists.ts"

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
