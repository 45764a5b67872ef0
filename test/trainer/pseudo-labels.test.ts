import { describe, expect, it } from 'vitest'
import { withPseudoLabels } from '../../src/trainer/augmentation/pseudo-labels.ts'
import type { Dataset } from '../../src/trainer/dataset.ts'
import { denseTable } from '../../src/trainer/features/feature-table.ts'

const dataset: Dataset = {
  tasks: [
    { name: 'tone', classes: ['good', 'bad'] },
    { name: 'place', classes: ['here', 'there', 'far'] },
  ],
  ids: ['a', 'b', 'c', 'u1', 'u2', 'u3'],
  features: denseTable(new Float32Array(6), 1),
  width: 1,
  labels: new Map([
    ['tone', Int32Array.of(0, 1, 0, -1, -1, -1)],
    ['place', Int32Array.of(0, 1, 2, -1, -1, -1)],
  ]),
  splits: { train: Int32Array.of(0), val: Int32Array.of(1), test: Int32Array.of(2) },
}

const guesses = {
  rows: Int32Array.of(3, 4, 5),
  probabilities: new Map([
    ['tone', Float32Array.of(0.95, 0.05, 0.5, 0.5, 0.4, 0.6)],
    ['place', Float32Array.of(0.4, 0.3, 0.3, 0, 0.125, 0.875, 0.3, 0.3, 0.4)],
  ]),
}

describe('pseudo-labels', () => {
  const { dataset: more, counts, added } = withPseudoLabels(dataset, guesses, { confidence: 0.875, weight: 0.5 })

  it('are given for the tasks that the model was sure of, its threshold included, and for no other', () => {
    expect([...(more.labels.get('tone') ?? [])]).toEqual([0, 1, 0, 0, -1, -1])
    expect([...(more.labels.get('place') ?? [])]).toEqual([0, 1, 2, -1, 2, -1])
    expect(counts).toEqual(
      new Map([
        ['tone', [1, 0]],
        ['place', [0, 0, 1]],
      ]),
    )
    expect(added).toBe(2)
  })

  it('join training with their weight, and leave validation and test as they are', () => {
    expect(more.splits).toEqual({ ...dataset.splits, train: Int32Array.of(0, 3, 4) })
    expect([...(more.rowWeights ?? [])]).toEqual([1, 1, 1, 0.5, 0.5, 1])
    expect(dataset.labels.get('tone')?.[3]).toBe(-1)
  })

  it('of an earlier round are forgotten', () => {
    const again = withPseudoLabels(more, guesses, { confidence: 0.9, weight: 0.5 }).dataset
    expect([...(again.labels.get('place') ?? [])].slice(3)).toEqual([-1, -1, -1])
    expect(again.splits.train).toEqual(Int32Array.of(0, 3))
  })
})
