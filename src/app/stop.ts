import { hostname } from 'node:os'
import { type Clock, systemClock } from '../base/clock.ts'
import { EnvironmentError } from '../base/errors.ts'
import { lockHolder } from '../journal/lock.ts'
import { readSummary } from '../journal/read-snapshot.ts'
import { latestRunning } from './ask-running.ts'
import { stopOrphans } from './stop-orphans.ts'
import { resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export interface StopOptions {
  readonly workspace: Workspace
  /** Id or name; absent = the latest that runs. */
  readonly id?: string
  /** Kill at once instead of letting trials end in their grace period. */
  readonly now?: boolean
  /** Called about once a second while waiting. */
  readonly onWaiting?: (waiting: { readonly id: string; readonly running: number; readonly waitedMs: number }) => void
  readonly clock?: Clock
}

export interface StopOutcome {
  readonly id: string
  /** `nothing-runs` = no orchestrator held the sweep and it was not left running; nothing was changed. */
  readonly result: 'stopped' | 'nothing-runs'
  /** One sentence for people. */
  readonly message: string
}

const LOOK_MS = 50
const SAY_MS = 1000

/**
 * Asks the orchestrator of a sweep on this machine to stop, as Ctrl-C would, and waits until it has. What one that has
 * died left running is ended, too.
 *
 * @throws {UserError} SWEEP_UNKNOWN, NO_SWEEPS
 * @throws {EnvironmentError} STOP_ELSEWHERE, STOP_NOT_ALLOWED
 */
export async function stopSweep(options: StopOptions): Promise<StopOutcome> {
  const { workspace, clock = systemClock } = options
  const id = options.id === undefined ? latestRunning(workspace) : resolveSweepId(workspace, options.id)
  const dir = sweepDirOf(workspace, id)
  const holder = lockHolder(dir)
  if (holder === undefined || holder.state === 'dead') {
    const { state } = readSummary(dir)
    if (state === 'running') return stopOrphans(options, id)
    return { id, result: 'nothing-runs', message: `Nothing runs ${id}: it is ${state}. Nothing was changed.` }
  }
  const { host, pid } = holder.process
  if (holder.state === 'elsewhere') throw elsewhere(id, host)
  signal(id, pid)
  // The second signal is the one that kills; two at the same moment could arrive as one.
  if (options.now) {
    await clock.sleep(LOOK_MS)
    if (lockHolder(dir)?.process.pid === pid) signal(id, pid)
  }
  await ended(options, { id, dir, pid, clock })
  return { id, result: 'stopped', message: `${id} was stopped.` }
}

function signal(id: string, pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // It ended by itself just now, which is what was wanted.
    if (code === 'ESRCH') return
    throw new EnvironmentError(`${id} is run by process ${pid}, which could not be asked to stop: ${message}.`, {
      code: 'STOP_NOT_ALLOWED',
      suggestions: [`ask its owner: ps -o user= -p ${pid}`],
      cause: error,
    })
  }
}

function elsewhere(id: string, host: string): EnvironmentError {
  return new EnvironmentError(`${id} runs on ${host}, and this is ${hostname()}. Nothing was stopped.`, {
    code: 'STOP_ELSEWHERE',
    suggestions: [`on ${host}: sweep stop ${id}`],
  })
}

async function ended(
  { onWaiting }: StopOptions,
  { id, dir, pid, clock }: { readonly id: string; readonly dir: string; readonly pid: number; readonly clock: Clock },
): Promise<void> {
  const since = clock.monotonic()
  let said = since
  for (;;) {
    const holder = lockHolder(dir)
    if (holder?.process.pid !== pid || holder.state !== 'alive') return
    await clock.sleep(LOOK_MS)
    const now = clock.monotonic()
    if (now - said < SAY_MS) continue
    said = now
    onWaiting?.({ id, running: readSummary(dir).running.length, waitedMs: now - since })
  }
}
