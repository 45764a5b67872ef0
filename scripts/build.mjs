// Builds dist/: our own code bundled by entry point (so that a command loads only what it needs), dependencies left
// outside. The trainer is the exception (build-trainer.mjs).
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { buildTrainer, external } from './build-trainer.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && e.name.endsWith('.ts'))
    .map((e) => join(e.parentPath, e.name))
}

/** Name of the output file -> source file. Each command is an entry of its own: oclif loads only the one that runs. */
function entries() {
  const map = {
    'library/index': 'src/library/index.ts',
    keeper: 'src/executors/local/keeper.ts',
    'unknown-command': 'src/commands/unknown-command.ts',
  }
  for (const file of filesUnder(join(root, 'src/commands'))) {
    const name = relative(join(root, 'src'), file).replace(/\.ts$/, '')
    if (readFileSync(file, 'utf8').includes('export default class')) map[name] = file
  }
  return Object.fromEntries(Object.entries(map).filter(([, file]) => existsSync(join(root, relative(root, file)))))
}

async function bundle(input, options) {
  const build = await rolldown({ input, platform: 'node', cwd: root, ...options })
  await build.write({ dir: dist, format: 'esm', sourcemap: true, chunkFileNames: 'chunks/[name]-[hash].js' })
  await build.close()
}

async function writeManifest() {
  const { Plugin } = await import('@oclif/core')
  const plugin = new Plugin({ root, ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true })
  await plugin.load()
  writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`)
}

/** What an editor knows of `import { runSweep } from 'sweep-gpus'`. `npm run types` checks; here is only written. */
function writeTypes() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--noCheck'])
}

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
// A process of its own, beside the bundling.
const types = existsSync(join(root, 'src/library/index.ts')) ? writeTypes() : undefined
await bundle(entries(), { external })
if (existsSync(join(root, 'src/trainer/main.ts'))) await buildTrainer(join(dist, 'trainer'))
if (existsSync(join(root, 'src/commands'))) await writeManifest()
await types
