/** `madmux decode HEX`: what the bytes of a MAD say, field by field. */
import { text } from "node:stream/consumers"
import { Console, Effect } from "effect"
import { Argument, Command } from "effect/cli"
import { countText } from "../system/words.ts"
import { decode, type DecodedMad, MAD_BYTES } from "../wire/decode.ts"
import { EnvironmentError, reportingJson, UsageError } from "./errors.ts"
import { Json } from "./flags.ts"
import { paintFor, table } from "./screen.ts"

const bytesOf = (hex: string): Uint8Array | null => {
  const digits = hex.replace(/^0x/i, "").replace(/[\s:]/g, "")
  if (!/^([0-9a-f]{2})+$/i.test(digits)) return null
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

const standardInput = Effect.tryPromise({
  try: () => text(process.stdin),
  catch: (cause) => new EnvironmentError({ message: `decode: cannot read standard input: ${String(cause)}` })
})

const render = (mad: DecodedMad): ReadonlyArray<string> => {
  const paint = paintFor(process.stdout)
  const shown = mad.fields.filter(({ name, value }) => !/^Reserved\d*$/.test(name) || /[1-9a-f]/.test(value.slice(2)))
  const shorten = (value: string) => (value.length > 34 ? `${value.slice(0, 32)}..` : value)
  const rows = shown.map(({ bit, byte, meaning, name, part, value, width }) => [
    `${byte}[${bit}]`, String(width), part, name, shorten(value), meaning ?? ""
  ])
  const [head = "", ...body] = table(["byte[bit]", "bits", "part", "field", "value", "meaning"], rows)
  return [paint.bold(mad.name), ...mad.problems.map((problem) => paint.bad(problem)), "", paint.dim(head), ...body]
}

export const decodeCommand = Command.make("decode", {
  hex: Argument.String("hex").pipe(
    Argument.withDescription(
      "Bytes of one MAD in hex, 24..256 (of a shorter one what is there is shown); blanks, line ends and colons are allowed; " +
        "- reads them from standard input"
    )
  ),
}, Effect.fnUntraced(function*({ hex: given }) {
  const json = yield* Json
  const hex = given === "-" ? yield* standardInput : given
  const bytes = bytesOf(hex)
  if (bytes === null) {
    const shown = `${given === "-" ? "standard input: " : ""}"${hex.trim().slice(0, 40)}"`
    return yield* new UsageError({
      message: `decode: ${shown} is not an even number of hex digits; give the bytes of a MAD, e.g. 01030201...`
    })
  }
  if (bytes.length > MAD_BYTES) {
    const more = `${countText(bytes.length - MAD_BYTES, "byte")} too many`
    return yield* new UsageError({
      message: `decode: ${bytes.length} bytes are no MAD, which has ${MAD_BYTES}: ${more}; ` +
        "leave out what is before and after it (headers, CRCs, other MADs)"
    })
  }
  const mad = decode(bytes)
  if (!mad.ok) return yield* new UsageError({ message: `decode: ${mad.error}` })
  yield* Console.log(json ? JSON.stringify(mad, null, 2) : render(mad).join("\n"))
}, reportingJson)).pipe(Command.withDescription("Show what the bytes of a MAD say, field by field"))
