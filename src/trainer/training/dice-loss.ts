// Key: B rows of the batch, C classes. p: predicted probabilities, q: smoothed labels.
import { add, div, maximum, mul, pow, type Scalar, softmax, sub, sum, type Tensor2D, tensor2d } from '../engine/tf.ts'
import type { Target } from './target.ts'

export interface DiceOptions {
  /** C */
  readonly classes: number
  /**
   * How much less a class counts that is already sure; 0 = the plain Dice coefficient. Small: f grows with p only up to
   * p = 1 / (1 + alpha), and at 1 a row that is certainly right loses as much as one that is certainly wrong.
   */
  readonly alpha: number
  /** Share of the label that is spread evenly over all classes. */
  readonly labelSmoothing: number
}

/** Gamma of the paper: keeps the quotient defined, and gives rows without the class a slope. */
const SMOOTH = 1

/** Below it 1 - p counts as this: its power has no slope at 0. */
const SMALLEST_MISS = 1e-12

/**
 * Mean over the labelled rows of  weight_y sum_c (1 - (2 f_c q_c + 1) / (f_c + q_c + 1))  with f = (1 - p)^alpha p:
 * the Dice coefficient of every row and class, which unlike cross-entropy has no interest in making sure rows surer.
 * Call it inside `tidy`.
 *
 * @source Li et al. 2020, "Dice loss for data-imbalanced NLP tasks", self-adjusting DSC of sec. 3.4; several classes as
 * in the authors' code, each against all others
 */
export function diceLoss(logits_BC: Tensor2D, target: Target, options: DiceOptions): Scalar {
  const { classes, alpha, labelSmoothing } = options
  const rows = target.weight_B.length
  const q_BC = add(mul(tensor2d(target.oneHot_BC, [rows, classes]), 1 - labelSmoothing), labelSmoothing / classes)
  const p_BC = softmax(logits_BC)
  const f_BC = mul(pow(maximum(sub(1, p_BC), SMALLEST_MISS), alpha), p_BC)
  const dice_BC = div(add(mul(mul(f_BC, q_BC), 2), SMOOTH), add(add(f_BC, q_BC), SMOOTH))
  return sum(mul(sum(sub(1, dice_BC), 1, true), tensor2d(target.weight_B, [rows, 1]))) as Scalar
}
