import type { History } from './history.ts'
import { breachesOf, finishedByConfiguration } from './objectives.ts'

/**
 * The history as races see it: trials of configurations over a limit of the sweep have no value, for those cannot win
 * however good their metric is. Without limits it is the history itself.
 */
export function withinLimits(history: History): History {
  const { limits = [] } = history
  if (limits.length === 0) return history
  const over = finishedByConfiguration(history).map((trials) => breachesOf(trials, limits).length > 0)
  const trials = history.trials.map((trial) => {
    if (over[trial.configuration] !== true) return trial
    const { value: _, ...rest } = trial
    return rest
  })
  return { ...history, trials }
}
