// A sweep as it would be after a night, made up but of realistic size: 12 configurations x 3 seeds, two tasks.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Rng, rngFor } from '../../src/base/rng.ts'
import { readPredictionsSync } from '../../src/protocol/predictions-file.ts'
import type { Params } from '../../src/space/domain.ts'
import { calibrationFile } from '../../src/trainer/calibrate.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { Configuration, SweepSnapshot, Trial } from '../../src/trial/trial.ts'

const START = Date.UTC(2026, 2, 14, 1, 0, 0)
const METRIC = 'val/macro_f1'
const TASKS = {
  sentiment: ['negative', 'positive'],
  venue: ['amazon', 'imdb', 'yelp'],
} as const
const ROWS = 420

export const spec: SweepSpec = {
  format: 1,
  name: 'gamma-grid',
  description: 'Does focusing on hard examples help the rare class?',
  file: '/home/user/work/sweeps/gamma-grid.yaml',
  sampler: { name: 'grid', options: {} },
  race: { name: 'all-seeds', options: {} },
  space: {
    parameters: {
      gamma: {
        parameters: {
          sentiment: { distribution: 'categorical', values: [0, 2] },
          venue: { distribution: 'categorical', values: [0, 1, 2] },
        },
      },
      boost: { distribution: 'categorical', values: [1, 4] },
    },
    conditions: [],
    zipped: [],
    constraints: [],
  },
  fixed: { data: 'quickstart', epochs: 12, preset: 'none', learning_rate: 0.002 },
  seeds: [0, 1, 2],
  metric: { name: METRIC, goal: 'maximize', value: 'best' },
  trainer: { kind: 'builtin', name: 'text-classifier' },
  reports: { formats: ['auto'] },
  resources: { gpus: 'auto', cpus: 1 },
  executor: { name: 'local', options: {} },
  targets: {
    'test/macro_f1': { minimum: 0.7, good: 0.78, excellent: 0.85 },
    'test/f1.venue.yelp': { minimum: 0.5, good: 0.6, excellent: 0.7 },
  },
  ensemble: { top: 5 },
  graceMs: 10_000,
  maxFailuresInARow: 5,
  sweepSeed: 1,
  reuse: true,
  notes: ['1e-5 in line 7 of sweeps/gamma-grid.yaml is read as a number.'],
}

interface Quality {
  readonly overall: number
  readonly rng: Rng
}

function curveOf({ overall, rng }: Quality, steps: number): [number, number][] {
  return Array.from({ length: steps }, (_, i) => [
    i + 1,
    overall * (1 - 0.55 * Math.exp(-(i + 1) / 2.6)) + 0.004 * rng.normal(),
  ])
}

/** The two tasks' true rates; boost helps the rare class yelp, gamma of venue helps a little. */
function qualityOf(params: { gamma: { sentiment: number; venue: number }; boost: number }): number {
  return 0.735 + 0.012 * params.gamma.venue + (params.boost === 4 ? 0.026 : 0) + 0.001 * params.gamma.sentiment
}

function metricsOf(curve: readonly [number, number][], rng: Rng): Record<string, number> {
  const best = Math.max(...curve.map(([, value]) => value))
  return {
    [METRIC]: best,
    'val/macro_f1.sentiment': best + 0.05,
    'val/macro_f1.venue': best - 0.05,
    'val/f1.venue.yelp': best - 0.19 + 0.01 * rng.normal(),
    'train/loss': 0.31 + 0.01 * rng.normal(),
    'test/macro_f1': best - 0.012 + 0.005 * rng.normal(),
    'test/macro_f1.sentiment': best + 0.04,
    'test/macro_f1.venue': best - 0.06,
    'test/f1.venue.yelp': best - 0.21,
  }
}

function gridParams(): Params[] {
  return [0, 2].flatMap((sentiment) =>
    [0, 1, 2].flatMap((venue) => [1, 4].map((boost) => ({ gamma: { sentiment, venue }, boost }))),
  )
}

function trialOf(number: number, configuration: number, seed: number, params: Params): Trial {
  const rng = rngFor(5, 'trial', number)
  const slot = `cpu${number % 2}`
  const startedAt = START + 1500 + Math.floor(number / 2) * 2600 + Math.floor(300 * rng.uniform())
  const lasted = 2100 + Math.floor(350 * rng.uniform())
  if (number === 22) {
    const reason =
      'the trainer was killed by SIGKILL after 2.1 s, at epoch 4 of 12. SIGKILL is usually the out-of-memory killer.'
    const attempt = {
      number: 1,
      startedAt,
      slot,
      endedAt: startedAt + lasted,
      end: 'crashed',
      signal: 'SIGKILL',
      reason,
    } as const
    return { number, configuration, seed, state: 'failed', attempts: [attempt], curve: [[1, 0.4]], metrics: {}, reason }
  }
  const overall = qualityOf(params as Parameters<typeof qualityOf>[0]) + 0.007 * rng.normal()
  const curve = curveOf({ overall, rng }, 12)
  const metrics = metricsOf(curve, rng)
  const done = {
    number,
    configuration,
    seed,
    state: 'completed',
    curve,
    metrics,
    value: metrics[METRIC] as number,
  } as const
  if (number === 3) return { ...done, attempts: [], reusedFrom: 'gamma-grid.1/3' }
  return {
    ...done,
    attempts: [{ number: 1, startedAt, slot, endedAt: startedAt + lasted, end: 'finished', exitCode: 0 }],
  }
}

/** 36 trials: 34 completed of their own, one reused, one failed. */
export function realisticSnapshot(id = 'gamma-grid.3'): SweepSnapshot {
  const params = gridParams()
  const configurations: Configuration[] = params.map((of, number) => ({ number, params: of }))
  const trials = params.flatMap((of, c) => spec.seeds.map((seed, s) => trialOf(c * 3 + s, c, seed, of)))
  return {
    id,
    spec,
    state: 'finished',
    startedAt: START,
    endedAt: START + 51_000,
    exhausted: true,
    configurations,
    trials,
    notes: [
      { at: START + 2000, level: 'warn', text: 'class weight of yelp capped at 10 (was 13.3)', trial: 1 },
      { at: START + 5000, level: 'warn', text: 'class weight of yelp capped at 10 (was 13.3)', trial: 4 },
      { at: START + 9000, level: 'info', text: 'trial 3 was answered by gamma-grid.1/3' },
    ],
    provenance: {
      version: 'sweep 0.1.0, node v20.20.0',
      host: 'build-7, linux 6.1, 2 cores',
      gpus: 'none',
      git: '39cf0bc (dirty, diff 8fd2a1)',
      data: 'quickstart sha256 5c1f…',
    },
  }
}

export function emptySnapshot(): SweepSnapshot {
  return { ...realisticSnapshot(), state: 'running', configurations: [], trials: [], notes: [], provenance: {} }
}

export function oneTrialSnapshot(): SweepSnapshot {
  const { configurations, trials, ...rest } = realisticSnapshot()
  return { ...rest, configurations: configurations.slice(0, 1), trials: trials.slice(0, 1) }
}

export function allFailedSnapshot(): SweepSnapshot {
  const snapshot = realisticSnapshot()
  const trials = snapshot.trials.map((trial): Trial => {
    const { value: _, ...rest } = trial
    const attempts = trial.attempts.map((attempt) => ({ ...attempt, end: 'crashed' as const }))
    return { ...rest, attempts, state: 'failed', metrics: {}, reason: 'the trainer exited with code 1 after 0.4 s.' }
  })
  return { ...snapshot, trials }
}

/** Writes what the built-in trainer leaves for every completed trial; `sweepDir` is runs/<id>. */
export function writeTrialFiles(sweepDir: string, snapshot: SweepSnapshot): void {
  for (const trial of snapshot.trials) {
    const folder = join(sweepDir, 'trials', String(trial.number).padStart(4, '0'))
    mkdirSync(join(folder, 'predictions'), { recursive: true })
    mkdirSync(join(folder, 'details'), { recursive: true })
    if (trial.state === 'failed') {
      writeFileSync(join(folder, 'stderr.log'), 'epoch 3/12 loss 0.61\nepoch 4/12 loss 0.58\nKilled\n')
      continue
    }
    const times = { data: 210, features: 340, train: 1320, evaluate: 180, write: 60, total: 2110 }
    writeFileSync(join(folder, 'details/time.json'), JSON.stringify(times))
    for (const split of ['val', 'test']) {
      for (const task of ['sentiment', 'venue'] as const) {
        writeFileSync(join(folder, `predictions/${split}.${task}.csv`), predictionsCsv(trial, split, task))
      }
    }
    for (const split of ['val_', '']) {
      writeFileSync(join(folder, `details/${split}venue_given_sentiment.csv`), CROSS_TABLE)
    }
    writeFileSync(join(folder, 'details/settings.json'), JSON.stringify(SETTINGS, null, 2))
    writeFileSync(join(folder, 'details/splits.csv'), SPLITS)
    writeFileSync(join(folder, 'details/curve.csv'), curveCsv(trial))
    writeFileSync(join(folder, 'details/calibration.json'), calibrationJson(join(folder, 'predictions')))
  }
}

let calibration: string | undefined

/** Of the first trial's predictions for all: fitting it for each would take most of the time of these tests. */
function calibrationJson(predictions: string): string {
  if (calibration !== undefined) return calibration
  const all = readPredictionsSync(predictions)
  const [validation, test] = ['val', 'test'].map((split) => all.filter((one) => one.split === split))
  const file = calibrationFile({
    kind: 'temperature+bias',
    validation: validation ?? [],
    test: test ?? [],
    weights: 'made up',
  })
  calibration = JSON.stringify(file)
  return calibration
}

function curveCsv({ curve }: Trial): string {
  const names = [
    'macro_f1',
    'macro_f1.sentiment',
    'f1.sentiment.negative',
    'f1.sentiment.positive',
    'macro_f1.venue',
    'f1.venue.yelp',
  ]
  const rows = curve.map(([epoch, value]) =>
    [epoch, ...names.map((_, i) => (value - 0.04 * (i - 1)).toFixed(4))].join(','),
  )
  return `epoch,${names.map((name) => `val/${name}`).join(',')}\n${rows.join('\n')}\n`
}

const CROSS_TABLE = `sentiment,venue,support,predicted,precision,recall,f1
negative,amazon,98,101,0.8317,0.8571,0.8442
negative,imdb,103,96,0.8854,0.8252,0.8543
negative,yelp,12,16,0.3750,0.5000,0.4286
positive,amazon,100,97,0.8866,0.8600,0.8731
positive,imdb,97,92,0.8804,0.8351,0.8571
positive,yelp,10,18,0.2778,0.5000,0.3571
`

const SETTINGS = {
  data: 'quickstart',
  epochs: 12,
  learningRate: 0.002,
  tasks: { venue: { gamma: 2, boost: [1, 1, 4] } },
}

const SPLITS = `task,class,train,val,test
sentiment,negative,701,213,209
sentiment,positive,699,207,211
venue,amazon,660,198,183
venue,imdb,655,200,202
venue,yelp,85,22,35
`

function predictionsCsv(trial: Trial, split: string, task: keyof typeof TASKS): string {
  const classes = TASKS[task]
  const rng = rngFor(9, split, task, trial.number)
  const data = rngFor(9, split, task)
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const u = data.uniform()
    const label = task === 'sentiment' ? (u < 0.5 ? 0 : 1) : u < 0.47 ? 0 : u < 0.93 ? 1 : 2
    const right = rng.uniform() < (label === 2 ? 0.52 : 0.84)
    const told = right ? label : (label + 1 + rng.below(classes.length - 1)) % classes.length
    const p = classes.map((_, c) => (c === told ? 0.7 : 0.3 / (classes.length - 1)).toFixed(4))
    return `${split}-${i},${classes[label]},${p.join(',')}`
  })
  return `id,label,${classes.map((c) => `p:${c}`).join(',')}\n${lines.join('\n')}\n`
}

/** Text that would be markup, a link, a formula or a broken table if it were not escaped. */
export const EVIL =
  '<b>evil</b> [x](http://e.vil) | `a` *b* _c_ &amp; "q" \'s\' \n# h ![i](//e.vil/i.png) www.e.vil ```'

/** The realistic sweep with hostile names and words wherever data can put text. */
export function poisonedSnapshot(): SweepSnapshot {
  const snapshot = realisticSnapshot()
  const trials = snapshot.trials.map((trial): Trial => {
    const metrics = { ...trial.metrics, [`val/${EVIL}`]: 0.5, [`test/${EVIL}`]: Number.NaN }
    const reason = trial.reason === undefined ? {} : { reason: EVIL }
    return { ...trial, metrics, ...reason, attempts: trial.attempts.map((a) => ({ ...a, reason: EVIL, slot: EVIL })) }
  })
  const parameters = { [EVIL]: { distribution: 'categorical', values: [EVIL, 'b', 'c'] } } as const
  return {
    ...snapshot,
    stateReason: EVIL,
    spec: {
      ...snapshot.spec,
      description: EVIL,
      notes: [EVIL],
      fixed: { [EVIL]: EVIL },
      space: { ...snapshot.spec.space, parameters },
      targets: { [`test/${EVIL}`]: { minimum: 0.4 } },
    },
    configurations: snapshot.configurations.map((c) => ({
      ...c,
      params: { [EVIL]: [EVIL, 'b', 'c'][c.number % 3] ?? '' },
    })),
    trials,
    notes: [{ at: START, level: 'warn', text: EVIL }],
    provenance: { [EVIL]: EVIL },
  }
}

export function withoutMetric(): SweepSnapshot {
  const snapshot = realisticSnapshot()
  const { metric: _, ...spec } = snapshot.spec
  const trials = snapshot.trials.map(({ value: _, ...trial }) => ({ ...trial, curve: [] }))
  return { ...snapshot, spec, trials }
}

/** ensemble.json as `sweep ensemble` writes it; `word` stands wherever data could put text. */
export function realisticEnsemble(word = 'venue'): unknown {
  const members = [15, 16, 33, 34, 10]
  const calibration = (before: number, after: number) => ({
    before: { logLoss: before, ece: 0.061, macroF1: 0.781 },
    after: { logLoss: after, ece: 0.023, macroF1: 0.794 },
  })
  const task = (honest: number, worse: boolean) => ({
    ...{ inSample: honest + 0.008, honest, optimism: 0.008, test: honest - 0.01 },
    ...{ weights: [0.35, 0.2, 0.2, 0.15, 0.1], temperature: 1.31, bias: [0.2, -0.2] },
    applied: { temperature: true, bias: true },
    calibration: { validation: calibration(0.52, 0.47), test: calibration(0.55, worse ? 0.58 : 0.5) },
  })
  const method = (name: string, honest: number) => ({
    ...{ method: name, summary: `${name} of probabilities.`, members },
    ...{ inSample: honest + 0.006, honest, optimism: 0.006, test: honest - 0.012 },
    tasks: { sentiment: task(honest + 0.04, false), [word]: task(honest - 0.04, true) },
  })
  return {
    ...{ format: 1, tasks: ['sentiment', word], classes: {}, rows: { validation: 420, test: 420 }, folds: 5, top: 5 },
    pool: Array.from({ length: 35 }, (_, i) => i),
    chosen: 'greedy',
    methods: [
      method('mean', 0.8011),
      method('validation-weighted', 0.8015),
      method('greedy', 0.8034),
      method('median', 0.7988),
    ],
    single: {
      best: { trial: 33, inSample: 0.7911, honest: 0.7842, optimism: 0.0069, test: 0.7731 },
      mean: { validation: 0.7823, test: 0.7702 },
    },
  }
}

/** The start before of the same file: fewer epochs, a little worse, no hard examples. */
export function previousSnapshot(): SweepSnapshot {
  const before = realisticSnapshot('gamma-grid.2')
  const trials = before.trials.map((trial): Trial => {
    const metrics = Object.fromEntries(Object.entries(trial.metrics).map(([name, value]) => [name, value - 0.021]))
    return trial.value === undefined ? trial : { ...trial, metrics, value: trial.value - 0.021 }
  })
  return { ...before, spec: { ...spec, fixed: { ...spec.fixed, epochs: 8 } }, trials }
}
