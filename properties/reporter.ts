/** Vitest reporter: names every skipped test and closes with the one line a person reads. */
import type { Reporter, TestCase, TestModule } from "vitest/node"
import { countsText, merged } from "./statistics.ts"

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()])
    const of = (state: string): ReadonlyArray<TestCase> => cases.filter((test) => test.result().state === state)
    // A file that does not even load has no test cases; it must not read as a green run.
    const broken = modules.filter((module) => module.errors().length > 0)
    for (const test of of("skipped")) process.stdout.write(`skipped: ${test.module.relativeModuleId} > ${test.fullName}\n`)
    for (const module of broken) process.stdout.write(`failed to load: ${module.relativeModuleId}\n`)
    const reached = cases.map((test) => test.meta().reached ?? {}).filter((counts) => "runs" in counts)
    if (reached.length > 0) process.stdout.write(`model against implementation, all together:\n${countsText(merged(reached))}\n`)
    const failed = of("failed").length + broken.length
    process.stdout.write(`${of("passed").length} passed, ${failed} failed, ${of("skipped").length} skipped\n`)
  }
}
