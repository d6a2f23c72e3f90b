/**
 * What the areas of the control plane (multicast, ...) need of the PF context around them. The engine
 * implements it; a test fakes it.
 *
 * Nothing here throws, nothing calls back, and every function is cheap.
 */
import type { Reason } from "../../spec/reasons.ts"
import type { SharedRegion } from "../ring/memory.ts"
import type { FunctionEvent } from "../vhca/events.ts"
import type { MuxLimits, MuxTiming } from "./config.ts"

/** Addressing of a MAD that the PF context makes: its destination, or on the way to a function its source. */
export interface MadAddress {
  /** DLID towards the wire, SLID towards a function. */
  readonly lid: number
  readonly sl: number
  readonly pathBits: number
  /** Destination QPN towards the wire, source QPN towards a function. */
  readonly remoteQpn: number
  /** Static rate; 0 towards a function. */
  readonly rate: number
  /** 0 towards a function. */
  readonly qKey: number
  /** Physical index towards the wire, virtual index of the function towards a function. */
  readonly pkeyIndex: number
  /** The 40 bytes of the GRH, or null for none. Copied before the call returns. */
  readonly grh: Uint8Array | null
}

/** The PF context as its control-plane areas see it. A function `f` is 0 (PF) to 254. */
export interface ControlHost {
  /** Holds the slots that `request` and `answer` are given. */
  readonly region: Pick<SharedRegion, "words" | "view">
  /** Read at every use; may change between calls. */
  readonly limits: Pick<MuxLimits, "groups" | "pending" | "services">
  /** The quotas of function `f` as they are now, at most the limits. */
  readonly quotaOf: (f: number) => Pick<MuxLimits, "groups" | "pending">
  /** Read at every use; may change between calls. */
  readonly timing: Pick<MuxTiming, "saTimeout" | "saRetries" | "horizon" | "renewGrace" | "tidMin" | "tidMax">
  /** The clock, in milliseconds; never goes back. `poll` is given the same one. */
  readonly nowMs: () => number
  /** LID of the subnet manager; 0 while it is unknown. */
  readonly smLid: () => number
  /** SL to the subnet manager. */
  readonly smSl: () => number
  /** The current prefix: 16 lower-case hex digits. */
  readonly subnetPrefix: () => string
  /** GID of a function under the current prefix: 32 lower-case hex digits, or null if it has no GUID. */
  readonly gidOf: (f: number) => string | null
  /** True if the function's virtual P_Key table holds a key with the same low 15 bits. */
  readonly hasPKey: (f: number, pKey: number) => boolean
  /** Grows whenever P_Keys or GUIDs of functions, or the prefix, may have changed. */
  readonly identity: () => number
  /** Tells a function of an event. */
  readonly tell: (f: number, event: FunctionEvent) => void
  /**
   * A fresh wire TID of the PF context: a 32-bit number, signed or not, or 0 when there is none now. Its
   * supply is the bound on SA transactions, outstanding and remembered, of all functions together.
   */
  readonly takeTid: () => number
  /** Ends the use of a TID, once for each one taken; it rests before `takeTid` gives it again (SQP-TID-6). */
  readonly releaseTid: (tid: number) => void
  /** Puts a MAD of 256 bytes on QP1 to the wire; both are copied. False: full, nothing is done. */
  readonly sendToWire: (address: MadAddress, mad: Uint8Array) => boolean
  /** Puts a MAD of 256 bytes into the ring of a function; both are copied. False: full, nothing is done. */
  readonly sendToFunction: (f: number, qp: 0 | 1, address: MadAddress, mad: Uint8Array) => boolean
  /** Counts a drop; null charges nobody. */
  readonly drop: (f: number | null, reason: Reason) => void
  /** Counts a request of the function that the PF context answered. */
  readonly answered: (f: number) => void
}
