import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { type Tensor2D, tensor2d, tidy, valueAndGrads } from '../../src/trainer/engine/tf.ts'
import { type FocalOptions, focalLoss } from '../../src/trainer/training/focal-loss.ts'
import { targetOf } from '../../src/trainer/training/target.ts'

/** The definition, in float64, term by term. */
function definition(logits: number[][], labels: number[], weights: number[], options: FocalOptions): number {
  const labelled = labels.filter((label) => label >= 0).length
  return labels.reduce((total, y, b) => {
    if (y < 0) return total
    const z = logits[b] ?? []
    const size = z.reduce((sum, value) => sum + Math.exp(value), 0)
    const p = z.map((value) => Math.exp(value) / size)
    const entropy = p.reduce((sum, value, c) => {
      const q = (c === y ? 1 - options.labelSmoothing : 0) + options.labelSmoothing / p.length
      return sum - q * Math.log(value)
    }, 0)
    return total + ((weights[y] ?? 0) * (1 - (p[y] ?? 0)) ** options.gamma * entropy) / labelled
  }, 0)
}

function onEngine(logits: number[][], labels: number[], weights: number[], options: FocalOptions) {
  const { value, slope } = tidy(() => {
    const target = targetOf(Int32Array.from(labels), weights)
    const { value, grads } = valueAndGrads((z) => focalLoss(z as Tensor2D, target, options))([tensor2d(logits)])
    return { value: value.dataSync()[0] as number, slope: [...(grads[0]?.dataSync() ?? [])] }
  })
  return { value, slope }
}

const logits = [
  [0.3, -1.2, 2.1],
  [1.5, 0.2, -0.4],
  [-2.0, 0.1, 0.3],
  [0.0, 0.0, 0.0],
]
const labels = [2, 1, 0, -1]
const weights = [0.6, 2.2, 3.1]

describe('the focal loss', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  for (const gamma of [0, 0.5, 1, 2, 3.5]) {
    for (const labelSmoothing of [0, 0.1]) {
      const options = { classes: 3, gamma, labelSmoothing }
      it(`has the defined value and the gradient of finite differences at gamma ${gamma}, smoothing ${labelSmoothing}`, () => {
        const { value, slope } = onEngine(logits, labels, weights, options)
        expect(value).toBeCloseTo(definition(logits, labels, weights, options), 5)
        const h = 1e-5
        for (let cell = 0; cell < 12; cell++) {
          const moved = (by: number) => logits.map((row, b) => row.map((z, c) => (b * 3 + c === cell ? z + by : z)))
          const up = definition(moved(h), labels, weights, options)
          const down = definition(moved(-h), labels, weights, options)
          expect(slope[cell]).toBeCloseTo((up - down) / (2 * h), 5)
        }
      })
    }
  }

  it('is weighted cross-entropy at gamma 0', () => {
    const options = { classes: 2, gamma: 0, labelSmoothing: 0 }
    const { value, slope } = onEngine([[0, Math.log(3)]], [0], [2, 1], options)
    expect(value).toBeCloseTo(2 * Math.log(4), 5)
    expect(slope[0]).toBeCloseTo(2 * (1 / 4 - 1), 5)
    expect(slope[1]).toBeCloseTo(2 * (3 / 4), 5)
  })

  it('leaves rows without a label out, of the mean too', () => {
    const options = { classes: 3, gamma: 2, labelSmoothing: 0 }
    const all = onEngine(logits, labels, weights, options)
    const labelledOnly = onEngine(logits.slice(0, 3), labels.slice(0, 3), weights, options)
    expect(all.value).toBeCloseTo(labelledOnly.value, 6)
    expect(all.slope.slice(9)).toEqual([0, 0, 0])
    expect(onEngine(logits, [-1, -1, -1, -1], weights, options).value).toBe(0)
  })

  it('stays finite for a row that is certainly right or certainly wrong', () => {
    for (const gamma of [0, 0.3, 2, 5]) {
      for (const label of [0, 1]) {
        const { value, slope } = onEngine([[90, -90]], [label], [1, 1], { classes: 2, gamma, labelSmoothing: 0.1 })
        expect(Number.isFinite(value)).toBe(true)
        expect(slope.every(Number.isFinite)).toBe(true)
      }
    }
  })
})
