import { defineConfig } from "vitest/config"

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
    maxWorkers: 2
  }
})
