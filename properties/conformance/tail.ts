/** The last lines of a stream, in bounded memory. */

const LINES_MAX = 12
const LINE_LENGTH_MAX = 300

/** Takes chunks of text; keeps the last twelve lines, each cut after 300 characters. */
export class Tail {
  readonly #lines: Array<string> = []
  #open = ""

  take(chunk: string): void {
    const [first = "", ...more] = chunk.split(/\r?\n/)
    this.#extend(first)
    for (const next of more) {
      this.#lines.push(this.#open)
      this.#open = ""
      this.#extend(next)
    }
    this.#lines.splice(0, this.#lines.length - LINES_MAX)
  }

  #extend(text: string): void {
    if (this.#open.length < LINE_LENGTH_MAX) this.#open = (this.#open + text).slice(0, LINE_LENGTH_MAX)
  }

  /** What is kept, oldest first; a last line without an end counts. */
  lines(): ReadonlyArray<string> {
    return (this.#open === "" ? this.#lines : [...this.#lines, this.#open]).slice(-LINES_MAX)
  }
}
