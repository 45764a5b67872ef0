import { type History, historyOf } from '../../src/trial/history.ts'
import type { Goal } from '../../src/trial/sweep-spec.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { spec } from '../fixtures/a-spec.ts'

export function aTrial(parts: Partial<Trial> = {}): Trial {
  return {
    number: 0,
    configuration: parts.number ?? 0,
    seed: 1,
    state: 'completed',
    attempts: [],
    curve: [],
    metrics: {},
    ...parts,
  }
}

/** One configuration for each number that the trials name. */
export function aHistory(trials: readonly Trial[] = [], goal: Goal = 'maximize'): History {
  const most = Math.max(-1, ...trials.map(({ configuration }) => configuration))
  const configurations = Array.from({ length: most + 1 }, (_, number) => ({ number, params: { x: number } }))
  return historyOf({ spec: { ...spec, metric: { name: 'f1', goal, value: 'last' } }, configurations, trials })
}
