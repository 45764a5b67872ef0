import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rngFor } from '../../src/base/rng.ts'
import { dominates, hypervolume, paretoFront, paretoRanks } from '../../src/statistics/pareto.ts'

// Few different values, so that ties and duplicates are common.
const points = (objectives: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: objectives, maxLength: objectives }), {
    maxLength: 25,
  })
const anyPoints = fc.integer({ min: 1, max: 4 }).chain(points)

describe('the Pareto front', () => {
  it('holds no point that another one dominates, and every point outside is dominated by one inside', () => {
    fc.assert(
      fc.property(anyPoints, (all) => {
        const front = new Set(paretoFront(all))
        for (const [i, point] of all.entries()) {
          const beaten = all.some((other) => dominates(other, point))
          expect(front.has(i)).toBe(!beaten)
          if (beaten) expect([...front].some((j) => dominates(all[j] as number[], point))).toBe(true)
        }
      }),
    )
  })

  it('of a front is the front itself', () => {
    fc.assert(
      fc.property(anyPoints, (all) => {
        const front = paretoFront(all).map((i) => all[i] as number[])
        expect(paretoFront(front)).toEqual(front.map((_, i) => i))
      }),
    )
  })

  it('and the ranks do not depend on the order of the points', () => {
    fc.assert(
      fc.property(anyPoints, fc.nat(), (all, seed) => {
        const order = rngFor(seed, 'order').shuffled(all.map((_, i) => i))
        const shuffled = paretoRanks(order.map((i) => all[i] as number[]))
        const ranks = paretoRanks(all)
        expect(shuffled).toEqual(order.map((i) => ranks[i]))
      }),
    )
  })

  it('has behind it points of rank r + 1 that one of rank r dominates', () => {
    fc.assert(
      fc.property(anyPoints, (all) => {
        const ranks = paretoRanks(all)
        for (const [i, rank] of ranks.entries()) {
          if (rank === 1) continue
          expect(all.some((p, j) => ranks[j] === rank - 1 && dominates(p, all[i] as number[]))).toBe(true)
          expect(all.some((p, j) => ranks[j] === rank && dominates(p, all[i] as number[]))).toBe(false)
        }
      }),
    )
  })
})

describe('hypervolume', () => {
  it('is the area or volume that can be counted in unit boxes', () => {
    for (const objectives of [1, 2, 3]) {
      fc.assert(
        fc.property(points(objectives), (all) => {
          const boxes = Array.from({ length: 6 ** objectives }, (_, n) =>
            Array.from({ length: objectives }, (_, m) => Math.floor(n / 6 ** m) % 6),
          )
          const covered = boxes.filter((box) => all.some((p) => p.every((value, m) => value <= (box[m] as number))))
          expect(hypervolume(all, Array(objectives).fill(6))).toBe(covered.length)
        }),
        { numRuns: 40 },
      )
    }
  })

  it('is that of the front, and never falls when a point is added', () => {
    fc.assert(
      fc.property(points(3), fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 }), (all, more) => {
        const reference = [7, 7, 7]
        const front = paretoFront(all).map((i) => all[i] as number[])
        expect(hypervolume(front, reference)).toBeCloseTo(hypervolume(all, reference), 9)
        expect(hypervolume([...all, more], reference)).toBeGreaterThanOrEqual(hypervolume(all, reference))
      }),
    )
  })
})
