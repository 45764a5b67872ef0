import { systemClock } from '../../base/clock.ts'
import type { Journal } from '../../journal/journal.ts'
import { referencesIn } from '../../notifications/secrets.ts'
import type { SweepObserver } from '../../orchestrator/observer.ts'
import type { SweepSpec } from '../../trial/sweep-spec.ts'
import type { LoopOptions } from '../loop-options.ts'
import { previousSweep } from '../previous-sweep.ts'
import { sweepDirOf, type Workspace } from '../workspace.ts'
import { openNotices } from './notices.ts'
import { tellFailure } from './tell-end.ts'

export interface NoticedLoop {
  readonly workspace: Workspace
  /** Open. */
  readonly journal: Journal
}

/** Runs a loop with whoever is to be told of it watching, beside the observer that there is. */
export async function withNotices<T>(
  { workspace, journal }: NoticedLoop,
  options: LoopOptions,
  run: (options: LoopOptions) => Promise<T>,
): Promise<T> {
  const { clock = systemClock } = options
  const { id, spec } = journal.snapshot
  const previous = () => previousSweep(workspace, id)
  const watched = {
    spec,
    atStart: journal.snapshot,
    sweepDir: sweepDirOf(workspace, id),
    previous,
    clock,
    env: process.env,
  }
  const notices = openNotices(watched)
  // Now somebody may still be there to mend it; at the end of the night nobody is.
  for (const name of missingVariables(spec, process.env)) {
    const text = `notify: the environment variable ${name} is not set, so messages that need it will not arrive.`
    journal.append({ type: 'note', level: 'warn', text })
    options.onPreparing?.(text)
  }
  try {
    return await run(
      notices === undefined ? options : { ...options, observer: both(notices.observer, options.observer) },
    )
  } finally {
    if (notices !== undefined) noteUndelivered(journal, await notices.settle())
  }
}

function missingVariables({ notify = [] }: SweepSpec, env: Readonly<Record<string, string | undefined>>): string[] {
  const named = referencesIn(JSON.stringify(notify.map(({ options }) => options)))
  return [...new Set(named)].filter((name) => (env[name] ?? '') === '')
}

/** Tells people what ended a sweep before it could come to its end, and throws it on. */
export async function tellingFailure<T>(journal: Journal, options: LoopOptions, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    const { clock = systemClock } = options
    noteUndelivered(journal, await tellFailure(journal.snapshot, (error as Error).message, { clock, env: process.env }))
    throw error
  }
}

function both(first: SweepObserver, second: SweepObserver | undefined): SweepObserver {
  if (second === undefined) return first
  return {
    event: (event, live) => {
      second.event(event, live)
      first.event(event, live)
    },
    tick: (live) => {
      second.tick(live)
      first.tick(live)
    },
  }
}

function noteUndelivered(journal: Journal, warnings: readonly string[]): void {
  try {
    for (const text of warnings) journal.append({ type: 'note', level: 'warn', text })
  } catch {
    // The journal cannot be written, which has been said; a message that did not arrive is nothing beside it.
  }
}
