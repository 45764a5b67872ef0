import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { type Scalar, sum, type Tensor, type Tensor2D, tensor, tensor2d, tidy } from '../../src/trainer/engine/tf.ts'
import { activations } from '../../src/trainer/model/activations.ts'
import { denseBatch } from '../../src/trainer/model/body.ts'
import { composed, gateOf, withoutClass } from '../../src/trainer/model/cascade.ts'
import { logitsOf } from '../../src/trainer/model/heads.ts'
import { type HeadShape, initialValues, parametersOf } from '../../src/trainer/model/parameters.ts'
import { expectSlopes, softmax } from './support/slopes.ts'

const shape: HeadShape = {
  task: 'tone',
  width: 2,
  hidden: 3,
  layers: 1,
  classes: 3,
  activation: 'relu',
  layerNorm: false,
}

/** Logits of one row by weights that are all given. */
function logitsBy(head: HeadShape, values: Record<string, number[]>, row: number[]): number[] {
  return tidy(() => {
    const weights = new Map<string, Tensor>(
      parametersOf(head).map(({ name, shape }) => [name, tensor(values[name] ?? [], [...shape])]),
    )
    return [...logitsOf(head, weights, { x: denseBatch(tensor2d([row])) }).dataSync()]
  })
}

beforeAll(async () => {
  await engines.wasm.open()
})

describe('heads', () => {
  it.each([
    ['relu', (x: number) => Math.max(0, x)],
    ['tanh', Math.tanh],
    // The error function by its series; the arguments are small.
    ['gelu', (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2],
  ] as const)('bend by %s as it is defined, slopes included', (name, definition) => {
    expectSlopes(
      [[-1.5, -0.2, 0.4, 1.7]],
      (x) => sum(activations[name].apply(x)) as Scalar,
      ([row = []]) => row.reduce((total, x) => total + definition(x), 0),
    )
  })

  it('compute dense, activation, dense', () => {
    const values = {
      'tone.hidden.0.weight': [1, -1, 2, 0, 1, 1],
      'tone.hidden.0.bias': [0.5, 0, -3],
      'tone.output.weight': [1, 0, 0, 0, 1, 0, 0, 0, 1],
      'tone.output.bias': [0.1, 0.2, 0.3],
    }
    // x W + b = (1.5, 1, 1): (1, 2) . columns + bias; all above 0.
    expect(logitsBy(shape, values, [1, 2]).map((z) => +z.toFixed(5))).toEqual([1.6, 1.2, 1.3])
    const tanh = logitsBy({ ...shape, activation: 'tanh' }, values, [1, 2])
    expect(tanh[0]).toBeCloseTo(Math.tanh(1.5) + 0.1, 5)
  })

  it('normalize hidden layers before the activation, scaled and shifted as learned', () => {
    const head = { ...shape, layerNorm: true, activation: 'tanh' } as const
    const values = {
      'tone.hidden.0.weight': [1, 0, 0, 0, 1, 0],
      'tone.hidden.0.bias': [0, 0, 3],
      'tone.norm.0.scale': [1, 2, 1],
      'tone.norm.0.shift': [0, 0, 0.5],
      'tone.output.weight': [1, 0, 0, 0, 1, 0, 0, 0, 1],
      'tone.output.bias': [0, 0, 0],
    }
    // (1, 2, 3): mean 2, variance 2/3.
    const unit = 1 / Math.sqrt(2 / 3 + 1e-5)
    const expected = [-unit, 0, unit + 0.5].map(Math.tanh)
    for (const [c, z] of logitsBy(head, values, [1, 2]).entries()) expect(z).toBeCloseTo(expected[c] ?? 0, 5)
  })

  it('start layer normalization as doing nothing to normal values', () => {
    const start = initialValues(parametersOf({ ...shape, layerNorm: true }), 1)
    expect(start.get('tone.norm.0.scale')).toEqual(Float32Array.of(1, 1, 1))
    expect(start.get('tone.norm.0.shift')).toEqual(Float32Array.of(0, 0, 0))
  })
})

describe('a cascade', () => {
  const gate = [0.4, -0.9]
  const rest = [1.1, -0.3]

  it.each([0, 1, 2])(
    'gives each class the product of its two probabilities, the first told being class %d',
    (index) => {
      const p = softmax([...tidy(() => [...composed(tensor2d([gate]), tensor2d([rest]), index).dataSync()])])
      const [no = 0, yes = 0] = softmax(gate)
      const others = softmax(rest).map((q) => q * no)
      const expected = [...others.slice(0, index), yes, ...others.slice(index)]
      expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
      for (const [c, value] of p.entries()) expect(value).toBeCloseTo(expected[c] ?? 0, 6)
    },
  )

  it.each([0, 1, 2])('finds both choices again in the logits of all classes, with class %d told first', (index) => {
    const [ofGate, ofRest] = tidy(() => {
      const all = composed(tensor2d([gate]), tensor2d([rest]), index)
      return [softmax([...gateOf(all, index).dataSync()]), softmax([...withoutClass(all, index).dataSync()])]
    })
    for (const [c, p] of softmax(gate).entries()) expect(ofGate?.[c]).toBeCloseTo(p, 6)
    for (const [c, p] of softmax(rest).entries()) expect(ofRest?.[c]).toBeCloseTo(p, 6)
  })

  it('has slopes through both choices', () => {
    expectSlopes(
      [gate],
      (z) => sum(withoutClass(composed(z, tensor2d([rest]), 1), 1)) as Scalar,
      ([z = []]) => softmax(rest).reduce((sum, q) => sum + Math.log(q * (softmax(z)[0] ?? 0)), 0),
    )
    expectSlopes(
      [[0.2, -0.5, 1]],
      (z) => sum(gateOf(z as Tensor2D, 2)) as Scalar,
      ([[a = 0, b = 0, c = 0] = []]) => Math.log(Math.exp(a) + Math.exp(b)) + c,
    )
  })
})

function erf(x: number): number {
  let [term, total] = [x, x]
  for (let n = 1; n < 40; n++) {
    term *= (-x * x) / n
    total += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * total
}
