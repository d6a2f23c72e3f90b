/** The ibsim client against the real simulator with a real OpenSM. */
import { existsSync } from "node:fs"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { connectIbsim, disconnectSlot } from "../../impl/port/ibsim/client.ts"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { type Fabric, fabricIsPresent, startFabric } from "./ibsim-fabric.ts"
import {
  cmReq,
  getClassPortInfo,
  getPathRecord,
  getSmp,
  lowTidOf,
  methodOf,
  pathLidsOf,
  statusOf,
  tidOf
} from "./mads.ts"
import { isRunning } from "./process.ts"

const SLOTS = 10
const SM_LID = 1
const UNKNOWN_LID = 0x123
const QP0 = 0
const METHOD_GET_RESP = 0x81
const ATTRIBUTE_NODE_INFO = 0x0011
const NODE_GUID_BYTE = 12

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

describe.skipIf(!fabricIsPresent())("ibsim client", () => {
  let fabric: Fabric
  beforeAll(async () => {
    fabric = await startFabric({ hosts: 4 })
  })
  afterAll(async () => {
    await fabric.stop()
  })
  const attach = (nodeId: string, issm = false) =>
    attachTo({ host: fabric.host, port: fabric.port, nodeId, issm })
  const gidOf = (nodeInfo: Uint8Array): bigint =>
    (0xfe80n << 112n) | (viewOf(nodeInfo).getBigUint64(NODE_GUID_BYTE) + 1n)

  it("NodeInfo, PortInfo and P_Keys are those the simulator and OpenSM gave the port [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const { client } = yield* attach("Hca2")
      const nodeInfo = yield* client.nodeInfo
      const portInfo = yield* client.portInfo
      const pkeys = yield* client.pkeys
      expect(client.nodeName).toBe("Hca2")
      expect([...nodeInfo.subarray(0, 4)]).toEqual([1, 1, 1, 1])
      expect(viewOf(portInfo).getUint16(16)).toBeGreaterThan(SM_LID)
      expect(viewOf(portInfo).getUint16(18)).toBe(SM_LID)
      expect(portInfo.length).toBe(64)
      expect(pkeys).toEqual([0xffff, ...Array<number>(31).fill(0)])
    })))

  it("OpenSM on another node answers ClassPortInfo with the TID's low 48 bits intact [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const { client, mad, send } = yield* attach("Hca3")
      send(SM_LID, getClassPortInfo(0x0000_beef_1234_5678n))
      const answer = yield* mad
      expect(answer).toMatchObject({ slid: SM_LID, sqp: 1, dqp: 1, status: 0 })
      expect(methodOf(answer.mad)).toBe(METHOD_GET_RESP)
      expect(statusOf(answer.mad)).toBe(0)
      expect(tidOf(answer.mad)).toBe((BigInt(client.slot) << 48n) | 0xbeef_1234_5678n)
    })))

  it("what a client sent before it detached is delivered, however soon it detached [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const peer = yield* attach("Hca3", true)
      const lid = yield* peer.lid
      const count = 40
      for (let round = 0; round < 10; round++) {
        yield* Effect.scoped(Effect.map(attach("Hca2"), ({ send }) => {
          for (let n = 0; n < count; n++) send(lid, cmReq(BigInt(n), n))
        }))
        const arrived = yield* Effect.forEach(Array(count).keys(), () => peer.mad)
        expect(arrived.map(({ mad }) => lowTidOf(mad))).toEqual([...Array(count).keys()])
      }
    })))

  it("a PathRecord asked by GIDs names the LIDs of both ports, zeros after its length [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const source = yield* attach("Hca2")
      const destination = yield* attach("Hca4")
      const sgid = gidOf(yield* source.client.nodeInfo)
      const dgid = gidOf(yield* destination.client.nodeInfo)
      source.send(SM_LID, getPathRecord(7n, sgid, dgid))
      const { lengthBytes, mad } = yield* source.mad
      expect(statusOf(mad)).toBe(0)
      expect(pathLidsOf(mad)).toEqual({ slid: yield* source.lid, dlid: yield* destination.lid })
      expect(lengthBytes).toBeLessThan(256)
      expect([...mad.subarray(lengthBytes)]).toEqual(Array<number>(256 - lengthBytes).fill(0))
    })))

  it("a CM REQ arrives at the other issm client as sent, but for the slot in its TID [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const active = yield* attach("Hca2", true)
      const passive = yield* attach("Hca3", true)
      const request = cmReq(0x0102_0304_0506_0708n, 0x1111_1111)
      active.send(yield* passive.lid, request)
      const arrived = yield* passive.mad
      expect(arrived).toMatchObject({ slid: yield* active.lid, sqp: 1, dqp: 1, status: 0, lengthBytes: 256 })
      viewOf(request).setUint16(8, active.client.slot)
      expect(arrived.mad).toEqual(request)
    })))

  it("an SMP to the own LID is answered on QP0 by the simulator [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const { client, lid, mad, send } = yield* attach("Hca2")
      send(yield* lid, getSmp(9n, ATTRIBUTE_NODE_INFO), QP0)
      const answer = yield* mad
      expect(methodOf(answer.mad)).toBe(METHOD_GET_RESP)
      const ours = yield* client.nodeInfo
      expect([...answer.mad.subarray(64, 64 + 20)]).toEqual([...ours.subarray(0, 20)])
    })))

  it("a MAD for an unknown LID comes back as a bounce and never as a request [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const { bounce, client, mad, send } = yield* attach("Hca3", true)
      send(UNKNOWN_LID, cmReq(5n, 0x2222_2222))
      const returned = yield* bounce
      expect(returned).toMatchObject({ dlid: UNKNOWN_LID, dqp: 1, status: 110 })
      expect(lowTidOf(returned.mad)).toBe(5)
      // The next MAD delivered is the answer to the next request: the bounce was not among them.
      send(SM_LID, getClassPortInfo(6n))
      expect(lowTidOf((yield* mad).mad)).toBe(6)
      expect(client.counters()).toMatchObject({ sent: 2, delivered: 1, bounced: 1, refused: 0 })
    })))

  it("a request to a port without an issm client comes back as a bounce [SQP-PORT-1]", () =>
    runScoped(Effect.gen(function*() {
      const sender = yield* attach("Hca2", true)
      const deaf = yield* attach("Hca3")
      sender.send(yield* deaf.lid, cmReq(11n, 0x3333_3333))
      expect((yield* sender.bounce).status).toBe(110)
      expect(deaf.client.counters().delivered).toBe(0)
    })))

  it("a MAD out of range is refused by name and nothing is sent [SQP-IN-1]", () =>
    runScoped(Effect.gen(function*() {
      const { client } = yield* attach("Hca2")
      const mad = getClassPortInfo(1n)
      const refused = client.send({ dlid: 1, slid: 0, dqp: 1, sqp: 1, status: 0, lengthBytes: 257, mad })
      expect(refused).toMatchObject({ _tag: "Failure", failure: { field: "length", value: "257" } })
      expect(client.counters().sent).toBe(0)
    })))

  it("unknown nodes, second issm clients and absent simulators are typed errors with advice", () =>
    runScoped(Effect.gen(function*() {
      const unknown = yield* Effect.flip(Effect.scoped(attach("Hca77")))
      expect(unknown).toMatchObject({ _tag: "IbsimError", reason: "Refused", port: fabric.port })
      expect(unknown.message).toContain(`${fabric.host}:${fabric.port}`)
      expect(unknown.message).toContain('CONNECT to node "Hca77"')

      yield* attach("Hca2", true)
      expect(yield* Effect.flip(Effect.scoped(attach("Hca2", true)))).toMatchObject({ reason: "Refused" })
      expect(yield* Effect.flip(Effect.scoped(attach("x".repeat(32))))).toMatchObject({ reason: "Invalid" })

      const nowhere = { host: fabric.host, nodeId: "Hca2", onMad: () => {}, onBounce: () => {} }
      const silent = yield* Effect.flip(Effect.scoped(connectIbsim({ ...nowhere, port: 9 })))
      expect(silent.reason).toBe("Unreachable")
      expect(silent.message).toContain("ibsim -s -n -r -l")
      const none = yield* Effect.flip(Effect.scoped(connectIbsim({ ...nowhere, port: 0 })))
      expect(none.reason).toBe("Invalid")
    })))

  it("the end of the scope frees the slot, so clients can come and go for ever", async () => {
    for (let round = 0; round < 2 * SLOTS; round++) {
      const left = await runScoped(Effect.map(attach("Hca2", true), ({ client }) => client))
      expect(left.isOpen()).toBe(false)
      const late = await Effect.runPromise(Effect.flip(left.portInfo))
      expect(late.reason).toBe("Closed")
    }
  })

  it("a slot that a dead client left behind is freed from outside", () =>
    runScoped(Effect.gen(function*() {
      const dead = yield* attach("Hca3", true)
      expect(yield* Effect.flip(Effect.scoped(attach("Hca3", true)))).toMatchObject({ reason: "Refused" })
      yield* disconnectSlot(fabric, dead.client.slot)
      const next = yield* attach("Hca3", true)
      expect(next.client.slot).toBe(dead.client.slot)
      next.send(SM_LID, getClassPortInfo(3n))
      expect(lowTidOf((yield* next.mad).mad)).toBe(3)
    })))
})

describe.skipIf(!fabricIsPresent())("fabric harness", () => {
  it("stopping a fabric ends both processes and removes its directory", async () => {
    const fabric = await startFabric({ hosts: 2 })
    expect(isRunning(fabric.pids.ibsim) && isRunning(fabric.pids.opensm)).toBe(true)
    await fabric.stop()
    expect(isRunning(fabric.pids.ibsim) || isRunning(fabric.pids.opensm)).toBe(false)
    expect(existsSync(fabric.directory)).toBe(false)
  })

  it("P_Keys that OpenSM distributes are seen by the client [SQP-PORT-1]", async () => {
    const partitions = "Default=0x7fff, ipoib : ALL=full;\nStorage=0x0002 : ALL=limited;\n"
    await using fabric = await startFabric({ hosts: 2, partitions })
    const pkeys = await runScoped(Effect.flatMap(
      attachTo({ host: fabric.host, port: fabric.port, nodeId: "Hca2" }),
      ({ client }) => client.pkeys
    ))
    expect(pkeys.filter((pkey) => pkey !== 0).toSorted()).toEqual([0x0002, 0xffff])
  })
})
