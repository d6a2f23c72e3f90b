/** Plays all recorded traces and prints what they show as JSON: run by a test, in a node of its own. */
import { mutants } from "./all.ts"
import { type MutantResult, resultOf } from "./results.ts"

const results: Array<MutantResult> = []
for (const mutant of mutants) {
  const result = await resultOf(mutant)
  if (result !== null) results.push(result)
}
console.log(JSON.stringify(results))
