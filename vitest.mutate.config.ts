/**
 * The tests of mutation testing under vitest itself, as a check of `properties/mutation/runner.ts`:
 * `npm run mutate -- --testRunner vitest --mutate FILE` must come to the same, in a hundred times the time.
 */
import { defineConfig } from "vitest/config"
import { mutationTests, QUIET_ENVIRONMENT } from "./properties/mutation/suite.ts"

export default defineConfig({
  test: {
    include: [...mutationTests(process.cwd())],
    setupFiles: ["properties/title.setup.ts"],
    env: QUIET_ENVIRONMENT,
    testTimeout: 120_000,
    pool: "forks",
    maxWorkers: 1
  }
})
