/** What becomes of a call whose results nobody can have. */
import { fileFault } from "./errors.ts"

const isPipeGone = (fault: Error): boolean => "code" in fault && fault.code === "EPIPE"

/**
 * Ends the process with a sentence and exit code 3 when standard output takes no more (a full disk), so that no
 * verdict that was not written looks like success. A reader that went away, as `head` does, is no fault.
 */
export const guardStandardOutput = (): void => {
  process.stdout.on("error", (fault) => {
    if (isPipeGone(fault)) return
    process.stderr.write(`madmux: cannot write to standard output: ${fileFault(fault)}\n`)
    process.exit(3)
  })
}
