import { duration } from '../base/human-readable.ts'
import { lastDue } from './expression.ts'
import { type Schedule, timesOf } from './schedule.ts'
import { ON_TIME_MS } from './wake-minutes.ts'
import { windowEnd } from './window.ts'

/** What is known at a wake-up. Times are milliseconds since 1970. */
export interface Moment {
  readonly now: number
  /** Every time up to this one has been dealt with. */
  readonly handled: number
  /** The last firing, when it did not end by itself: its process or the machine died, or the machine was shut down. */
  readonly brokenOff?: { readonly dueAt: number; readonly tries: number }
}

/**
 * `fire`: the schedule is due. `go-on`: it was, and what it started was broken off within its window. `skip`: it was due
 * and nothing is to be done about it. `until` = end of the window.
 */
export type Decision =
  | { readonly do: 'nothing' }
  | { readonly do: 'skip'; readonly dueAt: number; readonly reason: string }
  | { readonly do: 'fire' | 'go-on'; readonly dueAt: number; readonly until?: number; readonly lateMs: number }

/** What kills a firing every time must not do so every hour for ever. */
const TRIES = 5
/** A clock that was set back by more than this had been wrong before. */
const CLOCK_WAS_WRONG_MS = 26 * 60 * 60_000

/**
 * What a wake-up is to do. Pure, and right whatever woke us and however often: a time counts once.
 *
 * Of several times that went by unseen only the last one counts: nobody wants three nights in one morning.
 */
export function decide(schedule: Schedule, moment: Moment): Decision {
  const { now, brokenOff } = moment
  const dueAt = lastDue(timesOf(schedule), now)
  const wrongBefore = moment.handled > now + CLOCK_WAS_WRONG_MS
  const handled = wrongBefore ? (dueAt ?? now) : moment.handled
  if (dueAt !== undefined && dueAt > handled) return due(schedule, now, dueAt)
  if (brokenOff === undefined || schedule.missed === 'skip' || brokenOff.tries >= TRIES) return { do: 'nothing' }
  const until = endOf(schedule, brokenOff.dueAt)
  if (until !== undefined && until <= now) return { do: 'nothing' }
  const lateMs = now - brokenOff.dueAt
  return { do: 'go-on', dueAt: brokenOff.dueAt, lateMs, ...(until === undefined ? {} : { until }) }
}

function due(schedule: Schedule, now: number, dueAt: number): Decision {
  const lateMs = now - dueAt
  if (lateMs >= ON_TIME_MS && schedule.missed === 'skip') {
    return {
      do: 'skip',
      dueAt,
      reason: `it was missed by ${duration(lateMs)}, and missed times are skipped (--missed)`,
    }
  }
  const until = endOf(schedule, dueAt)
  if (until !== undefined && until <= now) {
    return { do: 'skip', dueAt, reason: `it was missed by ${duration(lateMs)}, and its window is over` }
  }
  return { do: 'fire', dueAt, lateMs, ...(until === undefined ? {} : { until }) }
}

function endOf(schedule: Schedule, dueAt: number): number | undefined {
  return schedule.until === undefined ? undefined : windowEnd(schedule.until, timesOf(schedule).zone, dueAt)
}
