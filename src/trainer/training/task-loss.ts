// Key: N rows of the data, B rows of the batch, C classes of the task, P classes of a part.
import { add, type Scalar, type Tensor2D } from '../engine/tf.ts'
import { gateOf, withoutClass } from '../model/cascade.ts'
import { type DiceOptions, diceLoss } from './dice-loss.ts'
import { type FocalOptions, focalLoss } from './focal-loss.ts'
import { type Target, targetOf } from './target.ts'

/** Cross-entropy is the focal loss at gamma 0. */
export type LossOptions = ({ readonly kind: 'focal' } & FocalOptions) | ({ readonly kind: 'dice' } & DiceOptions)

/** One choice between classes that is trained: all of a task, or one of the two of a cascade. */
export interface LossPart {
  /** N, class index, -1 = the row does not take part. */
  readonly labels_N: Int32Array
  /** P */
  readonly classWeights: readonly number[]
  /** N, each row's factor in the loss. @default 1 each */
  readonly rowWeights_N?: Float32Array
  readonly loss: LossOptions
  /** The class of the task that is told from the rest, and which of the two choices this is. Without it, all classes. */
  readonly cascade?: { readonly class: number; readonly choice: 'gate' | 'rest' }
}

/** The part's logits, from those of all classes. @returns B x P */
function logitsOfPart(logits_BC: Tensor2D, { cascade }: LossPart): Tensor2D {
  if (!cascade) return logits_BC
  return cascade.choice === 'gate' ? gateOf(logits_BC, cascade.class) : withoutClass(logits_BC, cascade.class)
}

/** How many of the rows take part, of each part. */
export function labelledRows(parts: readonly LossPart[], batches: readonly Int32Array[]): number[] {
  return parts.map(({ labels_N }) => {
    let count = 0
    for (const rows of batches) for (const row of rows) if ((labels_N[row] as number) >= 0) count++
    return count
  })
}

/**
 * Loss of the logits of one task: the sum over its parts. Call it inside `tidy`.
 *
 * @param rows_B rows of the data, one for each row of logits
 * @param labelled what the sum over the rows is divided by, of each part: the rows of all that the batch is a part of
 */
export function taskLoss(
  logits_BC: Tensor2D,
  of: { readonly parts: readonly LossPart[]; readonly rows_B: Int32Array; readonly labelled: readonly number[] },
): Scalar {
  const losses = of.parts.map((part, i) => {
    const labels_B = of.rows_B.map((row) => part.labels_N[row] as number)
    const target = weighted(targetOf(labels_B, part.classWeights, of.labelled[i]), part.rowWeights_N, of.rows_B)
    const logits_BP = logitsOfPart(logits_BC, part)
    return part.loss.kind === 'dice' ? diceLoss(logits_BP, target, part.loss) : focalLoss(logits_BP, target, part.loss)
  })
  return losses.reduce((a, b) => add(a, b))
}

/** Only the row's pull changes: what the sum is divided by still counts rows. */
function weighted(target: Target, rowWeights_N: Float32Array | undefined, rows_B: Int32Array): Target {
  if (!rowWeights_N) return target
  const weight_B = target.weight_B.map((weight, b) => weight * (rowWeights_N[rows_B[b] as number] as number))
  return { ...target, weight_B }
}
