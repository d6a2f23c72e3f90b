/** The state before anything happened: not running, nothing remembered. */
import { aliasOf, unique } from "./guids-alias.ts"
import type { Guid } from "./ids.ts"
import { UNBOUNDED } from "./room.ts"
import type { Config, FunctionState, Policy, Port, State } from "./state.ts"

/**
 * What a PF context is given before it starts. Lists are indexed by function; the PF's P_Key map is the
 * identity.
 */
export interface Initial {
  readonly config: Config
  /** The default policy unless given. */
  readonly policy?: Policy
  readonly port: Port
  readonly guids: ReadonlyArray<Guid>
  /** What the administrator wants for each slot; null, or missing, where nothing is asked (spec/guid.md). */
  readonly adminGuids?: ReadonlyArray<Guid | null>
  readonly pkeyMaps: ReadonlyArray<ReadonlyArray<number | null>>
  /** Which functions attach when the PF context starts; the PF always does. */
  readonly attached: ReadonlyArray<boolean>
}

/** Defaults of an HCA that declares no others. */
export const defaultLimits: Config["limits"] = {
  tids: 1024, cm: 1024, groups: 64, pending: 16, services: 16, inbound: 1024, subscriptions: 32, redirects: 16,
  queue: 256
}
/** The policy of an administrator who asks for nothing: `spec/classes.md` alone. */
export const defaultPolicy: Policy = { classes: [], saAttributes: [] }
/** Durations in milliseconds; see `spec/tid.md`, `spec/cm.md`, `spec/multicast.md`. */
export const defaultTiming: Config["timing"] = {
  tidMin: 60_000, tidMax: 90_000, rest: 120_000, linger: 60_000, lingerMax: 90_000, openingMin:
  60_000, openingMax: 120_000, saTimeout: 1_000, saRetries: 3, horizon: 3_300, renewGrace: 60_000, slack: 0, prefixGrace:
  60_000, rejInterval: 100, guidRetry: 1_000, guidRetryMax: 60_000
}

/** The initial state. */
export const initial = ({
  adminGuids, attached, config, guids, pkeyMaps, policy = defaultPolicy, port
}: Initial): State => ({
  config,
  wireRoom: UNBOUNDED,
  deferred: [],
  running: false,
  policy,
  port,
  functions: unique(guids).map((guid, i): FunctionState => ({
    quotas: { groups: config.limits.groups, pending: config.limits.pending, queue: config.limits.queue },
    room: UNBOUNDED,
    attached: i === 0 || (attached[i] ?? false),
    slot: guids[i] ?? guid,
    guid,
    alias: aliasOf(config, i === 0 ? null : (adminGuids?.[i] ?? null)),
    pkeyMap: i === 0 ? port.pkeys.map((_, index) => index) : (pkeyMaps[i] ?? [0]),
    tunnels: null,
    qps: []
  })),
  transactions: [],
  inbound: [],
  redirects: [],
  exchanges: [],
  groups: [],
  registrations: [],
  renewIn: null,
  givenUp: [],
  subscriptions: [],
  reports: [],
  resting: [],
  rejIn: 0
})
