/**
 * The hardware adapter: the real QP0 and QP1 of one port as the PF context sees them. Each kind of wire
 * (embedded fabric, ibsim, libibumad, replay) is a layer of {@link SpecialQpPort}.
 *
 * MADs do not pass through Effect: they lie in rings of shared memory ({@link WireEndpoint}), and one Effect
 * moves a batch.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { PortEvent } from "./port-event.ts"
import type { SharedRegion } from "../ring/memory.ts"
import type { RingConsumer, RingProducer } from "../ring/spsc.ts"

export type { PortEvent } from "./port-event.ts"

/**
 * What a port tells its PF context at start: identity and tables. GUIDs and the prefix are 16 lower-case hex
 * digits.
 */
export interface PortDescription {
  /**
   * Base LID, 0 while the subnet manager has not given one; `lmc` (0..7) low bits of a DLID are path bits.
   */
  readonly lid: number
  readonly lmc: number
  /** LID of the master subnet manager, null while none is known; its SL 0..15. */
  readonly smLid: number | null
  readonly smSl: number
  readonly subnetPrefix: string
  /** The physical GUID table by index, entry 0 the port GUID; an empty entry is all zeros. */
  readonly guids: ReadonlyArray<string>
  /** The physical P_Key table by index; an empty entry is 0. */
  readonly pkeys: ReadonlyArray<number>
  /** True while the port is Active. */
  readonly linkUp: boolean
  /** The attributes NodeInfo and PortInfo of the physical port, 64 bytes each, in wire order. */
  readonly nodeInfo: Uint8Array
  readonly portInfo: Uint8Array
}

/**
 * The rings between the PF context and its port, all in `region`, indexed by QP (0 or 1). The port is the one
 * consumer of `outgoing` and the one producer of `incoming`; a slot is as impl/ring/slot.ts says, P_Key and
 * SGID indices physical.
 */
export interface WireEndpoint {
  readonly region: SharedRegion
  readonly outgoing: readonly [RingConsumer, RingConsumer]
  readonly incoming: readonly [RingProducer, RingProducer]
  /** Called after arrivals were published; must return soon and not throw. */
  readonly wake: () => void
}

/**
 * Why a port operation failed: what to open is not there, is in use, is down, is closed, or does not answer
 * in time.
 */
export type PortErrorReason = "NotFound" | "Busy" | "LinkDown" | "Closed" | "Timeout"

/**
 * The port cannot do what was asked. `port` is its IB port number; `message` says what happened where and
 * what to do.
 */
export class PortError extends Schema.TaggedError<PortError>()("PortError", {
  port: Schema.Int,
  reason: Schema.Literals(["NotFound", "Busy", "LinkDown", "Closed", "Timeout"]),
  message: Schema.String
}) {}

/** The real special QPs of one port. One PF context owns it, and the thread that built the layer runs it. */
export class SpecialQpPort extends Context.Service<SpecialQpPort, {
  /** Identity and tables at this moment. */
  readonly describe: Effect.Effect<PortDescription, PortError>
  /**
   * Changes since the layer was built, in order; a taken event may already be old, the last one of a kind
   * holds.
   */
  readonly events: Queue.Dequeue<PortEvent>
  /**
   * Gives the port its rings; arrivals are put into `incoming` and announced by `wake`, until the scope
   * closes. Fails with `Busy` while another wire is connected.
   */
  readonly connect: (wire: WireEndpoint) => Effect.Effect<void, PortError, Scope.Scope>
  /**
   * Sends what `outgoing` holds, at most `budget` MADs (1 or more), and returns how many slots it released;
   * one Effect per batch, never per MAD. Fails with `Closed` when no wire is connected or the port is gone.
   */
  readonly transmit: (budget: number) => Effect.Effect<number, PortError>
}>()("madmux/impl/port/SpecialQpPort") {}
