/** Which places of the code something passes, and the few among many that together pass all of them often enough. */
import { type Profiler, Session } from "node:inspector"

/**
 * Counts places from now on. Each call of the result says which places of the files below a folder were passed since the
 * last call, and, as another place, about how often.
 */
export const countedBelow = (folder: URL, wanted: (file: string) => boolean = () => true): (() => ReadonlyArray<string>) => {
  const session = new Session()
  session.connect()
  session.post("Profiler.enable")
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true })
  return () => {
    let result: ReadonlyArray<Profiler.ScriptCoverage> = []
    session.post("Profiler.takePreciseCoverage", (fault, taken) => {
      if (fault !== null) throw fault
      result = taken.result
    })
    return result.filter(({ url }) => url.startsWith(folder.href) && wanted(url.slice(folder.href.length)))
      .flatMap(({ functions, url }) => functions.flatMap(({ ranges }) =>
        ranges.filter(({ count }) => count > 0).flatMap(({ count, endOffset, startOffset }) => {
          const place = `${url.slice(folder.href.length)} ${startOffset} ${endOffset}`
          return [place, `${place} x${Math.min(4, Math.floor(Math.log2(count) / 2))}`]
        })))
  }
}

/** Whether a place says how often it is passed. */
export const isCount = (place: string): boolean => / x\d$/.test(place)

/** Something that passes places. */
interface Passing {
  readonly places: ReadonlyArray<string>
}

/**
 * Those without whom a place would be passed by fewer than are enough. From those worth least: who passes only what many
 * pass can go.
 */
export const indispensable = <C extends Passing>(
  candidates: ReadonlyArray<C>, enoughOf: (place: string) => number
): ReadonlyArray<C> => {
  const all = passes(candidates)
  const worth = ({ places }: C): number => places.reduce((sum, each) => sum + 1 / (all.get(each) ?? 1), 0)
  const left = new Map(all)
  const gone = new Set(candidates.toSorted((a, b) => worth(a) - worth(b)).filter(({ places }) => {
    if (places.some((each) => (left.get(each) ?? 0) <= enoughOf(each))) return false
    for (const each of places) left.set(each, (left.get(each) ?? 0) - 1)
    return true
  }))
  return candidates.filter((each) => !gone.has(each))
}

/** How many of all pass each place. */
export const passes = (candidates: ReadonlyArray<Passing>): ReadonlyMap<string, number> => {
  const all = new Map<string, number>()
  for (const { places } of candidates) for (const each of places) all.set(each, (all.get(each) ?? 0) + 1)
  return all
}
