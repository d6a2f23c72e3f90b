/** Tables of many segments on the real clock: guests on the rings of a running PF context, and its trace. */
import { Effect, Layer } from "effect"
import { expect, it } from "vitest"
import { Functions } from "../../impl/guest/functions.ts"
import { layerLive } from "../../impl/guest/live.ts"
import { getNodeTable } from "../../impl/guest/mads.ts"
import { layerRecorded } from "../../impl/guest/recorded.ts"
import { layerFabric } from "../../impl/port/fabric.ts"
import { RmppRequester } from "../../impl/port/fabric/rmpp/requester.ts"
import { FABRIC_LID } from "../../impl/port/fabric/subnet.ts"
import type { Line } from "../../impl/trace/line.ts"
import { WELL_KNOWN_Q_KEY } from "../../impl/wire/classes.ts"
import { bytesToHex, hexToBytes } from "../../impl/wire/hex.ts"
import { expectAllowed } from "../expect-allowed.ts"

const TID = "fedcba9876543210"
const GUIDS = ["0002c90300000011", "0002c90300000012", "0002c90300000013"]
const FUNCTIONS = GUIDS.length
/** 18 nodes of 112 bytes: eleven segments. */
const TABLE_BYTES = 18 * 112
const faults = { lossRate: 0.05, duplicateRate: 0.1, delayMinMs: 0, delayMaxMs: 4 }
const fabric = layerFabric({ seed: 3, guids: GUIDS, peers: 16, faults })

/** Every function asks for the table of nodes, with one TID; the bytes each got. */
const tables = Effect.gen(function*() {
  const functions = yield* Functions
  const timing = { timeoutMs: 100, retries: 30, window: 4 }
  const asked = GUIDS.map(() => new RmppRequester(getNodeTable(TID), timing))
  const now = (): number => Math.floor(performance.now())
  const post = (fn: number, mads: ReadonlyArray<Uint8Array>): void => {
    for (const mad of mads) {
      functions.post({
        function: fn, qp: 1, pkeyIndex: 0, remoteQpn: 1, qkey: WELL_KNOWN_Q_KEY, dlid: FABRIC_LID.sm, sl: 0, pathBits: 0,
        rate: 0, grh: null, mad: bytesToHex(mad)
      })
    }
  }
  functions.onReceive(({ function: fn, mad }) => post(fn, asked[fn]?.take(hexToBytes(mad), now()) ?? []))
  asked.forEach((requester, fn) => post(fn, requester.start(now())))
  while (asked.some(({ end }) => end === null)) {
    yield* Effect.sleep(5)
    asked.forEach((requester, fn) => post(fn, requester.tick(now())))
  }
  return asked.map(({ end }) => (end?._tag === "answered" ? bytesToHex(end.data) : JSON.stringify(end)))
})

const run = (guests: Layer.Layer<Functions, unknown>): Promise<ReadonlyArray<string>> =>
  Effect.runPromise(Effect.scoped(tables.pipe(Effect.provide(guests), Effect.timeout("30 seconds"))))

const expectWhole = (got: ReadonlyArray<string>): void => {
  expect(got.filter((table) => table.startsWith("{"))).toEqual([])
  expect(got.map((table) => table.length / 2)).toEqual(GUIDS.map(() => TABLE_BYTES))
  expect(new Set(got).size).toBe(1)
}

it("three functions get a table of eleven segments with one TID on the real clock [SQP-TID-2] [SQP-TID-11]", async () => {
  expectWhole(await run(Layer.provide(layerLive({ functions: FUNCTIONS }), fabric)))
})

it("and the trace of such a run is allowed, under the policy it was run with [SQP-TID-2] [SQP-CLS-8]", async () => {
  const lines: Array<Line> = []
  const policy = { classes: [{ mgmtClass: 0x09, allow: "get" as const }], saAttributes: [] }
  const options = { functions: FUNCTIONS, config: { policy } }
  const recorded = layerRecorded(options, 1, (line) => void lines.push(line))
  expectWhole(await run(Layer.provide(recorded, fabric)))
  const [first] = lines
  expect(first?.in.op === "init" && first.in.policy).toEqual({ services: [], ...policy })
  expectAllowed(lines)
})
