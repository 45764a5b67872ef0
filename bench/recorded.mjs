// How fast the command line answers: --help, status of a small folder, status and resume of a recorded sweep of 100,000
// trials. Yardsticks in the same run: Node doing nothing, and Node reading and parsing that sweep's journal.
//   npm run bench -- recorded [trials]
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recordSweep, settleSweep } from './record-sweep.mjs'

const BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/run.js')
const trials = Number(process.argv[2] ?? 100_000)
const folder = mkdtempSync(join(tmpdir(), 'sweep-recorded-'))
const env = { ...process.env, SWEEP_FOLDER: folder, SWEEP_LEASE_DIR: join(folder, 'leases') }
const dir = join(folder, 'runs/recorded.1')
const journal = join(dir, 'journal.ndjson')

try {
  mkdirSync(join(folder, 'runs'), { recursive: true })
  const nothing = await median(() => run(['-e', '0']))
  const help = await median(() => run([BIN, '--help']))
  const empty = await median(() => run([BIN, 'status']))
  recordSweep(dir, trials)
  await settleSweep(dir)
  const parse = `require('fs').readFileSync(${JSON.stringify(journal)},'utf8').trim().split('\\n').map(JSON.parse)`
  const parsing = await median(() => run(['-e', parse]), 3)
  const status = await median(() => run([BIN, 'status', 'recorded']))
  const all = await median(() => run([BIN, 'status']))
  const resume = await timeToFirstAttempt()
  const line = (name, ms, yardstick) =>
    console.log(`${name.padEnd(44)} ${(ms / 1000).toFixed(2)} s   ${(ms / yardstick).toFixed(1)} x`)
  console.log(`node -e 0: ${(nothing / 1000).toFixed(2)} s (the yardstick of the first four)`)
  line('sweep --help', help, nothing)
  line('sweep status, no sweep yet', empty, nothing)
  line(`sweep status, one sweep of ${trials} trials`, all, nothing)
  line('sweep status recorded', status, nothing)
  console.log(`Node parsing that journal: ${(parsing / 1000).toFixed(2)} s (the yardstick of the last)`)
  line('sweep resume, until a trial runs again', resume, parsing)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(args) {
  const since = performance.now()
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve(performance.now() - since) : reject(new Error(args.join(' ')))))
  })
}

async function median(measure, runs = 7) {
  const times = []
  for (let i = 0; i < runs; i++) times.push(await measure())
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]
}

/** The two trials that were running when it was recorded go on first; their event file is the proof. */
async function timeToFirstAttempt() {
  const last = join(dir, 'trials', String(trials - 1).padStart(4, '0'), 'events.ndjson')
  const since = performance.now()
  const child = spawn(process.execPath, [BIN, 'resume', 'recorded'], { env, stdio: 'ignore' })
  const closed = new Promise((resolve) => child.once('close', resolve))
  while (child.exitCode === null && !(existsSync(last) && statSync(last).size > 0)) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const time = performance.now() - since
  await closed
  if (!existsSync(last) || readFileSync(last, 'utf8') === '') throw new Error('the resumed sweep ran nothing')
  return time
}
