import { add, exp, mul, neg, reshape, type Scalar, type Tensor } from '../engine/tf.ts'
import type { Parameter } from '../model/parameters.ts'
import type { TrainingSettings } from '../training-settings.ts'

/** The learned ln of a task's noise: s = ln sigma^2. */
export function logVariance(task: string): Parameter {
  const name = `${task}.log_variance`
  return { name, shape: [1], bound: 0, decays: false, group: 'loss', depth: 0, trains: true }
}

/**
 * exp(-s) L + s / 2: a task whose loss stays large is taken for noisy and counts less, and the second term keeps s from
 * growing without end. Call it inside `tidy`.
 *
 * @param share of the second term: where a step's loss is put together from several batches, it must be there once
 * @source Kendall, Gal and Cipolla 2018, "Multi-task learning using uncertainty to weigh losses", eq. 10, in s
 */
export function byUncertainty(loss: Scalar, logVariance: Tensor, share = 1): Scalar {
  const s = reshape(logVariance, []) as Scalar
  return add(mul(loss, exp(neg(s))), mul(s, 0.5 * share))
}

/** Figures count as lying in this range: at 0 the weight would be infinite, at 1 the task would be forgotten. */
const [LOWEST, HIGHEST] = [0.01, 0.99]

/**
 * What each task counts in the next epoch: -(1 - k)^focus ln k, with k the running mean of its validation macro-F1;
 * divided by the mean over the tasks, so that the sum of the losses keeps its size.
 *
 * @param curve every epoch's metrics so far; without any, all weights are 1
 * @source Guo et al. 2018, "Dynamic task prioritization for multitask learning", eq. 3 and 4
 */
export function byDifficulty(
  curve: readonly Readonly<Record<string, number>>[],
  tasks: readonly string[],
  { difficultyFocus, difficultyMemory }: Pick<TrainingSettings, 'difficultyFocus' | 'difficultyMemory'>,
): ReadonlyMap<string, number> {
  if (curve.length === 0) return new Map(tasks.map((task) => [task, 1]))
  const raw = tasks.map((task) => {
    const figures = curve.map((epoch) => epoch[`val/macro_f1.${task}`] as number)
    const mean = figures.reduce((mean, figure) => difficultyMemory * figure + (1 - difficultyMemory) * mean)
    const k = Math.min(HIGHEST, Math.max(LOWEST, mean))
    return -((1 - k) ** difficultyFocus) * Math.log(k)
  })
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / raw.length
  return new Map(tasks.map((task, t) => [task, (raw[t] as number) / mean]))
}
