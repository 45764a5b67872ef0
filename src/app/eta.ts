import { tQuantile } from '../statistics/student-t.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { runTime } from './durations/run-time.ts'

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

const ENOUGH = 2
const ENDED_BY_ITSELF = new Set(['completed', 'pruned', 'failed'])

/**
 * Estimates from the durations of this sweep's own trials. The range has two parts: trials differ from one another,
 * and the mean itself is known only from the few that ended. Seeds of one configuration tell the same again, so it is
 * configurations that are counted as soon as there are several.
 *
 * A budget or the end of a night may come first.
 *
 * @returns undefined until two trials of this sweep have run to their end
 */
export function remainingTime(snapshot: SweepSnapshot, options: RemainingOptions): Remaining | undefined {
  const byConfiguration = new Map<number, number[]>()
  let ended = 0
  for (const trial of snapshot.trials) {
    if (!ENDED_BY_ITSELF.has(trial.state)) continue
    ended++
    const took = durationOf(trial)
    if (took === undefined) continue
    const seeds = byConfiguration.get(trial.configuration)
    if (seeds === undefined) byConfiguration.set(trial.configuration, [took])
    else seeds.push(took)
  }
  const durations = [...byConfiguration.values()].flat()
  if (options.total === undefined || durations.length < ENOUGH) return undefined
  const mean = meanOf(durations)
  const left = Math.max(0, options.total - ended)
  const work = left * mean - doneOfRunning(snapshot.trials, mean, options.now)
  const spread = spreadOf([...byConfiguration.values()], left)
  // The last trials cannot be shared: a wall time is never below what is left of the longest of them.
  const most = granted(snapshot, options.now)
  const wall = (total: number) => Math.min(most, Math.max(0, total) / Math.min(options.parallel, Math.max(1, left)))
  return { low: wall(work - spread), middle: wall(work), high: wall(work + spread) }
}

/** Milliseconds that a budget of wall time or the end of a night leaves it; how long it ran is noted every minute. */
function granted({ spec, control, startedAt }: SweepSnapshot, now: number): number {
  const { wallMs } = control?.budget ?? spec.budget ?? {}
  const ran = control?.ranMs ?? now - startedAt
  const byBudget = wallMs === undefined ? Number.POSITIVE_INFINITY : wallMs - ran
  const byNight = control?.until === undefined ? Number.POSITIVE_INFINITY : control.until - now
  return Math.max(0, Math.min(byBudget, byNight))
}

/** How far the sum of `left` more trials may lie from that many means, at the 10 % and 90 % points. */
function spreadOf(configurations: readonly (readonly number[])[], left: number): number {
  const durations = configurations.flat()
  const seeds = durations.length / configurations.length
  const few = configurations.length < ENOUGH
  const units = few ? durations : configurations.map(meanOf)
  // A configuration that is yet to come brings all of its seeds.
  const toCome = left / (few ? 1 : seeds)
  const mean = meanOf(units)
  const variance = units.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / (units.length - 1)
  const size = few ? 1 : seeds
  return tQuantile(0.9, units.length - 1) * size * Math.sqrt(variance * (toCome + toCome ** 2 / units.length))
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Milliseconds of all attempts that have ended; undefined for answers that were reused. */
export function durationOf(trial: Trial): number | undefined {
  return trial.reusedFrom === undefined ? runTime(trial) : undefined
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
