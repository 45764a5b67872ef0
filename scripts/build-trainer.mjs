// Bundles the trainer into one file, with the tensor library inside: in Node its packages resolve to a variant without
// gradients, and its ES modules import without extensions (docs/dependencies.md). Tests build their own copy with it.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { buildKernels } from './build-kernels.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pkg = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What stays outside every bundle of ours. */
export const external = [/^node:/, ...Object.keys(pkg.dependencies).map((name) => new RegExp(`^${name}(/|$)`))]

// Node reports no threads to the library, so the third binary is never asked for.
const binaries = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm']

/**
 * Writes `folder/main.js` and the WebAssembly files that it looks for beside itself.
 *
 * @param {string} folder
 * @param {string} [input] another program of the trainer's code: benchmarks have theirs
 */
export async function buildTrainer(folder, input = join(root, 'src/trainer/main.ts')) {
  const build = await rolldown({
    input,
    platform: 'node',
    cwd: root,
    external,
    resolve: { mainFields: ['module', 'main'] },
    // The library looks for its binaries beside itself, and its compiled loader still does so as in CommonJS.
    transform: { define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' } },
  })
  await build.write({ file: join(folder, 'main.js'), format: 'esm', codeSplitting: false })
  await build.close()
  mkdirSync(folder, { recursive: true })
  for (const name of binaries) {
    copyFileSync(join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist', name), join(folder, name))
  }
  await buildKernels(join(folder, 'kernels.wasm'))
}
