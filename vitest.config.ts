import { defineConfig } from "vitest/config"
import LongestFirst from "./properties/sequencer.ts"

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["node_modules/**", "dist/**", "sys-*/**"],
    reporters: ["default", "./properties/reporter.ts"],
    setupFiles: ["properties/title.setup.ts"],
    globalSetup: ["properties/seed.global.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    // Files of one worker share the modules they import, which hold nothing that changes: half of them would
    // otherwise take longer to load than to run.
    isolate: false,
    sequence: { sequencer: LongestFirst }
  }
})
