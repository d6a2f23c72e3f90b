/** Alias GUIDs on the embedded fabric: whatever is lost or changed, in the end the SA and the VFs agree. */
import fc from "fast-check"
import { expect, it } from "vitest"
import { FabricWorld } from "../impl/guest/fabric-world.ts"
import type { Command } from "../impl/trace/command.ts"
import { check } from "./trace-check.ts"
import { hexOf } from "./mads.ts"
import { assertProperty } from "./run.ts"

const NO_GUID = hexOf(0, 16)
const OWN = hexOf(0xa00, 16)
const WISHES = [hexOf(0xa10, 16), hexOf(0xa11, 16), NO_GUID, null]
const VFS = [1, 2, 3]

/** What an administrator, the functions and the SM do, and how long nothing else happens then. */
const step: fc.Arbitrary<{ readonly command: Command; readonly ms: number }> = fc.record({
  command: fc.oneof(
    { weight: 5, arbitrary: fc.record({ f: fc.constantFrom(...VFS), guid: fc.constantFrom(...WISHES) }).map(
      ({ f, guid }): Command => ({ op: "adminGuid", function: f, guid })) },
    { weight: 3, arbitrary: fc.record({ f: fc.constantFrom(...VFS), op: fc.constantFrom("attach", "detach", "reset") }).map(
      ({ f, op }): Command => ({ op, function: f })) },
    { weight: 1, arbitrary: fc.constant<Command>({ op: "reregister" }) }
  ),
  ms: fc.constantFrom(0, 1, 3, 500, 1500, 5000)
})

it("whatever is lost, doubled or changed, in the end every VF has the GUID that the SA has for it, and no other has any "
  + "[SQP-GUID-4] [SQP-GUID-6] [SQP-GUID-9]", () => {
  const scenario = fc.record({
    seed: fc.nat(), lossRate: fc.constantFrom(0, 0.2, 0.5), steps: fc.array(step, { maxLength: 25 })
  })
  assertProperty(fc.property(scenario, ({ lossRate, seed, steps }) => {
    const faults = { lossRate, duplicateRate: 0.2, delayMinMs: 1, delayMaxMs: 1 }
    const world = new FabricWorld({ seed, guids: [OWN], functions: 1 + VFS.length, faults })
    const table = world.fabric.description.guids
    const wishes = new Map<number, string | null>(VFS.map((f) => [f, null]))
    const attached = new Set<number>()
    const pass = (ms: number): void => {
      for (let left = ms; left > 0; left -= 2000) {
        world.advance(Math.min(left, 2000))
        world.settle()
      }
    }
    const seen = (f: number): string => {
      const [answer] = world.do({ op: "query", function: f, attribute: "GUIDInfo", modifier: 0 })
      return answer?.to === "answer" && answer.data !== undefined ? answer.data.slice(0, 16) : NO_GUID
    }
    world.do({ op: "start" })
    for (const { command, ms } of steps) {
      const [answer] = world.do(command)
      const isDone = answer?.to === "answer" && answer.status === "ok"
      if (command.op === "adminGuid" && isDone) wishes.set(command.function, command.guid)
      if (command.op === "attach") attached.add(command.function)
      if (command.op === "detach") attached.delete(command.function)
      pass(ms)
      const owned = [0, ...VFS].map(seen).filter((guid) => guid !== NO_GUID)
      expect(new Set(owned).size, "a GUID is one function's").toBe(owned.length)
    }
    // A dozen requests at least, four tries each, whatever the back-off had come to.
    pass(12 * 64_000)
    for (const f of VFS) {
      const held = table[f] ?? NO_GUID
      const wish = attached.has(f) ? (wishes.get(f) ?? null) : null
      if (wish === null) expect([f, held, seen(f)]).toEqual([f, NO_GUID, NO_GUID])
      else expect([f, seen(f)]).toEqual([f, held])
      const isServed = wish === null || (wish === NO_GUID ? held !== NO_GUID : held === wish)
      expect(isServed, `VF ${f} wants ${wish}, has ${held}`).toBe(true)
    }
    const { undecided, verdict } = check(world.lines, { candidates: 1024 })
    expect({ undecided, verdict }).toEqual({ undecided: [], verdict: "allowed" })
  }), { numRuns: 20 })
})
