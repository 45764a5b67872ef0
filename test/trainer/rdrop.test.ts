import { beforeAll, describe, expect, it } from 'vitest'
import { engines } from '../../src/trainer/engine/index.ts'
import { tensor2d, tidy } from '../../src/trainer/engine/tf.ts'
import { divergence, doubled } from '../../src/trainer/training/rdrop.ts'
import { expectSlopes, softmax } from './support/slopes.ts'

/** Two rows with one mask, then the same two with another. */
const logits = [
  [0.3, -1.2, 2.1],
  [1.5, 0.2, -0.4],
  [0.5, -1, 1.6],
  [-0.2, 0.9, 0.3],
]
const weight = Float32Array.of(0.5, 0.25)

const kl = (p: number[], q: number[]) => p.reduce((sum, value, c) => sum + value * Math.log(value / (q[c] ?? 0)), 0)

describe('R-Drop', () => {
  beforeAll(async () => {
    await engines.wasm.open()
  })

  it('adds half of both divergences of the two predictions, with their slope', () => {
    expectSlopes(
      logits,
      (z) => divergence(z, weight),
      (table) =>
        [0, 1].reduce((sum, b) => {
          const [p, q] = [softmax(table[b] ?? []), softmax(table[b + 2] ?? [])]
          return sum + ((weight[b] ?? 0) * (kl(p, q) + kl(q, p))) / 2
        }, 0),
    )
  })

  it('adds nothing where both masks give the same prediction', () => {
    const same = [...logits.slice(0, 2), ...logits.slice(0, 2)]
    expect(tidy(() => divergence(tensor2d(same), weight).dataSync())[0]).toBe(0)
  })

  it('shows each row twice', () => {
    expect(doubled(Int32Array.of(4, 7))).toEqual(Int32Array.of(4, 7, 4, 7))
  })
})
