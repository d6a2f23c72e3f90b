/** `npm run soak`: soaks for some minutes, tells how it stands, writes the report (spec/soak.md). */
import { writeFileSync } from "node:fs"
import * as Result from "effect/Result"
import { fileFault } from "../../impl/system/file-fault.ts"
import { demandTarget, EnvironmentFault, runScript, UsageFault } from "../script.ts"
import { SOAK_HELP, soakFlags, type SoakFlags } from "./flags.ts"
import { reportText, type SoakReport } from "./report.ts"
import { soak, type SoakProgress } from "./soak.ts"

/** How often a line says how it stands. */
const PROGRESS_SECONDS = 15

const progressText = ({ batches, bytes, failures, seconds, sequences, steps }: SoakProgress): string =>
  `${Math.round(seconds)} s: ${batches} batches, ${sequences} sequences, ${steps} steps, ` +
  `${(bytes / 2 ** 20).toFixed(0)} MiB, ${failures} failures`

/** Writes the traces of the failures where they can be checked again. */
const writeTraces = ({ failures, seed }: SoakReport): void => {
  for (const { batch, trace } of failures) {
    if (batch === null || trace === "") continue
    const path = `madmux-soak-${seed}-${batch}.trace.jsonl`
    writeFileSync(path, trace)
    console.error(`the trace of batch ${batch}: ${path}`)
  }
}

const run = async ({ batch, minutes, report: path, seed, sequences, shard }: SoakFlags): Promise<void> => {
  console.error(`seed ${seed}, shard ${shard.join("/")}`)
  let isStopped = false
  // The first signal ends the soak with a report; another ends the process.
  process.once("SIGINT", () => (isStopped = true)).once("SIGTERM", () => (isStopped = true))
  let nextAt = PROGRESS_SECONDS
  const report = await soak({
    seed, shard, sequences, seconds: 60 * minutes, isStopped: () => isStopped,
    ...(batch === null ? {} : { only: batch }),
    onProgress: (progress) => {
      if (progress.seconds < nextAt) return
      nextAt = progress.seconds + PROGRESS_SECONDS
      console.error(progressText(progress))
    }
  })
  console.log(reportText(report))
  if (report.failures.length > 0) process.exitCode = 2
  try {
    writeTraces(report)
    if (path !== null) writeFileSync(path, `${JSON.stringify(report, null, 1)}\n`)
  } catch (error) {
    throw new EnvironmentFault(`cannot write: ${fileFault(error)}; choose another place`)
  }
}

await runScript("soak", SOAK_HELP, async () => {
  const flags = Result.getOrElse(soakFlags(process.argv.slice(2)), (fault) => {
    throw new UsageFault(fault)
  })
  if (flags.help) return console.log(SOAK_HELP)
  if (flags.report !== null) demandTarget(flags.report)
  await run(flags)
})
