// Does a second trial on the other core slow the first one down? One trial of gamma-grid alone, then two at once, in
// turns; the figure is the time of a pair over the time of a single, both in fresh processes, started as on slots with
// one core (src/app/launch.ts). For comparison, one that may use the other core for its compiler, too.
//   npm run bench -- side-by-side [rounds]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TRAINER = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/trainer/main.js')
const rounds = Number(process.argv[2] ?? 5)
const folder = mkdtempSync(join(tmpdir(), 'sweep-side-by-side-'))
const params = join(folder, 'params.json')
let made = 0

try {
  writeFileSync(params, JSON.stringify({ data: 'quickstart', gamma: 1.5, boost: { yelp: 2 } }))
  await trial()
  const alone = []
  const together = []
  const spread = []
  for (let i = 0; i < rounds; i++) {
    alone.push(await trial())
    together.push(...(await Promise.all([trial(), trial()])))
    spread.push(await trial([]))
  }
  const [one, two, free] = [alone, together, spread].map(median)
  console.log(`alone      ${(one / 1000).toFixed(2)} s (median of ${alone.length})`)
  console.log(
    `two at once ${(two / 1000).toFixed(2)} s each (median of ${together.length}), ${(two / one).toFixed(2)} x`,
  )
  console.log(`alone, with helper threads on the other core ${(free / 1000).toFixed(2)} s`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** @returns milliseconds */
async function trial(flags = ['--single-threaded']) {
  const dir = join(folder, String(made++))
  mkdirSync(dir)
  const env = { ...process.env, OMP_NUM_THREADS: '1' }
  const since = performance.now()
  const child = spawn(process.execPath, [...flags, TRAINER, '--params', params, '--dir', dir], { env, stdio: 'ignore' })
  const code = await new Promise((resolve) => child.once('exit', resolve))
  if (code !== 0) throw new Error(`the trainer ended with code ${code}`)
  return performance.now() - since
}

function median(times) {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]
}
