/**
 * The ibsim client against a simulator that misbehaves: silence, nonsense, sudden death. Needs no real part.
 */
import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { expect, it } from "vitest"
import { freeBasePort } from "./free-ports.ts"
import { attachTo, runScoped } from "./ibsim-attach.ts"
import { getClassPortInfo } from "./mads.ts"

const HOST = "127.0.0.1"
const CONNECT = 1
const GET_PORTINFO = 8
const SLOT = 0
const DATAGRAM_BYTES = 288

/** For each request, the datagrams to send back. */
type Replies = (request: Buffer) => ReadonlyArray<Uint8Array>

/** A simulator of one slot whose replies the test makes. */
interface Fake {
  readonly port: number
  readonly asked: ReadonlyArray<number>
  /** Sends bytes to the client's data port. */
  readonly deliver: (bytes: Uint8Array) => void
  readonly die: () => void
}

const bound = async (port: number): Promise<Socket> => {
  const socket = createSocket("udp4").bind(port, HOST)
  await once(socket, "listening")
  return socket
}

const startFake = async (replies: Replies) => {
  const port = await freeBasePort()
  const [control, data] = [await bound(port), await bound(port + 1 + SLOT)]
  const asked: Array<number> = []
  let clientPort = 0
  control.on("message", (request, { port: from }) => {
    const type = request.readUInt32LE(8)
    asked.push(type)
    if (type === CONNECT) clientPort = request.readUInt32LE(16)
    for (const reply of replies(request)) control.send(reply, from, HOST)
  })
  let alive = true
  const die = (): void => {
    if (!alive) return
    alive = false
    control.close()
    data.close()
  }
  const deliver = (bytes: Uint8Array): void => data.send(bytes, clientPort, HOST)
  return { port, asked, deliver, die } satisfies Fake
}
const fake = (replies: Replies): Effect.Effect<Fake, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.promise(() => startFake(replies)), ({ die }) => Effect.sync(die))

/** The well-behaved reply: the request itself, with the slot in the data of CONNECT. */
const echo = (request: Buffer): Buffer => {
  const reply = Buffer.from(request)
  if (reply.readUInt32LE(8) === CONNECT) reply.writeUInt32LE(SLOT, 16)
  return reply
}
const changed = (request: Buffer, byte: number, value: number): Buffer => {
  const reply = echo(request)
  reply[byte] = value
  return reply
}
const attach = ({ port }: Fake) =>
  attachTo({ host: HOST, port, nodeId: "Hca1", replyTimeoutMs: 50, replyTries: 3 })

const datagram = (): Uint8Array => {
  const bytes = new Uint8Array(DATAGRAM_BYTES)
  bytes.set([0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  bytes.set([1, 0], 30)
  bytes.set(getClassPortInfo(4n), 32)
  return bytes
}

it("control replies that are none are skipped, and the right one is taken [SQP-IN-1]", () =>
  runScoped(Effect.gen(function*() {
    const nonsense = (request: Buffer) => [
      new Uint8Array(0),
      request.subarray(1),
      Buffer.concat([echo(request), Buffer.alloc(1)]),
      changed(request, 0, 0),
      changed(request, 8, 9),
      changed(request, 8, 99),
      changed(request, 4, 7)
    ]
    const simulator = yield* fake((request) => [...nonsense(request), changed(request, 79, 0x5a)])
    const { client } = yield* attach(simulator)
    const info = yield* client.portInfo
    expect(info[63]).toBe(0x5a)
    expect(simulator.asked).toEqual([CONNECT, GET_PORTINFO])
  })))

it("a simulator that does not answer is a timeout that says what was asked of whom, after three tries", () =>
  runScoped(Effect.gen(function*() {
    const deaf: Replies = (request) => request.readUInt32LE(8) === GET_PORTINFO ? [] : [echo(request)]
    const simulator = yield* fake(deaf)
    const { client } = yield* attach(simulator)
    const error = yield* Effect.flip(client.portInfo)
    expect(error.reason).toBe("Timeout")
    expect(error.message).toContain(`${HOST}:${simulator.port}, GET_PORTINFO`)
    expect(simulator.asked).toEqual([CONNECT, GET_PORTINFO, GET_PORTINFO, GET_PORTINFO])
  })))

it("CONNECT is sent once, because a second one could take a second slot", () =>
  runScoped(Effect.gen(function*() {
    const simulator = yield* fake(() => [])
    const error = yield* Effect.flip(Effect.scoped(attach(simulator)))
    expect(error.reason).toBe("Timeout")
    expect(simulator.asked).toEqual([CONNECT])
  })))

it("malformed data datagrams are counted and the next good one is delivered [SQP-IN-1]", () =>
  runScoped(Effect.gen(function*() {
    const simulator = yield* fake((request) => [echo(request)])
    const { client, mad } = yield* attach(simulator)
    const good = datagram()
    const bad = [
      new Uint8Array(0),
      good.subarray(0, 287),
      new Uint8Array(289),
      good.with(2, 1),
      good.with(8, 1),
      good.with(12, 1),
      good.with(24, 1),
      good.with(30, 0).with(31, 23),
      good.with(31, 1)
    ]
    for (const bytes of bad) simulator.deliver(bytes)
    simulator.deliver(good)
    expect(yield* mad).toMatchObject({ dlid: 5, slid: 1, dqp: 1, sqp: 1, lengthBytes: 256 })
    expect(client.counters()).toMatchObject({ refused: bad.length, delivered: 1, bounced: 0 })
  })))

it("a simulator that dies is noticed, and from then on it is never asked again", () =>
  runScoped(Effect.gen(function*() {
    const simulator = yield* fake((request) => [echo(request)])
    const { client, send } = yield* attach(simulator)
    expect(client.isOpen()).toBe(true)
    simulator.die()
    expect((yield* Effect.flip(client.portInfo)).reason).toBe("Unreachable")
    expect(client.isOpen()).toBe(false)
    expect((yield* Effect.flip(client.portInfo)).reason).toBe("Closed")
    send(1, getClassPortInfo(1n))
    expect(client.counters()).toMatchObject({ sent: 0, sendFailed: 1 })
  })))
