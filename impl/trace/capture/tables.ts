/**
 * What the packets of a capture are read by: the port's LID and tables, and whose proxy QP a QPN is, as the lines so
 * far say.
 */
import { GUIDS_PER_BLOCK } from "../../wire/guid-info.ts"
import type { Command } from "../command.ts"
import type { CompleteInit } from "../init.ts"
import type { Line } from "../line.ts"
import type { Output } from "../output.ts"

/** Whose a proxy QP is. */
export interface Proxy {
  readonly function: number
  readonly qp: 0 | 1
}

const NO_GUID = "0".repeat(16)
const PARTITION_BITS = 0x7fff
/** An index that no table has. */
const NO_PKEY_INDEX = 0xffff
const NO_SGID_INDEX = 0xff

/** The place of a P_Key in a table: the same, or else one of its partition; 0xffff where there is none. */
const indexIn = (pkeys: ReadonlyArray<number>, pkey: number): number => {
  const same = pkeys.indexOf(pkey)
  if (same >= 0) return same
  const alike = pkeys.findIndex((each) => each !== 0 && ((each ^ pkey) & PARTITION_BITS) === 0)
  return alike >= 0 ? alike : NO_PKEY_INDEX
}

/** Follows the lines of one trace: who writes a capture and who reads it have the same at each packet. */
export class CaptureTables {
  #lid: number
  #lmc: number
  #prefix: string
  #pkeys: ReadonlyArray<number>
  readonly #maps: Array<ReadonlyArray<number | null>>
  readonly #guids: Array<string>
  readonly #proxies = new Map<number, Proxy>()
  readonly #qpns = new Map<string, number>()

  constructor(init: CompleteInit) {
    this.#lid = init.lid
    this.#lmc = init.lmc
    this.#prefix = init.subnetPrefix
    this.#pkeys = init.pkeys
    this.#maps = [...init.virt2phys]
    this.#guids = [...init.guids]
  }

  /** What a line changes. */
  note({ in: command, out = [] }: Line): void {
    this.#command(command)
    for (const output of out) this.#output(command, output)
  }

  #command(command: Command): void {
    if (command.op === "lid") [this.#lid, this.#lmc] = [command.lid, command.lmc]
    if (command.op === "prefix") this.#prefix = command.subnetPrefix
    if (command.op === "pkeys") this.#pkeys = command.pkeys
    if (command.op === "virt2phys") this.#maps[command.function] = command.map
    if (command.op === "guidTable") {
      for (const [i, guid] of command.guids.entries()) this.#guids[GUIDS_PER_BLOCK * command.block + i] = guid
    }
  }

  #output(command: Command, output: Output): void {
    if (output.to === "tunnel") {
      const whose = `${output.function} ${output.qp}`
      this.#proxies.delete(this.#qpns.get(whose) ?? -1)
      this.#qpns.set(whose, output.proxyQpn)
      this.#proxies.set(output.proxyQpn, { function: output.function, qp: output.qp })
    }
    // A function that asks for its GUID tells us the one that the SA gave.
    const asksGuid = command.op === "query" && command.attribute === "GUIDInfo" && command.modifier === 0
    if (asksGuid && output.to === "answer" && output.data !== undefined) {
      this.#guids[output.function] = output.data.slice(0, 16)
    }
  }

  /** The proxy QPs known at the moment: whose one is, by its QPN. */
  proxyAt(qpn: number): Proxy | undefined {
    return this.#proxies.get(qpn)
  }

  /** The QPN of a proxy QP; 0 where none is known. */
  qpnOf({ function: f, qp }: Proxy): number {
    return this.#qpns.get(`${f} ${qp}`) ?? 0
  }

  /** Whether a LID is one of the port's. */
  isOwn(lid: number): boolean {
    return lid >> this.#lmc === this.#lid >> this.#lmc
  }

  /** The LID of the port with these path bits. */
  lidWith(pathBits: number): number {
    return (this.#lid | pathBits) & 0xffff
  }

  /** The path bits in one of the port's LIDs. */
  pathBitsIn(lid: number): number {
    return lid & ((1 << this.#lmc) - 1)
  }

  /** The P_Key at an index of the physical table, or of a function's; 0 where there is none. */
  pkeyAt(index: number, f: number | null): number {
    return (f === null ? this.#pkeys : this.#table(f))[index] ?? 0
  }

  /** The index of a P_Key in the physical table, or in a function's. */
  pkeyIndex(pkey: number, f: number | null): number {
    return indexIn(f === null ? this.#pkeys : this.#table(f), pkey)
  }

  #table(f: number): ReadonlyArray<number> {
    if (f === 0) return this.#pkeys
    return (this.#maps[f] ?? []).map((physical) => (physical === null ? 0 : (this.#pkeys[physical] ?? 0)))
  }

  /** The GID at an index of the physical GUID table; without a GUID where none is known. */
  gidAt(index: number): string {
    return this.#prefix + (this.#guids[index] ?? NO_GUID)
  }

  /** The index of a GID's GUID in the physical GUID table; 255 where it is not there. */
  sgidIndex(gid: string): number {
    const index = this.#guids.indexOf(gid.slice(16))
    return index < 0 ? NO_SGID_INDEX : index
  }
}
