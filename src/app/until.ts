import { UserError } from '../base/errors.ts'

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)$/
const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/**
 * The moment that `--until` means, in milliseconds since 1970: `07:00` is the next one of this machine's clock, a whole
 * date stands for itself.
 *
 * @param now milliseconds since 1970
 * @throws {UserError} UNTIL_UNREADABLE, UNTIL_PAST
 */
export function untilTime(text: string, now: number): number {
  const [, hours, minutes] = CLOCK.exec(text.trim()) ?? []
  if (hours !== undefined && minutes !== undefined) return nextAt(Number(hours), Number(minutes), now)
  const time = ISO.test(text.trim()) ? Date.parse(text.trim().replace(' ', 'T')) : Number.NaN
  if (Number.isNaN(time)) {
    throw new UserError(`--until is "${text}", which is no time. Nothing was started.`, {
      code: 'UNTIL_UNREADABLE',
      suggestions: ['--until 07:00', '--until 2026-11-24T07:00'],
    })
  }
  if (time > now) return time
  throw new UserError(`--until is "${text}", which has passed. Nothing was started.`, {
    code: 'UNTIL_PAST',
    suggestions: ['--until 07:00   (the next one)'],
  })
}

/** By fields of the date, so that a night with a clock change ends at seven, too. */
function nextAt(hours: number, minutes: number, now: number): number {
  const today = new Date(now)
  for (const days of [0, 1]) {
    const at = new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, hours, minutes).getTime()
    if (at > now) return at
  }
  return now
}
