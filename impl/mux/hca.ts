/**
 * An HCA of one or two ports: a PF context for each, which share CM exchanges and look for GUIDs on both ports
 * (spec/cm.md, "Two ports"). One thread runs them all.
 */
import { checkCount, inputError } from "../input/check.ts"
import type { MuxConfig } from "./config.ts"
import { checkConfig, TIMING_KEYS } from "./config-check.ts"
import { Mux } from "./engine.ts"
import { NO_GUID } from "./guids-admin.ts"
import { buildHcaParts, type HcaParts } from "./hca-parts.ts"

const PORTS_MAX = 2

/** The PF contexts of an HCA. What concerns one port (rings, port events, queries) is done on its {@link Mux}. */
export class Hca {
  /** By port, the first is port 1. */
  readonly ports: ReadonlyArray<Mux>
  readonly #functions: number
  readonly #shared: HcaParts | null
  /** The port that is served first in the next poll. */
  #first = 0

  /**
   * `configs` are those of the ports; functions, `limits.cm`, timing and services must be the same in both, and no
   * GUID may be on both. Throws an InputError when it is not so, when one is not sound, or the host has no room.
   */
  constructor(...configs: readonly [MuxConfig] | readonly [MuxConfig, MuxConfig]) {
    const [one, two] = configs
    if (configs.length > PORTS_MAX) throw inputError("an HCA", "of one port or two", configs.length)
    checkConfig(one)
    this.#functions = one.functions
    if (two === undefined) {
      this.#shared = null
      this.ports = [new Mux(one)]
      return
    }
    checkConfig(two)
    checkAlike(one, two)
    checkGuidsApart(one, two)
    const hca = buildHcaParts(one)
    const [first, second] = [new Mux(one, { hca, portIndex: 0 }), new Mux(two, { hca, portIndex: 1 })]
    first.setOtherPort(second)
    second.setOtherPort(first)
    this.#shared = hca
    this.ports = [first, second]
  }

  /** Opens the PF contexts of all ports. */
  start(): void {
    for (const port of this.ports) port.start()
  }

  /**
   * Stops all ports and forgets every exchange. To stop one of two is `ports[i].stop()`: conversations go on by the
   * other.
   */
  stop(): void {
    for (const port of this.ports) port.stop()
    for (let f = 0; f < this.#functions; f++) this.#shared?.cm.endFunction(f)
  }

  /** True once nothing is left to do after `stop`. */
  get isStopped(): boolean {
    return this.ports.every((port) => port.isStopped)
  }

  /** Opens the tunnels of function `f` on every port. */
  attach(f: number): void {
    for (const port of this.ports) port.attach(f)
  }

  /** Ends function `f` on every port, and its exchanges. Throws an InputError for the PF. */
  detach(f: number): void {
    for (const port of this.ports) port.detach(f)
    this.#shared?.cm.endFunction(f)
  }

  /** Ends function `f` on every port and attaches it anew where it was attached. Throws an InputError for the PF. */
  reset(f: number): void {
    for (const port of this.ports) port.reset(f)
    this.#shared?.cm.endFunction(f)
  }

  /** As `poll` of a {@link Mux}; each port may take half of the budget, and what the other left. */
  poll(budget: number, nowMs: number): number {
    checkCount("budget", budget)
    const [one, two] = this.#first === 0 ? this.ports : this.ports.toReversed()
    if (one === undefined) return 0
    if (two === undefined) return one.poll(budget, nowMs)
    this.#first = 1 - this.#first
    const taken = one.poll(Math.ceil(budget / 2), nowMs)
    return taken + two.poll(budget - taken, nowMs)
  }

  /** As `hasWork` of a {@link Mux}, of any port. */
  get hasWork(): boolean {
    return this.ports.some((port) => port.hasWork)
  }

  /** As `nextDueMs` of a {@link Mux}: the earliest of all ports. */
  nextDueMs(): number | null {
    const due = this.ports.map((port) => port.nextDueMs()).filter((ms) => ms !== null)
    return due.length === 0 ? null : Math.min(...due)
  }
}

/** What the ports share must be the same for both. */
const checkAlike = (one: MuxConfig, two: MuxConfig): void => {
  const same = (name: string, here: unknown, there: unknown): void => {
    if (here !== there) throw inputError(name, "the same on both ports of an HCA")
  }
  same("functions", one.functions, two.functions)
  same("limits.cm", one.limits.cm, two.limits.cm)
  for (const name of TIMING_KEYS) same(`timing.${name}`, one.timing[name], two.timing[name])
  same("services", servicesText(one), servicesText(two))
}

/** The services in whatever order they stand. */
const servicesText = ({ services }: MuxConfig): string =>
  services.map(({ function: f, serviceId }) => `${serviceId.toLowerCase()} ${f}`).sort().join()

/** A GUID names one function by one port: the port where it is asked for says which. */
const checkGuidsApart = (one: MuxConfig, two: MuxConfig): void => {
  const ownOf = ({ adminGuids = [], guids }: MuxConfig): ReadonlyArray<readonly [string, string]> =>
    Object.entries({ guids, adminGuids }).flatMap(([name, all]) =>
      all.flatMap((guid, i) => (guid === null || guid === NO_GUID ? [] : [[`${name}[${i}]`, guid.toLowerCase()] as const])))
  const first = new Map(ownOf(one).map(([name, guid]) => [guid, name]))
  for (const [name, guid] of ownOf(two)) {
    const other = first.get(guid)
    if (other !== undefined) {
      throw inputError(`${name} of the second port`, `a GUID that the first port does not have as ${other}`, guid)
    }
  }
}
