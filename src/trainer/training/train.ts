import { TrialFailure } from '../../base/errors.ts'
import type { NamedArrays } from '../model/parameters.ts'
import { type EpochInput, judgedEpochs, trainEpoch } from './epoch.ts'
import { type Evaluation, evaluate, logitsOfRows, metricsOf } from './evaluate.ts'
import { type Curve, epochsWithoutImprovement, gain } from './improvement.ts'
import { Learner } from './learner.ts'
import { judgedArrays, type LearnerParts, type LearnerState, startOf } from './learner-state.ts'

/** Where a training stands between two epochs. Random streams are named by epoch, so nothing of them is kept. */
export interface TrainingState {
  /** Epochs done; 0 before the first. */
  readonly epoch: number
  readonly learner: LearnerState
  readonly best?: Best
  readonly curve: Curve
  /** By training row, how hard it was for a first model; for a curriculum. */
  readonly rowLosses?: Float32Array
}

/** The weights of the epoch in which the monitored metric was best; the first of equals. */
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

export interface TrainingInput extends EpochInput {
  /** A checkpoint to go on from; it gives the same bits as never having stopped. */
  readonly from?: TrainingState
  /** By training row; with a curriculum (`train-in-order.ts` makes them). */
  readonly rowLosses?: Float32Array
  /** Told what the time is spent on. */
  enter(section: 'train' | 'evaluate'): void
  /** Called after each epoch, before the next begins. */
  onEpoch(record: EpochRecord, state: TrainingState): void
}

/** True when the last epoch is done, or the monitored metric has not improved for `patience` of them. */
export function isFinished({ epoch, curve }: Pick<TrainingState, 'epoch' | 'curve'>, parts: LearnerParts): boolean {
  const { epochs, patience } = parts.settings
  if (epoch >= epochs) return true
  return patience > 0 && epochsWithoutImprovement(judgedEpochs(curve, parts), parts.settings) >= patience
}

/**
 * Trains to the end: all epochs, or until validation has not improved for `patience` of them.
 *
 * @throws {TrialFailure} LOSS_NOT_FINITE
 */
export async function train(input: TrainingInput): Promise<TrainingState> {
  const { seed, engine, rowLosses } = input
  let state: TrainingState = input.from ?? {
    epoch: 0,
    learner: startOf(input, seed),
    curve: [],
    ...(rowLosses && { rowLosses }),
  }
  const learner = new Learner(input, state.learner, engine)
  while (!isFinished(state, input)) {
    input.enter('train')
    const { trainLoss, learningRate } = await trainEpoch(learner, state, input)
    input.enter('evaluate')
    const validation = await judge(learner, state.epoch + 1, input)
    const metrics = { ...metricsOf('val', validation, input.plans), 'train/loss': trainLoss, lr: learningRate }
    const before = state
    state = await advanced(before, { learner, validation, metrics }, input)
    const isBest = state.best !== before.best
    input.onEpoch({ epoch: state.epoch, trainLoss, learningRate, validation, metrics, isBest }, state)
  }
  learner.dispose()
  return state
}

async function judge(learner: Learner, epoch: number, { body, plans, dataset }: TrainingInput): Promise<Evaluation> {
  const rows_N = dataset.splits.val
  const validation = await evaluate(await logitsOfRows(learner.judged, { body, plans, rows_N }), plans, rows_N)
  if (Number.isFinite(validation.loss)) return validation
  throw new TrialFailure(
    `The validation loss became ${validation.loss} after epoch ${epoch} (step ${learner.steps} of the training). ` +
      'The trial ended there.',
    { code: 'LOSS_NOT_FINITE', suggestions: ['Use a smaller learning_rate, or a max_grad_norm of 1.'] },
  )
}

interface Done {
  readonly learner: Learner
  readonly validation: Evaluation
  readonly metrics: Readonly<Record<string, number>>
}

/** The state after one more epoch. */
async function advanced(before: TrainingState, done: Done, input: TrainingInput): Promise<TrainingState> {
  const epoch = before.epoch + 1
  const learner = await done.learner.state()
  const curve = [...before.curve, { epoch, ...done.metrics }]
  const state = { ...before, epoch, learner, curve }
  if (!isBetter(curve, before.best, input)) return state
  return { ...state, best: { epoch, macroF1: done.validation.macroF1, weights: judgedArrays(learner, input) } }
}

/** Whether the last epoch is better than the best one; never while tasks have not begun. */
function isBetter(curve: Curve, best: Best | undefined, input: LearnerParts): boolean {
  const { monitor } = input.settings
  const valueAt = (epoch: number) => curve[epoch - 1]?.[monitor] ?? Number.NaN
  if (judgedEpochs(curve, input).length === 0) return false
  return best === undefined || gain(monitor, valueAt(curve.length), valueAt(best.epoch)) > 0
}
