import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import type { Slot } from '../../src/trainer/engine/optimizer.ts'
import { tensor } from '../../src/trainer/engine/tf.ts'
import { adamW, clipFactor, globalNorm } from '../../src/trainer/training/adamw.ts'

/** Algorithm 2 of the paper in float64, written out for one number. */
function reference(
  weight: number,
  gradients: number[],
  rate: (step: number) => number,
  decay: number,
  epsilon: number,
): number {
  let [w, m, v] = [weight, 0, 0]
  for (const [index, g] of gradients.entries()) {
    const step = index + 1
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g * g
    const mHat = m / (1 - 0.9 ** step)
    const vHat = v / (1 - 0.999 ** step)
    w = w - rate(step) * decay * w - rate(step) * (mHat / (Math.sqrt(vHat) + epsilon))
  }
  return w
}

describe('AdamW', () => {
  let tensorCount: () => number
  beforeAll(async () => {
    tensorCount = (await engines.wasm.open()).tensorCount
  })

  it.each([1e-8, 0.01])(
    'follows the reference for thirty steps of changing rate, epsilon %d, and keeps no tensor',
    (epsilon) => {
      const start = [0.5, -1.2, 3, 0]
      const gradientAt = (step: number) => start.map((_, i) => Math.sin(step * (i + 1)) * 10 ** (i - 2))
      const rate = (step: number) => 0.01 * (1 + Math.cos(step / 10))
      let slot: Slot = { weight: tensor(start), first: tensor([0, 0, 0, 0]), second: tensor([0, 0, 0, 0]) }
      const before = tensorCount()
      for (let step = 1; step <= 30; step++) {
        const gradient = tensor(gradientAt(step))
        slot = adamW(slot, gradient, { learningRate: rate(step), weightDecay: 0.1, epsilon, step, gradientFactor: 1 })
        gradient.dispose()
      }
      expect(tensorCount()).toBe(before)
      const gradients = Array.from({ length: 30 }, (_, i) => gradientAt(i + 1))
      const result = slot.weight.dataSync()
      for (const [i, weight] of start.entries()) {
        const column = gradients.map((g) => g[i] ?? Number.NaN)
        expect(result[i]).toBeCloseTo(reference(weight, column, rate, 0.1, epsilon), 4)
      }
    },
  )

  it('measures all gradients as one vector and clips it to the limit', async () => {
    const norm = await globalNorm([
      tensor([3]),
      tensor([
        [0, 4],
        [12, 0],
      ]),
    ])
    expect(norm).toBeCloseTo(13, 5)
    expect(clipFactor(13, 6.5)).toBeCloseTo(0.5, 5)
    expect(clipFactor(0.1, 6.5)).toBe(1)
    expect(clipFactor(13, 0)).toBe(1)
  })
})
