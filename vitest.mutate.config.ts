/** The tests that `npm run mutate` runs for each mutant: those that take seconds at most, on one seed. */
import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: [
      "properties/*-rules.test.ts",
      "properties/{steering,events,local-view,pkey}-model.test.ts",
      "properties/{subscriptions,cm-life,cm-table}.test.ts",
      "properties/mux/{redirects,steering,policy,classes,hash-index,timers,wire-ids}.test.ts",
      "properties/mux/multicast-{epochs,endings,engine,time}.test.ts"
    ],
    setupFiles: ["properties/title.setup.ts"],
    env: { FC_SEED: "1", FC_RUNS: "20" },
    testTimeout: 120_000,
    pool: "forks",
    maxWorkers: 1
  }
})
