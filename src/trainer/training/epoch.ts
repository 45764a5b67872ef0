// Key: N rows of the training split.
import { BugError } from '../../base/errors.ts'
import { rngFor } from '../../base/rng.ts'
import { bulkRandom } from '../bulk-random.ts'
import type { Dataset } from '../dataset.ts'
import type { Engine } from '../engine/engine.ts'
import type { EpochTerms } from './batch-loss.ts'
import { admittedShare, easiest } from './curriculum.ts'
import { type Curve, plateaus } from './improvement.ts'
import type { Learner } from './learner.ts'
import type { LearnerParts } from './learner-state.ts'
import { type LearningRatePlan, learningRateAt } from './learning-rate.ts'
import { inBatches, rowOrder, sampleWeights } from './row-order.ts'
import { byDifficulty } from './task-weighting.ts'

export interface EpochInput extends LearnerParts {
  readonly dataset: Dataset
  readonly engine: Engine
  readonly seed: number
}

/** What the epochs before have left behind. */
export interface Past {
  readonly curve: Curve
  /** N, how hard each row was for a first model; for a curriculum. */
  readonly rowLosses?: Float32Array
}

/** Lets signals be heard: the work between two turns is one optimizer step. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Shows the learner its rows once. What is random comes from streams named by epoch, and what holds in this epoch is
 * worked out from the curve, so that a resumed training goes on with the same bits.
 */
export async function trainEpoch(learner: Learner, past: Past, input: EpochInput) {
  const { settings, seed, engine, body } = input
  const epoch = past.curve.length + 1
  const rng = rngFor(seed, 'row order', epoch)
  const order = epochRows(past, input, rng)
  const random = bulkRandom(rngFor(seed, 'dropout', epoch))
  const groups = chunksOf(inBatches(order, { ...body, size: settings.batchSize, rng }), settings.gradientAccumulation)
  const terms = termsOf(past.curve, input)
  const plan: LearningRatePlan = {
    peak: settings.learningRate,
    schedule: settings.schedule,
    warmupRatio: settings.warmupRatio,
    totalSteps: groups.length * settings.epochs,
    reducedTo: settings.plateauFactor ** plateaus(judgedEpochs(past.curve, input), settings),
  }
  let trainLoss = 0
  let learningRate = 0
  const tensorsBefore = engine.tensorCount()
  for (const batches of groups) {
    learningRate = learningRateAt(learner.steps, plan)
    trainLoss += (await learner.step(batches, { learningRate, random, terms })) / groups.length
    if (engine.tensorCount() !== tensorsBefore) {
      throw new BugError(`A training step left ${engine.tensorCount() - tensorsBefore} tensors behind.`)
    }
    await turn()
  }
  return { trainLoss, learningRate }
}

/** The epochs whose figures say something about the whole model: those since the last task has begun. */
export function judgedEpochs(curve: Curve, { plans }: Pick<LearnerParts, 'plans'>): Curve {
  return curve.slice(Math.max(...plans.map(({ startEpoch }) => startEpoch)) - 1)
}

/** Which tasks take part in the next epoch and what they count. */
export function termsOf(curve: Curve, { plans, settings }: LearnerParts): EpochTerms {
  const epoch = curve.length + 1
  const tasks = plans.filter(({ startEpoch }) => startEpoch <= epoch).map(({ name }) => name)
  const taskWeights =
    settings.taskWeighting === 'difficulty'
      ? byDifficulty(curve, tasks, settings)
      : new Map(tasks.map((task) => [task, 1]))
  return { epoch, taskWeights, rdropAlpha: epoch > settings.rdropWarmupEpochs ? settings.rdropAlpha : 0 }
}

/** As many as the training split has, boosted ones more often, and hard ones only when a curriculum has come to them. */
function epochRows({ curve, rowLosses }: Past, { dataset, settings }: EpochInput, rng: ReturnType<typeof rngFor>) {
  const { train } = dataset.splits
  const all_N = sampleWeights(dataset, settings)
  const share = admittedShare(curve.length + 1, settings.epochs, settings)
  if (!rowLosses || share >= 1) return rowOrder(train, { weights_N: all_N, rng })
  const places = easiest(rowLosses, labelGroups(dataset), share)
  const rows_N = Int32Array.from(places, (n) => train[n] as number)
  const weights_N = all_N && Float64Array.from(places, (n) => all_N[n] as number)
  return rowOrder(rows_N, { weights_N, count: train.length, rng })
}

/** The labels of all tasks together, of each training row. @returns N */
function labelGroups({ splits, labels }: Dataset): string[] {
  return Array.from(splits.train, (row) => [...labels.values()].map((labels_N) => labels_N[row]).join(' '))
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
