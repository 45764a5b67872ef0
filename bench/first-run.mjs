// The README's two commands on a fresh clone, as a new user meets them. The yardstick beside the sweep is the same
// number of bare trainer processes, two at a time, with nothing around them.
//   npm run bench -- first-run
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'sweep-first-run-'))
const clone = join(folder, 'clone')

try {
  await run(folder, 'git', ['clone', '--quiet', root, clone])
  const install = await run(clone, 'npm', ['ci', '--silent', '--cache', join(folder, 'cold-cache')])
  const sweep = await run(clone, 'npx', ['sweep', 'start', 'gamma-grid'])
  const bare = await bareTrials()
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`
  console.log(`npm ci, cold cache            ${seconds(install)}`)
  console.log(`npx sweep start gamma-grid    ${seconds(sweep)}, ${(sweep / bare).toFixed(2)} x the bare trainers`)
  console.log(`bare trainers, two at a time  ${seconds(bare)}`)
  console.log(`npm test                      ${seconds(await run(clone, 'npm', ['test']))}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The same trials again, from the params that the sweep wrote. */
async function bareTrials() {
  const trials = readdirSync(join(clone, 'runs/gamma-grid.1/trials'))
  const since = performance.now()
  const slot = async () => {
    for (let name = trials.shift(); name !== undefined; name = trials.shift()) {
      const params = join(clone, 'runs/gamma-grid.1/trials', name, 'params.json')
      await run(clone, process.execPath, ['dist/trainer/main.js', '--params', params, '--dir', join(folder, name)])
    }
  }
  await Promise.all([slot(), slot()])
  return performance.now() - since
}

/** @returns milliseconds */
async function run(cwd, command, args) {
  const since = performance.now()
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${code}`)
  return performance.now() - since
}
