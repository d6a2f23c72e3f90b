/**
 * What a command of a trace leaves to the run: ids that the implementation chose, taken from outputs of
 * earlier lines.
 */
import * as Result from "effect/Result"
import type { Command, CommandOf } from "./command.ts"
import type { Line } from "./line.ts"
import type { Output } from "./output.ts"

/** The outputs of a line of this run; undefined for a line that has none yet. */
export type OutputsOf = (line: number) => ReadonlyArray<Output> | undefined

type Sends = CommandOf<"egress" | "ingress">

const outputAt = (outputsOf: OutputsOf, line: number, out: number): Result.Result<Output, string> => {
  const found = outputsOf(line)?.[out]
  return found === undefined
    ? Result.fail(`the line with n ${line} of this run has no output ${out}`)
    : Result.succeed(found)
}

/** The command's MAD with every patch applied in order; bytes are two hex digits each. */
const patched = ({ copy, mad }: Sends, outputsOf: OutputsOf): Result.Result<string, string> => {
  let text = mad
  for (const { from, length, line, out, to } of copy ?? []) {
    const source = outputAt(outputsOf, line, out)
    if (Result.isFailure(source)) return Result.fail(source.failure)
    if (!("mad" in source.success))
      return Result.fail(`output ${out} of the line with n ${line} has no mad to copy from`)
    const bytes = source.success.mad.slice(2 * from, 2 * (from + length))
    if (bytes.length !== 2 * length)
      return Result.fail(`output ${out} of the line with n ${line} ends before byte ${from + length}`)
    if (2 * (to + length) > text.length)
      return Result.fail(`the mad ends before byte ${to + length}, where a copy goes`)
    text = text.slice(0, 2 * to) + bytes + text.slice(2 * (to + length))
  }
  return Result.succeed(text)
}

/** The QPN an output told under one of its keys. */
const qpnOf = (output: Output, key: "qpn" | "proxyQpn" | "tunnelQpn"): number | undefined => {
  if (output.to === "tunnel") return key === "qpn" ? undefined : output[key]
  return output.to === "answer" && key === "qpn" ? output.qpn : undefined
}

const toldQpn = (
  command: CommandOf<"egress" | "verb">,
  outputsOf: OutputsOf
): Result.Result<number | null, string> => {
  const { qpnFrom } = command
  if (qpnFrom === undefined) return Result.succeed(null)
  return Result.flatMap(outputAt(outputsOf, qpnFrom.line, qpnFrom.out), (output) => {
    const qpn = qpnOf(output, qpnFrom.key)
    const none = `output ${qpnFrom.out} of the line with n ${qpnFrom.line} tells no ${qpnFrom.key}`
    return qpn === undefined ? Result.fail(none) : Result.succeed(qpn)
  })
}

/**
 * The command as this run means it: `copy` and `qpnFrom` applied and gone. Fails with a text when they name
 * an output that is not there, or bytes beyond its end or the MAD's.
 */
export const resolveCommand = (command: Command, outputsOf: OutputsOf): Result.Result<Command, string> => {
  switch (command.op) {
    case "egress":
      return Result.flatMap(toldQpn(command, outputsOf), (told) =>
        Result.map(patched(command, outputsOf), (mad) => {
          const { copy: _copy, qpnFrom: _qpnFrom, ...plain } = command
          return { ...plain, ...(told === null ? {} : { srcQpn: told }), mad }
        })
      )
    case "ingress":
      return Result.map(patched(command, outputsOf), (mad) => {
        const { copy: _copy, ...plain } = command
        return { ...plain, mad }
      })
    case "verb":
      return Result.map(toldQpn(command, outputsOf), (told) => {
        const { qpnFrom: _qpnFrom, ...plain } = command
        return told === null ? plain : { ...plain, qp: told }
      })
    default:
      return Result.succeed(command)
  }
}

/** Whether a line names other lines of its trace: by copies, a QPN, or outputs that stand later than their cause. */
export const quotes = ({ in: command, out = [] }: Line): boolean =>
  out.some((output) => output.for !== undefined) ||
  ("copy" in command && command.copy !== undefined) || ("qpnFrom" in command && command.qpnFrom !== undefined)
