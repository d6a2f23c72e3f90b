/**
 * Vitest sequencer: what takes long goes first, so that the workers end together. Vitest knows how long files took
 * only where it ran before, which a fresh clone has not.
 */
import { readFileSync } from "node:fs"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** What a file says of its work: sequences that it compares, a long limit of time, or nothing. The more, the longer. */
export const workOf = (path: string, text: string): number => {
  const sequences = [...text.matchAll(/^compare\("[^"]+", (\d+)\)/gm)].reduce((sum, [, runs]) => sum + Number(runs), 0)
  if (sequences > 0) return sequences
  const limits = [...text.matchAll(/\b(\d{3})_000\b/g)].map(([, seconds]) => Number(seconds))
  return Math.max(path.endsWith("-model.test.ts") ? 200 : 0, ...limits)
}

export default class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    const work = new Map(sorted.map(({ moduleId }) => [moduleId, workOf(moduleId, readFileSync(moduleId, "utf8"))]))
    return sorted.sort((a, b) => (work.get(b.moduleId) ?? 0) - (work.get(a.moduleId) ?? 0))
  }
}
