// What `npm run bench -- heads` bundles and runs: a whole training of two tasks, with its validation in each epoch.
import { rngFor } from '../src/base/rng.ts'
import type { Dataset } from '../src/trainer/dataset.ts'
import { engines } from '../src/trainer/engine/index.ts'
import { denseTable } from '../src/trainer/features/feature-table.ts'
import { featureRows } from '../src/trainer/model/feature-rows.ts'
import { resolveSettings } from '../src/trainer/settings.ts'
import { trainingPlan } from '../src/trainer/training/plan.ts'
import { train } from '../src/trainer/training/train.ts'

const WIDTH = 768
const [TRAIN, VAL] = [2000, 400]

/** Labels that follow from the features up to some noise. */
function dataset(): Dataset {
  const rng = rngFor(3)
  const rows = TRAIN + VAL
  const features = Float32Array.from({ length: rows * WIDTH }, () => rng.normal())
  const tasks = ['tone', 'place'].map((name) => ({ name, classes: ['a', 'b', 'c'] }))
  const labelsOf = (shift: number) =>
    Int32Array.from({ length: rows }, (_, n) => {
      const sum = features.subarray(n * WIDTH + shift, n * WIDTH + shift + 16).reduce((a, b) => a + b, 0)
      return sum < -1.7 ? 0 : sum < 1.7 ? 1 : 2
    })
  const part = (from: number, size: number) => Int32Array.from({ length: size }, (_, i) => from + i)
  return {
    tasks,
    ids: Array.from({ length: rows }, (_, n) => String(n)),
    features: denseTable(features, WIDTH),
    width: WIDTH,
    labels: new Map(tasks.map(({ name }, t) => [name, labelsOf(16 * t)])),
    splits: { train: part(0, TRAIN), val: part(TRAIN, VAL), test: part(TRAIN, 0) },
  }
}

/** @returns milliseconds of CPU time of the training, on all threads, and validation macro-F1 */
export async function training(): Promise<{ milliseconds: number; macroF1: number }> {
  const data = dataset()
  const engine = await engines.wasm.open()
  const params = {
    data: 'quickstart',
    hidden: WIDTH,
    layers: 3,
    dropout: 0.25,
    batch_size: 48,
    epochs: 10,
    patience: 0,
  }
  const settings = resolveSettings(
    { ...params, learning_rate: 1e-3, adam_epsilon: 1e-8, loss: 'cross_entropy' },
    data.tasks,
  )
  const parts = { body: featureRows(data.features), plans: trainingPlan(data, settings).tasks, settings }
  const since = process.cpuUsage()
  const end = await train({ ...parts, dataset: data, engine, seed: 1, enter: () => {}, onEpoch: () => {} })
  const { user, system } = process.cpuUsage(since)
  return { milliseconds: (user + system) / 1000, macroF1: end.best?.macroF1 ?? Number.NaN }
}
