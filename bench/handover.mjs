// How long a slot stands idle between two trials: from the end of one trial's process to the first instruction of the
// next one's on the same slot, for trials of a second, against a bare Node loop that spawns the same command, and the
// start-up time of the shell itself, which is in both.
// With `gpus` the slots are fake GPUs (test/fixtures/bin/stateful-gpus), each is looked at before it is used again, and the
// time that the fake nvidia-smi takes is not ours; a real driver's comes on top.
//   npm run bench -- handover [trials] [seconds a trial] [gpus]
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)))
const BIN = join(PACKAGE, 'bin/run.js')
const SLOTS = 2
const trials = Number(process.argv[2] ?? 20)
const seconds = Number(process.argv[3] ?? 1)
const onGpus = process.argv[4] === 'gpus'

// EPOCHREALTIME is a variable of bash: reading it starts no process. The second line is the last thing that it does.
const SCRIPT = `printf '%s ' "$EPOCHREALTIME" >> "$SWEEP_TRIAL_DIR/times"
sleep ${seconds}
echo '{"loss": 0.5}' >> "$SWEEP_EVENTS"
printf '%s\\n' "$EPOCHREALTIME" >> "$SWEEP_TRIAL_DIR/times"`
const ARGV = ['bash', '-c', SCRIPT]

const folder = mkdtempSync(join(tmpdir(), 'sweep-handover-'))
try {
  const gaps = await sweepGaps()
  const bare = await bareGaps()
  console.log(`trials                     ${trials} of ${seconds} s on ${SLOTS} slots`)
  console.log(`idle between two, sweep    ${spread(gaps)}`)
  console.log(`idle between two, bare     ${spread(bare)}`)
  console.log(`our own time, median       ${(median(gaps) - median(bare)).toFixed(1)} ms (to reach: under 50 ms)`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function sweepGaps() {
  mkdirSync(join(folder, 'sweeps'))
  const sweep = {
    method: 'grid',
    metric: { name: 'loss' },
    parameters: { x: { values: Array.from({ length: trials }, (_, i) => i) } },
    seeds: 1,
    parallel: SLOTS,
    resources: { gpus: onGpus ? 1 : 0, cpus: 1 },
    reuse: false,
    command: ARGV,
  }
  writeFileSync(join(folder, 'sweeps/handover.yaml'), JSON.stringify(sweep))
  const env = { ...process.env, ...fakeGpus(), SWEEP_FOLDER: folder, SWEEP_LEASE_DIR: join(folder, 'leases') }
  const child = spawn(process.execPath, [BIN, 'start', 'handover'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`sweep start ended with code ${code}:\n${said}`)
  const dir = join(folder, 'runs/handover.1')
  const slots = new Map()
  for (const line of readFileSync(join(dir, 'journal.ndjson'), 'utf8').trim().split('\n')) {
    const { type, trial, slot } = JSON.parse(line)
    if (type !== 'attempt-started') continue
    const times = timesIn(join(dir, 'trials', String(trial).padStart(4, '0'), 'times'))
    slots.set(slot, [...(slots.get(slot) ?? []), times])
  }
  const looks = looksTaken()
  return [...slots.values()].flatMap((times) => gapsOf(times, looks))
}

function fakeGpus() {
  if (!onGpus) return {}
  const state = join(folder, 'gpus')
  for (const name of ['used', 'leaked']) mkdirSync(join(state, name), { recursive: true })
  const lines = Array.from({ length: SLOTS }, (_, i) => `${i} GPU-0000000${i} 16000 1\n`)
  writeFileSync(join(state, 'gpus'), lines.join(''))
  return { FAKE_GPUS: state, PATH: `${join(PACKAGE, 'test/fixtures/bin/stateful-gpus')}:${process.env.PATH}` }
}

/** When the fake nvidia-smi was at work, in milliseconds since 1970. */
function looksTaken() {
  if (!onGpus) return []
  const lines = readFileSync(join(folder, 'gpus/asked'), 'utf8').trim().split('\n')
  return lines.map((line) =>
    line
      .split(' ')
      .slice(1)
      .map((ns) => Number(BigInt(ns) / 1000n) / 1000),
  )
}

async function bareGaps() {
  let next = 0
  const slot = async () => {
    const done = []
    while (next < trials) {
      const dir = join(folder, `bare${next++}`)
      mkdirSync(dir)
      const env = { ...process.env, SWEEP_TRIAL_DIR: dir, SWEEP_EVENTS: join(dir, 'events.ndjson') }
      await new Promise((resolve, reject) => {
        spawn(ARGV[0], ARGV.slice(1), { env, stdio: 'ignore' }).once('close', resolve).once('error', reject)
      })
      done.push(timesIn(join(dir, 'times')))
    }
    return gapsOf(done)
  }
  return (await Promise.all(Array.from({ length: SLOTS }, slot))).flat()
}

/** Milliseconds since 1970: first and last instruction. */
function timesIn(path) {
  return readFileSync(path, 'utf8')
    .trim()
    .split(' ')
    .map((text) => Number(text.replace(',', '.')) * 1000)
}

/** @param notOurs times that do not count */
function gapsOf(all, notOurs = []) {
  const sorted = [...all].sort(([a], [b]) => a - b)
  const overlap = (from, to) =>
    notOurs.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, to) - Math.max(a, from)), 0)
  return sorted.slice(1).map(([start], i) => start - sorted[i][1] - overlap(sorted[i][1], start))
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1)
  return `${at(0.5)} ms median, ${at(0.9)} ms of nine in ten, ${at(1)} ms at most (${values.length} gaps)`
}
