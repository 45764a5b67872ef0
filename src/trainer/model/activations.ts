import { add, erf, mul, relu, type Tensor, tanh } from '../engine/tf.ts'

/** A function between two layers. */
interface Activation {
  /** Call it inside `tidy`. */
  apply(x: Tensor): Tensor
  /** By what the variance of the weights below is larger, so that it stays the same from layer to layer. */
  readonly gain: number
}

/** x times the share of the normal distribution below x. @source Hendrycks and Gimpel 2016, eq. in sec. 2 */
const gelu = (x: Tensor) => mul(x, mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5))

/** What `activation:` may be. @source gains: He et al. 2015, eq. 10; tanh as torch.nn.init.calculate_gain, squared */
export const activations = {
  relu: { apply: (x) => relu(x), gain: 2 },
  gelu: { apply: gelu, gain: 2 },
  tanh: { apply: (x) => tanh(x), gain: 25 / 9 },
} as const satisfies Record<string, Activation>
