/** Who hears that its GUID changed: `gid`, then `port-up` or `port-down` (spec/guid.md). */
import type { EventQueues } from "../vhca/events.ts"
import type { Functions } from "./functions.ts"
import type { Guids } from "./guids.ts"
import { NO_GUID } from "./guids-admin.ts"
import type { PortState } from "./port-state.ts"

/** What the news of GUIDs are made from and told to. */
export interface GuidNewsParts {
  readonly port: PortState
  readonly guids: Guids
  readonly functions: Functions
  readonly events: EventQueues
}

/** The GUIDs of the functions as they were told last. */
export class GuidNews {
  readonly #parts: GuidNewsParts
  #known: ReadonlyArray<string>

  constructor(parts: GuidNewsParts) {
    this.#parts = parts
    this.#known = this.#now()
  }

  /** Gives every function the GUID of its slot, none of `hidden`, and tells those whose GUID is another. */
  tell(hidden: ReadonlySet<string>): void {
    const { events, functions, guids, port } = this.#parts
    const known = this.#known
    guids.hide(hidden)
    this.#known = this.#now()
    for (const [f, guid] of this.#known.entries()) {
      const had = known[f]
      if (guid === had || !functions.isAttached(f)) continue
      events.push(f, "gid")
      if (port.up && had === NO_GUID) events.push(f, "port-up")
      if (port.up && guid === NO_GUID) events.push(f, "port-down")
    }
  }

  /** The same, and tells nobody. */
  forget(hidden: ReadonlySet<string>): void {
    this.#parts.guids.hide(hidden)
    this.#known = this.#now()
  }

  #now(): ReadonlyArray<string> {
    const { functions, guids } = this.#parts
    return Array.from({ length: functions.count }, (_, f) => guids.hex(f))
  }
}
