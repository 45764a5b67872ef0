import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'

/** `pause` = may go on later; the reason is for people, a whole sentence. */
export type Verdict = { readonly action: 'continue' } | { readonly action: 'stop' | 'pause'; readonly reason: string }

/**
 * Decides after each report whether a running trial goes on.
 *
 * Pure: the same trial and history give the same verdict. Both directions are mirrored: a pruner reads
 * `history.goal` and nothing else about which way is better. NaN reports are handled in words of its own docstring.
 */
export interface Pruner {
  judge(trial: Trial, history: History): Verdict
  /**
   * The paused trial that should go on now, asked whenever a slot is free, before anything new is proposed; it starts
   * again from its checkpoint. Absent = it never pauses.
   */
  promote?(history: History): { readonly trial: number; readonly reason: string } | undefined
}
