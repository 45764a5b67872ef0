// Key: B rows of the batch, C classes of the task.
import type { BulkRandom } from '../bulk-random.ts'
import { add, mul, type Scalar, type Tensor } from '../engine/tf.ts'
import type { Body } from '../model/body.ts'
import { logitsOf } from '../model/heads.ts'
import type { Weights } from '../model/parameters.ts'
import type { Settings } from '../settings.ts'
import type { TaskPlan } from './plan.ts'
import { divergence, doubled } from './rdrop.ts'
import { targetOf } from './target.ts'
import { labelledRows, taskLoss } from './task-loss.ts'
import { byUncertainty, logVariance } from './task-weighting.ts'

/** What holds in one epoch and need not hold in the next. */
export interface EpochTerms {
  /** 1 for the first. */
  readonly epoch: number
  /** By name, the tasks that take part, and what each counts beside its `task_weight`. */
  readonly taskWeights: ReadonlyMap<string, number>
  /** 0 = without R-Drop. */
  readonly rdropAlpha: number
}

export interface LossInput {
  readonly body: Body
  /** Of the tasks that take part. */
  readonly plans: readonly TaskPlan[]
  readonly settings: Settings
  readonly terms: EpochTerms
  readonly random: BulkRandom
  /** Rows with a label, by task and part, in all batches of the step. */
  readonly labelled: readonly (readonly number[])[]
  /** In the step. */
  readonly batches: number
}

/** Whether the model draws dropout masks at all. An encoder that learns has masks of its own. */
export const hasDropout = ({ dropout, layers, unfreezeLayers }: Settings): boolean =>
  dropout > 0 && (layers > 0 || unfreezeLayers !== 0)

/** What one batch adds to the loss of its step. Call it inside `tidy`. */
export function batchLoss(rows_B: Int32Array, weights: Weights, input: LossInput): Scalar {
  const { body, plans, settings, terms, random } = input
  const rdrop = terms.rdropAlpha > 0 && hasDropout(settings)
  const shown = rdrop ? doubled(rows_B) : rows_B
  const dropout = settings.dropout > 0 ? (size: number) => random.dropoutMask(size, settings.dropout) : undefined
  const x = body.batch(shown, { weights, random })
  const losses = plans.map((plan, t) => {
    const logits = logitsOf(plan.head, weights, dropout ? { x, dropout } : { x })
    const labelled = (input.labelled[t] as readonly number[]).map((rows) => (rdrop ? 2 * rows : rows))
    const fit = taskLoss(logits, { parts: plan.parts, rows_B: shown, labelled })
    const loss = rdrop ? add(fit, mul(divergence(logits, rowShares(rows_B, plan, input)), terms.rdropAlpha)) : fit
    return mul(weighed(loss as Scalar, plan, { weights, input }), plan.taskWeight * weightOf(plan, terms))
  })
  return losses.reduce((a, b) => add(a, b)) as Scalar
}

const weightOf = ({ name }: TaskPlan, { taskWeights }: EpochTerms) => taskWeights.get(name) ?? 0

function weighed(loss: Scalar, plan: TaskPlan, { weights, input }: { weights: Weights; input: LossInput }) {
  if (input.settings.taskWeighting !== 'uncertainty') return loss
  return byUncertainty(loss, weights.get(logVariance(plan.name).name) as Tensor, 1 / input.batches)
}

/** Every labelled row's share of the mean over the step's labelled rows, whatever its class. */
function rowShares(rows_B: Int32Array, plan: TaskPlan, { plans, labelled }: LossInput): Float32Array {
  const labels_B = rows_B.map((row) => plan.labels_N[row] as number)
  // The first part of a task has all its labelled rows.
  const all = labelled[plans.indexOf(plan)]?.[0]
  const { weight_B } = targetOf(
    labels_B,
    plan.classes.map(() => 1),
    all,
  )
  const rowWeights_N = plan.parts[0]?.rowWeights_N
  return rowWeights_N ? weight_B.map((weight, b) => weight * (rowWeights_N[rows_B[b] as number] as number)) : weight_B
}

/** Rows with a label in all batches of a step, by task and part: what each row's share of the loss is measured by. */
export const labelledOf = (plans: readonly TaskPlan[], batches: readonly Int32Array[]) =>
  plans.map(({ parts }) => labelledRows(parts, batches))
