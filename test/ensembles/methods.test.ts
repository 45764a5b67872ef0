import { describe, expect, it } from 'vitest'
import type { Member } from '../../src/ensembles/ensemble.ts'
import { ensembleMethods } from '../../src/ensembles/index.ts'
import { ensembleMethodContract } from '../contracts/ensemble-method.ts'
import { aPool } from './a-pool.ts'

ensembleMethodContract(ensembleMethods)

const members: Member[] = aPool({ trials: 5, noise: (trial) => (trial === 2 ? 0.1 : 3) }).map((one) => {
  return { trial: one.trial, value: 0, predictions: one.validation }
})

describe('what is learned', () => {
  it.each(['greedy', 'validation-weighted'] as const)('%s gives a much better member most of the weight', (name) => {
    const weights = ensembleMethods[name].create({}).fit(members, ['colour']).weights?.colour ?? []
    expect(weights.indexOf(Math.max(...weights))).toBe(2)
    expect(weights[2]).toBeGreaterThan(0.5)
  })

  it('greedy is at least as good on its own rows as the best member', () => {
    const { labels } = members[2]?.predictions.get('colour') ?? { labels: new Int32Array() }
    const right = (p_NC: Float32Array) =>
      labels.filter((label, n) => p_NC[n * 3 + label] === Math.max(...p_NC.subarray(n * 3, n * 3 + 3))).length
    const best = members[2]?.predictions.get('colour')?.probabilities ?? new Float32Array()
    expect(
      right(ensembleMethods.greedy.create({}).fit(members, ['colour']).combine(members, 'colour')),
    ).toBeGreaterThanOrEqual(right(best) - 1)
  })

  it('the median is not moved by one member that is sure of nonsense', () => {
    const good = members.filter(({ trial }) => trial === 2)
    const twins = [0, 1, 2].map((trial) => ({ ...(good[0] as Member), trial }))
    const astray = { ...(members[0] as Member), trial: 9 }
    const median = ensembleMethods.median.create({})
    const alone = median.fit(twins, ['colour']).combine(twins, 'colour')
    const together = median.fit([...twins, astray], ['colour']).combine([...twins, astray], 'colour')
    together.forEach((p, i) => {
      expect(p).toBeCloseTo(alone[i] as number, 5)
    })
  })
})
