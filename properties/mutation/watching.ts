/** The invariants along a way: what they remember, and what they would say and remember if one thing were wrong. */
import type { PfContext } from "../../model/explore.ts"
import { allInvariants } from "../../model/invariants-all.ts"
import { type Monitor, observeAll, type Observation } from "../../model/invariants.ts"
import type { Digest } from "./digest.ts"
import { tampered } from "./tampering.ts"

/** How many wrong observations are tried at each place. */
const WRONG = 3

/** What is remembered, or that an invariant is broken. */
const minds = (monitors: ReadonlyArray<Monitor>): ReadonlyArray<unknown> =>
  monitors.map(({ memory, violation }) => (violation === undefined ? memory : "broken"))

/** All invariants over what happens to one PF context; a digest is told of all that they make of it. */
export class Watching {
  readonly #digest: Digest
  #monitors: ReadonlyArray<Monitor>
  #before: Observation["actions"] = []

  constructor({ before, initial }: PfContext<unknown>, digest: Digest) {
    this.#digest = digest
    this.#monitors = allInvariants(initial).map((each) => each.start())
    for (const [turn, each] of before.entries()) this.observe(each, turn)
  }

  /** One more observation; first, in turn, others that might have been made. */
  observe(observation: Observation, turn: number): void {
    for (const wrong of tampered(observation, this.#before, WRONG, turn)) this.#tryOut(wrong)
    this.#monitors = observeAll(this.#monitors, observation)
    this.#before = observation.actions
    this.#digest.add(minds(this.#monitors))
  }

  /** An invariant that cannot read a wrong observation tells as much as one that refuses it. */
  #tryOut(wrong: Observation): void {
    try {
      this.#digest.add(minds(observeAll(this.#monitors, wrong)))
    } catch (fault) {
      if (!(fault instanceof TypeError || fault instanceof RangeError)) throw fault
      this.#digest.add(fault.name)
    }
  }
}
