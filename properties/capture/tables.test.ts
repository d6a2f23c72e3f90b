import { expect, it } from "vitest"
import { CaptureTables } from "../../impl/trace/capture/tables.ts"
import { completeInit } from "../../impl/trace/init.ts"
import { begin, OWN_LID } from "../divergences/story.ts"

const tunnel = (f: number, proxyQpn: number) =>
  ({ to: "tunnel", function: f, qp: 1, proxyQpn, tunnelQpn: proxyQpn + 1 } as const)

it("a P_Key of a packet is the entry that equals it, or else one of its partition, and never an empty one [SQP-CHK-7]", () => {
  const tables = new CaptureTables(completeInit({ ...begin, pkeys: [0, 0x7fff, 0xffff, 0x8001] }))
  const indices = [0x7fff, 0xffff, 0x0001, 0x8002, 0x8000].map((pkey) => tables.pkeyIndex(pkey, null))
  expect(indices).toEqual([1, 2, 3, 0xffff, 0xffff])
  tables.note({ n: 2, in: { op: "virt2phys", function: 1, map: [null, 3, 1] } })
  expect([0x8001, 0x7fff, 0xffff].map((pkey) => tables.pkeyIndex(pkey, 1))).toEqual([1, 2, 2])
})

it("a QPN is a proxy QP as long as no tunnel of its function took its place [SQP-CHK-7]", () => {
  const tables = new CaptureTables(completeInit(begin))
  tables.note({ n: 2, in: { op: "start" }, out: [tunnel(1, 10), tunnel(2, 20)] })
  tables.note({ n: 3, in: { op: "reset", function: 1 }, out: [tunnel(1, 30)] })
  expect([10, 20, 30].map((qpn) => tables.proxyAt(qpn)?.function)).toEqual([undefined, 2, 1])
})

it("LIDs are the port's within its LMC, as the port has them at that time [SQP-CHK-7]", () => {
  const tables = new CaptureTables(completeInit({ ...begin, lid: OWN_LID, lmc: 0 }))
  expect([OWN_LID, OWN_LID + 1].map((lid) => tables.isOwn(lid))).toEqual([true, false])
  tables.note({ n: 2, in: { op: "lid", lid: 8, lmc: 2 } })
  expect([OWN_LID, 8, 11, 12].map((lid) => tables.isOwn(lid))).toEqual([false, true, true, false])
  expect([tables.lidWith(3), tables.pathBitsIn(10)]).toEqual([11, 2])
})
