// Builds dist/: our own code bundled by entry point (so that a command loads only what it needs), dependencies left
// outside. The trainer is the exception (build-trainer.mjs).
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
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
    'unknown-command': 'src/commands/unknown-command.ts',
  }
  for (const file of filesUnder(join(root, 'src/commands'))) {
    const name = relative(join(root, 'src'), file).replace(/\.ts$/, '')
    if (readFileSync(file, 'utf8').includes('export default class')) map[name] = file
  }
  return map
}

/** One file in the older format: every sweep starts one and waits for it, and this saves a sixth of its start. */
async function buildKeeper() {
  const input = { keeper: 'src/executors/local/keeper.ts' }
  const build = await rolldown({ input, platform: 'node', cwd: root, external })
  await build.write({ dir: dist, format: 'cjs', sourcemap: true, entryFileNames: '[name].cjs' })
  await build.close()
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
  return execa(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--noCheck'])
}

/** Changes whenever the outcome of a build could. */
function fingerprint() {
  const hash = createHash('sha256')
  const inputs = ['package-lock.json', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
  for (const file of [
    ...inputs.map((name) => join(root, name)),
    ...scriptFiles(),
    ...filesUnder(join(root, 'src')).sort(),
  ]) {
    hash.update(`${relative(root, file)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

function scriptFiles() {
  return readdirSync(join(root, 'scripts'))
    .filter((name) => name.endsWith('.mjs'))
    .sort()
    .map((name) => join(root, 'scripts', name))
}

async function build() {
  mkdirSync(dist, { recursive: true })
  // A process of its own, beside the bundling.
  const types = writeTypes()
  await bundle(entries(), { external })
  await buildKeeper()
  await buildTrainer(join(dist, 'trainer'))
  await writeManifest()
  await types
}

// A sweep may be running out of dist/ all night: nothing is written without need, and chunks of earlier builds stay,
// because it loads some of them late. A package is built clean.
const stamp = join(dist, '.built-from')
const clean = process.argv.includes('--clean')
const now = fingerprint()
const upToDate =
  existsSync(stamp) && existsSync(join(root, 'oclif.manifest.json')) && readFileSync(stamp, 'utf8') === now
if (clean) rmSync(dist, { recursive: true, force: true })
if (clean || !upToDate) {
  rmSync(stamp, { force: true })
  await build()
  writeFileSync(stamp, now)
}
