import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { BETA1, BETA2, type Optimizer } from './optimizer.ts'
import type { OwnKernels } from './own-kernels.ts'
import { engine, type Tensor } from './tf.ts'

/**
 * `adamW` of `training/adamw.ts` in one pass over memory instead of fourteen, with the same bits. The running means,
 * which nobody else holds, are written over; the weight is a new tensor, because copies of it may share its values.
 */
export function fusedAdamW({ adamW, addressOf }: OwnKernels, backend: BackendWasm): Optimizer {
  return ({ weight, first, second }, gradient, at) => {
    const out = backend.makeOutput(weight.shape, 'float32')
    adamW(
      addressOf(weight),
      addressOf(gradient),
      addressOf(first),
      addressOf(second),
      addressOf(out),
      weight.size,
      at.gradientFactor,
      BETA1,
      1 - BETA1,
      BETA2,
      1 - BETA2,
      at.learningRate / (1 - BETA1 ** at.step),
      Math.sqrt(1 - BETA2 ** at.step),
      at.epsilon,
      1 - at.learningRate * at.weightDecay,
    )
    weight.dispose()
    return { weight: engine().makeTensorFromTensorInfo(out), first, second }
  }
}

/** Length of all tensors together as one vector. */
export function jointLength({ squaredLength, addressOf }: OwnKernels): (tensors: readonly Tensor[]) => number {
  return (tensors) => Math.sqrt(tensors.reduce((sum, x) => sum + squaredLength(addressOf(x), x.size), 0))
}
