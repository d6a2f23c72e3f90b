/** Cuts a stream of bytes into lines, in bounded memory. */
import { LINE_LENGTH_MAX } from "./line.ts"

/**
 * Takes bytes as they come and gives whole lines back, without their ends (LF or CR LF). Bytes that are no UTF-8
 * become U+FFFD. Of a line beyond {@link LINE_LENGTH_MAX} characters only so many are kept that a decoder refuses it.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder()
  #open = ""

  /** The lines that end within these bytes. */
  push(bytes: Uint8Array): ReadonlyArray<string> {
    const [first = "", ...more] = this.#decoder.decode(bytes, { stream: true }).split("\n")
    const lines = [this.#open + first, ...more]
    this.#open = (lines.pop() ?? "").slice(0, LINE_LENGTH_MAX + 1)
    return lines.map(withoutReturn)
  }

  /** Whether the line that did not end yet is too long already. */
  get isTooLong(): boolean {
    return this.#open.length > LINE_LENGTH_MAX
  }

  /** What stands after the last line end, once nothing more comes; null when nothing does. */
  end(): string | null {
    const rest = this.#open + this.#decoder.decode()
    this.#open = ""
    return rest === "" ? null : withoutReturn(rest)
  }
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)
