import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const tensorLibrary = fileURLToPath(new URL('./node_modules/@tensorflow/', import.meta.url))

export default defineConfig({
  // As in scripts/build.mjs: in Node the tensor library resolves to a variant without gradients, and its ES modules
  // import without extensions, so they must go through the transformer.
  resolve: {
    alias: [{ find: /^@tensorflow\/(tfjs-\w+(?:-wasm)?)$/, replacement: `${tensorLibrary}$1/dist/index.js` }],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Two processes on two cores: the tests themselves start children.
    maxWorkers: 2,
    testTimeout: 60_000,
    globalSetup: ['test/compile-kernels.ts'],
    setupFiles: ['test/no-leftovers.ts'],
    server: { deps: { inline: [/@tensorflow/] } },
  },
})
