// Key: B rows, C classes of the task, R = C - 1 classes besides the one that is told first.
import { add, concat, logSoftmax, logSumExp, slice, type Tensor2D } from '../engine/tf.ts'

const columns = (x_BC: Tensor2D, from: number, size: number) => slice(x_BC, [0, from], [-1, size])

/** All columns but one. @returns B x R */
export function withoutClass(x_BC: Tensor2D, index: number): Tensor2D {
  const after = x_BC.shape[1] - index - 1
  if (index === 0) return columns(x_BC, 1, after)
  if (after === 0) return columns(x_BC, 0, index)
  return concat([columns(x_BC, 0, index), columns(x_BC, index + 1, after)], 1)
}

/**
 * The log-probabilities of all classes from those of two heads: of the class against the rest, and of the rest's
 * classes among each other. They are ordinary logits: their softmax is the product of the two heads' probabilities.
 * Call it inside `tidy`.
 *
 * @param gate_B2 logits of the rest and of the class
 * @returns B x C
 */
export function composed(gate_B2: Tensor2D, rest_BR: Tensor2D, index: number): Tensor2D {
  const gate = logSoftmax(gate_B2)
  const rest = add(logSoftmax(rest_BR), columns(gate, 0, 1)) as Tensor2D
  const own = columns(gate, 1, 1)
  const before = index === 0 ? [] : [columns(rest, 0, index)]
  const after = index === rest.shape[1] ? [] : [columns(rest, index, rest.shape[1] - index)]
  return concat([...before, own, ...after], 1)
}

/** The logits of the class against the rest that all classes' logits contain. @returns B x 2, the rest first */
export function gateOf(logits_BC: Tensor2D, index: number): Tensor2D {
  return concat([logSumExp(withoutClass(logits_BC, index), 1, true) as Tensor2D, columns(logits_BC, index, 1)], 1)
}
