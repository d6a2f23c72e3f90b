import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Functions, Posted, Received } from "../../impl/guest/functions.ts"
import { Traffic } from "../../impl/guest/traffic.ts"

const [SET, DELETE] = ["02", "15"]
const GUID = "0002c90300001000"
const methodOf = ({ mad }: Posted): string => mad.slice(6, 8)

/** The traffic of one function, which the test answers or nobody. */
const alone = () => {
  const posted: Array<Posted> = []
  let listener: (received: Received) => void = () => {}
  const empty = new Uint8Array(64)
  const functions: Functions["Service"] = {
    port: {
      lid: 2, lmc: 0, smLid: 1, smSl: 0, subnetPrefix: "fe80000000000000", guids: [GUID], pkeys: [0xffff], linkUp: true,
      nodeInfo: empty, portInfo: empty
    },
    guids: [GUID],
    guidOf: () => GUID,
    post: (mad) => posted.push(mad) > 0,
    onReceive: (next) => void (listener = next),
    onEvent: () => {},
    counters: Effect.succeed([]),
    running: Effect.never
  }
  const traffic = new Traffic(functions)
  const address = { qp: 1, pkeyIndex: 0, slid: 1, srcQp: 1, sl: 0, pathBits: 0, grh: null } as const
  return {
    answer: ({ mad }: Posted, status: string): void =>
      listener({ to: "function", function: 0, ...address, mad: `${mad.slice(0, 6)}81${status}${mad.slice(12)}` }),
    /** What a round sends about the group. */
    round: (): Posted | undefined => {
      const before = posted.length
      traffic.round()
      return posted.slice(before).find((mad) => methodOf(mad) === SET || methodOf(mad) === DELETE)
    },
    totals: () => traffic.totals
  }
}
const sent = (mad: Posted | undefined): Posted => mad ?? expect.fail("nothing was sent about the group")

it("a guest of `run` leaves its group only when it was told that it joined, however late [SQP-CLI-1]", () => {
  const { answer, round, totals } = alone()
  const join = sent(round())
  expect(methodOf(join)).toBe(SET)
  expect([round(), round()]).toEqual([undefined, undefined])
  answer(join, "0000")
  const leave = sent(round())
  expect(methodOf(leave)).toBe(DELETE)
  expect(round()).toBeUndefined()
  answer(leave, "0000")
  expect(methodOf(sent(round()))).toBe(SET)
  expect(totals()).toMatchObject({ answered: 2, failed: 0, strange: 0 })
})

it("a guest of `run` asks again for what was refused or had no answer in five rounds [SQP-CLI-1]", () => {
  const { answer, round } = alone()
  const join = sent(round())
  answer(join, "0200")
  expect(methodOf(sent(round()))).toBe(SET)
  expect([round(), round(), round(), round()].map((mad) => mad === undefined)).toEqual([true, true, true, true])
  const again = sent(round())
  answer(join, "0000")
  expect(round()).toBeUndefined()
  answer(again, "0000")
  expect(methodOf(sent(round()))).toBe(DELETE)
})
