/** Random histories of multicast membership: four functions, three MGIDs, all four bits, a faulty SA. */
import fc from "fast-check"
import { describe, test } from "vitest"
import { assertProperty } from "../run.ts"
import { type Command, History } from "./multicast-history.ts"
import { type Fate, FATES } from "./multicast-sa.ts"

const f = fc.nat({ max: 3 })
/** Mostly one group, so that functions meet there; 3 asks the SA to choose. */
const group = fc.constantFrom(0, 0, 0, 1, 2, 3)
const which = fc.nat({ max: 100 })
const ms = fc.constantFrom(1, 50, 100, 250, 400, 1500)
const slots = fc.constantFrom(0, 1, 2, 4, 4)
const wrong = fc.constantFrom({}, {}, { slid: 9 }, { sourceQpn: 0 }, { slid: 0 })
/** One bit mostly: several functions then share it. */
const oneBit = fc.constantFrom(1, 2, 4, 8)
const joinBits = fc.oneof({ weight: 3, arbitrary: oneBit }, fc.integer({ min: 1, max: 15 }))

const join = fc.record({
  op: fc.constant("join" as const), f, group, bits: joinBits, qKey: fc.constantFrom(0, 0, 0, 1, 2)
})
const leaveBits = fc.integer({ min: 8, max: 31 })
const leave = fc.record({ op: fc.constant("leave" as const), f, group, bits: leaveBits })
const calm = [
  { weight: 8, arbitrary: join },
  { weight: 6, arbitrary: leave },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("repeat" as const), which }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("end" as const), f }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("pass" as const), ms }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("late" as const), which }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("replay" as const), which, wrong }) }
]
const eventful = [
  ...calm,
  { weight: 1, arbitrary: fc.record({ op: fc.constant("reregister" as const), forgotten: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("sm" as const), lid: fc.constantFrom(0, 1, 2) }) }
]
const crowded = [
  ...eventful,
  { weight: 2, arbitrary: fc.record({ op: fc.constant("room" as const), slots }) }
]
type Weighted = { readonly weight: number; readonly arbitrary: fc.Arbitrary<Command> }
const commands = (of: ReadonlyArray<Weighted>) => fc.array(fc.oneof(...of), { maxLength: 60 })
const fates = (of: ReadonlyArray<Fate>) =>
  fc.array(fc.oneof({ weight: 2, arbitrary: fc.constant(FATES[0]!) }, fc.constantFrom(...of)), {
    minLength: 1, maxLength: 30
  })

const lived = (steps: ReadonlyArray<Command>, of: ReadonlyArray<Fate>, strict: boolean): void => {
  const history = new History(of, strict)
  for (const step of steps) history.run(step)
  history.heal()
  history.finish()
}

describe("in every history of joins, leaves and ends", () => {
  test("the SA, refusing and late, holds the union of the functions' bits [SQP-MC-1, SQP-MC-9]", () => {
    const faults = fates(["refused", "answered late", "refused late"])
    const holds = fc.property(commands(calm), faults, (steps, of) => lived(steps, of, true))
    assertProperty(holds, { numRuns: 400 })
  })

  test("with losses and port events too, every request of the SA has its cause [SQP-MC-2, SQP-MC-6]", () => {
    const holds = fc.property(commands(eventful), fates(FATES), (steps, of) => lived(steps, of, true))
    assertProperty(holds, { numRuns: 400 })
  })

  test("with a wire ring that fills, each request is answered or dropped once, none is left [SQP-ACC-1]", () => {
    const holds = fc.property(commands(crowded), fates(FATES), (steps, of) => lived(steps, of, false))
    assertProperty(holds, { numRuns: 400 })
  })
})
