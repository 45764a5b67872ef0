import { SweepError } from '../../base/errors.ts'
import { lockHolder } from '../../journal/lock.ts'
import { readSummary } from '../../journal/read-snapshot.ts'
import type { SweepSummary } from '../../journal/summary.ts'
import { type Firing, isBrokenOff } from '../../schedules/firing.ts'
import { sweepDirOf, type Workspace } from '../workspace.ts'

/** @returns undefined when the sweep is no longer there, or cannot be read */
export function summaryOf(workspace: Workspace, id: string): SweepSummary | undefined {
  try {
    return readSummary(sweepDirOf(workspace, id))
  } catch (error) {
    if (error instanceof SweepError) return undefined
    throw error
  }
}

/** Whether an orchestrator works on it, here or on another host. */
export function isWorkedOn(workspace: Workspace, id: string): boolean {
  const holder = lockHolder(sweepDirOf(workspace, id))
  return holder !== undefined && holder.state !== 'dead'
}

/**
 * What a firing really came to: one whose process was killed could not write it down, while its sweep went on alone.
 */
export function settled(workspace: Workspace, firing: Firing): Firing {
  if (!isBrokenOff(firing) || firing.sweep === undefined) return firing
  if (isWorkedOn(workspace, firing.sweep)) return firing
  const summary = summaryOf(workspace, firing.sweep)
  if (summary?.state !== 'finished') return firing
  return { ...firing, outcome: 'finished', ...endOf(summary) }
}

/** What a summary adds to a result. */
export function endOf(summary: SweepSummary): Pick<Firing, 'best' | 'completed' | 'failed' | 'endedAt'> {
  const { metric, top, counts, endedAt } = summary
  const first = top[0]
  return {
    completed: counts.completed,
    failed: counts.failed,
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(metric === undefined || first === undefined
      ? {}
      : {
          best: {
            metric: metric.name,
            mean: first.mean,
            trials: first.n,
            configuration: first.configuration,
          },
        }),
  }
}

/** The end of a window, a shutdown and a crash are no reasons to begin a sweep anew; a person's stop is. */
const GOES_ON: ReadonlySet<string> = new Set(['window', 'ended', 'running', 'waiting'])

/**
 * A disk that was full, a GPU that was gone, or a command that could not even be run: no reason to forget what was done
 * before.
 */
const isMachines = ({ outcome, exitCode }: Firing) => outcome === 'failed' && (exitCode === 3 || exitCode === undefined)

/** Nights in a row that a sweep may fail to be gone on with, before another one gets its chance. */
const MOST_IN_VAIN = 3

/** Id of the sweep that a firing is to go on with; undefined = it starts a new one. */
export function sweepToGoOnWith(workspace: Workspace, earlier: readonly Firing[]): string | undefined {
  const withSweep = earlier.filter(({ sweep }) => sweep !== undefined)
  const [last] = withSweep
  if (isInVain(withSweep.slice(0, MOST_IN_VAIN))) return undefined
  if (last?.sweep === undefined || !(GOES_ON.has(last.outcome) || isMachines(last))) return undefined
  const summary = summaryOf(workspace, last.sweep)
  return summary === undefined || summary.state === 'finished' ? undefined : last.sweep
}

/** Every resume of it failed by the machine, and no trial was completed on the way. @param nights newest first */
function isInVain(nights: readonly Firing[]): boolean {
  const [last] = nights
  const alike = nights.filter((night) => {
    return isMachines(night) && night.began === 'resume' && night.sweep === last?.sweep
  })
  return alike.length === MOST_IN_VAIN && last?.completed === alike.at(-1)?.completed
}
