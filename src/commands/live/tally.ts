import type { JournalEvent } from '../../journal/event.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { FINAL_STATES, type TrialState } from '../../trial/states.ts'
import type { SweepSnapshot, Trial } from '../../trial/trial.ts'
import type { StateCounts } from '../text/counts-text.ts'

/** Trials by state. */
export function countStates(snapshot: SweepSnapshot): StateCounts {
  const counts: Partial<Record<TrialState, number>> = {}
  for (const { state } of snapshot.trials) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

/** The trial that an event brought to its end; undefined for all other events. */
export function trialEndedBy(event: JournalEvent, live: LiveState): Trial | undefined {
  if (event.type !== 'trial-state' || !FINAL_STATES.has(event.state)) return undefined
  return live.snapshot.trials[event.trial]
}
