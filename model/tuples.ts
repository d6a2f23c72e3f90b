/**
 * Numbers for tuples of numbers: equal tuples have one number, different tuples never. Everything lies in a few
 * typed arrays, so that millions of tuples cost little and nothing of them is looked at by a garbage collector.
 */

/** A typed array of integers that grows. */
export class Integers {
  #all: Int32Array<ArrayBuffer>
  #length = 0

  constructor(room = 1024) {
    this.#all = new Int32Array(room)
  }

  /** How many there are. */
  get length(): number {
    return this.#length
  }

  /** The integer at a place that was pushed; 0 beyond. */
  at(place: number): number {
    return this.#all[place] ?? 0
  }

  /** Puts another integer of 32 bits in a place that was pushed. */
  put(place: number, value: number): void {
    this.#all[place] = value
  }

  /** Appends an integer of 32 bits. */
  push(value: number): void {
    if (this.#length === this.#all.length) {
      const larger = new Int32Array(this.#length * 2)
      larger.set(this.#all)
      this.#all = larger
    }
    this.#all[this.#length++] = value
  }
}

/** The numbers of tuples, from 0 on in the order in which they came. */
export class Tuples {
  readonly #fields = new Integers()
  /** Where each tuple begins; the last entry is where the next will. */
  readonly #starts = new Integers()
  /** Two places for each: the hash of a tuple, and its number plus one. */
  #slots = new Int32Array(2 * 1024)

  constructor() {
    this.#starts.push(0)
  }

  /** How many different tuples there are. */
  get size(): number {
    return this.#starts.length - 1
  }

  /** The number of a tuple of 32-bit integers of any length; a new one is the former {@link size}. */
  add(tuple: ArrayLike<number>): number {
    if (this.size * 4 >= this.#slots.length) this.#rehash()
    const { length } = tuple
    let hash = length
    for (let i = 0; i < length; i++) hash = mixed(hash, tuple[i] ?? 0)
    hash = finished(hash)
    const slots = this.#slots
    const mask = slots.length - 2
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const known = slots[slot + 1] ?? 0
      if (known === 0) return this.#append(tuple, hash, slot)
      if (slots[slot] === hash && this.#isEqual(known - 1, tuple)) return known - 1
    }
  }

  /** Writes the tuple of a number into a place for one of its length. */
  read(id: number, into: Int32Array): void {
    const start = this.#starts.at(id)
    for (let i = 0; i < into.length; i++) into[i] = this.#fields.at(start + i)
  }

  #append(tuple: ArrayLike<number>, hash: number, slot: number): number {
    const id = this.size
    for (let i = 0; i < tuple.length; i++) this.#fields.push(tuple[i] ?? 0)
    this.#starts.push(this.#fields.length)
    this.#slots[slot] = hash
    this.#slots[slot + 1] = id + 1
    return id
  }

  #isEqual(id: number, tuple: ArrayLike<number>): boolean {
    const start = this.#starts.at(id)
    if (this.#starts.at(id + 1) - start !== tuple.length) return false
    for (let i = 0; i < tuple.length; i++) if (this.#fields.at(start + i) !== tuple[i]) return false
    return true
  }

  #rehash(): void {
    const former = this.#slots
    const slots = new Int32Array(former.length * 2)
    const mask = slots.length - 2
    for (let at = 0; at < former.length; at += 2) {
      const [hash = 0, known = 0] = [former[at], former[at + 1]]
      if (known === 0) continue
      let slot = (hash << 1) & mask
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
      slots[slot] = hash
      slots[slot + 1] = known
    }
    this.#slots = slots
  }
}

/** A number for some pairs of numbers. */
export class Pairs {
  /** Three places for each: the pair, and its number plus one. */
  #slots = new Int32Array(3 * 1024)
  #size = 0

  /** The number of a pair; undefined if it has none. */
  get(a: number, b: number): number | undefined {
    const value = this.#slots[this.#slotOf(a, b) + 2] ?? 0
    return value === 0 ? undefined : value - 1
  }

  /** Gives a pair that has none a number, from 0 on. */
  set(a: number, b: number, value: number): void {
    if (this.#size * 6 >= this.#slots.length) this.#rehash()
    const slot = this.#slotOf(a, b)
    this.#slots[slot] = a
    this.#slots[slot + 1] = b
    this.#slots[slot + 2] = value + 1
    this.#size += 1
  }

  #slotOf(a: number, b: number): number {
    const mask = this.#slots.length / 3 - 1
    let at = finished(mixed(mixed(2, a), b)) & mask
    for (;;) {
      const slot = at * 3
      const isFree = this.#slots[slot + 2] === 0
      if (isFree || (this.#slots[slot] === a && this.#slots[slot + 1] === b)) return slot
      at = (at + 1) & mask
    }
  }

  #rehash(): void {
    const former = this.#slots
    this.#slots = new Int32Array(former.length * 2)
    for (let slot = 0; slot < former.length; slot += 3) {
      const value = former[slot + 2] ?? 0
      if (value === 0) continue
      const [a, b] = [former[slot] ?? 0, former[slot + 1] ?? 0]
      const free = this.#slotOf(a, b)
      this.#slots.set([a, b, value], free)
    }
  }
}

const mixed = (hash: number, field: number): number => {
  const mixedIn = Math.imul(hash ^ field, 0x9e37_79b1)
  return mixedIn ^ (mixedIn >>> 15)
}

const finished = (hash: number): number => {
  const more = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  return more ^ (more >>> 13)
}
