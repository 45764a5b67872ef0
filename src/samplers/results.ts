import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'

/** What is known of a configuration. `loss` is smaller for better ones; infinite for NaN and what is worse than all. */
export type Result =
  | { readonly state: 'valued'; readonly loss: number }
  /** Some trial of it waits, runs or rests, and none has a value yet. */
  | { readonly state: 'pending' }
  /** It failed, ran out of memory, was cancelled or pruned, or is lost: nothing is learned from it. */
  | { readonly state: 'none' }

const ENDED: ReadonlySet<Trial['state']> = new Set(['completed', 'failed', 'pruned', 'cancelled'] as const)

/** The mean over the seeds that have a value, in a direction where smaller is better. */
export function resultOf(history: History, configuration: number): Result {
  let sum = 0
  let n = 0
  let pending = false
  for (const number of history.trialsOf(configuration)) {
    const { state, value } = history.trials[number] as Trial
    if (state === 'completed' && value !== undefined) {
      sum += history.goal === 'maximize' ? -value : value
      n++
    } else if (!ENDED.has(state)) pending = true
  }
  if (n > 0) return { state: 'valued', loss: Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum / n }
  return { state: pending ? 'pending' : 'none' }
}
