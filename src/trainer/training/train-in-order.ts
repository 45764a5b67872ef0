// Key: N rows of the training split.

import { dispose } from '../engine/tf.ts'
import { logitsOfRows } from './evaluate.ts'
import { judgedArrays, modelWeights } from './learner-state.ts'
import type { TaskPlan } from './plan.ts'
import { type TrainingInput, type TrainingState, train } from './train.ts'

/**
 * Trains, and with a curriculum trains a first model before, which tells the easy rows from the hard ones. A resumed
 * training has that from its checkpoint.
 *
 * @source Bengio et al. 2009, "Curriculum learning"; self-taught scoring of Hacohen and Weinshall 2019, sec. 2
 */
export async function trainInOrder(input: TrainingInput): Promise<TrainingState> {
  if (input.settings.curriculum === 'none' || input.from) return train(input)
  return train({ ...input, rowLosses: await rowLosses(input) })
}

/** What a model that was trained for a short time, by the same code and on the same rows, loses on each. @returns N */
async function rowLosses(input: TrainingInput): Promise<Float32Array> {
  const epochs = input.settings.curriculumFirstEpochs
  const settings = { ...input.settings, curriculum: 'none', epochs, patience: 0, emaDecay: 0 } as const
  const plans = input.plans.map((plan) => ({ ...plan, startEpoch: 1 }))
  const first = await train({ ...input, settings, plans, onEpoch: () => {} })
  const rows_N = input.dataset.splits.train
  const weights = modelWeights(input, judgedArrays(first.learner, input))
  const logits = await logitsOfRows(weights, { ...input, rows_N })
  dispose([...weights.values()])
  return new Float32Array(rows_N.length).map((_, n) => {
    return plans.reduce((sum, plan) => sum + surprise(logits.get(plan.name) as Float32Array, plan, { rows_N, n }), 0)
  })
}

/** -ln of the true class's probability; 0 without a label. */
function surprise(
  logits_NC: Float32Array,
  plan: TaskPlan,
  { rows_N, n }: { readonly rows_N: Int32Array; readonly n: number },
): number {
  const label = plan.labels_N[rows_N[n] as number] as number
  const z_C = logits_NC.subarray(n * plan.classes.length, (n + 1) * plan.classes.length)
  const largest = Math.max(...z_C)
  const total = z_C.reduce((sum, z) => sum + Math.exp(z - largest), 0)
  return label < 0 ? 0 : largest + Math.log(total) - (z_C[label] as number)
}
