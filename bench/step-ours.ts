// What `npm run bench -- step` bundles and runs: training steps of two heads with three hidden layers of 768.
import { rngFor } from '../src/base/rng.ts'
import { bulkRandom } from '../src/trainer/bulk-random.ts'
import type { Dataset } from '../src/trainer/dataset.ts'
import { engines } from '../src/trainer/engine/index.ts'
import { denseTable } from '../src/trainer/features/feature-table.ts'
import { featureRows } from '../src/trainer/model/feature-rows.ts'
import { resolveSettings } from '../src/trainer/settings.ts'
import { Learner } from '../src/trainer/training/learner.ts'
import { startOf } from '../src/trainer/training/learner-state.ts'
import { trainingPlan } from '../src/trainer/training/plan.ts'

const WIDTH = 768
const BATCH = 48

/** @returns milliseconds of CPU time of each step, on all threads */
export async function steps(count: number): Promise<number[]> {
  const engine = await engines.wasm.open()
  const rng = rngFor(3)
  const rows = Int32Array.from({ length: BATCH }, (_, n) => n)
  const tasks = ['tone', 'place'].map((name) => ({ name, classes: ['a', 'b', 'c'] }))
  const dataset: Dataset = {
    tasks,
    ids: Array.from(rows, String),
    features: denseTable(
      Float32Array.from({ length: BATCH * WIDTH }, () => rng.normal()),
      WIDTH,
    ),
    width: WIDTH,
    labels: new Map(tasks.map(({ name }) => [name, rows.map((n) => n % 3)])),
    splits: { train: rows, val: rows, test: rows },
  }
  const params = {
    data: 'quickstart',
    hidden: WIDTH,
    layers: 3,
    dropout: 0.25,
    loss: 'focal',
    gamma: 2,
    weight_decay: 0.01,
  }
  const settings = resolveSettings({ ...params, max_grad_norm: 1, class_weights: 'none' }, tasks)
  const parts = { body: featureRows(dataset.features), plans: trainingPlan(dataset, settings).tasks, settings }
  const learner = new Learner(parts, startOf(parts, 1), engine)
  const random = bulkRandom(rngFor(4))
  const taskWeights = new Map(tasks.map(({ name }) => [name, 1]))
  const times: number[] = []
  for (let step = 0; step < count; step++) {
    const since = process.cpuUsage()
    await learner.step([rows], { learningRate: 1e-4, terms: { epoch: 1, taskWeights, rdropAlpha: 0 }, random })
    const { user, system } = process.cpuUsage(since)
    times.push((user + system) / 1000)
  }
  return times
}
