/** Faults of the embedded wire, drawn from a seed: the same seed gives the same losses, copies and delays. */

/** A source of unsigned 32-bit numbers. */
export type Random32 = () => number

/** A small seeded generator (splitmix32): good enough to choose faults, not for secrets. */
export const seededRandom32 = (seed: number): Random32 => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x9e37_79b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
}

/**
 * Rates 0..1 of loss and duplication; delay is uniform in [minMs, maxMs], so packets overtake one another.
 */
export interface Faults {
  readonly lossRate: number
  readonly duplicateRate: number
  readonly delayMinMs: number
  readonly delayMaxMs: number
}

/** A wire without faults. */
export const noFaults: Faults = { lossRate: 0, duplicateRate: 0, delayMinMs: 0, delayMaxMs: 0 }

/** The fates of one packet: the delay in milliseconds of each copy that arrives; empty means lost. */
export const fates = (faults: Faults, random32: Random32): ReadonlyArray<number> => {
  const chance = (rate: number) => rate > 0 && random32() / 0x1_0000_0000 < rate
  const delay = () => {
    const span = faults.delayMaxMs - faults.delayMinMs
    return faults.delayMinMs + (span > 0 ? random32() % (span + 1) : 0)
  }
  if (chance(faults.lossRate)) return []
  return chance(faults.duplicateRate) ? [delay(), delay()] : [delay()]
}
