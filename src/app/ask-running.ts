import { type Clock, systemClock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { lockHolder } from '../journal/lock.ts'
import { readSnapshot, readSummary } from '../journal/read-snapshot.ts'
import { askOf, type DesiredState, stateIn } from '../orchestrator/control-file.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { listSweepIds, resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

/** Somebody asks something of a sweep that runs. */
export interface RunningQuestion {
  readonly workspace: Workspace
  /** Id or name; absent = the latest that runs. */
  readonly id?: string
  /** Called about once a second, from the third second on, while its process has not done what was asked. */
  readonly onWaiting?: (waiting: { readonly id: string; readonly running: number; readonly waitedMs: number }) => void
  readonly clock?: Clock
}

/** What became of it. */
export interface RunningAnswer {
  readonly id: string
  readonly result: string
  /** One sentence for people. */
  readonly message: string
}

const LOOK_MS = 100
const SAY_AFTER_MS = 2000
const SAY_MS = 1000
/** Reading a large journal again and again must not keep a core busy. */
const READ_SHARE = 0.1

/** @returns the latest sweep that runs on this machine; otherwise the latest of all */
export function latestRunning(workspace: Workspace): string {
  const running = listSweepIds(workspace).filter((id) => lockHolder(sweepDirOf(workspace, id))?.state === 'alive')
  return running.at(-1) ?? resolveSweepId(workspace)
}

/** A sweep that a process writes right now, here or on another host of the same file system. */
export function runningSweep({ workspace, id }: RunningQuestion): {
  readonly id: string
  readonly dir: string
  readonly runs: boolean
} {
  const found = id === undefined ? latestRunning(workspace) : resolveSweepId(workspace, id)
  const dir = sweepDirOf(workspace, found)
  return { id: found, dir, runs: isHeld(dir) }
}

function isHeld(dir: string): boolean {
  const holder = lockHolder(dir)
  return holder !== undefined && holder.state !== 'dead'
}

/** For commands that only mean something while the sweep runs. @throws {UserError} NOT_RUNNING */
export function requireRunning(question: RunningQuestion): { readonly id: string; readonly dir: string } {
  const { id, dir, runs } = runningSweep(question)
  if (runs) return { id, dir }
  const { state } = readSummary(dir)
  const seen = state === 'running' ? 'its process died' : `it is ${state}`
  throw new UserError(`Nothing runs ${id}: ${seen}. Nothing was changed.`, {
    code: 'NOT_RUNNING',
    suggestions: [`sweep status ${id}`, ...(state === 'finished' ? [] : [`sweep resume ${id}`])],
  })
}

export interface Asking {
  readonly id: string
  readonly dir: string
  readonly wish: DesiredState
  /** Whether the journal says that it was done. */
  readonly heeded: (snapshot: SweepSnapshot) => boolean
}

/**
 * Writes down what is asked and waits until the sweep's process has done it.
 *
 * @returns the sweep then; `ended` = its process has gone instead
 */
export async function askAndWait(
  { id, dir, wish, heeded }: Asking,
  { onWaiting, clock = systemClock }: Pick<RunningQuestion, 'onWaiting' | 'clock'>,
): Promise<{ readonly snapshot: SweepSnapshot; readonly ended: boolean }> {
  const since = clock.monotonic()
  let said = since + SAY_AFTER_MS - SAY_MS
  askOf(dir, wish)
  for (;;) {
    const before = clock.monotonic()
    const held = isHeld(dir)
    const snapshot = readSnapshot(dir)
    if (heeded(snapshot) || !held) return { snapshot, ended: !held }
    // Somebody else may have written the file at the same moment, or the sweep has only just begun to look.
    if (isMissing(stateIn(dir), wish)) askOf(dir, wish)
    const now = clock.monotonic()
    await clock.sleep(Math.max(LOOK_MS, (now - before) / READ_SHARE))
    if (now - said < SAY_MS) continue
    said = now
    const running = snapshot.trials.filter(({ state }) => state === 'running').length
    onWaiting?.({ id, running, waitedMs: now - since })
  }
}

/** What others asked for instead, later, stays: only what is not said at all is said again. */
function isMissing(state: DesiredState, wish: DesiredState): boolean {
  const lost = Object.keys(wish).some((key) => state[key as keyof DesiredState] === undefined)
  return lost || (wish.cancel ?? []).some((trial) => !(state.cancel ?? []).includes(trial))
}
