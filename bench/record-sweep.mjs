// Writes the folder of a sweep that was never run, to measure status, resume and reports on large ones:
//   node bench/record-sweep.mjs runs/recorded.1 100000

import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'

const SEEDS = [1, 2, 3]
const STEPS = 2

/** A small repeatable generator: the values need to look random, not to be good. */
function mulberry(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function* eventsOf(id, trials) {
  const random = mulberry(1)
  let t = 1_760_000_000_000
  yield { t, type: 'sweep-created', format: 1, id, provenance: { host: 'recorded' } }
  for (let trial = 0; trial < trials; trial++) {
    const configuration = Math.floor(trial / SEEDS.length)
    const params = {
      learningRate: 10 ** (-4 + 3 * random()),
      gamma: Math.round(4 * random()) / 2,
      boost: 1 + configuration,
    }
    if (trial % SEEDS.length === 0)
      yield { t, type: 'configuration-proposed', configuration, params, cursor: configuration }
    yield { t, type: 'trial-created', trial, configuration, seed: SEEDS[trial % SEEDS.length] }
    yield { t, type: 'attempt-started', trial, attempt: 1, slot: `cpu${trial % 2}` }
    const handle = { pid: 1000 + trial, startTime: String(5 * trial) }
    yield { t, type: 'attempt-handle', trial, attempt: 1, handle }
    let value = Math.round(1e4 * random()) / 1e4
    for (let step = 1; step <= STEPS; step++) {
      value += 0.001
      yield { t: ++t, type: 'reported', trial, step, value }
    }
    if (trial >= trials - 2) continue
    yield { t: ++t, type: 'attempt-ended', trial, attempt: 1, end: 'finished', exitCode: 0 }
    yield {
      t,
      type: 'trial-state',
      trial,
      state: 'completed',
      value,
      metrics: { 'val/macro_f1': value, 'train/loss': 1 - value },
    }
  }
  yield { t, type: 'space-exhausted' }
}

const spec = (name) => ({
  format: 1,
  name,
  sampler: { name: 'grid', options: {} },
  race: { name: 'all-seeds', options: {} },
  space: { parameters: {}, conditions: [], zipped: [], constraints: [] },
  fixed: {},
  seeds: SEEDS,
  metric: { name: 'val/macro_f1', goal: 'maximize', value: 'last' },
  trainer: {
    kind: 'command',
    argv: ['/bin/sh', '-c', 'echo "{\\"val/macro_f1\\": 0.5}" >> "$SWEEP_EVENTS"'],
    cwd: '/',
    env: {},
  },
  reports: { formats: ['auto'] },
  resources: { gpus: 0, cpus: 1 },
  executor: { name: 'local', options: {} },
  targets: {},
  ensemble: { top: 5 },
  graceMs: 10_000,
  maxFailuresInARow: 5,
  sweepSeed: 1,
  reuse: false,
  notes: [],
})

/** @returns bytes of the journal */
export function recordSweep(dir, trials) {
  const id = dir.split('/').at(-1)
  mkdirSync(dir, { recursive: true })
  const sweep = {
    format: 1,
    id,
    createdAt: 1_760_000_000_000,
    provenance: { host: 'recorded' },
    spec: spec(id.replace(/\.\d+$/, '')),
  }
  writeFileSync(`${dir}/sweep.json`, JSON.stringify(sweep))
  const fd = openSync(`${dir}/journal.ndjson`, 'w')
  let bytes = 0
  let lines = []
  const flush = () => {
    bytes += writeSync(fd, lines.join(''))
    lines = []
  }
  for (const event of eventsOf(id, trials)) if (lines.push(`${JSON.stringify(event)}\n`) === 10_000) flush()
  flush()
  closeSync(fd)
  return bytes
}

/** Opens and closes it once, as an orchestrator would: leaves snapshot.json and summary.json. */
export async function settleSweep(dir) {
  const jiti = createJiti(import.meta.url)
  const source = (path) => jiti.import(fileURLToPath(new URL(`../src/${path}`, import.meta.url)))
  const { openJournal } = await source('journal/open-journal.ts')
  const { systemClock } = await source('base/clock.ts')
  await openJournal({ dir, clock: systemClock }).close()
}

if (fileURLToPath(import.meta.url) === process.argv[1]) {
  const [dir, trials = '100000'] = process.argv.slice(2)
  if (dir === undefined) throw new Error('usage: node bench/record-sweep.mjs FOLDER [TRIALS]')
  console.log(`${dir}: ${trials} trials, ${recordSweep(dir, Number(trials))} bytes of journal`)
  await settleSweep(dir)
}
