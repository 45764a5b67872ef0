import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Registry } from '../../src/base/registry.ts'
import type { EnsembleMethod, Member } from '../../src/ensembles/ensemble.ts'
import { aPool } from '../ensembles/a-pool.ts'

const TASKS = ['colour', 'shade']

function someMembers(trials: number, seed: number): Member[] {
  return aPool({ trials, rows: 40, seed }).map(({ trial, validation }) => ({
    trial,
    value: 0,
    predictions: validation,
  }))
}

/** What every ensemble method promises; see ensemble.ts. */
export function ensembleMethodContract(methods: Registry<EnsembleMethod>): void {
  const counts = { trials: fc.integer({ min: 1, max: 6 }), seed: fc.integer({ min: 0, max: 1000 }) }

  describe.each(Object.entries(methods))('%s', (_, { create }) => {
    const method = create({})

    it('gives rows that sum to 1, and weights that do', () => {
      fc.assert(
        fc.property(fc.record(counts), ({ trials, seed }) => {
          const members = someMembers(trials, seed)
          const fitted = method.fit(members, TASKS)
          for (const task of TASKS) {
            const combined_NC = fitted.combine(members, task)
            for (let n = 0; n < combined_NC.length; n += 3) {
              expect(combined_NC.subarray(n, n + 3).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
            }
            if (!fitted.weights) continue
            expect(fitted.weights[task]).toHaveLength(trials)
            expect(fitted.weights[task]?.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9)
          }
        }),
        { numRuns: 25 },
      )
    })

    it('does not depend on the order of the members', () => {
      fc.assert(
        fc.property(fc.record(counts), fc.infiniteStream(fc.nat()), ({ trials, seed }, keys) => {
          const members = someMembers(trials, seed)
          const shuffled = members
            .map((member) => ({ member, key: keys.next().value ?? 0 }))
            .sort((a, b) => a.key - b.key)
            .map(({ member }) => member)
          for (const task of TASKS) {
            const expected = method.fit(members, TASKS).combine(members, task)
            expect(method.fit(shuffled, TASKS).combine(shuffled, task)).toEqual(expected)
          }
        }),
        { numRuns: 25 },
      )
    })

    it('gives back the member when all are the same', () => {
      const [one] = someMembers(1, 7) as [Member]
      const twins = [0, 1, 2].map((trial) => ({ ...one, trial }))
      const combined_NC = method.fit(twins, TASKS).combine(twins, 'colour')
      const own_NC = one.predictions.get('colour')?.probabilities ?? new Float32Array()
      combined_NC.forEach((p, i) => {
        expect(p).toBeCloseTo(own_NC[i] as number, 6)
      })
    })

    it('applies what it learned to other rows', () => {
      const members = someMembers(4, 3)
      const others = someMembers(4, 4)
      expect(method.fit(members, TASKS).combine(others, 'colour')).toHaveLength(120)
    })
  })
}
