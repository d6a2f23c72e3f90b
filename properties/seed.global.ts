/**
 * Vitest global setup: chooses and prints the seed once, so that every worker shares it and any failure can
 * be replayed.
 */
export const setup = (): void => {
  process.env["FC_SEED"] ||= String(Math.trunc(Math.random() * 0x7fff_ffff))
  process.stdout.write(`seed ${process.env["FC_SEED"]} (same run again: FC_SEED=${process.env["FC_SEED"]} npm test)\n`)
}
