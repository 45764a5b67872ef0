import type { SweepSnapshot, Trial } from '../trial/trial.ts'

/** Milliseconds until a sweep ends; the true time lies between `low` and `high` in about four of five cases. */
export interface Remaining {
  readonly low: number
  readonly middle: number
  readonly high: number
}

export interface RemainingOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Trials in all; undefined = not known, then there is no estimate. */
  readonly total: number | undefined
  /** Trials at a time, at least 1. */
  readonly parallel: number
}

/** 90 % point of the normal distribution: leaves out a tenth on either side. */
const Z = 1.2816
const ENOUGH = 2
const ENDED_BY_ITSELF = new Set(['completed', 'pruned', 'failed'])

/**
 * Estimates from the durations of this sweep's own trials. The range has two parts: trials differ from one another,
 * and the mean itself is known only from the few that ended.
 *
 * @returns undefined until two trials of this sweep have run to their end
 */
export function remainingTime(snapshot: SweepSnapshot, options: RemainingOptions): Remaining | undefined {
  const durations: number[] = []
  let ended = 0
  for (const trial of snapshot.trials) {
    if (ENDED_BY_ITSELF.has(trial.state)) {
      ended++
      const took = durationOf(trial)
      if (took !== undefined) durations.push(took)
    }
  }
  if (options.total === undefined || durations.length < ENOUGH) return undefined
  const mean = durations.reduce((sum, d) => sum + d, 0) / durations.length
  const left = Math.max(0, options.total - ended)
  const work = left * mean - doneOfRunning(snapshot.trials, mean, options.now)
  const variance = durations.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (durations.length - 1)
  const spread = Z * Math.sqrt(variance * (left + (left * left) / durations.length))
  // The last trials cannot be shared: a wall time is never below what is left of the longest of them.
  const wall = (total: number) => Math.max(0, total) / Math.min(options.parallel, Math.max(1, left))
  return { low: wall(work - spread), middle: wall(work), high: wall(work + spread) }
}

/** Wall time of all attempts that have ended; undefined for answers that were reused. */
export function durationOf(trial: Trial): number | undefined {
  if (trial.reusedFrom !== undefined) return undefined
  let sum: number | undefined
  for (const { startedAt, endedAt } of trial.attempts) {
    if (endedAt !== undefined) sum = (sum ?? 0) + (endedAt - startedAt)
  }
  return sum
}

/** Milliseconds of work that the running trials have behind them, by what they say or else by the mean. */
function doneOfRunning(trials: readonly Trial[], mean: number, now: number): number {
  let done = 0
  for (const trial of trials) {
    if (trial.state !== 'running') continue
    const startedAt = trial.attempts.at(-1)?.startedAt
    if (trial.progress !== undefined) done += trial.progress * mean
    else if (startedAt !== undefined) done += Math.min(now - startedAt, 0.9 * mean)
  }
  return done
}
