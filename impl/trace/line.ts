/**
 * One line of a trace: `{"n": k, "in": command, "out": [output...]}`. Decoding is strict and says line, key
 * and what was expected; encoding is canonical, keys in the order of the schemas and no spaces, so equal
 * lines are equal texts.
 */
import * as Data from "effect/Data"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { shown } from "../input/check.ts"
import { type Command, commands, type Op } from "./command.ts"
import { initFault } from "./init.ts"
import { jsonFault } from "./json-fault.ts"
import { type Output, outputs, type To } from "./output.ts"
import { integer, LineNumber } from "./scalars.ts"

/** What is wrong with a text that should be a line: where, what was expected there and what stood there. */
export class TraceError extends Data.TaggedError("TraceError")<{
  /** Place of the line in its file, from 1. */
  readonly line: number
  /** Keys and indices down to the fault, as in `in.grh.dgid` or `out[3].mad`; empty for the whole line. */
  readonly path: string
  readonly expected: string
  /** What stood there as JSON, shortened; empty when nothing did. */
  readonly got: string
}> {
  override get message(): string {
    const where = this.path === "" ? `line ${this.line}` : `line ${this.line}: ${this.path}`
    return `${where}: expected ${this.expected}${this.got === "" ? "" : `, got ${this.got}`}`
  }
}

/** An input, alone or with what came of it. */
export interface Line {
  readonly n: number
  readonly in: Command
  /** Absent in a trace that is yet to be run. */
  readonly out?: ReadonlyArray<Output>
  /** Why the command could not be answered; then there is no `out`. */
  readonly error?: string
  /** Microseconds since 1970: in the sidecar of a capture alone, which has no `advance` (spec/check.md). */
  readonly at?: number
}

/** What an implementation under test writes back for one input line; `in` may be left out. */
export interface Reply extends Omit<Line, "in"> {
  readonly in?: Command
}

/** The most characters of a line; the largest command needs a tenth of it. */
export const LINE_LENGTH_MAX = 2 ** 20

type Path = ReadonlyArray<PropertyKey>
/** A fault whose line is not known yet. */
interface Fault {
  readonly path: Path
  readonly expected: string
  readonly got: unknown
}

const formatter = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return "this key"
    if (issue._tag === "UnexpectedKey") return "no such key"
    return SchemaIssue.defaultLeafHook(issue).replace(/^Expected /, "")
  }
})

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value
  )

const isObject = (value: unknown): value is Readonly<Record<PropertyKey, unknown>> =>
  typeof value === "object" && value !== null

type Decoder<T> = (value: unknown, path: Path) => Result.Result<T, Fault>

/** A strict decoder of one schema, made once. */
const decoderOf = <T>(schema: Schema.ConstraintDecoder<T>): Decoder<T> => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return (value, path) =>
    Result.mapError(decode(value), ({ issue }) => {
      const first = formatter(issue).issues[0]
      const inner = (first?.path ?? []).map((key) => (typeof key === "object" ? key.key : key))
      return {
        path: [...path, ...inner],
        expected: first?.message ?? "something else",
        got: at(value, inner)
      }
    })
}

const lineNumber = decoderOf(LineNumber)
const moment = decoderOf(integer(0, Number.MAX_SAFE_INTEGER))
const errorText = decoderOf(Schema.String.annotate({ message: "a text" }))

const decodersOf = <K extends string, T>(
  schemas: Readonly<Record<K, Schema.ConstraintDecoder<T>>>
): ReadonlyMap<string, Decoder<T>> =>
  new Map(
    Object.entries<Schema.ConstraintDecoder<T>>(schemas).map(([name, schema]) => [name, decoderOf(schema)])
  )

const commandDecoders = decodersOf<Op, Command>(commands)
const outputDecoders = decodersOf<To, Output>(outputs)

/** Decodes by the name that stands under `key`, so that a fault is one of that variant and no other. */
const variant =
  <T>(key: string, decoders: ReadonlyMap<string, Decoder<T>>): Decoder<T> =>
  (value, path) => {
    if (!isObject(value) || Array.isArray(value))
      return Result.fail({ path, expected: "an object", got: value })
    const name = value[key]
    const decode = typeof name === "string" ? decoders.get(name) : undefined
    const known = [...decoders.keys()].join(", ")
    return decode
      ? decode(value, path)
      : Result.fail({ path: [...path, key], expected: `one of ${known}`, got: name })
  }

const commandOf = variant("op", commandDecoders)
const outputOf = variant("to", outputDecoders)

const checkedCommand: Decoder<Command> = (value, path) =>
  Result.flatMap(commandOf(value, path), (command) => {
    const fault = command.op === "init" ? initFault(command) : null
    return fault
      ? Result.fail({
          path: [...path, ...fault.path],
          expected: fault.expected,
          got: at(command, fault.path)
        })
      : Result.succeed(command)
  })

const outputsOf: Decoder<ReadonlyArray<Output>> = (value, path) => {
  if (!Array.isArray(value)) return Result.fail({ path, expected: "a list of outputs", got: value })
  const out: Array<Output> = []
  for (const [i, each] of value.entries()) {
    const output = outputOf(each, [...path, i])
    if (Result.isFailure(output)) return Result.fail(output.failure)
    out.push(output.success)
  }
  return Result.succeed(out)
}

const KEYS: ReadonlyArray<string> = ["n", "at", "in", "out", "error"]

/** Decodes what may be absent. */
const optional = <T>(decode: Decoder<T>, value: unknown, path: Path): Result.Result<T | undefined, Fault> =>
  value === undefined ? Result.succeed(undefined) : decode(value, path)

// No generator: a long trace has a million lines.
const replyOf: Decoder<Reply> = (value, path) => {
  if (!isObject(value) || Array.isArray(value))
    return Result.fail({ path, expected: "an object", got: value })
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key))
  if (unknown !== undefined) {
    return Result.fail({ path: [unknown], expected: "no such key", got: value[unknown] })
  }
  if (value["out"] !== undefined && value["error"] !== undefined) {
    return Result.fail({ path: ["error"], expected: "either out or error", got: value["error"] })
  }
  const n = lineNumber(value["n"], ["n"])
  if (Result.isFailure(n)) return Result.fail(n.failure)
  const time = optional(moment, value["at"], ["at"])
  if (Result.isFailure(time)) return Result.fail(time.failure)
  const command = optional(checkedCommand, value["in"], ["in"])
  if (Result.isFailure(command)) return Result.fail(command.failure)
  const out = optional(outputsOf, value["out"], ["out"])
  if (Result.isFailure(out)) return Result.fail(out.failure)
  const error = optional(errorText, value["error"], ["error"])
  if (Result.isFailure(error)) return Result.fail(error.failure)
  return Result.succeed({
    n: n.success,
    ...(time.success !== undefined && { at: time.success }),
    ...(command.success !== undefined && { in: command.success }),
    ...(out.success !== undefined && { out: out.success }),
    ...(error.success !== undefined && { error: error.success })
  })
}

/** The JSON of a value; of what came as a value and is none that JSON knows (a bigint, a circle), what it is. */
const jsonOrKind = (value: unknown): string => {
  if (typeof value === "number" && !Number.isFinite(value)) return shown(value)
  try {
    return JSON.stringify(value) ?? shown(value)
  } catch {
    return shown(value)
  }
}

const jsonOf = (value: unknown): string => {
  const text = value === undefined ? "" : jsonOrKind(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const pathText = (path: Path): string =>
  path
    .map((key, i) => (typeof key === "number" ? `[${key}]` : `${i === 0 ? "" : "."}${String(key)}`))
    .join("")

const parse = (text: string): Result.Result<unknown, Fault> => {
  if (text.length > LINE_LENGTH_MAX) {
    return Result.fail({ path: [], expected: `at most ${LINE_LENGTH_MAX} characters`, got: text.length })
  }
  try {
    return Result.succeed(JSON.parse(text))
  } catch {
    const { column, found } = jsonFault(text) ?? { column: 1, found: "something else" }
    return Result.fail({ path: [], expected: `JSON, but column ${column} has ${found}`, got: undefined })
  }
}

const located =
  (line: number) =>
  ({ expected, got, path }: Fault): TraceError =>
    new TraceError({ line, path: pathText(path), expected, got: jsonOf(got) })

/** Decodes what an implementation wrote back. `line` is where it stands, for the error. */
export const decodeReply = (text: string, line: number): Result.Result<Reply, TraceError> =>
  Result.mapError(
    Result.flatMap(parse(text), (value) => replyOf(value, [])),
    located(line)
  )

/** Decodes a command that stands in line `line`. */
export const decodeCommand = (value: unknown, line: number): Result.Result<Command, TraceError> =>
  Result.mapError(checkedCommand(value, ["in"]), located(line))

/** Decodes an output that stands in line `line`. */
export const decodeOutput = (value: unknown, line: number): Result.Result<Output, TraceError> =>
  Result.mapError(outputOf(value, ["out"]), located(line))

/** Decodes one line of a trace. `line` is its place in the file, from 1, for the error. */
export const decodeLine = (text: string, line: number): Result.Result<Line, TraceError> =>
  Result.flatMap(decodeReply(text, line), (reply) =>
    reply.in === undefined
      ? Result.fail(new TraceError({ line, path: "in", expected: "this key", got: "" }))
      : Result.succeed({ ...reply, in: reply.in })
  )

/** Encoders by name, each made once; encoding puts the keys in the order of the schema. */
const encodersOf = (schemas: Readonly<Record<string, Schema.ConstraintEncoder<unknown>>>) =>
  new Map(Object.entries(schemas).map(([name, schema]) => [name, Schema.encodeUnknownSync(schema)]))

const commandEncoders = encodersOf(commands)
const outputEncoders = encodersOf(outputs)

/**
 * The canonical text of a line or reply, without a newline. Throws a SchemaError if a value is out of its
 * range: an error of the caller.
 */
export const encodeLine = ({ at: time, error, in: command, n, out }: Reply): string =>
  JSON.stringify({
    n,
    ...(time !== undefined && { at: time }),
    ...(command && { in: commandEncoders.get(command.op)?.(command) }),
    ...(out && { out: out.map((output) => outputEncoders.get(output.to)?.(output)) }),
    ...(error !== undefined && { error })
  })
