/**
 * Traffic for a running PF context: every function asks the SA, joins and leaves one group, with the same ids
 * as all others.
 */
import { FABRIC_LID } from "../port/fabric/subnet.ts"
import { WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import { bytesToHex, hexToBytes } from "../wire/hex.ts"
import { madHeader, methodByte } from "../wire/mad-header.ts"
import type { Functions, Received } from "./functions.ts"
import { getPathRecordByLid, joinGroup, leaveGroup } from "./mads.ts"

/** What the traffic saw so far. */
export interface TrafficTotals {
  readonly sent: number
  readonly refusedByRing: number
  readonly answered: number
  /** Answers with a status other than 0. */
  readonly failed: number
  /** Answers nobody here asked for: there must be none. */
  readonly strange: number
}

const MGID = "ff12401bffff00000000000000000099"

/** After so many rounds an answer to a join or a leave is taken for lost. */
const PATIENCE_ROUNDS = 5

/** What a guest knows of its membership: what it was told, and what it asks meanwhile. */
interface Membership {
  readonly isMember: boolean
  readonly asked: { readonly key: string; readonly joins: boolean; readonly round: number } | null
}

/** One round of each function's traffic; ids repeat in every round and are the same in every function. */
export class Traffic {
  readonly #functions: Functions["Service"]
  readonly #outstanding: ReadonlyArray<Set<string>>
  readonly #memberships: Array<Membership>
  #round = 0
  #totals = { sent: 0, refusedByRing: 0, answered: 0, failed: 0, strange: 0 }

  constructor(functions: Functions["Service"]) {
    this.#functions = functions
    this.#outstanding = functions.guids.map(() => new Set())
    this.#memberships = functions.guids.map(() => ({ isMember: false, asked: null }))
    functions.onReceive((received) => this.#receive(received))
  }

  get totals(): TrafficTotals {
    return this.#totals
  }

  /** Every function: a PathRecord query, then a leave of what it was told it joined, or a join. */
  round(): void {
    const { guidOf, guids, port } = this.#functions
    const smLid = port.smLid ?? FABRIC_LID.sm
    const tid = (1 + this.#round).toString(16).padStart(16, "0")
    guids.forEach((_, fn) => {
      const guid = guidOf(fn)
      const member = { mgid: MGID, portGid: port.subnetPrefix + guid, joinState: 1 }
      this.#post(fn, smLid, getPathRecordByLid(`${tid.slice(0, 8)}a${tid.slice(9)}`, port.lid, smLid))
      // A function whose GUID the SA has not given yet has no PortGID to join with.
      if (/^0*$/.test(guid)) return
      const { asked, isMember } = this.#memberships[fn] ?? { asked: null, isMember: false }
      // Who leaves before it knows that it joined is refused, where answers are slow.
      if (asked !== null && this.#round - asked.round < PATIENCE_ROUNDS) return
      const mad = (isMember ? leaveGroup : joinGroup)(tid, member)
      // Noted first, here too.
      this.#memberships[fn] = { isMember, asked: { key: this.#key(mad), joins: !isMember, round: this.#round } }
      this.#post(fn, smLid, mad)
    })
    this.#round += 1
  }

  #post(fn: number, dlid: number, mad: Uint8Array): void {
    // Noted first: the PF context may answer before `post` returns.
    this.#outstanding[fn]?.add(this.#key(mad))
    const posted = this.#functions.post({
      function: fn, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: WELL_KNOWN_Q_KEY, dlid, sl: 0, pathBits: 0, rate: 0, grh: null,
      mad: bytesToHex(mad)
    })
    this.#totals = posted
      ? { ...this.#totals, sent: this.#totals.sent + 1 }
      : { ...this.#totals, refusedByRing: this.#totals.refusedByRing + 1 }
    if (!posted) this.#outstanding[fn]?.delete(this.#key(mad))
  }

  #key(mad: Uint8Array): string {
    const view = new DataView(mad.buffer, mad.byteOffset)
    return `${madHeader.TransactionID.hex(view, 0)} ${madHeader.AttributeID.get(view, 0)}`
  }

  #receive({ function: fn, mad }: Received): void {
    const bytes = hexToBytes(mad)
    const view = new DataView(bytes.buffer)
    if ((methodByte.get(view, 0) & 0x80) === 0) return
    const key = this.#key(bytes)
    const known = this.#outstanding[fn]?.delete(key) ?? false
    const failed = madHeader.Status.get(view, 0) !== 0
    const asked = this.#memberships[fn]?.asked
    if (asked?.key === key) this.#memberships[fn] = { isMember: asked.joins && !failed, asked: null }
    const totals = this.#totals
    this.#totals = {
      ...totals,
      answered: totals.answered + (known ? 1 : 0),
      failed: totals.failed + (failed ? 1 : 0),
      strange: totals.strange + (known ? 0 : 1)
    }
  }
}
