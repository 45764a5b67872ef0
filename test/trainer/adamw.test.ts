import { beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/trainer/engine/engine.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import type { Optimizer, Slot } from '../../src/trainer/engine/optimizer.ts'
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
  let engine: Engine
  beforeAll(async () => {
    engine = await engines.wasm.open()
  })

  it.each([1e-8, 0.01])(
    'follows the reference for thirty steps of changing rate, epsilon %d, and keeps no tensor',
    (epsilon) => {
      const start = [0.5, -1.2, 3, 0]
      const gradientAt = (step: number) => start.map((_, i) => Math.sin(step * (i + 1)) * 10 ** (i - 2))
      const rate = (step: number) => 0.01 * (1 + Math.cos(step / 10))
      let slot: Slot = { weight: tensor(start), first: tensor([0, 0, 0, 0]), second: tensor([0, 0, 0, 0]) }
      const before = engine.tensorCount()
      for (let step = 1; step <= 30; step++) {
        const gradient = tensor(gradientAt(step))
        slot = adamW(slot, gradient, { learningRate: rate(step), weightDecay: 0.1, epsilon, step, gradientFactor: 1 })
        gradient.dispose()
      }
      expect(engine.tensorCount()).toBe(before)
      const gradients = Array.from({ length: 30 }, (_, i) => gradientAt(i + 1))
      const result = slot.weight.dataSync()
      for (const [i, weight] of start.entries()) {
        const column = gradients.map((g) => g[i] ?? Number.NaN)
        expect(result[i]).toBeCloseTo(reference(weight, column, rate, 0.1, epsilon), 4)
      }
    },
  )

  it('gives in one pass the bits of the plain operations, for every size, and keeps no tensor', () => {
    for (const size of [1, 3, 4, 7, 64, 1029]) {
      const values = (from: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(from + 17.3 * i))
      const fresh = (): Slot => ({
        weight: tensor(values(1)),
        first: tensor(values(2)),
        second: tensor(values(3).map(Math.abs)),
      })
      let [plain, fused] = [fresh(), fresh()]
      const before = engine.tensorCount()
      for (let step = 1; step <= 5; step++) {
        const gradient = tensor(values(3 + step))
        const at = { learningRate: 0.01, weightDecay: 0.03, epsilon: 1e-8, step, gradientFactor: 0.37 }
        plain = adamW(plain, gradient, at)
        fused = (engine.adamW as Optimizer)(fused, gradient, at)
        gradient.dispose()
      }
      expect(engine.tensorCount()).toBe(before)
      for (const part of ['weight', 'first', 'second'] as const) {
        expect(fused[part].dataSync()).toEqual(plain[part].dataSync())
        plain[part].dispose()
        fused[part].dispose()
      }
    }
  })

  it('leaves copies of the old weight as they were', () => {
    const slot: Slot = { weight: tensor([1, 2]), first: tensor([0, 0]), second: tensor([0, 0]) }
    const copy = slot.weight.clone()
    const gradient = tensor([1, 1])
    const at = { learningRate: 0.1, weightDecay: 0, epsilon: 1e-8, step: 1, gradientFactor: 1 }
    const next = (engine.adamW as Optimizer)(slot, gradient, at)
    expect([...copy.dataSync()]).toEqual([1, 2])
    for (const it of [copy, gradient, next.weight, next.first, next.second]) it.dispose()
  })

  it('measures the length of many values alike in one pass and in plain operations', async () => {
    const gradients = [5, 1024, 3001].map((size) => tensor(Float32Array.from({ length: size }, (_, i) => Math.cos(i))))
    expect(engine.lengthOf?.(gradients)).toBeCloseTo(await globalNorm(gradients), 3)
    expect(engine.lengthOf?.([tensor([3]), tensor([4])])).toBe(5)
    for (const it of gradients) it.dispose()
  })

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
