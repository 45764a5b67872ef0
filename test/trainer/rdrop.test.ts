import { beforeAll, describe, expect, it } from 'vitest'
import type { BulkRandom } from '../../src/trainer/bulk-random.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { tensor2d, tidy } from '../../src/trainer/engine/tf.ts'
import { featureRows } from '../../src/trainer/model/feature-rows.ts'
import { batchLoss, labelledOf } from '../../src/trainer/training/batch-loss.ts'
import { modelWeights, startOf } from '../../src/trainer/training/learner-state.ts'
import { trainingPlan } from '../../src/trainer/training/plan.ts'
import { divergence, doubled } from '../../src/trainer/training/rdrop.ts'
import { expectSlopes, softmax } from './support/slopes.ts'
import { smallDataset, smallSettings } from './support/small-problem.ts'

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

  it('is the mean of both losses and alpha times the divergence', () => {
    const dataset = smallDataset(40)
    const settings = smallSettings({ dropout: 0.5, hidden: 4 })
    const parts = { body: featureRows(dataset.features), settings, plans: trainingPlan(dataset, settings).tasks }
    const rows = Int32Array.of(1, 4, 7)
    const size = rows.length * settings.hidden
    const masks = Float32Array.from({ length: 2 * size }, (_, i) => (i % 5 < 2 ? 0 : 2))
    const withMasks = (part: Float32Array): BulkRandom => ({ symmetric: () => 0, dropoutMask: () => part })
    const lossWith = (rdropAlpha: number, part: Float32Array) => {
      const terms = {
        epoch: 1,
        taskWeights: new Map([
          ['tone', 1],
          ['place', 1],
        ]),
        rdropAlpha,
      }
      return tidy(() => {
        const weights = modelWeights(parts, startOf(parts, 1).weights)
        const labelled = labelledOf(parts.plans, [rows])
        return (
          batchLoss(rows, weights, { ...parts, terms, random: withMasks(part), labelled, batches: 1 }).dataSync()[0] ??
          0
        )
      })
    }
    const mean = (lossWith(0, masks.subarray(0, size)) + lossWith(0, masks.subarray(size))) / 2
    const [half, whole] = [lossWith(0.5, masks), lossWith(1, masks)]
    expect(whole - half).toBeGreaterThan(0)
    expect(half - (whole - half)).toBeCloseTo(mean, 5)
  })

  it('shows each row twice', () => {
    expect(doubled(Int32Array.of(4, 7))).toEqual(Int32Array.of(4, 7, 4, 7))
  })
})
