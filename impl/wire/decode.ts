/**
 * Bytes to a plain description of the MAD, for people: every field by its IBTA name, with its place and
 * value.
 *
 * Total: any bytes give a value, none throw [SQP-WIRE-3]. The fields of a MAD of 256 bytes own each of its
 * bits exactly once; bytes that no table describes come out as fields named `Data`. Cold side: it allocates.
 */
import { attributeName } from "./attributes.ts"
import { isSmpClass, MGMT_CLASS, mgmtClassName } from "./classes.ts"
import { type Field, hexOf } from "./layout.ts"
import { MAD_HEADER_BYTES, madHeader, methodByte } from "./mad-header.ts"
import { methodName } from "./methods.ts"
import { partsOf } from "./parts.ts"
import { rejReasonName, statusName } from "./status.ts"

/** Length of every MAD on the wire, in bytes (IBTA Vol 1, 13.4.2). */
export const MAD_BYTES = 256

/**
 * One field of a decoded MAD. `byte` counts from the first byte of the MAD, `bit` 0 is the most significant
 * of it.
 */
export interface DecodedField extends Field {
  /** The table the field belongs to: `MAD header`, `RMPP`, `MCMemberRecord`, `NodeRecord 2` ... */
  readonly part: string
  readonly name: string
  /**
   * `0x` and one hex digit for every four bits or part of four; of more than 64 bits, the bytes without `0x`.
   */
  readonly value: string
  /** The name of the number, where it has one: class, method, status, attribute, reject reason. */
  readonly meaning?: string
}

/** The description of a MAD. */
export interface DecodedMad {
  readonly ok: true
  /** As IBTA writes it: `SubnAdmGet(PathRecord)`, `ComMgtSend(REQ)`; with numbers where there are no names. */
  readonly name: string
  readonly class: string
  readonly method: string
  readonly attribute: string
  readonly status: string
  /** In the order of their bits. */
  readonly fields: ReadonlyArray<DecodedField>
  /** What is odd about the bytes, in words; empty for a MAD of 256 bytes. */
  readonly problems: ReadonlyArray<string>
}

/** What {@link decode} says of bytes: a description, or why there is none. */
export type Decoded = DecodedMad | { readonly ok: false; readonly error: string }

const endOf = ({ bit, byte, width }: Field): number => byte + Math.ceil((bit + width) / 8)

/**
 * Text of a field's value. Reads bit by bit arithmetic of its own, so that any field of any table can be
 * shown.
 */
const valueOf = (view: DataView, { bit, byte, width }: Field): string => {
  const length = Math.ceil((bit + width) / 8)
  const bytes = hexOf(view, byte, length)
  if (width > 64) return bytes
  const value = BigInt.asUintN(width, BigInt(`0x${bytes}`) >> BigInt(length * 8 - bit - width))
  return `0x${value.toString(16).padStart(Math.ceil(width / 4), "0")}`
}

/** The words of the header that have names. */
interface Names {
  readonly class: string
  readonly method: string
  readonly attribute: string
  readonly status: string
}

const namesOf = (view: DataView): Names => {
  const mgmtClass = madHeader.MgmtClass.get(view, 0)
  // The top bit of a directed-route status is the direction.
  const statusBits = mgmtClass === MGMT_CLASS.SubnDirectedRoute ? 0x7fff : 0xffff
  const status = madHeader.Status.get(view, 0) & statusBits
  return {
    class: mgmtClassName(mgmtClass),
    method: methodName(methodByte.get(view, 0)),
    attribute: attributeName(mgmtClass, madHeader.AttributeID.get(view, 0)),
    status: statusName(status, mgmtClass === MGMT_CLASS.SubnAdm)
  }
}

const meaningOf = (part: string, name: string, value: string, names: Names): string | undefined => {
  if (part === "REJ" && name === "Reason") return rejReasonName(Number(value))
  if (part !== "MAD header" && part !== "directed-route SMP") return undefined
  switch (name) {
    case "MgmtClass":
      return names.class
    case "Method":
      return names.method
    case "Status":
      return names.status
    case "AttributeID":
      return names.attribute
    default:
      return undefined
  }
}

/** A field of the MAD by its place, before it is read. */
interface Placed extends Field {
  readonly part: string
  readonly name: string
}

/** Fields named `Data` for the bytes between `fields`, which are in order, and up to `end`. */
const withGaps = (fields: ReadonlyArray<Placed>, end: number): ReadonlyArray<Placed> => {
  const filled: Array<Placed> = []
  let next = 0
  const fillTo = (byte: number): void => {
    if (byte > next) filled.push({ part: "data", name: "Data", byte: next, bit: 0, width: (byte - next) * 8 })
  }
  for (const field of fields) {
    fillTo(field.byte)
    filled.push(field)
    next = endOf(field)
  }
  fillTo(end)
  return filled
}

const placedFields = (view: DataView): ReadonlyArray<Placed> =>
  partsOf(view).flatMap(({ base, end, name: part, table }) =>
    Object.entries(table)
      .map(([name, { bit, byte, width }]) => ({ part, name, byte: base + byte, bit, width }))
      .filter((field) => endOf(field) <= Math.min(end, view.byteLength))
  ).sort((a, b) => a.byte - b.byte || a.bit - b.bit)

const isNumber = (name: string): boolean => name.startsWith("0x")

/** `SubnAdmGet(PathRecord)`; what has no name is called what it is: `class 0x56 method 0xe7 (attribute 0xe106)`. */
const headlineOf = (prefix: string, { attribute, method }: Names): string => {
  const subject = isNumber(prefix) ? `class ${prefix}` : prefix
  const verb = isNumber(method) ? ` method ${method} ` : isNumber(prefix) ? ` ${method}` : method
  return `${subject}${verb}(${isNumber(attribute) ? `attribute ${attribute}` : attribute})`
}

const problemsOf = (length: number): ReadonlyArray<string> => {
  if (length === MAD_BYTES) return []
  const consequence = length < MAD_BYTES
    ? "the fields past the end are left out"
    : "what follows the MAD is shown as data"
  return [`${length} bytes instead of ${MAD_BYTES}: ${consequence}`]
}

/**
 * Describes the MAD in `bytes`. Fewer than the 24 bytes of the MAD header are an error in the value; any
 * other length but 256 is named in `problems`. Never throws.
 */
export const decode = (bytes: Uint8Array): Decoded => {
  if (bytes.length < MAD_HEADER_BYTES) {
    const error = `${bytes.length} bytes are no MAD: its header alone has ${MAD_HEADER_BYTES} bytes`
    return { ok: false, error }
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const names = namesOf(view)
  const fields = withGaps(placedFields(view), bytes.length).map((placed) => {
    const value = valueOf(view, placed)
    const meaning = meaningOf(placed.part, placed.name, value, names)
    return { ...placed, value, ...(meaning === undefined ? {} : { meaning }) }
  })
  const isSmp = isSmpClass(madHeader.MgmtClass.get(view, 0))
  return {
    ok: true,
    name: headlineOf(isSmp ? "Subn" : names.class, names),
    ...names,
    fields,
    problems: problemsOf(bytes.length)
  }
}
