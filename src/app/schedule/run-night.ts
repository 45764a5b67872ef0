import { type Clock, systemClock } from '../../base/clock.ts'
import type { SweepSummary } from '../../journal/summary.ts'
import { type Firing, lastFirings, type Outcome } from '../../schedules/firing.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import type { Workspace } from '../workspace.ts'
import { endOf, summaryOf, sweepToGoOnWith } from './last-sweep.ts'
import { type ChildEnd, runSweepChild } from './sweep-child.ts'

export interface NightOptions {
  readonly workspace: Workspace
  readonly schedule: Schedule
  readonly firing: Firing
  /** Writes what has changed of the firing. */
  readonly change: (changes: Partial<Firing>) => Firing
  readonly foreground?: boolean
  readonly signal?: AbortSignal
  readonly killSignal?: AbortSignal
  readonly clock?: Clock
}

/** Starts a sweep, or goes on with the one that a window or a crash ended, and writes down what it came to. */
export async function runNight(options: NightOptions): Promise<Firing> {
  const { workspace, schedule, firing, change, signal, killSignal, clock = systemClock } = options
  const earlier = lastFirings(workspace.folder, schedule.name).filter(({ stamp }) => stamp !== firing.stamp)
  const goesOnWith = sweepToGoOnWith(workspace, earlier)
  let id = goesOnWith
  change({
    outcome: 'running',
    began: id === undefined ? 'start' : 'resume',
    ...(id === undefined ? {} : { sweep: id }),
  })
  const { until } = firing
  const end = await runSweepChild({
    argv: argvFor(schedule, workspace, { until, goesOnWith }),
    program: schedule.program,
    cwd: workspace.folder,
    env: environmentFor(schedule, options.foreground ?? false),
    log: firing.log,
    signal,
    killSignal,
    onSweep: (announced) => {
      id = announced
      change({ sweep: announced })
    },
  })
  const summary = id === undefined ? undefined : summaryOf(workspace, id)
  return change({
    ...(summary === undefined ? {} : endOf(summary)),
    ...outcomeOf(end, summary, signal?.aborted ?? false),
    exitCode: end.exitCode,
    endedAt: clock.now(),
  })
}

function argvFor(
  { sweep, flags }: Schedule,
  { folder }: Workspace,
  { until, goesOnWith }: { readonly until: number | undefined; readonly goesOnWith: string | undefined },
): string[] {
  const { set, gpus, slots, reuse } = flags
  const both = [
    '--folder',
    folder,
    '--no-live',
    '--no-detach',
    ...(gpus === undefined ? [] : ['--gpus', gpus]),
    ...(slots === undefined ? [] : ['--slots', String(slots)]),
    ...(until === undefined ? [] : ['--until', new Date(until).toISOString()]),
  ]
  if (goesOnWith !== undefined) return ['resume', goesOnWith, ...both]
  return [
    'start',
    sweep,
    ...both,
    ...(reuse === false ? ['--no-reuse'] : []),
    ...set.flatMap((pair) => ['--set', pair]),
  ]
}

/** What a timer's bare shell lacks, from the shell that it was added in. */
function environmentFor({ environment }: Schedule, foreground: boolean): Record<string, string | undefined> {
  const merged = foreground ? { ...environment, ...process.env } : { ...process.env, ...environment }
  // The log is for people, whatever the shell of a foreground was set to.
  const { SWEEP_JSON: _, SWEEP_FOLDER: __, ...env } = merged
  return env
}

/** @param endedByUs we were told to end, and told the sweep */
function outcomeOf(
  { exitCode, error }: ChildEnd,
  summary: SweepSummary | undefined,
  endedByUs: boolean,
): { readonly outcome: Outcome; readonly reason?: string } {
  const words = summary?.stateReason ?? error
  const reason = words === undefined ? {} : { reason: words }
  if (summary?.state === 'finished' && exitCode === 0) return { outcome: 'finished', ...reason }
  if (endedByUs) return { outcome: 'ended', reason: 'it was told to end, as a shutdown does' }
  if (exitCode === 0 && summary?.state === 'stopped') {
    // By its words: the other budgets of a sweep end it in the same way, and going on would end at once.
    return { outcome: /^It was to run until/.test(summary.stateReason ?? '') ? 'window' : 'finished', ...reason }
  }
  if (exitCode === 0) return { outcome: 'finished', ...reason }
  if (exitCode === 130) return { outcome: 'stopped', ...reason }
  return { outcome: 'failed', ...(error === undefined ? reason : { reason: error }) }
}
