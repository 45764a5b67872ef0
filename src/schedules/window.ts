import { UserError } from '../base/errors.ts'
import { nextAfter, timeOfDay } from './expression.ts'

/** @returns `07:00` from what was typed after --until. @throws {UserError} SCHEDULE_UNTIL */
export function readUntil(typed: string): string {
  const time = timeOfDay(typed)
  if (time !== undefined) return `${String(time.hour).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}`
  throw new UserError(
    `--until is "${typed}". A schedule's window ends at a time of day, from 00:00 to 23:59. Nothing was installed.`,
    { code: 'SCHEDULE_UNTIL', suggestions: ['--until 07:00'] },
  )
}

/** The first such time of day after `from`, in milliseconds since 1970; a window lasts less than a day. */
export function windowEnd(until: string, zone: string, from: number): number {
  const { hour, minute } = timeOfDay(until) ?? { hour: 0, minute: 0 }
  return nextAfter({ at: `${minute} ${hour} * * *`, zone }, 1, from)[0] as number
}
