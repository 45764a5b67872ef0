// The only door to the tensor library: what is listed here is all that the trainer uses of it.
// In Node its package resolves to a variant without gradients, so the bundler and the test runner are told to take the
// ES modules (scripts/build.mjs, vitest.config.ts), and the gradients register themselves through the next line.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { broadcast_util, util } from '@tensorflow/tfjs-core'

/** Axes as numbers from 0, whatever way they were given. */
export const parseAxes = util.parseAxisParam
/** Shape of what an operation on two shapes gives; throws when they do not fit. */
export const broadcastShape = broadcast_util.assertAndGetBroadcastShape

export {
  add,
  concat,
  customGrad,
  dispose,
  div,
  engine,
  erf,
  exp,
  gather,
  getGradient,
  getKernel,
  grads,
  type KernelFunc,
  logSoftmax,
  logSumExp,
  matMul,
  maximum,
  mean,
  memory,
  mul,
  type NamedAttrMap,
  neg,
  ones,
  pow,
  registerKernel,
  relu,
  reshape,
  rsqrt,
  type Scalar,
  scatterND,
  setBackend,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type TensorInfo,
  tanh,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  unregisterKernel,
  valueAndGrads,
  zerosLike,
} from '@tensorflow/tfjs-core'
