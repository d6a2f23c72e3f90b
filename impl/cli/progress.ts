/** A line on standard error now and then while something takes long. */

/** Nothing is said of what is done sooner. */
const QUIET_MS = 2000

/** Says how far something is: the first time after two seconds, then every two seconds. */
export class Progress {
  readonly #say: (text: string) => void
  readonly #begun = performance.now()
  #next = this.#begun + QUIET_MS

  constructor(say: (text: string) => void) {
    this.#say = say
  }

  /** `text` is asked only when something is said; it gets the seconds since the beginning. */
  tell(text: (seconds: number) => string): void {
    const now = performance.now()
    if (now < this.#next) return
    this.#next = now + QUIET_MS
    this.#say(text((now - this.#begun) / 1000))
  }
}
