/** The scalars of a trace line: integers within a range, and lower-case hex of a fixed length. */
import * as Schema from "effect/Schema"

/** An integer in `least..most`; a fault says so. */
export const integer = (least: number, most: number) => {
  const message = `an integer in ${least}..${most}`
  const within = (value: number): boolean => Number.isInteger(value) && value >= least && value <= most
  return Schema.Number.annotate({ message }).check(Schema.makeFilter(within, { message }))
}

/** Text of exactly `digits` lower-case hex digits. */
export const hex = (digits: number) => {
  const message = `${digits} lower-case hex digits`
  const shape = new RegExp(`^[0-9a-f]{${digits}}$`)
  return Schema.String.annotate({ message }).check(
    Schema.makeFilter((text: string) => shape.test(text), { message })
  )
}

/** The most bytes a MAD of a command may have, so that short and long ones can be written. */
export const MAD_BYTES_MAX = 4096
/** Bytes of every MAD that is sent or delivered (IBTA 13.4.2). */
export const MAD_BYTES = 256

const bytesMessage = `an even number of lower-case hex digits, at most ${2 * MAD_BYTES_MAX}`
const isBytes = (text: string): boolean =>
  text.length % 2 === 0 && text.length <= 2 * MAD_BYTES_MAX && /^[0-9a-f]*$/.test(text)

/** Bytes as hex, 0 to {@link MAD_BYTES_MAX} of them: the MAD of a command. */
export const Bytes = Schema.String.annotate({ message: bytesMessage }).check(
  Schema.makeFilter(isBytes, { message: bytesMessage })
)
/** One whole MAD as 512 hex digits: the MAD of an output. */
export const Mad = hex(2 * MAD_BYTES)

/** A GUID or a subnet prefix. */
export const Hex64 = hex(16)
/** A GID. */
export const Hex128 = hex(32)
/** 64 bytes: an attribute of an SMP. */
export const Attribute = hex(128)

/** The greatest number of a line. */
export const LINE_NUMBER_MAX = 2 ** 31 - 1
/** Number of a line; lines of a trace have rising numbers. */
export const LineNumber = integer(0, LINE_NUMBER_MAX)
/** A function: 0 is the PF, 1..254 are VFs. */
export const FunctionNumber = integer(0, 254)
/** QP0 or QP1. */
export const SpecialQp = Schema.Literals([0, 1]).annotate({ message: "0 or 1" })
/** Names a queue pair, 24 bits. */
export const Qpn = integer(0, 0xff_ffff)
/** Local identifier, 16 bits. */
export const Lid = integer(0, 0xffff)
/** Low bits of a LID that select a path. */
export const PathBits = integer(0, 127)
/** Service level. */
export const Sl = integer(0, 15)
/** One byte. */
export const Byte = integer(0, 0xff)
/** 16 bits. */
export const Word16 = integer(0, 0xffff)
/** 32 bits. */
export const Word32 = integer(0, 0xffff_ffff)
/** Milliseconds, up to twelve days. */
export const Ms = integer(0, 2 ** 30)
/** A count of things. */
export const Count = integer(0, Number.MAX_SAFE_INTEGER)
/** True or false. */
export const Flag = Schema.Boolean.annotate({ message: "true or false" })

/** One of the texts. */
export const oneOf = <const L extends ReadonlyArray<string>>(texts: L) =>
  Schema.Literals(texts).annotate({ message: `one of ${texts.join(", ")}` })

/** A list of `items`, at most `most` of them. */
export const list = <S extends Schema.Constraint>(items: S, most: number) => {
  const message = `a list of at most ${most}`
  return Schema.Array(items).annotate({ message }).check(Schema.isMaxLength(most, { message }))
}
