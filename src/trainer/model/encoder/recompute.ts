import { customGrad, engine, grads, type Tensor } from '../../engine/tf.ts'

type Save = (tensors: Tensor[]) => void

/**
 * Computes `f` and keeps only its operands; on the way back `f` is computed again, with everything that its gradients
 * need. So only one such part has its inner values in memory at a time.
 *
 * @param f a function of its operands and of nothing else that lives on the engine, the same each time
 * @source Chen et al. 2016, "Training deep nets with sublinear memory cost"
 */
export function recomputed(f: (...operands: Tensor[]) => Tensor, operands: readonly Tensor[]): Tensor {
  const part = customGrad((...given) => {
    const save = given.at(-1) as unknown as Save
    const operands = given.slice(0, -1) as Tensor[]
    save(operands)
    return {
      value: f(...operands),
      gradFunc: (dy: Tensor, saved: Tensor[]) => besideTheTape(() => grads(f)(saved, dy)),
    }
  })
  return part(...operands)
}

/**
 * The library ends a tape by throwing the current one away, also while an outer one is being walked back: its next
 * step would then find none. So the outer one is put back.
 */
function besideTheTape<T>(compute: () => T): T {
  const { state } = engine()
  const { activeTape, gradientDepth } = state
  try {
    return compute()
  } finally {
    state.activeTape = activeTape
    state.gradientDepth = gradientDepth
  }
}

/** Computes `f` so that nothing in it is kept for a way back. */
export function withoutGradient<T extends Tensor>(f: () => T): T {
  return customGrad(() => ({ value: f(), gradFunc: () => [] }))() as T
}
