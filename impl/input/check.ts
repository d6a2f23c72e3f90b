/**
 * How the library refuses a value: with an error that says what, where and what was expected. Every check takes any
 * value at all, because a caller may be no TypeScript. For the control plane: none is asked per MAD.
 */

interface InputErrorParts {
  readonly path: string
  readonly expected: string
  readonly cause: unknown
}

/** A value that cannot be used. The message is a sentence of its place, what is expected there, and what was given. */
export class InputError extends RangeError {
  readonly _tag = "InputError"
  override readonly name = "InputError"
  /** Keys and indices down to the value, as in `timing.tidMin` or `pkeyMaps[3][0]`; empty where it has no name. */
  readonly path: string
  /** What would have to stand there; empty where the message alone says it. */
  readonly expected: string

  constructor(message: string, { cause, expected = "", path = "" }: Partial<InputErrorParts> = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.path = path
    this.expected = expected
  }
}

/** The error for what stands at `path`; `got` undefined says nothing of it. */
export const inputError = (path: string, expected: string, got?: unknown): InputError =>
  new InputError(`${path} must be ${expected}${got === undefined ? "" : `, got ${shown(got)}`}`, { path, expected })

const SHOWN_MAX = 60

/** A value as an error shows it: short, on one line, whatever it is. */
export const shown = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, SHOWN_MAX)) :
    Array.isArray(value) ? `a list of ${value.length}` :
    typeof value === "object" && value !== null ? "an object" :
    typeof value === "function" ? "a function" : String(value)
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 3)}...` : text
}

const refuse = (path: string, expected: string, got: unknown): never => {
  if (got !== undefined) throw inputError(path, expected, got)
  throw inputError(path, `${expected}, but is missing`)
}

/** Throws an InputError naming `path` unless `value` is an integer in `least..most`. */
export const checkInteger = (path: string, value: unknown, least: number, most: number): void => {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return
  refuse(path, `an integer in ${least}..${most}`, value)
}

/** Throws an InputError naming `path` unless `value` is an integer in 0..2^31-1. */
export const checkCount = (path: string, value: unknown): void => checkInteger(path, value, 0, 2 ** 31 - 1)

/** Throws an InputError naming `path` unless `value` is true or false. */
export const checkFlag = (path: string, value: unknown): void => {
  if (typeof value !== "boolean") refuse(path, "true or false", value)
}

/** Throws an InputError naming `path` unless `value` is text of exactly `digits` hex digits. */
export const checkHex = (path: string, value: unknown, digits: number): void => {
  if (typeof value === "string" && value.length === digits && /^[0-9a-fA-F]*$/.test(value)) return
  refuse(path, `${digits} hex digits`, value)
}

/** Throws an InputError naming `path` unless `value` is one of the texts. */
export const checkOneOf = (path: string, value: unknown, texts: ReadonlyArray<string>): void => {
  if (typeof value !== "string" || !texts.includes(value)) refuse(path, `one of ${texts.join(", ")}`, value)
}

/** Throws an InputError naming `path` unless `value` is an object that is no list. */
export const checkObject = (path: string, value: unknown): void => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "an object", value)
}

/** Throws an InputError naming `path` unless `value` is a list of at most `most`, without holes. */
export const checkList = (path: string, value: unknown, most: number): void => {
  if (!Array.isArray(value)) return refuse(path, `a list of at most ${most}`, value)
  if (value.length > most) throw inputError(path, `a list of at most ${most}`, value)
  for (let i = 0; i < value.length; i++) if (!(i in value)) refuse(`${path}[${i}]`, "an entry", undefined)
}

/** Throws an InputError naming `path` unless `value` is bytes, `lengthBytes` of them. */
export const checkBytes = (path: string, value: unknown, lengthBytes: number): void => {
  if (!(value instanceof Uint8Array)) return refuse(path, `${lengthBytes} bytes`, value)
  if (value.length !== lengthBytes) throw inputError(path, `${lengthBytes} bytes`, value.length)
}

/** Throws an InputError naming `path` unless `value` is a function. */
export const checkCallable = (path: string, value: unknown): void => {
  if (typeof value !== "function") refuse(path, "a function", value)
}
