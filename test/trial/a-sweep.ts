import type { Goal } from '../../src/trial/sweep-spec.ts'
import type { SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import { spec } from '../fixtures/a-spec.ts'

export const FAILED = { state: 'failed' } as const
export const OUT_OF_MEMORY = {
  state: 'failed',
  attempts: [{ number: 1, startedAt: 0, slot: 'gpu0', end: 'out-of-memory' }],
} as const
export const NOT_STARTED = undefined

/** One entry a seed: its value, or what became of it. */
export type Row = readonly (number | Partial<Trial> | undefined)[]

/** A sweep with one configuration a row, and seeds 1, 2, 3 ... as many as the longest row has. */
export function sweepOf(rows: readonly Row[], goal: Goal = 'maximize'): SweepSnapshot {
  const trials: Trial[] = []
  rows.forEach((row, configuration) => {
    row.forEach((entry, i) => {
      if (entry === undefined) return
      const plain = { number: trials.length, configuration, seed: i + 1, attempts: [], curve: [], metrics: {} }
      const rest = typeof entry === 'number' ? ({ state: 'completed', value: entry } as const) : entry
      trials.push({ state: 'waiting', ...plain, ...rest })
    })
  })
  const longest = Math.max(0, ...rows.map((row) => row.length))
  return {
    id: 'gamma.1',
    spec: {
      ...spec,
      metric: { name: 'f1', goal, value: 'last' },
      seeds: Array.from({ length: longest }, (_, i) => i + 1),
    },
    state: 'running',
    startedAt: 0,
    exhausted: false,
    configurations: rows.map((_, number) => ({ number, params: { gamma: number } })),
    trials,
    notes: [],
    provenance: {},
  }
}
