import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { type Scalar, slice, sum } from '../../src/trainer/engine/tf.ts'
import { byDifficulty, byUncertainty } from '../../src/trainer/training/task-weighting.ts'
import { expectSlopes } from './support/slopes.ts'

describe('task weights by uncertainty', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  it.each([-1.3, 0, 0.8])('are exp(-s) L + s / 2 with the slopes of both, at s = %d', (s) => {
    expectSlopes(
      [[0.7, s]],
      (x) => byUncertainty(sum(slice(x, [0, 0], [1, 1])) as Scalar, slice(x, [0, 1], [1, 1])),
      ([[loss = 0, s = 0] = []]) => Math.exp(-s) * loss + s / 2,
    )
  })

  it('are at rest where the variance is twice the loss', () => {
    // d/ds (exp(-s) L + s / 2) = 0 at exp(s) = 2 L.
    const loss = 0.7
    const at = (s: number) => Math.exp(-s) * loss + s / 2
    const best = Math.log(2 * loss)
    expect(at(best)).toBeLessThan(Math.min(at(best - 0.01), at(best + 0.01)))
  })
})

describe('task weights by difficulty', () => {
  const options = { difficultyFocus: 1, difficultyMemory: 0.5 }
  const epoch = (tone: number, place: number) => ({ 'val/macro_f1.tone': tone, 'val/macro_f1.place': place })
  const raw = (k: number, focus: number) => -((1 - k) ** focus) * Math.log(k)

  it('are even before the first figure', () => {
    expect(byDifficulty([], ['tone', 'place'], options)).toEqual(
      new Map([
        ['tone', 1],
        ['place', 1],
      ]),
    )
  })

  it.each([0, 1, 2])('follow -(1 - k)^focus ln k with mean 1, at focus %d', (difficultyFocus) => {
    const weights = byDifficulty([epoch(0.9, 0.4)], ['tone', 'place'], { ...options, difficultyFocus })
    const [tone, place] = [raw(0.9, difficultyFocus), raw(0.4, difficultyFocus)]
    expect(weights.get('tone')).toBeCloseTo((2 * tone) / (tone + place), 10)
    expect(weights.get('place')).toBeCloseTo((2 * place) / (tone + place), 10)
  })

  it('use the running mean of the figures', () => {
    const curve = [epoch(0.5, 0.5), epoch(0.7, 0.5), epoch(0.8, 0.5)]
    const running = 0.25 * 0.8 + 0.75 * (0.25 * 0.7 + 0.75 * 0.5)
    const weights = byDifficulty(curve, ['tone', 'place'], { difficultyFocus: 1, difficultyMemory: 0.25 })
    expect(weights.get('tone')).toBeCloseTo((2 * raw(running, 1)) / (raw(running, 1) + raw(0.5, 1)), 10)
  })

  it('stay finite for a task that is solved or hopeless', () => {
    const weights = byDifficulty([epoch(1, 0)], ['tone', 'place'], options)
    expect([...weights.values()].every((weight) => Number.isFinite(weight) && weight > 0)).toBe(true)
  })
})
