import { add, div, mul, type Scalar, sqrt, square, sub, sum, type Tensor, tidy } from '../engine/tf.ts'

/** One parameter and what the optimizer remembers of its gradients. */
export interface Slot {
  readonly weight: Tensor
  /** m: running mean of the gradients. */
  readonly first: Tensor
  /** v: running mean of their squares. */
  readonly second: Tensor
}

export interface AdamWStep {
  readonly learningRate: number
  /** Share of the weight that is taken away, per unit of learning rate. 0 for biases. */
  readonly weightDecay: number
  /** Keeps the division finite; larger than the root of v, it makes the step proportional to the gradient. */
  readonly epsilon: number
  /** 1 for the first. */
  readonly step: number
}

const BETA1 = 0.9
const BETA2 = 0.999

/**
 * One parameter's update with weight decay apart from the gradient. The old tensors are disposed, the new ones are the
 * caller's: writing over a weight in place would not be seen, since the engine caches packed weights by tensor.
 *
 * @source Loshchilov and Hutter 2019, "Decoupled weight decay regularization", alg. 2, with PyTorch's scaling of the
 * decay by the learning rate; the bias corrections are folded into two scalars (Kingma and Ba 2015, sec. 2)
 */
export function adamW(slot: Slot, gradient: Tensor, at: AdamWStep): Slot {
  const [weight, first, second] = tidy(() => {
    const first = add(mul(slot.first, BETA1), mul(gradient, 1 - BETA1))
    const second = add(mul(slot.second, BETA2), mul(square(gradient), 1 - BETA2))
    const stepSize = at.learningRate / (1 - BETA1 ** at.step)
    const spread = add(div(sqrt(second), Math.sqrt(1 - BETA2 ** at.step)), at.epsilon)
    const shrunk = mul(slot.weight, 1 - at.learningRate * at.weightDecay)
    return [sub(shrunk, div(mul(first, stepSize), spread)), first, second] as [Tensor, Tensor, Tensor]
  })
  for (const old of [slot.weight, slot.first, slot.second]) old.dispose()
  return { weight, first, second }
}

/** Length of all gradients together as one vector. */
export function globalNorm(gradients: readonly Tensor[]): number {
  const total = tidy(() => gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)) as Scalar)
  const norm = Math.sqrt(total.dataSync()[0] as number)
  total.dispose()
  return norm
}

/**
 * What all gradients are multiplied by, so that together they are no longer than `maxNorm`.
 *
 * @param maxNorm 0 = no limit
 * @source PyTorch's clip_grad_norm_, with its 1e-6
 */
export function clipFactor(norm: number, maxNorm: number): number {
  return maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6))
}
