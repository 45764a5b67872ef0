import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Two processes on two cores: the tests themselves start children.
    maxWorkers: 2,
    testTimeout: 20_000,
    setupFiles: ['test/no-leftovers.ts'],
  },
})
