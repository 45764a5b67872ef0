import { type Clock, systemClock } from '../../base/clock.ts'
import { SweepError } from '../../base/errors.ts'
import { nextAfter } from '../../schedules/expression.ts'
import type { Firing } from '../../schedules/firing.ts'
import { timesOf } from '../../schedules/schedule.ts'
import { readSchedule, scheduleNames } from '../../schedules/schedule-folder.ts'
import type { Workspace } from '../workspace.ts'
import { fireSchedule } from './fire.ts'

export interface RunOptions {
  readonly workspace: Workspace
  /** Absent or empty = all, also those that are added meanwhile. */
  readonly names?: readonly string[]
  /** Aborted = sweeps that run are stopped gracefully, and it ends when they have. */
  readonly signal: AbortSignal
  readonly killSignal?: AbortSignal
  readonly onChange?: (name: string, firing: Firing) => void
  readonly onProblem?: (name: string, message: string) => void
  /** Told before each wait, when it has changed. */
  readonly onNext?: (next: { readonly name: string; readonly at: number } | undefined) => void
  readonly clock?: Clock
}

/** A clock that jumps and a machine that sleeps are noticed within it, and so is a schedule that was added. */
const LOOK_MS = 30_000

/**
 * Fires schedules while it runs, without anything of the machine: for containers. What was missed before it began and
 * what was broken off is dealt with first, as after a restart.
 *
 * @throws {UserError} SCHEDULE_UNKNOWN for a name that is not there at the beginning
 */
export async function runSchedules(options: RunOptions): Promise<void> {
  const { workspace, names = [], signal, clock = systemClock } = options
  for (const name of names) readSchedule(workspace.folder, name)
  const working = new Set<Promise<void>>()
  let said: string | undefined
  while (!signal.aborted) {
    for (const name of namesOf(options)) {
      const work: Promise<void> = fireOne(options, name).finally(() => working.delete(work))
      working.add(work)
    }
    const next = nextOf(options, clock.now())
    const words = next === undefined ? '' : `${next.name} ${next.at}`
    if (words !== said) options.onNext?.(next)
    said = words
    await clock.sleep(Math.min(LOOK_MS, Math.max(0, (next?.at ?? Number.POSITIVE_INFINITY) - clock.now()) + 1), signal)
  }
  await Promise.all(working)
}

function namesOf({ workspace, names = [] }: RunOptions): string[] {
  const there = scheduleNames(workspace.folder)
  return names.length === 0 ? there : there.filter((name) => names.includes(name))
}

/** What is wrong with one schedule must not end the others. */
async function fireOne(options: RunOptions, name: string): Promise<void> {
  const { workspace, signal, killSignal, onChange, onProblem, clock } = options
  try {
    await fireSchedule({
      workspace,
      name,
      foreground: true,
      signal,
      ...(killSignal === undefined ? {} : { killSignal }),
      ...(clock === undefined ? {} : { clock }),
      onChange: (firing) => onChange?.(name, firing),
    })
  } catch (error) {
    if (!(error instanceof SweepError) && !('syscall' in (error as object))) throw error
    onProblem?.(name, (error as Error).message)
  }
}

function nextOf(options: RunOptions, now: number): { readonly name: string; readonly at: number } | undefined {
  const all = namesOf(options).flatMap((name) => {
    try {
      const [at] = nextAfter(timesOf(readSchedule(options.workspace.folder, name)), 1, now)
      return at === undefined ? [] : [{ name, at }]
    } catch {
      // Said when it is fired.
      return []
    }
  })
  return all.sort((a, b) => a.at - b.at)[0]
}
