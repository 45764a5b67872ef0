import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../base/clock.ts'
import { EnvironmentError } from '../../base/errors.ts'
import { acquireLock } from '../../base/identity-lock.ts'
import { thisProcess } from '../../base/process-identity.ts'
import { type Decision, decide } from '../../schedules/decide.ts'
import { type Firing, isBrokenOff, lastActive, lastFirings, stampOf, writeFiring } from '../../schedules/firing.ts'
import { type Schedule, timesOf } from '../../schedules/schedule.ts'
import { filesOf, readHandled, readSchedule, writeHandled } from '../../schedules/schedule-folder.ts'
import { timeIn } from '../../schedules/zone.ts'
import type { Workspace } from '../workspace.ts'

export interface FireOptions {
  readonly workspace: Workspace
  readonly name: string
  /** In the foreground our own variables win over those kept with the schedule; a timer has hardly any. */
  readonly foreground?: boolean
  /** Called whenever the result changes: first when it is decided, last when it has ended. */
  readonly onChange?: (firing: Firing) => void
  readonly signal?: AbortSignal
  readonly killSignal?: AbortSignal
  readonly clock?: Clock
}

/**
 * One wake-up of a schedule: decides what is due and does it, to its end. May be called at any time, any number of times
 * and by several at once: each scheduled time counts once.
 *
 * @returns undefined when nothing was due
 * @throws {UserError} SCHEDULE_UNKNOWN, SCHEDULE_UNREADABLE
 * @throws {EnvironmentError} SCHEDULE_BUSY
 */
export async function fireSchedule(options: FireOptions): Promise<Firing | undefined> {
  const { workspace, name } = options
  const schedule = readSchedule(workspace.folder, name)
  let firing = await decided(options, schedule)
  if (firing === undefined) return undefined
  const change = (changes: Partial<Firing>): Firing => {
    firing = { ...(firing as Firing), ...changes }
    writeFiring(workspace.folder, name, firing)
    options.onChange?.(firing)
    return firing
  }
  options.onChange?.(firing)
  if (firing.outcome === 'skipped') return firing
  try {
    // Only now: of 24 wake-ups a day, 23 find nothing to do and are to cost little.
    const { workOff } = await import('./work-off.ts')
    return await workOff({ ...options, schedule, firing, change })
  } catch (error) {
    // In the foreground our process lives on: nobody would ever find out that this firing has ended.
    const { now } = options.clock ?? systemClock
    change({ outcome: 'failed', reason: error instanceof Error ? error.message : String(error), endedAt: now() })
    throw error
  }
}

/** The same in a process of its own that outlives this one. Its words go to the log of the timer. */
export function fireDetached({ folder }: Workspace, name: string): void {
  const { program } = readSchedule(folder, name)
  const fd = openSync(filesOf(folder, name).timerLog, 'a')
  const [node, bin] = program
  const argv = [bin, 'schedule', 'fire', name, '--folder', folder]
  spawn(node, argv, { detached: true, stdio: ['ignore', fd, fd] }).unref()
  closeSync(fd)
}

/** Under a lock of its own, so that two wake-ups at the same moment do not both find the same time due. */
async function decided(options: FireOptions, schedule: Schedule): Promise<Firing | undefined> {
  const { workspace, clock = systemClock } = options
  const { folder } = workspace
  const lock = await decidingLock(filesOf(folder, schedule.name).deciding, clock)
  try {
    const now = clock.now()
    const handled = readHandled(folder, schedule)
    const last = lastActive(lastFirings(folder, schedule.name))
    const broken = last !== undefined && (await isUnfinished(workspace, last)) ? last : undefined
    const decision = decide(schedule, {
      now,
      handled,
      ...(broken === undefined ? {} : { brokenOff: { dueAt: broken.dueAt, tries: broken.tries } }),
    })
    if (decision.do === 'nothing') return undefined
    const firing = newFiring(workspace, schedule, { now, decision, tries: triesOf(decision, broken) })
    // In this order: a crash in between repeats what was decided, and forgets nothing.
    writeFiring(folder, schedule.name, firing)
    if (decision.do !== 'go-on') writeHandled(folder, schedule.name, decision.dueAt)
    return firing
  } finally {
    lock.release()
  }
}

function triesOf(decision: Decision, broken: Firing | undefined): number {
  return decision.do === 'go-on' ? (broken?.tries ?? 0) + 1 : 1
}

/** Broken off, and nobody has finished its sweep since or works on it. */
async function isUnfinished(workspace: Workspace, firing: Firing): Promise<boolean> {
  if (!isBrokenOff(firing)) return false
  const { isWorkedOn, settled } = await import('./last-sweep.ts')
  if (!isBrokenOff(settled(workspace, firing))) return false
  return firing.sweep === undefined || !isWorkedOn(workspace, firing.sweep)
}

function newFiring(
  { folder }: Workspace,
  schedule: Schedule,
  { now, decision, tries }: { now: number; decision: Exclude<Decision, { do: 'nothing' }>; tries: number },
): Firing {
  const { firings } = filesOf(folder, schedule.name)
  mkdirSync(firings, { recursive: true })
  const stamp = stampOf(decision.dueAt, tries)
  const log = join(firings, `${stamp}.log`)
  const { zone } = timesOf(schedule)
  const skipped = decision.do === 'skip' ? { outcome: 'skipped' as const, reason: decision.reason, endedAt: now } : {}
  const until = decision.do === 'skip' || decision.until === undefined ? {} : { until: decision.until }
  const why = decision.do === 'skip' ? `Skipped: ${decision.reason}.` : decision.do === 'go-on' ? 'It goes on.' : ''
  const due = `${schedule.name} was due at ${timeIn(zone, decision.dueAt)} (${zone}).`
  appendFileSync(log, `${timeIn(zone, now)} ${[due, why].filter(Boolean).join(' ')}\n`)
  return {
    stamp,
    dueAt: decision.dueAt,
    startedAt: now,
    tries,
    outcome: 'waiting',
    ...skipped,
    ...until,
    log,
    process: thisProcess(),
  }
}

const DECIDES_WITHIN_MS = 30_000

async function decidingLock(path: string, clock: Clock) {
  const deadline = clock.monotonic() + DECIDES_WITHIN_MS
  for (;;) {
    const lock = acquireLock(path, { durable: false })
    if (!('heldBy' in lock)) return lock
    if (clock.monotonic() > deadline) {
      const [{ pid, host }] = lock.heldBy.holders
      throw new EnvironmentError(`Process ${pid} on ${host} has held ${path} for too long. Nothing was started.`, {
        code: 'SCHEDULE_BUSY',
        suggestions: [`look at it: ps -fp ${pid}`],
      })
    }
    await clock.sleep(50)
  }
}
