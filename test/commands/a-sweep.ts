import type { LiveState } from '../../src/orchestrator/observer.ts'
import type { TrialState } from '../../src/trial/states.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import { spec as plainSpec } from '../fixtures/a-spec.ts'

export const STARTED = Date.UTC(2026, 10, 23, 12, 0, 0)

const spec: SweepSpec = {
  ...plainSpec,
  name: 'gamma-grid',
  fixed: { data: 'quickstart', epochs: 6 },
  metric: { name: 'val/macro_f1', goal: 'maximize', value: 'last' },
  trainer: { kind: 'builtin', name: 'text-classifier' },
}

/** What differs from a trial that nothing is known of; `tookMs` gives it one ended attempt. */
export type TrialSketch = Partial<Trial> & { readonly state: TrialState; readonly tookMs?: number }

/** A snapshot of two seeds a configuration, from sketches of its trials in order. */
export function aSnapshot(sketches: readonly TrialSketch[], changes: Partial<SweepSnapshot> = {}): SweepSnapshot {
  const trials = sketches.map(({ tookMs, ...sketch }, number): Trial => {
    const attempt = { number: 1, startedAt: STARTED + 1000 * number, slot: `cpu${number % 2}` }
    const ended = tookMs === undefined ? undefined : { ...attempt, endedAt: attempt.startedAt + tookMs }
    return {
      number,
      configuration: Math.floor(number / 2),
      seed: 1 + (number % 2),
      attempts: ended === undefined ? (sketch.state === 'running' ? [attempt] : []) : [ended],
      curve: [],
      metrics: {},
      ...sketch,
    }
  })
  const configurations = Array.from({ length: Math.ceil(trials.length / 2) }, (_, number) => ({
    number,
    params: { gamma: number, boost: { rare: number + 1 } },
  }))
  return {
    id: 'gamma-grid.1',
    spec,
    state: 'running',
    startedAt: STARTED,
    exhausted: false,
    configurations,
    trials,
    notes: [],
    provenance: {},
    ...changes,
  }
}

/** Two slots; running trials sit on them in order. */
export function aLiveState(snapshot: SweepSnapshot, total: number | undefined = 8): LiveState {
  const running = snapshot.trials.filter((trial) => trial.state === 'running')
  const slots = ['cpu0', 'cpu1'].map((id, i) => {
    const trial = running[i]
    return trial === undefined ? { id } : { id, trial: trial.number, since: STARTED + 5000 }
  })
  return { snapshot, slots, total, stopping: false }
}
