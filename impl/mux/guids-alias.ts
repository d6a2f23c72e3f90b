/** The alias GUID of a VF as the PF context knows it: plain data, and questions to all of them. */
import type { Guids } from "./guids.ts"
import { NO_GUID, SA_GUID } from "./guids-admin.ts"
import type { SaSubject, SaTransaction } from "./sa-transactions.ts"

/** A Set or Delete of one slot. */
export interface SlotTransaction extends SaTransaction {
  readonly f: number
  readonly kind: "set" | "delete"
  /** What a Set asks for; 0 leaves it to the SA. */
  readonly guid: string
  /** The LID in its record. */
  readonly lid: number
}

/** What is known of the slot of one VF. GUIDs are 16 hex digits. */
export interface Alias extends SaSubject<SlotTransaction> {
  readonly f: number
  /** The GUID it shall have; 0 is of the SA's choice, null none. */
  admin: string | null
  /** What was asked of the SA and not released since; 0 while its choice is not known, null for nothing. */
  asked: string | null
  confirmed: boolean
  /** When the back-off ends; null while there is none. */
  resumeMs: number | null
  /** How long the next back-off lasts. */
  backOffMs: number
}

/** The alias GUIDs of all functions, by function; that of the PF is never administered. */
export class Aliases {
  readonly all: ReadonlyArray<Alias>
  readonly #guids: Guids
  readonly #isAttached: (f: number) => boolean

  constructor(
    admins: ReadonlyArray<string | null>,
    backOffMs: number,
    guids: Guids,
    isAttached: (f: number) => boolean
  ) {
    this.all = admins.map((admin, f) => ({
      f, admin: f === 0 ? null : admin, asked: null, confirmed: false, transaction: null,
      resumeMs: null, backOffMs
    }))
    this.#guids = guids
    this.#isAttached = isAttached
  }

  /** What the function wants in its slot; null for nothing. */
  wantedBy({ admin, f }: Alias): string | null {
    return this.#isAttached(f) ? admin : null
  }

  /** The GUID that is asked and on its way back; null for none. */
  releasedBy(alias: Alias): string | null {
    const isKept = alias.asked === this.wantedBy(alias) && alias.transaction?.kind !== "delete"
    return isKept ? null : alias.asked
  }

  /** True if another function has the GUID in its slot, or asked for it and has not released it. */
  isTaken(f: number, guid: string): boolean {
    const has = (other: Alias): boolean => other.asked === guid || this.#guids.slot(other.f) === guid
    return this.all.some((other) => other.f !== f && has(other))
  }

  /** True if VF `f` may be given the admin GUID while the table has `guidCap` slots. */
  mayBeAdmin(f: number, guid: string | null, guidCap: number): boolean {
    if (guid === null) return true
    if (f >= guidCap || guid === SA_GUID) return false
    if (guid === NO_GUID) return true
    if (this.#guids.isOfOther(guid)) return false
    return this.all.every((other) => {
      if (other.f === f) return true
      const keeps = this.#guids.slot(other.f) === guid && this.releasedBy(other) !== guid
      return other.admin !== guid && !keeps
    })
  }

  /** True if the SA may have chosen the GUID for function `f`. */
  mayBeChosen(f: number, guid: string): boolean {
    if (guid === NO_GUID || guid === SA_GUID || this.#guids.isOfOther(guid) || this.isTaken(f, guid)) {
      return false
    }
    return this.all.every((other) => other.f === f || other.admin !== guid)
  }
}
