import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../base/temporary-folder.ts'
import { writeTinyEncoder } from '../trainer/support/tiny-encoder.ts'
import { writeTexts } from '../trainer/support/trainer-process.ts'
import { processesOf, sweep, until } from './sweep-process.ts'

const WORDS =
  'the was number fine lovely great superb poor awful dull broken scene actor plot battery screen call soup waiter'

const SWEEP = `
method: grid
parameters: { unfreeze_layers: { values: [all] } }
seeds: 2
parallel: 1
resources: { gpus: 0, cpus: 1 }
metric: { name: val/macro_f1, goal: maximize }
trainer: text-classifier
params:
  data:
    file: texts.csv
    id: id
    tasks: { opinion: opinion, place: place }
    split: { val: 0.2, test: 0.2, seed: 1 }
  encoder: hf:./tiny-bert
  pooling: last4_mean
  gradient_checkpointing: true
  max_length: 24
  layers: 0
  epochs: 6
  patience: 0
  batch_size: 16
  learning_rate: 2.0e-3
  adam_epsilon: 1.0e-8
ensemble: { top: 2 }
`

/** A project with texts, a tiny BERT with random weights and one sweep file. */
function project(): { readonly folder: string; readonly env: Record<string, string>; readonly trial: string } {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'sweeps'))
  writeFileSync(join(folder, 'sweeps/tiny.yaml'), SWEEP)
  writeTexts(join(folder, 'texts.csv'))
  writeTinyEncoder(join(folder, 'tiny-bert'), WORDS.split(' '))
  const env = { SWEEP_LEASE_DIR: join(folder, 'leases'), SWEEP_CACHE: join(folder, 'cache') }
  return { folder, env, trial: join(folder, 'runs/tiny.1/trials') }
}

const epochsOf = (trial: string) => {
  const path = join(trial, '0000/events.ndjson')
  return existsSync(path) ? (readFileSync(path, 'utf8').match(/"step"/g) ?? []).length : 0
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>

/** Trial number to the hash of its weights file. */
const weightsOf = (trial: string) =>
  readdirSync(trial)
    .sort()
    .map((name) => json(join(trial, name, 'details/weights.json')).sha256)

describe('a sweep that fine-tunes an encoder from a folder', () => {
  it('ends with the same weights after everything was killed in an epoch, and its ensemble labels new texts', async () => {
    const [hit, calm] = [project(), project()]
    const undisturbed = sweep(calm.folder, ['start', 'tiny'], calm.env).ended
    const { child, ended } = sweep(hit.folder, ['start', 'tiny'], hit.env)
    await until('the first trial is in its third epoch', () => epochsOf(hit.trial) >= 2, 60_000)
    child.kill('SIGKILL')
    for (const line of processesOf(hit.folder)) process.kill(Number(line.split(':')[0]), 'SIGKILL')
    await ended
    expect(existsSync(join(hit.trial, '0000/weights.safetensors'))).toBe(false)

    const resumed = await sweep(hit.folder, ['resume', 'tiny'], hit.env).ended
    expect(resumed, resumed.stderr).toMatchObject({ code: 0 })
    expect(readFileSync(join(hit.trial, '0000/events.ndjson'), 'utf8')).toMatch(/Resumed after epoch \d of 6/)
    expect((await undisturbed).code).toBe(0)
    expect(weightsOf(hit.trial)).toEqual(weightsOf(calm.trial))
    expect(weightsOf(hit.trial).length).toBe(2)
    expect(existsSync(join(hit.trial, '0000/details/calibration.json'))).toBe(true)

    const texts = ['The waiter was broken number 3', 'the screen was fine', 'The scene was great number 7']
    writeFileSync(join(hit.folder, 'new.csv'), ['id,text', ...texts.map((text, n) => `n${n},${text}`)].join('\n'))
    const predicted = await sweep(hit.folder, ['predict', 'tiny.1', 'new.csv'], hit.env).ended
    expect(predicted, predicted.stderr).toMatchObject({ code: 0 })
    const [head = [], ...rows] = predicted.stdout.split('\n').map((line) => line.split(','))
    const columns = ['id', 'opinion.label', 'place.label'].map((name) => head.indexOf(name))
    const labels = rows.slice(0, 3).map((row) => columns.map((column) => row[column]))
    expect(labels).toEqual([
      ['n0', 'bad', 'meal'],
      ['n1', 'good', 'phone'],
      ['n2', 'good', 'film'],
    ])
  }, 120_000)
})
