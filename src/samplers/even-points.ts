import { pointAt, tooConstrained } from '../space/sample.ts'
import type { PointSequence } from '../statistics/low-discrepancy/sequence.ts'
import type { Sampler } from './sampler.ts'

/** Points in a row that constraints may refuse. */
const TRIES = 10_000

/**
 * Walks a sequence of evenly spread points. Parameters take its dimensions in the order of their names (a zipped group
 * takes one, a constant none), through their distributions, as random draws would. The cursor is the next place in the
 * sequence: points that constraints refuse, and repetitions in small spaces, are left out and not replaced by chance.
 */
export function evenPoints(sequenceOf: (seed: number) => PointSequence): Sampler {
  const known = new Map<number, PointSequence>()
  return {
    suggest({ space, configuration, cursor, sweepSeed }) {
      const sequence = known.get(sweepSeed) ?? sequenceOf(sweepSeed)
      known.set(sweepSeed, sequence)
      const first = cursor ?? configuration
      for (let index = first; index < first + TRIES; index++) {
        const params = pointAt(space, (draw) => sequence.at(index, draw))
        if (params !== undefined) return { params, cursor: index + 1 }
      }
      throw tooConstrained(TRIES)
    },
    total: () => undefined,
  }
}
