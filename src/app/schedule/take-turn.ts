import { type Clock, systemClock } from '../../base/clock.ts'
import { acquireLock, type IdentityLock, type LockRecord } from '../../base/identity-lock.ts'
import { livenessOf } from '../../base/process-identity.ts'
import { type Firing, lastActive, lastFirings } from '../../schedules/firing.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import { filesOf } from '../../schedules/schedule-folder.ts'
import { stopSweep } from '../stop.ts'
import type { Workspace } from '../workspace.ts'
import { isWorkedOn } from './last-sweep.ts'

export interface TurnOptions {
  readonly workspace: Workspace
  readonly schedule: Schedule
  readonly stamp: string
  /** A firing that waits does not begin after it. */
  readonly until?: number
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

/** `replaced`: stamp of the firing that was ended for it. `ended`: it was told to end while it waited. */
export type Turn =
  | { readonly lock: IdentityLock; readonly replaced?: string }
  | { readonly skipped: string }
  | { readonly ended: true }

/** Firings of this very process by their lock file: one that is to be replaced is not sent a signal that ends us all. */
export const workingHere = new Map<string, AbortController>()

const LOOK_MS = 500
const AGAIN_MS = 5 * 60_000

/** Makes this firing the only one of its schedule, or says why it is not: by --overlap when another one still works. */
export async function takeTurn(options: TurnOptions): Promise<Turn> {
  const { workspace, schedule, stamp } = options
  const files = filesOf(workspace.folder, schedule.name)
  const lock = acquireLock(files.firing, { about: stamp })
  if (!('heldBy' in lock) && strayOf(options) === undefined) return { lock }
  if (schedule.overlap === 'skip') {
    const skipped = `${whatRuns(options, lock)} still runs, and what overlaps is skipped (--overlap)`
    if (!('heldBy' in lock)) lock.release()
    return { skipped }
  }
  // Nights must not pile up: one waits, and the next is skipped.
  const place = acquireLock(files.waiting, { about: stamp })
  if ('heldBy' in place) {
    if (!('heldBy' in lock)) lock.release()
    return { skipped: `${place.heldBy.about} waits already for ${whatRuns(options, lock)}` }
  }
  try {
    return await waited(options, lock)
  } finally {
    place.release()
  }
}

async function waited(options: TurnOptions, first: IdentityLock | { heldBy: LockRecord }): Promise<Turn> {
  const { workspace, schedule, stamp, until, clock = systemClock, signal } = options
  const { firing } = filesOf(workspace.folder, schedule.name)
  let lock = first
  let asked = Number.NEGATIVE_INFINITY
  let replaced: string | undefined
  for (;;) {
    if ('heldBy' in lock) lock = acquireLock(firing, { about: stamp })
    if (!('heldBy' in lock) && strayOf(options) === undefined) {
      return replaced === undefined ? { lock } : { lock, replaced }
    }
    const reason = signal?.aborted ? 'ended' : until !== undefined && clock.now() >= until ? 'over' : undefined
    if (reason !== undefined) {
      if (!('heldBy' in lock)) lock.release()
      return reason === 'ended' ? { ended: true } : { skipped: 'the one before ran until the window was over' }
    }
    if (schedule.overlap === 'replace' && clock.monotonic() - asked > AGAIN_MS) {
      asked = clock.monotonic()
      replaced = await endOther(options, lock)
    }
    await clock.sleep(LOOK_MS, signal)
  }
}

/** The firing before, when it was killed and its sweep goes on alone, or when a person resumed that. */
function strayOf({ workspace, schedule, stamp }: TurnOptions): (Firing & { readonly sweep: string }) | undefined {
  const earlier = lastFirings(workspace.folder, schedule.name).filter((firing) => firing.stamp !== stamp)
  const last = lastActive(earlier)
  if (last?.sweep === undefined || !isWorkedOn(workspace, last.sweep)) return undefined
  return { ...last, sweep: last.sweep }
}

function whatRuns(options: TurnOptions, lock: IdentityLock | { heldBy: LockRecord }): string {
  if (!('heldBy' in lock)) return strayOf(options)?.sweep ?? 'the one before'
  const { about } = lock.heldBy
  const firing = lastFirings(options.workspace.folder, options.schedule.name).find(({ stamp }) => stamp === about)
  return firing?.sweep ?? `the firing of ${about}`
}

/** Gracefully: the other firing ends its sweep as Ctrl-C would, and writes its result. @returns its stamp */
async function endOther(
  options: TurnOptions,
  lock: IdentityLock | { heldBy: LockRecord },
): Promise<string | undefined> {
  const { workspace, schedule } = options
  if ('heldBy' in lock) {
    const { about, holders } = lock.heldBy
    const here = workingHere.get(filesOf(workspace.folder, schedule.name).firing)
    if (here !== undefined) here.abort()
    else if (livenessOf(holders[0]) === 'alive') process.kill(holders[0].pid, 'SIGTERM')
    return about
  }
  const stray = strayOf(options)
  if (stray !== undefined) await stopSweep({ workspace, id: stray.sweep })
  return stray?.stamp
}
