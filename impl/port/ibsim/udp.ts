/** A UDP socket as a scoped resource: the only place that opens one for the ibsim protocol. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * What a socket tells its owner. `onError` gets asynchronous errors, such as "connection refused" of a
 * connected socket.
 */
export interface UdpHandlers {
  readonly onMessage: (bytes: Uint8Array, remote: RemoteInfo) => void
  readonly onError: (error: Error) => void
}

// Room for bursts; the kernel takes what its own limit allows.
const RECEIVE_BUFFER_BYTES = 1 << 20

/**
 * An IPv4 socket bound to a free port of `localAddress`, closed with the scope. Fails with the system's error
 * when it cannot be bound.
 */
export const openUdpSocket = (
  localAddress: string,
  handlers: UdpHandlers
): Effect.Effect<Socket, Error, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<Socket, Error>((resume) => {
      const socket = createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES })
      const failed = (error: Error): void => {
        socket.close()
        resume(Effect.fail(error))
      }
      socket.once("error", failed)
      socket.bind(0, localAddress, () => {
        socket.off("error", failed)
        socket.on("error", handlers.onError)
        socket.on("message", handlers.onMessage)
        resume(Effect.succeed(socket))
      })
    }),
    (socket) => Effect.callback<void>((resume) => void socket.close(() => resume(Effect.void)))
  )

/**
 * Fixes the peer of a socket: the kernel then drops what others send to it. Fails when the name does not
 * resolve.
 */
export const connectUdpSocket = (socket: Socket, port: number, host: string): Effect.Effect<void, Error> =>
  Effect.callback<void, Error>((resume) => {
    // On failure node reports to the callback, whose type does not say so.
    const done: (error?: Error | null) => void = (error) => resume(error ? Effect.fail(error) : Effect.void)
    socket.connect(port, host, done)
  })
