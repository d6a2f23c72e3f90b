/** Request and reply over ibsim's control port: one request at a time, a deadline for each, typed errors. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { CONTROL, type ControlDatagram, decodeControl, encodeControl } from "./control.ts"
import { IbsimError, type IbsimErrorReason } from "./error.ts"
import { faultText, isUint } from "./fault.ts"
import { connectUdpSocket, openUdpSocket } from "./udp.ts"

/**
 * Where a simulator listens: its control port is `port` (`ibsim -l`), the data ports are the ten after it.
 */
export interface IbsimAddress {
  readonly host: string
  readonly port: number
}

/**
 * How long a request waits for its reply, and how often it is sent. Repeating is for requests that may be
 * done twice.
 */
export interface AskOptions {
  readonly asked: string
  readonly timeoutMs: number
  readonly tries: number
  readonly adviceIfRefused: string
}

/**
 * An open control channel. `localAddress` is the address the simulator sees; `lost` is true once nobody
 * listens there.
 */
export interface ControlChannel {
  readonly localAddress: string
  readonly lost: () => boolean
  readonly ask: (request: ControlDatagram, options: AskOptions) => Effect.Effect<ControlDatagram, IbsimError>
}

type Failure = { readonly reason: IbsimErrorReason; readonly advice: string }
type Outcome = Effect.Effect<ControlDatagram, Failure>

const unreachable = (error: Error): Failure => ({
  reason: "Unreachable",
  advice: `${error.message}; check the address and start "ibsim -s -n -r -l PORT NET"`
})
const timedOut = (timeoutMs: number): Failure => ({
  reason: "Timeout",
  advice: `no reply within ${timeoutMs} ms; check that the simulator runs, with -r, and has this port`
})

/** The request that waits for its reply: at most one, ended by the reply, an error or its deadline. */
class Waiting {
  #request: ControlDatagram | undefined
  #settle: (outcome: Outcome) => void = () => {}

  /** Sends by `send` and waits. The deadline is a timer, so that it holds while a scope closes, too. */
  forReply(request: ControlDatagram, timeoutMs: number, send: () => void): Outcome {
    return Effect.callback((resume) => {
      const timer = setTimeout(() => this.end(Effect.fail(timedOut(timeoutMs))), timeoutMs)
      this.#request = request
      this.#settle = (outcome) => {
        clearTimeout(timer)
        resume(outcome)
      }
      send()
      return Effect.sync(() => this.end(Effect.never))
    })
  }

  /** Takes a reply if it is to the waiting request; a late one to an earlier request is left alone. */
  take(reply: ControlDatagram): void {
    if (reply.type === CONTROL.ERROR) this.end(Effect.fail({ reason: "Refused", advice: "" }))
    else if (reply.type === this.#request?.type && reply.slot === this.#request.slot) {
      this.end(Effect.succeed(reply))
    }
  }

  end(outcome: Outcome): void {
    if (this.#request === undefined) return
    this.#request = undefined
    this.#settle(outcome)
  }
}

/** Ports that leave room for the ten data ports above. */
const isBasePort = (port: number): boolean => isUint(port, 0xffff - 10) && port > 0

/**
 * Opens a channel to a simulator; nothing is sent yet. Fails when the port is none, the name does not resolve
 * or no socket can be had.
 */
export const openControlChannel = Effect.fnUntraced(function*(
  { host, port }: IbsimAddress
): Effect.fn.Return<ControlChannel, IbsimError, Scope.Scope> {
  const failedTo = (asked: string) => (failure: Failure) => new IbsimError({ host, port, asked, ...failure })
  const opening = (error: Error) => failedTo("open the control channel")(unreachable(error))
  if (!isBasePort(port)) {
    const advice = "the port must be an integer in 1..65525"
    return yield* failedTo("open the control channel")({ reason: "Invalid", advice })
  }
  const gate = yield* Semaphore.make(1)
  const waiting = new Waiting()
  let lost = false

  const onError = (error: Error): void => {
    lost = true
    waiting.end(Effect.fail(unreachable(error)))
  }
  const onMessage = (bytes: Uint8Array): void => {
    const reply = decodeControl(bytes)
    // What is no reply changes nothing: the request runs into its deadline.
    if (Result.isSuccess(reply)) waiting.take(reply.success)
  }
  const socket = yield* Effect.mapError(openUdpSocket("0.0.0.0", { onMessage, onError }), opening)
  yield* Effect.mapError(connectUdpSocket(socket, port, host), opening)
  const send = (bytes: Uint8Array): void =>
    socket.send(bytes, (error) => {
      if (error !== null) onError(error)
    })

  const ask: ControlChannel["ask"] = (request, { adviceIfRefused, asked, timeoutMs, tries }) => {
    const bytes = encodeControl(request)
    if (Result.isFailure(bytes)) {
      return Effect.fail(failedTo(asked)({ reason: "Invalid", advice: faultText(bytes.failure) }))
    }
    return Effect.suspend(() => waiting.forReply(request, timeoutMs, () => send(bytes.success))).pipe(
      Effect.retry({ times: tries - 1, while: ({ reason }) => reason === "Timeout" }),
      gate.withPermit,
      Effect.mapError(({ advice, reason }) =>
        failedTo(asked)({ reason, advice: reason === "Refused" ? adviceIfRefused : advice })
      )
    )
  }
  return { localAddress: socket.address().address, lost: () => lost, ask }
})
