// How long a large sweep needs to get going again after everything of it was killed: orchestrator, keepers and trainers.
// From the call of `sweep resume` until the first trial has done something. Yardstick: Node doing nothing.
//   npm run bench -- recovery [trials]
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { processesOf } from './parts/processes-of.mjs'
import { recordSweep } from './record-sweep.mjs'

const BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin/run.js')
const RUNS = 3
const trials = Number(process.argv[2] ?? 10_000)
const folder = mkdtempSync(join(tmpdir(), 'sweep-recovery-'))
const env = {
  ...process.env,
  SWEEP_FOLDER: folder,
  SWEEP_LEASE_DIR: join(folder, 'leases'),
  SLOW: join(folder, 'slow'),
}
const dir = join(folder, 'runs/recorded.1')
/** The two trials that were running go on first; their event files are the proof. */
const last = [trials - 2, trials - 1].map((it) => join(dir, 'trials', String(it).padStart(4, '0')))

try {
  mkdirSync(dir, { recursive: true })
  recordSweep(dir, trials)
  const sweep = JSON.parse(readFileSync(join(dir, 'sweep.json'), 'utf8'))
  sweep.spec.trainer.argv = [
    '/bin/sh',
    '-c',
    'echo here; [ -e "$SLOW" ] && sleep 60; echo \'{"val/macro_f1": 0.5}\' >> "$SWEEP_EVENTS"',
  ]
  sweep.spec.retry = { lost: 1000 }
  writeFileSync(join(dir, 'sweep.json'), JSON.stringify(sweep))
  await killWhileItRuns()
  const kept = join(folder, 'kept')
  cpSync(dir, kept, { recursive: true })
  const times = []
  for (let run = 0; run < RUNS; run++) {
    rmSync(dir, { recursive: true })
    cpSync(kept, dir, { recursive: true })
    times.push(await timeToFirstTrial())
  }
  const nothing = []
  for (let run = 0; run < RUNS; run++) nothing.push(await timeOfNothing())
  const seconds = (ms) => (ms / 1000).toFixed(2)
  const [median, yardstick] = [middle(times), middle(nothing)]
  console.log(`node -e 0                                    ${seconds(yardstick)} s`)
  console.log(
    `resume of ${trials} trials, until one runs again    ${seconds(median)} s   ${(median / yardstick).toFixed(1)} x   (${times.map(seconds).join(', ')})`,
  )
} finally {
  for (const { pid } of processesOf(folder)) process.kill(pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

/** Leaves the folder as a killed sweep does: a lock of a dead process, lost attempts, whatever snapshot there was. */
async function killWhileItRuns() {
  writeFileSync(env.SLOW, '')
  const child = spawn(process.execPath, [BIN, 'resume', 'recorded'], { env, stdio: 'ignore' })
  const closed = new Promise((resolve) => child.once('close', resolve))
  await until(() => last.every((trial) => sizeOf(join(trial, 'stdout.log')) > 0), child)
  while (processesOf(folder).length > 0) for (const { pid } of processesOf(folder)) process.kill(pid, 'SIGKILL')
  await closed
  rmSync(env.SLOW)
}

async function timeToFirstTrial() {
  const since = performance.now()
  const child = spawn(process.execPath, [BIN, 'resume', 'recorded'], { env, stdio: 'ignore' })
  const closed = new Promise((resolve) => child.once('close', resolve))
  await until(() => last.some((trial) => sizeOf(join(trial, 'events.ndjson')) > 0), child)
  const time = performance.now() - since
  await closed
  return time
}

async function timeOfNothing() {
  const since = performance.now()
  const child = spawn(process.execPath, ['-e', '0'], { env, stdio: 'ignore' })
  await new Promise((resolve) => child.once('close', resolve))
  return performance.now() - since
}

async function until(condition, child) {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`the sweep ended with ${child.exitCode} before`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function sizeOf(path) {
  return existsSync(path) ? statSync(path).size : 0
}

function middle(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]
}
