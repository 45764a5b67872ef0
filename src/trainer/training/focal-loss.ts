// Key: B rows of the batch, C classes of the task. p: predicted probabilities, q: smoothed labels, y: true class.
import {
  add,
  customGrad,
  exp,
  logSoftmax,
  maximum,
  mul,
  neg,
  pow,
  type Scalar,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
} from '../engine/tf.ts'
import type { Target } from './target.ts'

export interface FocalOptions {
  /** C */
  readonly classes: number
  /** Focusing parameter; 0 = cross-entropy. */
  readonly gamma: number
  /** Share of the label that is spread evenly over all classes. */
  readonly labelSmoothing: number
}

/** Below it 1 - p_y counts as this: keeps (1 - p_y)^(gamma - 1) finite. */
const SMALLEST_MISS = 1e-12

/**
 * Mean over the labelled rows of  weight_y (1 - p_y)^gamma H(q, p),  H being the cross-entropy of smoothed labels.
 *
 * Value and gradient are in closed form: through the operations one by one, (1 - p_y) loses all its digits for a row
 * that is almost right and its power then gives NaN. Here 1 - p_y is the sum of the other classes' probabilities.
 * Call it inside `tidy`.
 *
 * @source Lin et al. 2017, "Focal loss for dense object detection", eq. 4; smoothing after Szegedy et al. 2016, sec. 7
 */
export function focalLoss(logits_BC: Tensor2D, target: Target, options: FocalOptions): Scalar {
  const { classes, gamma, labelSmoothing } = options
  const loss = customGrad((logits, save) => {
    const z_BC = logits as Tensor2D
    const oneHot_BC = tensor2d(target.oneHot_BC, [target.weight_B.length, classes])
    const weight_B1 = tensor2d(target.weight_B, [target.weight_B.length, 1])
    const q_BC = add(mul(oneHot_BC, 1 - labelSmoothing), labelSmoothing / classes)
    const logP_BC = logSoftmax(z_BC)
    const p_BC = exp(logP_BC)
    const entropy_B1 = neg(rowSum(mul(q_BC, logP_BC)))
    const miss_B1 = maximum(rowSum(mul(sub(1, oneHot_BC), p_BC)), SMALLEST_MISS)
    const value = sum(mul(weight_B1, mul(pow(miss_B1, gamma), entropy_B1)))
    // What the gradient needs must go through `save`: the library disposes the rest after the forward pass.
    const keep = save as (tensors: Tensor[]) => void
    keep([oneHot_BC, weight_B1, q_BC, p_BC, entropy_B1, miss_B1])
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => mul(dy, slope_BC(saved, gamma)) }
  })
  return loss(logits_BC) as Scalar
}

const rowSum = (x_BC: Tensor) => sum(x_BC, 1, true)

/** Derivative by the logits: weight_y ((1 - p_y)^gamma (p - q) - gamma (1 - p_y)^(gamma - 1) p_y H (1_y - p)). */
function slope_BC(saved: Tensor[], gamma: number): Tensor {
  const [oneHot_BC, weight_B1, q_BC, p_BC, entropy_B1, miss_B1] = saved as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const entropyPart_BC = mul(pow(miss_B1, gamma), sub(p_BC, q_BC))
  const pTrue_B1 = rowSum(mul(oneHot_BC, p_BC))
  const focusing_B1 = mul(mul(pow(miss_B1, gamma - 1), gamma), mul(pTrue_B1, entropy_B1))
  const focusPart_BC = mul(focusing_B1, sub(oneHot_BC, p_BC))
  return mul(weight_B1, sub(entropyPart_BC, focusPart_BC))
}
