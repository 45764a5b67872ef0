import { BugError } from '../../base/errors.ts'
import { rngFor } from '../../base/rng.ts'
import { bulkRandom } from '../bulk-random.ts'
import type { Dataset } from '../dataset.ts'
import type { Engine } from '../engine/engine.ts'
import type { NamedArrays } from '../model/parameters.ts'
import { type Evaluation, evaluate, logitsOfRows, metricsOf } from './evaluate.ts'
import { Learner, type LearnerParts, type LearnerState, startOf } from './learner.ts'
import { type LearningRatePlan, learningRateAt } from './learning-rate.ts'
import { inBatches, rowOrder, sampleWeights } from './row-order.ts'

/** Where a training stands between two epochs. Random streams are named by epoch, so nothing of them is kept. */
export interface TrainingState {
  /** Epochs done; 0 before the first. */
  readonly epoch: number
  readonly learner: LearnerState
  readonly best?: Best
  /** Every epoch's metrics as they were reported, with its number under `epoch`. */
  readonly curve: readonly Readonly<Record<string, number>>[]
}

/** The weights with the highest validation macro-F1 so far; the first of equals. */
export interface Best {
  readonly epoch: number
  readonly macroF1: number
  readonly weights: NamedArrays
}

export interface EpochRecord {
  /** 1 for the first. */
  readonly epoch: number
  readonly trainLoss: number
  /** Of the epoch's last step. */
  readonly learningRate: number
  readonly validation: Evaluation
  /** The same under the names that are reported. */
  readonly metrics: Readonly<Record<string, number>>
  readonly isBest: boolean
}

export interface TrainingInput extends LearnerParts {
  readonly dataset: Dataset
  readonly engine: Engine
  readonly seed: number
  /** A checkpoint to go on from; it gives the same bits as never having stopped. */
  readonly from?: TrainingState
  /** Told what the time is spent on. */
  enter(section: 'train' | 'evaluate'): void
  /** Called after each epoch, before the next begins. */
  onEpoch(record: EpochRecord, state: TrainingState): void
}

/** True when the last epoch is done or the best one is `patience` epochs ago. */
export function isFinished(state: TrainingState, limits: { epochs: number; patience: number }): boolean {
  if (state.epoch >= limits.epochs) return true
  return limits.patience > 0 && state.epoch - (state.best?.epoch ?? state.epoch) >= limits.patience
}

/** Lets signals be heard: the work between two turns is one optimizer step. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Trains to the end: all epochs, or until validation has not improved for `patience` of them. */
export async function train(input: TrainingInput): Promise<TrainingState> {
  const { plans, settings, seed, dataset, body, engine } = input
  let state: TrainingState = input.from ?? { epoch: 0, learner: startOf(input, seed), curve: [] }
  const learner = new Learner(input, state.learner, engine)
  const rows_N = dataset.splits.val
  while (!isFinished(state, settings)) {
    const epoch = state.epoch + 1
    input.enter('train')
    const { trainLoss, learningRate } = await trainEpoch(learner, epoch, input)
    input.enter('evaluate')
    const validation = await evaluate(await logitsOfRows(learner.weights, { body, plans, rows_N }), plans, rows_N)
    const now = await learner.state()
    const isBest = validation.macroF1 > (state.best?.macroF1 ?? Number.NEGATIVE_INFINITY)
    const best: Best | undefined = isBest ? { epoch, macroF1: validation.macroF1, weights: now.weights } : state.best
    const metrics = { ...metricsOf('val', validation, plans), 'train/loss': trainLoss, lr: learningRate }
    state = { epoch, learner: now, ...(best && { best }), curve: [...state.curve, { epoch, ...metrics }] }
    input.onEpoch({ epoch, trainLoss, learningRate, validation, metrics, isBest }, state)
  }
  learner.dispose()
  return state
}

async function trainEpoch(learner: Learner, epoch: number, input: TrainingInput) {
  const { settings, dataset, seed, engine, body } = input
  const rng = rngFor(seed, 'row order', epoch)
  const order = rowOrder(dataset.splits.train, sampleWeights(dataset, settings), rng)
  const random = bulkRandom(rngFor(seed, 'dropout', epoch))
  const groups = chunksOf(inBatches(order, { ...body, size: settings.batchSize, rng }), settings.gradientAccumulation)
  const plan: LearningRatePlan = {
    peak: settings.learningRate,
    schedule: settings.schedule,
    warmupRatio: settings.warmupRatio,
    totalSteps: groups.length * settings.epochs,
  }
  let trainLoss = 0
  let learningRate = 0
  const tensorsBefore = engine.tensorCount()
  for (const batches of groups) {
    learningRate = learningRateAt(learner.steps, plan)
    trainLoss += (await learner.step(batches, { learningRate, random })) / groups.length
    if (engine.tensorCount() !== tensorsBefore) {
      throw new BugError(`A training step left ${engine.tensorCount() - tensorsBefore} tensors behind.`)
    }
    await turn()
  }
  return { trainLoss, learningRate }
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
