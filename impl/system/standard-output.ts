/** What becomes of a call whose results nobody can have. */
import { fileFault } from "./file-fault.ts"

const isPipeGone = (fault: Error): boolean => "code" in fault && fault.code === "EPIPE"

/**
 * Ends the process with a sentence of `who` and exit code 3 when standard output takes no more (a full disk), so that no
 * verdict that was not written looks like success. A reader that went away, as `head` does, is no fault, nor is one of
 * standard error.
 */
export const guardStandardOutput = (who: string): void => {
  process.stdout.on("error", (fault) => {
    if (isPipeGone(fault)) return
    process.stderr.write(`${who}: cannot write to standard output: ${fileFault(fault)}\n`)
    process.exit(3)
  })
  process.stderr.on("error", (fault) => {
    if (!isPipeGone(fault)) process.exit(3)
  })
}
