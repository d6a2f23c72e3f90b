/** Port events: what changes, and which functions hear of it (spec/events.md). */
import type { EventQueues, FunctionEvent } from "../vhca/events.ts"
import { checkFlag, checkInteger, checkList, checkObject, inputError } from "../input/check.ts"
import { checkHex64, checkLid, checkPkeyMap, checkPkeys, checkSm } from "./config-check.ts"
import type { Functions } from "./functions.ts"
import type { Guids } from "./guids.ts"
import type { AliasGuids } from "./guids-sa.ts"
import type { Pkeys } from "./pkeys.ts"
import type { SaNews } from "./sa-client.ts"
import type { PortEvent } from "../port/port-event.ts"
import { halvesOf, type PortState } from "./port-state.ts"

const NO_NEWS: SaNews = {}

/** What a caller without types may have given. */
const tagOf = (event: { readonly _tag?: unknown }): unknown => event._tag ?? "nothing"

/** What port events change. */
export interface PortChangesParts {
  readonly port: PortState
  readonly guids: Guids
  readonly pkeys: Pkeys
  readonly functions: Functions
  readonly events: EventQueues
  readonly aliasGuids: Pick<AliasGuids, "followTable">
  readonly prefixGraceMs: number
}

/** Applies port events. A value out of range is refused with an InputError, and nothing changes. */
export class PortChanges {
  readonly #parts: PortChangesParts

  constructor(parts: PortChangesParts) {
    this.#parts = parts
  }

  /** Applies one event. */
  apply(event: PortEvent): SaNews {
    const { port, prefixGraceMs } = this.#parts
    checkObject("a port event", event)
    switch (event._tag) {
      case "lid":
        return this.#lid(event.lid, event.lmc)
      case "sm":
        return this.#sm(event.smLid, event.smSl)
      case "prefix": {
        checkHex64("subnetPrefix", event.subnetPrefix)
        const [high, low] = halvesOf(event.subnetPrefix)
        if (port.changePrefix(high, low, prefixGraceMs)) this.#tell("gid", () => true)
        return NO_NEWS
      }
      case "pkeys":
        checkPkeys(event.pkeys)
        this.#tellPkeys(() => this.#parts.pkeys.setTable(event.pkeys))
        return NO_NEWS
      case "guidTable":
        return this.#guidTable(event.block, event.guids)
      case "reregister":
        this.#tell("reregister", () => true)
        return { reregister: true }
      case "link":
        checkFlag("link: up", event.up)
        return this.#link(event.up)
      default:
        throw inputError("_tag of a port event", "one of lid, sm, prefix, pkeys, guidTable, reregister, link", tagOf(event))
    }
  }

  /** Replaces the virtual P_Key table of a VF. */
  setPkeyMap(f: number, map: ReadonlyArray<number | null>): void {
    checkPkeyMap(`the virtual P_Key table of function ${f}`, map)
    this.#tellPkeys(() => this.#parts.pkeys.setMap(f, map))
  }

  #lid(lid: number, lmc: number): SaNews {
    const { port } = this.#parts
    checkLid(lid, lmc)
    const lidChanged = lid !== port.lid
    if (!lidChanged && lmc === port.lmc) return NO_NEWS
    port.lid = lid
    port.lmc = lmc
    this.#tell("lid", () => true)
    return { lidChanged }
  }

  #sm(smLid: number | null, smSl: number): SaNews {
    const { port } = this.#parts
    checkSm(smLid, smSl)
    const lid = smLid ?? 0
    const smChanged = lid !== port.smLid
    if (!smChanged && smSl === port.smSl) return NO_NEWS
    port.smLid = lid
    port.smSl = smSl
    this.#tell("sm", () => true)
    return { smChanged }
  }

  #guidTable(block: number, guids: ReadonlyArray<string>): SaNews {
    checkInteger("guidTable: block", block, 0, 31)
    checkList("guidTable: guids", guids, 8)
    guids.forEach((guid, i) => checkHex64(`guidTable: guids[${i}]`, guid))
    this.#parts.aliasGuids.followTable(block, guids.map((guid) => guid.toLowerCase()))
    return NO_NEWS
  }

  #link(up: boolean): SaNews {
    const { guids, port } = this.#parts
    if (up === port.up) return NO_NEWS
    port.up = up
    this.#tell(up ? "port-up" : "port-down", (f) => guids.has(f))
    return { linkUp: up }
  }

  /** Changes P_Keys and tells the functions whose table reads differently then. */
  #tellPkeys(change: () => void): void {
    const { functions, pkeys } = this.#parts
    const read = (f: number): string => pkeys.view(f).join()
    const before = Array.from({ length: functions.count }, (_, f) => read(f))
    change()
    this.#tell("pkey", (f) => read(f) !== before[f])
  }

  #tell(event: FunctionEvent, concerns: (f: number) => boolean): void {
    const { events, functions } = this.#parts
    for (let f = 0; f < functions.count; f++) if (functions.isAttached(f) && concerns(f)) events.push(f, event)
  }
}
