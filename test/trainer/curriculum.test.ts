import { describe, expect, it } from 'vitest'
import { admittedShare, easiest } from '../../src/trainer/training/curriculum.ts'

describe('a curriculum', () => {
  const shares = (curriculum: 'none' | 'linear' | 'root') =>
    [1, 2, 3, 4, 5, 10].map((epoch) =>
      admittedShare(epoch, 10, { curriculum, curriculumStart: 0.2, curriculumShare: 0.4 }),
    )

  it('admits rows in a line, or by the root, over its share of the epochs', () => {
    expect(shares('linear').map((share) => +share.toFixed(6))).toEqual([0.2, 0.4, 0.6, 0.8, 1, 1])
    const root = [0, 1, 2, 3].map((t) => Math.sqrt((t * (1 - 0.04)) / 4 + 0.04))
    for (const [i, share] of shares('root').entries()) expect(share).toBeCloseTo(root[i] ?? 1, 10)
    expect(shares('none')).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('takes the easiest rows of each combination of labels', () => {
    const losses = Float32Array.of(0.9, 0.1, 0.5, 3, 2, 0.3)
    const groups = ['a', 'a', 'a', 'rare', 'rare', 'a']
    expect(easiest(losses, groups, 0.5)).toEqual(Int32Array.of(1, 4, 5))
  })

  it('leaves no combination out, and takes all in the end', () => {
    const losses = Float32Array.of(0.9, 0.1, 5)
    expect(easiest(losses, ['a', 'a', 'rare'], 0.1)).toEqual(Int32Array.of(1, 2))
    expect(easiest(losses, ['a', 'a', 'rare'], 1)).toEqual(Int32Array.of(0, 1, 2))
  })
})
