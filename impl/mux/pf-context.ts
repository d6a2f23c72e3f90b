/** The PF context as a service: builds the mux for a port, runs it, and takes it down in order. One Effect per batch. */
import { randomBytes } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { checkBytes, checkInteger, checkList, checkObject, checkOneOf, type InputError } from "../input/check.ts"
import { refusing } from "../input/refusing.ts"
import { type PortDescription, type PortError, SpecialQpPort } from "../port/special-qp-port.ts"
import { takeEvents } from "../port/take-events.ts"
import { transmitAll } from "../port/transmit-all.ts"
import { defaultLimits, defaultTiming, FUNCTIONS_MAX, type MuxConfig } from "./config.ts"
import { portInfo } from "../wire/port-info.ts"
import { drain } from "./drain.ts"
import { Mux } from "./engine.ts"

/** What a PF context is asked for; everything else comes from its port. */
export interface PfContextOptions {
  /** Number of functions, the PF included, 1..255; all are attached. */
  readonly functions: number
  /** GUIDs by function where the port's own table has none for a VF; drawn at random by default. */
  readonly guids?: ReadonlyArray<string>
  /**
   * What the SA is asked for a VF that the port's own table has no GUID for (spec/guid.md): the GUIDs above
   * ("random"), one of its choice ("sa"), or nothing: the VF has its GUID though nobody else knows ("none", the
   * default).
   */
  readonly aliasGuids?: "random" | "sa" | "none"
  /**
   * Anything of the mux's own configuration that shall differ from the defaults. Here `groupNotices` is true by
   * default: the PF context hears of groups that the SA deletes, and joins them again (SQP-SUB-11).
   */
  readonly config?: Partial<Pick<
    MuxConfig, "limits" | "timing" | "services" | "policy" | "groupNotices" | "pkeyMaps" | "random32" | "functionSlots"
  >>
  /** Called after every batch, an empty one too: time and port events bring functions MADs and events. */
  readonly onBatch?: (mux: Mux) => void
}

/** A running PF context. */
export class PfContext extends Context.Service<PfContext, {
  readonly mux: Mux
  /** The port as it was when the PF context was built. */
  readonly port: PortDescription
  /** GUID of each function at the start; 0 for one that the SA is asked for. */
  readonly guids: ReadonlyArray<string>
  /** Says that a function's ring holds something new; returns soon, never throws. */
  readonly wake: () => void
  /** Runs as long as the PF context does; fails when its port does. */
  readonly running: Effect.Effect<never, PortError>
}>()("madmux/impl/mux/PfContext") {}

const NO_GUID = "0".repeat(16)
/** MADs worked off in one batch, between two looks at the port and the clock. */
const BATCH = 256
/** The longest sleep; port events are looked at no later. */
const SLEEP_MAX_MS = 20

/** A GUID of our own making: locally administered, 56 random bits. */
const randomGuid = (): string => `02${randomBytes(7).toString("hex")}`

/** The GUIDs of the slots at the start, and what the SA is asked for. */
const slotsFor = (
  port: PortDescription, own: ReadonlyArray<string>, aliasGuids: "random" | "sa"
): Pick<MuxConfig, "guids" | "adminGuids" | "guidCap"> => {
  const cap = portInfo.GUIDCap.get(new DataView(port.portInfo.buffer, port.portInfo.byteOffset), 0)
  const guidCap = Math.max(1, cap)
  const isOurs = own.map((_, f) => f > 0 && (port.guids[f] ?? NO_GUID) === NO_GUID)
  return {
    guidCap,
    guids: own.map((guid, f) => (isOurs[f] === true ? NO_GUID : guid)),
    adminGuids: own.map((guid, f) =>
      isOurs[f] !== true || f >= guidCap ? null : aliasGuids === "sa" ? NO_GUID : guid)
  }
}

const checkOptions = ({ aliasGuids, config, functions, guids }: PfContextOptions): void => {
  checkInteger("functions", functions, 1, FUNCTIONS_MAX)
  checkOneOf("aliasGuids", aliasGuids, ["random", "sa", "none"])
  checkObject("config", config)
  checkList("guids", guids, FUNCTIONS_MAX)
}

/** The configuration of a mux for a port. Throws an InputError for options that are none. */
export const configFor = (port: PortDescription, options: PfContextOptions): MuxConfig => {
  checkObject("the options of a PF context", options)
  const { aliasGuids = "none", config = {}, functions, guids = [] } = options
  checkOptions({ aliasGuids, config, functions, guids })
  checkObject("the description of the port", port)
  checkList("guids of the port", port.guids, FUNCTIONS_MAX)
  checkBytes("portInfo", port.portInfo, 64)
  const own = Array.from({ length: functions }, (_, f) => {
    const fromPort = port.guids[f] ?? NO_GUID
    return fromPort === NO_GUID ? (guids[f] ?? randomGuid()) : fromPort
  })
  return {
    functions,
    functionSlots: 64,
    wireSlots: 1024,
    limits: defaultLimits,
    timing: defaultTiming,
    services: [],
    groupNotices: true,
    nodeGuids: own,
    guids: own,
    pkeyMaps: own.map(() => [0]),
    port: {
      up: port.linkUp, lid: port.lid, lmc: port.lmc, smLid: port.smLid, smSl: port.smSl,
      subnetPrefix: port.subnetPrefix, pkeys: port.pkeys
    },
    nodeInfo: port.nodeInfo,
    portInfo: port.portInfo,
    ...(aliasGuids === "none" ? {} : slotsFor(port, own, aliasGuids)),
    ...config
  }
}

const open = Effect.fnUntraced(function*(
  options: PfContextOptions
): Effect.fn.Return<PfContext["Service"], PortError | InputError, SpecialQpPort | Scope.Scope> {
  const port = yield* SpecialQpPort
  const clock = yield* Clock.Clock
  const description = yield* port.describe
  const config = yield* refusing(() => configFor(description, options))
  const mux = yield* refusing(() => new Mux(config))
  const latch = yield* Latch.make()
  const wake = (): void => {
    latch.openUnsafe()
  }
  const startMs = clock.currentTimeMillisUnsafe()
  const now = () => Math.max(0, clock.currentTimeMillisUnsafe() - startMs)
  yield* port.connect({ region: mux.region, ...mux.wire, wake })
  for (let f = 1; f < options.functions; f++) mux.attach(f)
  mux.start()

  /** One batch; returns how many MADs moved. */
  const turn = Effect.gen(function*() {
    yield* takeEvents(port.events, (event) => mux.portEvent(event))
    const taken = mux.poll(BATCH, now())
    options.onBatch?.(mux)
    return taken + (yield* port.transmit(BATCH))
  })
  const loop = Effect.gen(function*() {
    while (true) {
      latch.closeUnsafe()
      if ((yield* turn) > 0) {
        yield* Effect.yieldNow
        continue
      }
      const due = mux.nextDueMs()
      const sleepMs = Math.min(SLEEP_MAX_MS, due === null ? SLEEP_MAX_MS : Math.max(1, due - now()))
      yield* latch.await.pipe(Effect.timeoutOption(sleepMs))
    }
  })
  const leaveAll = Effect.suspend(() => {
    mux.stop()
    return transmitAll(port, mux.wire.outgoing, () => {
      mux.poll(BATCH, now())
      return !mux.isStopped
    })
  })
  const detachAll = Effect.sync(() => {
    for (let f = 1; f < options.functions; f++) mux.detach(f)
  })
  // Groups are left while the wire is up, and leaves repeated: this finalizer runs before the port's own.
  yield* Effect.addFinalizer(() =>
    detachAll.pipe(Effect.andThen(drain(() => mux.isWithSa, turn, config.timing)), Effect.andThen(leaveAll), Effect.ignore)
  )
  const fiber = yield* Effect.forkScoped(loop)
  return PfContext.of({ mux, port: description, guids: config.guids, wake, running: Fiber.join(fiber) })
})

/**
 * A PF context on the port that is provided; closes with its scope: groups left, ids released, tunnels down. Fails
 * with an InputError when it is asked for what cannot be.
 */
export const layerPfContext = (options: PfContextOptions): Layer.Layer<PfContext, PortError | InputError, SpecialQpPort> =>
  Layer.effect(PfContext, open(options))
