/** The GUIDs of functions and how a GID names a function (spec/guid.md, spec/steering.md). */
import { DEFAULT_SUBNET_PREFIX, SA_WELL_KNOWN_GUID } from "../wire/classes.ts"
import { NO_GUID } from "./guids-admin.ts"
import { halvesOf, hexOfHalves, type PortState } from "./port-state.ts"

/** No function has the GUID. */
export const NOBODY = -1

const BUCKETS = 1024
const SA_HIGH = SA_WELL_KNOWN_GUID.high | 0
const SA_LOW = SA_WELL_KNOWN_GUID.low | 0
const DEFAULT_HIGH = DEFAULT_SUBNET_PREFIX.high | 0
const DEFAULT_LOW = DEFAULT_SUBNET_PREFIX.low | 0

const NOTHING: ReadonlySet<string> = new Set()

/** The GUID table. Of equal GUIDs the lowest slot has it, the others have none; a hidden GUID nobody has. */
export class Guids {
  readonly #functions: number
  readonly #port: PortState
  /** The table as the port gave it. */
  readonly #table: Array<string>
  readonly #high: Int32Array
  readonly #low: Int32Array
  #hidden = NOTHING
  /** Function + 1 by hash of its GUID, linear probing; at most a quarter full. */
  readonly #buckets = new Int32Array(BUCKETS)

  /** The table of the other port of the HCA. */
  #other: Guids | null = null

  constructor(functions: number, guids: ReadonlyArray<string>, port: PortState) {
    this.#functions = functions
    this.#port = port
    this.#table = guids.map((guid) => guid.toLowerCase())
    this.#high = new Int32Array(functions)
    this.#low = new Int32Array(functions)
    this.#rebuild()
  }

  /** Grows whenever a GUID of a function may have changed. */
  version = 0

  /** True if the function has a GUID. */
  has(f: number): boolean {
    return this.#high[f] !== 0 || this.#low[f] !== 0
  }

  /** The GUID of a function as 16 hex digits; cold side. */
  hex(f: number): string {
    return hexOfHalves(this.#high[f]!, this.#low[f]!)
  }

  /** What stands in the slot of a function, whether it has it or not: 16 hex digits; cold side. */
  slot(f: number): string {
    return this.#table[f] ?? NO_GUID
  }

  /** Puts a GUID into the slot of a function. */
  setSlot(f: number, guid: string): void {
    this.#table[f] = guid
    this.#rebuild()
  }

  /** These GUIDs are nobody's, until others are. */
  hide(guids: ReadonlySet<string>): void {
    if (guids.size === 0 && this.#hidden.size === 0) return
    this.#hidden = guids
    this.#rebuild()
  }

  /** Replaces the slots from 8 * `block` on. */
  setBlock(block: number, guids: ReadonlyArray<string>): void {
    guids.forEach((guid, i) => {
      this.#table[8 * block + i] = guid
    })
    this.#rebuild()
  }

  /** True if a slot of the other port's table has the GUID, 16 lower-case hex digits. */
  isOfOther(guid: string): boolean {
    const other = this.#other
    if (other === null) return false
    for (let f = 0; f < other.#high.length; f++) if (other.hex(f) === guid) return true
    return false
  }

  /** Whom this table does not name, that of the other port of the HCA may (SQP-STEER-6). */
  setOther(other: Guids): void {
    this.#other = other
  }

  /** The function that the GID at byte `gid` of `view` names, or {@link NOBODY}. */
  resolve(view: DataView, gid: number): number {
    const here = this.#resolveHere(view, gid)
    return here !== NOBODY || this.#other === null ? here : this.#other.#resolveHere(view, gid)
  }

  #resolveHere(view: DataView, gid: number): number {
    const port = this.#port
    const prefixHigh = view.getInt32(gid)
    const prefixLow = view.getInt32(gid + 4)
    const high = view.getInt32(gid + 8)
    const low = view.getInt32(gid + 12)
    if (prefixHigh === port.prefixHigh && prefixLow === port.prefixLow) {
      return high === SA_HIGH && low === SA_LOW ? 0 : this.#find(high, low)
    }
    if (prefixHigh === DEFAULT_HIGH && prefixLow === DEFAULT_LOW) return this.#find(high, low)
    const former = port.hasFormer && prefixHigh === port.formerHigh && prefixLow === port.formerLow
    return former ? this.#find(high, low) : NOBODY
  }

  /** Writes the GID of a function under the current prefix to byte `gid` of `view`. */
  write(f: number, view: DataView, gid: number): void {
    view.setInt32(gid, this.#port.prefixHigh)
    view.setInt32(gid + 4, this.#port.prefixLow)
    view.setInt32(gid + 8, this.#high[f]!)
    view.setInt32(gid + 12, this.#low[f]!)
  }

  #find(high: number, low: number): number {
    let bucket = bucketOf(high, low)
    for (;;) {
      const found = this.#buckets[bucket]!
      if (found === 0) return NOBODY
      if (this.#high[found - 1] === high && this.#low[found - 1] === low) return found - 1
      bucket = (bucket + 1) & (BUCKETS - 1)
    }
  }

  #rebuild(): void {
    this.version += 1
    this.#buckets.fill(0)
    this.#high.fill(0)
    this.#low.fill(0)
    for (let f = 0; f < this.#functions; f++) {
      const slot = this.slot(f)
      const [high, low] = halvesOf(this.#hidden.has(slot) ? NO_GUID : slot)
      if ((high === 0 && low === 0) || this.#find(high, low) !== NOBODY) continue
      this.#high[f] = high
      this.#low[f] = low
      let bucket = bucketOf(high, low)
      while (this.#buckets[bucket] !== 0) bucket = (bucket + 1) & (BUCKETS - 1)
      this.#buckets[bucket] = f + 1
    }
  }
}

const bucketOf = (high: number, low: number): number => {
  const product = Math.imul(high ^ Math.imul(low, 0x85eb_ca6b), 0x9e37_79b1)
  return (product >>> 16) & (BUCKETS - 1)
}
