// What `npm run bench -- tiny-bert` bundles and runs: training steps of a small encoder with two linear heads on top.
import { rngFor } from '../src/base/rng.ts'
import { bulkRandom } from '../src/trainer/bulk-random.ts'
import { engines } from '../src/trainer/engine/index.ts'
import {
  add,
  engine as library,
  logSoftmax,
  memory,
  mul,
  neg,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  valueAndGrads,
  zerosLike,
} from '../src/trainer/engine/tf.ts'
import type { Architecture } from '../src/trainer/model/encoder/architecture.ts'
import { fineTunedBody } from '../src/trainer/model/encoder/fine-tuned-body.ts'
import { adamW } from '../src/trainer/training/adamw.ts'

const TOKENS = 64
const BATCH = 16
const CLASSES = 3

/** 2 layers, 128 wide, 2 attention heads, 2,000 tokens: 0.66 million numbers. */
const TINY: Architecture = {
  family: 'bert',
  vocabulary: 2000,
  width: 128,
  layers: 2,
  heads: 2,
  inner: 512,
  positions: 64,
  tokenTypes: 2,
  padding: 0,
  activation: 'gelu',
  epsilon: 1e-12,
  dropout: 0.1,
  attentionDropout: 0.1,
}

export interface Figures {
  /** Of each step, in milliseconds of CPU time: both ways through the model and the optimizer. */
  readonly times: readonly number[]
  readonly losses: readonly number[]
  /** Largest number of bytes alive at once in tensors, weights and optimizer included. */
  readonly peakBytes: number
}

/** @param ways `layers` is 2 for the benchmark's own size; more show what computing layers again saves */
export async function steps(ways: { recompute: boolean; layers: number; count: number }): Promise<Figures> {
  const architecture = { ...TINY, layers: ways.layers }
  const engine = await engines.wasm.open()
  const update = engine.adamW ?? adamW
  const rng = rngFor(3)
  const tokens_N = Array.from({ length: BATCH }, () => Int32Array.from({ length: TOKENS }, () => rng.below(2000)))
  const { recompute } = ways
  const body = fineTunedBody({ architecture, start: new Map(), tokens_N, pooling: 'mean', unfrozen: 'all', recompute })
  const heads = ['tone', 'place'].map((name) => ({ name, shape: [architecture.width, CLASSES] }))
  const parameters = [...body.parameters, ...heads]
  const slots = parameters.map(({ name, shape }) => {
    const weight = tensor(startOf(name, shape), shape as number[])
    return { weight, first: zerosLike(weight), second: zerosLike(weight) }
  })
  const labels_BC = tensor(
    Float32Array.from({ length: BATCH * CLASSES }, (_, i) => (i % CLASSES === 1 ? 1 : 0)),
    [BATCH, CLASSES],
  )
  const random = bulkRandom(rngFor(4))
  const lossAt = (...given: Tensor[]): Scalar => {
    const weights = new Map(parameters.map(({ name }, i) => [name, given[i] as Tensor]))
    const x = body.batch(Int32Array.from(tokens_N.keys()), { weights, random })
    const losses = heads.map(({ name }) => neg(sum(mul(labels_BC, logSoftmax(x.times(weights.get(name) as Tensor2D))))))
    return mul(
      losses.reduce((a, b) => add(a, b)),
      1 / BATCH,
    )
  }
  const peak = watchedPeak()
  const [times, losses]: [number[], number[]] = [[], []]
  for (let step = 1; step <= ways.count; step++) {
    const since = process.cpuUsage()
    const { value, grads } = valueAndGrads(lossAt)(slots.map(({ weight }) => weight))
    for (const [i, gradient] of grads.entries()) {
      const at = { learningRate: 1e-4, weightDecay: 0.01, epsilon: 1e-8, gradientFactor: 1, step }
      slots[i] = update(slots[i] as (typeof slots)[number], gradient, at)
      gradient.dispose()
    }
    losses.push(value.dataSync()[0] as number)
    value.dispose()
    const { user, system } = process.cpuUsage(since)
    times.push((user + system) / 1000)
  }
  return { times, losses, peakBytes: peak() }
}

function startOf(name: string, shape: readonly number[]): Float32Array {
  const random = bulkRandom(rngFor(1, name))
  const centre = name.endsWith('norm.weight') ? 1 : 0
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => centre + 0.035 * random.symmetric())
}

/** Looks at the library's count of bytes each time that a tensor is made. */
function watchedPeak(): () => number {
  let highest = 0
  const track = library().trackTensor.bind(library())
  library().trackTensor = (...given: Parameters<typeof track>) => {
    track(...given)
    highest = Math.max(highest, memory().numBytes)
  }
  return () => highest
}
