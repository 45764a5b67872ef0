import { BETA1, BETA2, type Optimizer } from '../engine/optimizer.ts'
import { readNumber } from '../engine/read-number.ts'
import { add, div, mul, type Scalar, sqrt, square, sub, sum, type Tensor, tidy } from '../engine/tf.ts'

/**
 * One parameter's update with weight decay apart from the gradient. The old tensors are disposed, the new ones are the
 * caller's: writing over a weight in place would not be seen, since the engine caches packed weights by tensor.
 *
 * @source Loshchilov and Hutter 2019, "Decoupled weight decay regularization", alg. 2, with PyTorch's scaling of the
 * decay by the learning rate; the bias corrections are folded into two scalars (Kingma and Ba 2015, sec. 2)
 */
export const adamW: Optimizer = (slot, raw, at) => {
  const [weight, first, second] = tidy(() => {
    const gradient = mul(raw, at.gradientFactor)
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
export async function globalNorm(gradients: readonly Tensor[]): Promise<number> {
  return Math.sqrt(
    await readNumber(tidy(() => gradients.map((g) => sum(square(g))).reduce((a, b) => add(a, b)) as Scalar)),
  )
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
