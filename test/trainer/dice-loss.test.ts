import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { type Tensor2D, tensor2d, tidy, valueAndGrads } from '../../src/trainer/engine/tf.ts'
import { diceLoss } from '../../src/trainer/training/dice-loss.ts'
import { targetOf } from '../../src/trainer/training/target.ts'
import { expectSlopes, softmax } from './support/slopes.ts'

const logits = [
  [0.3, -1.2, 2.1],
  [1.5, 0.2, -0.4],
  [-2, 0.1, 0.3],
  [0, 0, 0],
]
const labels = Int32Array.of(2, 1, 0, -1)
const weights = [0.6, 2.2, 3.1]

/** Equation of section 3.4 with gamma 1, class by class. */
function definition(table: readonly (readonly number[])[], alpha: number, smoothing: number): number {
  return table.reduce((total, row, b) => {
    const y = labels[b] ?? -1
    if (y < 0) return total
    const dice = softmax(row).map((p, c) => {
      const q = (c === y ? 1 - smoothing : 0) + smoothing / 3
      const f = (1 - p) ** alpha * p
      return 1 - (2 * f * q + 1) / (f + q + 1)
    })
    return total + ((weights[y] ?? 0) * dice.reduce((a, b) => a + b)) / 3
  }, 0)
}

describe('the self-adjusting Dice loss', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  it.each([
    [0, 0],
    [0.5, 0],
    [1, 0],
    [1, 0.1],
    [2, 0.1],
  ])('has the value and the slope of its definition at alpha %d, smoothing %d', (alpha, labelSmoothing) => {
    const target = targetOf(labels, weights)
    expectSlopes(
      logits,
      (z) => diceLoss(z, target, { classes: 3, alpha, labelSmoothing }),
      (table) => definition(table, alpha, labelSmoothing),
    )
  })

  it('is 2/3 of its worst for two classes that are equally likely, at alpha 0', () => {
    // f = 1/2 for both: true class 1 - 2 / 2.5, other class 1 - 1 / 1.5.
    const target = targetOf(Int32Array.of(0), [1, 1])
    const value = tidy(() =>
      diceLoss(tensor2d([[0, 0]]), target, { classes: 2, alpha: 0, labelSmoothing: 0 }).dataSync(),
    )
    expect(value[0]).toBeCloseTo(1 - 2 / 2.5 + (1 - 1 / 1.5), 6)
  })

  it('tells certainly right from certainly wrong at a small alpha, but no longer at 1', () => {
    const lossOf = (z: number, alpha: number) => {
      const options = { classes: 2, alpha, labelSmoothing: 0 }
      return tidy(() => diceLoss(tensor2d([[z, -z]]), targetOf(Int32Array.of(0), [1, 1]), options).dataSync())[0]
    }
    expect(lossOf(3, 0.01)).toBeLessThan(0.1)
    expect(lossOf(-3, 0.01)).toBeGreaterThan(0.9)
    expect(lossOf(20, 1)).toBeCloseTo(lossOf(-20, 1) ?? 0, 6)
  })

  it('stays finite for a row that is certainly right or certainly wrong', () => {
    for (const alpha of [0, 0.5, 1, 3]) {
      for (const label of [0, 1]) {
        const target = targetOf(Int32Array.of(label), [1, 1])
        const slope = tidy(() => {
          const loss = (z: unknown) => diceLoss(z as Tensor2D, target, { classes: 2, alpha, labelSmoothing: 0 })
          return [...(valueAndGrads(loss)([tensor2d([[90, -90]])]).grads[0]?.dataSync() ?? [])]
        })
        expect(slope.every(Number.isFinite)).toBe(true)
      }
    }
  })
})
