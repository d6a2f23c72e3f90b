/**
 * Vitest setup: tells `run.ts` which test runs, so that a failing property can print a command that replays
 * just it.
 */
import { beforeEach } from "vitest"

beforeEach(({ task }) => {
  process.env["MADMUX_TEST"] = `${task.file.name}\n${task.name}`
})
