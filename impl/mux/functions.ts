/** Which functions are attached, and their tunnels (spec/qp.md, spec/lifecycle.md). */
import { InputError, shown } from "../input/check.ts"
import { WELL_KNOWN_Q_KEY } from "../wire/classes.ts"
import type { Qpns } from "../vhca/qpns.ts"

/** QPNs of the tunnel of a function and a QP: the proxy QP in the function, the tunnel QP in the PF context. */
export interface Tunnel {
  readonly proxyQpn: number
  readonly tunnelQpn: number
}

const CONTROLLED = 0x8000_0000

/** The attachment of every function. */
export class Functions {
  /** Number of functions, the PF included. */
  readonly count: number
  /** QPN of the proxy by 2 * function + QP; 0 while not attached. For reading only. */
  readonly proxies: Int32Array
  /** True while the PF context runs. */
  running = false
  readonly #qpns: Qpns
  readonly #random32: () => number
  /** 1 if asked for: it is attached while the PF context runs. */
  readonly #wanted: Uint8Array
  readonly #tunnel: Int32Array
  readonly #tunnelQkeys: Uint32Array

  constructor(count: number, qpns: Qpns, random32: () => number) {
    this.count = count
    this.#qpns = qpns
    this.#random32 = random32
    this.#wanted = new Uint8Array(count)
    this.#wanted[0] = 1
    this.proxies = new Int32Array(2 * count)
    this.#tunnel = new Int32Array(2 * count)
    this.#tunnelQkeys = new Uint32Array(2 * count)
  }

  /** Throws an InputError unless `f` is a function; `least` 1 excludes the PF. */
  check(f: number, least = 0): void {
    if (Number.isInteger(f) && f >= least && f < this.count) return
    const expected = `in ${least}..${this.count - 1}`
    const why = f === 0 ? ": function 0 is the PF, which lives and keeps what is its own as long as the PF context" : ""
    throw new InputError(`function ${shown(f)} is not ${expected}${why}`, { path: "function", expected })
  }

  /** True while the function is attached; then the PF context runs. */
  isAttached(f: number): boolean {
    return this.proxies[2 * f] !== 0
  }

  /** The QPN of the function's proxy of a QP, 0 while not attached. */
  proxyQpn(f: number, qp: number): number {
    return this.proxies[2 * f + qp]!
  }

  /** The tunnels by QP, or null while not attached. */
  tunnels(f: number): readonly [Tunnel, Tunnel] | null {
    const tunnel = (at: number): Tunnel => ({ proxyQpn: this.proxies[at]!, tunnelQpn: this.#tunnel[at]! })
    return this.isAttached(f) ? [tunnel(2 * f), tunnel(2 * f + 1)] : null
  }

  /** True if some tunnel uses this Q_Key. */
  isTunnelQkey(qkey: number): boolean {
    return qkey !== 0 && this.#tunnelQkeys.includes(qkey)
  }

  /** Asks for a function, or asks no more; remembered over a stop. */
  want(f: number, wanted: boolean): void {
    this.#wanted[f] = wanted ? 1 : 0
  }

  /** Whether the function was asked for. */
  isWanted(f: number): boolean {
    return this.#wanted[f] === 1
  }

  /** Opens the tunnels of a function that is not attached. */
  open(f: number): void {
    for (let at = 2 * f; at < 2 * f + 2; at++) {
      this.proxies[at] = this.#qpns.take()
      this.#tunnel[at] = this.#qpns.take()
      this.#tunnelQkeys[at] = this.#freshQkey()
    }
  }

  /** Ends the tunnels of an attached function. */
  close(f: number): void {
    for (let at = 2 * f; at < 2 * f + 2; at++) {
      this.#qpns.give(this.proxies[at]!)
      this.#qpns.give(this.#tunnel[at]!)
      this.proxies[at] = 0
      this.#tunnel[at] = 0
      this.#tunnelQkeys[at] = 0
    }
  }

  /** Controlled, so that no work request can carry it; never the well-known one nor another tunnel's. */
  #freshQkey(): number {
    for (;;) {
      const qkey = (this.#random32() | CONTROLLED) >>> 0
      if (qkey !== WELL_KNOWN_Q_KEY && !this.#tunnelQkeys.includes(qkey)) return qkey
    }
  }
}
