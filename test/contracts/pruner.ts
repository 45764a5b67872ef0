import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/base/registry.ts'
import type { Pruner } from '../../src/pruners/pruner.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { aHistory, aTrial } from './a-history.ts'

const curveOf = (values: readonly number[]): Trial['curve'] => values.map((value, i) => [i + 1, value])

const CURVES: readonly (readonly number[])[] = [
  [],
  [0.5],
  [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
  [0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
  [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
  [0.5, Number.NaN, 0.6, Number.POSITIVE_INFINITY],
]

/** What every pruner promises. */
export function prunerContract(name: string, entry: Entry<Pruner>): void {
  const pruner = entry.create({})
  const others = [aTrial({ number: 1, configuration: 1, curve: curveOf([0.2, 0.4, 0.6]), value: 0.6 })]
  const judge = (curve: readonly number[], goal: 'minimize' | 'maximize' = 'maximize') => {
    const sign = goal === 'maximize' ? 1 : -1
    const trial = aTrial({ state: 'running', curve: curveOf(curve.map((value) => sign * value)) })
    const turned = others.map((other) => ({ ...other, curve: other.curve.map(([s, v]) => [s, sign * v] as const) }))
    return pruner.judge(trial, aHistory([trial, ...turned], goal))
  }

  describe(`the pruner ${name}`, () => {
    it('lets a trial go on that has not reported, or only once', () => {
      expect(judge([]).action).toBe('continue')
      expect(judge([0.5]).action).toBe('continue')
    })

    it('gives mirrored answers when the goal and all values are turned around', () => {
      for (const curve of CURVES) expect(judge(curve, 'minimize').action).toBe(judge(curve, 'maximize').action)
    })

    it('says in words why it ends a trial', () => {
      for (const curve of CURVES) {
        const verdict = judge(curve)
        if (verdict.action !== 'continue') expect(verdict.reason).toMatch(/^[A-Z0-9-].*\.$/)
      }
    })

    it('gives the same verdict again and changes nothing of what it is given', () => {
      const trial = aTrial({ state: 'running', curve: curveOf([0.5, 0.4, 0.3]) })
      const history = aHistory([trial])
      const before = structuredClone(history.trials)
      const first = pruner.judge(trial, history)
      expect(pruner.judge(trial, history)).toEqual(first)
      expect(history.trials).toEqual(before)
    })
  })
}
