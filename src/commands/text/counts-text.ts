import { counted } from '../../base/human-readable.ts'
import type { TrialState } from '../../trial/states.ts'
import type { Style } from './style.ts'

export type StateCounts = Readonly<Partial<Record<TrialState, number>>>

const SAID: readonly TrialState[] = ['running', 'paused', 'pruned', 'failed', 'cancelled']

/** Trials that need no more work. */
export function endedCount(counts: StateCounts): number {
  return (counts.completed ?? 0) + (counts.pruned ?? 0) + (counts.failed ?? 0) + (counts.cancelled ?? 0)
}

/** `18 of 36 trials, 2 running, 1 failed`: what is zero is left out. */
export function countsText(counts: StateCounts, total: number | undefined, style: Style): string {
  const ended = endedCount(counts)
  const head = total === undefined ? counted(ended, 'trial') : `${ended} of ${counted(total, 'trial')}`
  const rest = SAID.flatMap((state) => {
    const n = counts[state] ?? 0
    if (n === 0) return []
    return [state === 'failed' ? style.red(`${n} ${state}`) : `${n} ${state}`]
  })
  return [head, ...rest].join(', ')
}
