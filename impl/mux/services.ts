/** Service ids that functions registered: who gets a SIDR_REQ without a GRH (spec/cm.md). */
import type { MuxService } from "./config.ts"
import { halvesOf } from "./port-state.ts"

const PF = 0

/** The registered service ids; few, so they are simply looked through. */
export class Services {
  #high = new Int32Array()
  #low = new Int32Array()
  #function = new Int32Array()

  constructor(services: ReadonlyArray<MuxService>) {
    this.replace(services)
  }

  /** These are registered from now on, and no others. */
  replace(services: ReadonlyArray<MuxService>): void {
    this.#high = Int32Array.from(services, (service) => halvesOf(service.serviceId)[0])
    this.#low = Int32Array.from(services, (service) => halvesOf(service.serviceId)[1])
    this.#function = Int32Array.from(services, (service) => service.function)
  }

  /** The function that registered the service id at byte `at` of `view`; else the PF. */
  functionOf(view: DataView, at: number): number {
    const high = view.getInt32(at)
    const low = view.getInt32(at + 4)
    for (let i = 0; i < this.#function.length; i++) {
      if (this.#high[i] === high && this.#low[i] === low) return this.#function[i]!
    }
    return PF
  }
}
