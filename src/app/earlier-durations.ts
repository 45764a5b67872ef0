import { canonicalJson } from '../base/canonical-json.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { readSweepFile } from '../journal/sweep-file.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { listSweepIds, sweepDirOf, type Workspace } from './workspace.ts'

/** Milliseconds. `low` and `high` are the 10 % and 90 % points. */
export interface TimeRange {
  readonly low: number
  readonly middle: number
  readonly high: number
}

/** Older trials tell less about tonight, and reading them all costs time. */
const NEWEST_SWEEPS = 20
const NEWEST_TRIALS = 1000

/** Milliseconds that finished attempts of the same trainer with the same fixed params took, newest sweeps first, ascending. */
export function earlierDurations(workspace: Workspace, spec: SweepSpec): number[] {
  const wanted = canonicalJson([spec.trainer, spec.fixed])
  const durations: number[] = []
  const newest = listSweepIds(workspace).reverse().slice(0, NEWEST_SWEEPS)
  for (const id of newest) {
    if (durations.length >= NEWEST_TRIALS) break
    const dir = sweepDirOf(workspace, id)
    try {
      const earlier = readSweepFile(dir).spec
      if (canonicalJson([earlier.trainer, earlier.fixed]) !== wanted) continue
      for (const { attempts } of readSnapshot(dir).trials) {
        const last = attempts.at(-1)
        if (last?.end === 'finished' && last.endedAt !== undefined) durations.push(last.endedAt - last.startedAt)
      }
    } catch {
      // A sweep that cannot be read is said by `sweep status`; here it only tells nothing.
    }
  }
  return durations.sort((a, b) => a - b)
}

/** Of one trial. @returns undefined when none was recorded */
export function timePerTrial(ascending: readonly number[]): TimeRange | undefined {
  if (ascending.length === 0) return undefined
  return { low: quantile(ascending, 0.1), middle: quantile(ascending, 0.5), high: quantile(ascending, 0.9) }
}

/**
 * Of a whole sweep: the mean counts there, not the median. The range covers how far the sum of that many trials, and
 * the mean known from that few earlier ones, may lie from it in four cases of five.
 */
export function timeInAll(
  ascending: readonly number[],
  { trials, parallel }: { readonly trials: number; readonly parallel: number },
): TimeRange {
  const n = ascending.length
  const mean = ascending.reduce((sum, ms) => sum + ms, 0) / n
  const variance = ascending.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / Math.max(1, n - 1)
  // With one earlier trial nothing is known about the spread: half of it either way is a guess, and not too small.
  const deviation = n > 1 ? Math.sqrt(variance) : mean / 2
  const spread = 1.2816 * deviation * Math.sqrt(trials + trials ** 2 / n)
  // The last trials do not fill all slots: on average half a trial of waiting for each slot but one.
  const middle = (mean * (trials + Math.min(trials, parallel - 1) / 2)) / parallel
  const half = spread / parallel
  return { low: Math.max(ascending[0] ?? 0, middle - half) * Math.sign(trials), middle, high: middle + half }
}

function quantile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1)
  const below = ascending[Math.floor(place)] ?? 0
  const above = ascending[Math.ceil(place)] ?? below
  return below + (above - below) * (place - Math.floor(place))
}
