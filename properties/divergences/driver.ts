/** Traces in which the driver's defects happen, for the checker to refuse. */
import { isWaivable, waivableIds } from "../waivers.ts"
import { expect, it } from "vitest"
import type { Output } from "../../impl/trace/output.ts"
import { Story } from "./story.ts"
import type { Init } from "../../impl/trace/command.ts"

/** A defect: what is done, and what the driver puts out where the last command of the story is. */
export interface Defect {
  readonly id: string
  readonly init?: Partial<Init>
  readonly tell: (story: Story) => ReadonlyArray<Output>
}

/** A test for each: the trace is refused with the driver's outputs, and allowed with ours. */
export const refuse = (defects: ReadonlyArray<Defect>): void => {
  it.each(defects)("a trace in which $id happens is refused, and with our outputs allowed", ({ init, tell }) => {
    const story = new Story(init)
    const { verdict, violations } = story.judgedWith(tell(story))
    expect([verdict, violations.length > 0]).toEqual(["violation", true])
    story.ends()
  })
  const waivable = defects.flatMap(({ id, ...defect }) => (isWaivable(id) ? [{ id, ...defect }] : []))
  it.each(waivable)("the line in which $id happens is waived where it is allowed, counted, and not by what is another's [SQP-CHK-4]", (
    { id, init, tell }
  ) => {
    const story = new Story(init)
    const out = tell(story)
    expect(story.judgedWith(out, [id])).toMatchObject({ verdict: "allowed", violations: [], waived: { [id]: 1 } })
    const others = waivableIds.filter((other) => other !== id && !isKin(id, other))
    expect(story.judgedWith(out, others).waived).toEqual({})
  })
}

/** Divergences that one line may show both. */
const KIN: ReadonlyArray<ReadonlyArray<string>> = [["D-T9", "D-G4"], ["D-E10", "D-E8", "D-E9"], ["D-C5", "D-C17"]]
const isKin = (a: string, b: string): boolean => KIN.some((kin) => kin.includes(a) && kin.includes(b))

/** An output with some of its keys changed. */
export const altered = <T extends Output>(output: T, change: Partial<T>): T => ({ ...output, ...change })

/** Hex text of a MAD with other bytes from `byte` on. */
export const patched = (mad: string, byte: number, hex: string): string =>
  mad.slice(0, 2 * byte) + hex + mad.slice(2 * byte + hex.length)
