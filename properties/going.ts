/** Ways through a closed system by the labels of its moves. */
import type { Move } from "../model/explore.ts"

/** What has moves, as every closed system. */
interface Moving<W> {
  readonly moves: (world: W) => Iterable<Move<W, string>>
}

/** What may happen in a world. */
export const labelsIn = <W>({ moves }: Moving<W>, world: W): ReadonlyArray<string> =>
  [...moves(world)].map(({ label }) => label)

/** The world after these happened, each the first whose label begins so. Throws where one cannot happen, saying what can. */
export const worldAfter = <W>(system: Moving<W>, from: W, ...names: ReadonlyArray<string>): W =>
  names.reduce((world, name) => {
    const move = [...system.moves(world)].find(({ label }) => label.startsWith(name))
    if (!move) throw new Error(`${name} cannot happen, but ${labelsIn(system, world).join("; ")}`)
    return move.state
  }, from)
