/** What the checker says of recorded traces as they are, and of the same with an output wrong. */
import { completeInit } from "../../impl/trace/init.ts"
import type { Line } from "../../impl/trace/line.ts"
import { check } from "../trace-check.ts"
import { toEvent } from "../translate.ts"
import type { Verdict } from "../verdict.ts"
import { Digest } from "./digest.ts"
import { nearby } from "./nearby.ts"
import type { Named } from "./recorded.ts"

/** Shorter traces are tampered with, too. */
export const SHORT = 16
/** How many tampered copies of a trace are judged. */
const COPIES = 2

const summary = ({ mostCandidates, skipped, steps, verdict, violations }: Verdict): string =>
  [
    verdict, steps, mostCandidates, skipped.length,
    ...violations.map(({ expected, kind, n, observed, requirements }) =>
      `${kind}@${n} -${expected.length} +${observed.length} ${requirements.join(",")}`)
  ].join(" ")

/** The byte at a place is another. */
const flipped = (hex: string, place: number): string => {
  const at = (place * 2) % hex.length
  return hex.slice(0, at) + (hex[at] === "0" ? "1" : "0") + hex.slice(at + 1)
}

/** Bytes of a MAD's header and of what the classes put first. */
const BYTES = [1, 3, 5, 12, 15, 17, 21, 25, 30, 44, 60, 72, 80, 100, 136]

type Outputs = NonNullable<Line["out"]>

const tamperedOutput = (output: Outputs[number], turn: number): Outputs => {
  if (turn % 3 === 0) return []
  if (turn % 3 === 1 && "mad" in output) {
    return [{ ...output, mad: flipped(output.mad, BYTES[turn % BYTES.length] ?? 0) }]
  }
  if (output.to === "drop") {
    return [{ ...output, reason: output.reason === "class-policy" ? "remote-qpn" : "class-policy" }]
  }
  if (output.to === "function" || output.to === "event") return [{ ...output, function: output.function ^ 1 }]
  if (output.to === "wire") return [{ ...output, dlid: output.dlid + 1 }]
  return [output, output]
}

/** Copies of the trace, each with one output wrong. */
const copies = (lines: ReadonlyArray<Line>): ReadonlyArray<ReadonlyArray<Line>> => {
  const places = lines.flatMap(({ out = [] }, at) => out.map((_, i) => ({ at, i }))).toReversed()
  return Array.from({ length: Math.min(COPIES, places.length) }, (_, copy) => {
    const { at, i } = places[Math.floor((copy * places.length) / COPIES)] ?? { at: 0, i: 0 }
    return lines.map((line, place) => {
      if (place !== at || line.out === undefined) return line
      const out = line.out.flatMap((each, j) => (j === i ? tamperedOutput(each, copy + at) : [each]))
      return { ...line, out }
    })
  })
}

/**
 * The judgement in short, and a digest of all states in which the model may be after each line, and of what
 * would come of the same event, changed a little, in one of these.
 */
const judged = (lines: ReadonlyArray<Line>): string => {
  const digest = new Digest()
  const [first] = lines
  const functions = first?.in.op === "init" ? completeInit(first.in).functions : 0
  let turn = lines.length
  const verdict = check(lines, {
    onStep: ({ actions, command, state, states }) => {
      digest.add(actions, states)
      const event = toEvent(command, { lmc: state.port.lmc, functions, payload: "again" })
      if (event) nearby(state, event, turn++, digest)
    }
  })
  return `${summary(verdict)} ${digest.text}`
}

/** One text for the trace as it is and for each tampered copy. */
export const verdictsOf = (
  { lines }: Named, { tampers }: { readonly tampers: boolean }
): ReadonlyArray<string> => [lines, ...(tampers ? copies(lines) : [])].map(judged)
