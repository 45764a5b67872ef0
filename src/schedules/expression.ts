import { Cron, CronPattern } from 'croner'
import { UserError } from '../base/errors.ts'

// The clock's two changes, by croner: a fixed time (no `*` and no step in minute and hour) that does not exist is due at
// the end of the gap, and one that exists twice is due the first time. What repeats (`*/10 * * * *`) goes by real time.
const RULES = { paused: true, mode: '5-part', fixedTimeRule: 'no-wildcard' } as const

/** When a schedule is due. */
export interface Times {
  /** Five fields of cron. */
  readonly at: string
  /** Time zone in which `at` is meant, such as `Europe/Berlin`. */
  readonly zone: string
}

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}
const EXPECTED =
  'Expected five fields, each in its bounds: minute (0-59), hour (0-23), day of month (1-31), month (1-12 or JAN-DEC), day of week (0-7 or SUN-SAT)'

/**
 * Reads what was typed after --at: five fields of cron, a nickname such as `@daily`, or a time of day for every day.
 *
 * @returns five fields, one blank between them
 * @throws {UserError} SCHEDULE_AT, SCHEDULE_NEVER, SCHEDULE_ZONE
 */
export function readTimes(typed: string, zone: string): Times {
  checkZone(zone)
  const trimmed = typed.trim().replace(/\s+/g, ' ')
  const daily = timeOfDay(trimmed)
  const at = daily === undefined ? (NICKNAMES[trimmed.toLowerCase()] ?? trimmed) : `${daily.minute} ${daily.hour} * * *`
  if (at.split(' ').length !== 5) {
    const { length } = trimmed === '' ? [] : trimmed.split(' ')
    throw wrong(typed, `It has ${length} ${length === 1 ? 'field' : 'fields'}.`)
  }
  checkPattern(typed, at)
  if (nextAfter({ at, zone }, 1).length === 0) {
    throw new UserError(`--at is "${typed}", which is never due. Nothing was installed.`, {
      code: 'SCHEDULE_NEVER',
      suggestions: ['--at "0 2 L * *" is 02:00 on the last day of every month'],
    })
  }
  return { at, zone }
}

function checkPattern(typed: string, at: string): void {
  try {
    new CronPattern(at, undefined, { mode: RULES.mode })
  } catch (error) {
    const why = (error as Error).message.replace(/^\w+: (?:Syntax error, )?/, '').replace(/\.?$/, '.')
    throw wrong(typed, why.charAt(0).toUpperCase() + why.slice(1))
  }
}

function wrong(typed: string, why: string): UserError {
  return new UserError(`--at is "${typed}". ${why} ${EXPECTED}. Nothing was installed.`, {
    code: 'SCHEDULE_AT',
    suggestions: [
      '--at "0 2 * * *" is 02:00 every night',
      '--at 22:30 is that time every night',
      '--at "30 22 * * MON-FRI" is 22:30 on working days',
    ],
    ref: 'docs/schedules.md',
  })
}

/** @returns undefined when it is no time of day, such as `07:00` or `7:5` */
export function timeOfDay(text: string): { readonly hour: number; readonly minute: number } | undefined {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? []
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59) return undefined
  return { hour: Number(hour), minute: Number(minute) }
}

/** @throws {UserError} SCHEDULE_ZONE */
export function checkZone(zone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    throw new UserError(`--tz is "${zone}", which is not a known time zone. Nothing was installed.`, {
      code: 'SCHEDULE_ZONE',
      suggestions: ['--tz Europe/Berlin', '--tz UTC'],
    })
  }
}

function cronOf({ at, zone }: Times): Cron {
  return new Cron(at, { ...RULES, timezone: zone })
}

/** The next times, strictly after `after`; milliseconds since 1970. Fewer than `n` when it is never due. */
export function nextAfter(times: Times, n: number, after: number = Date.now()): number[] {
  return cronOf(times)
    .nextRuns(n, new Date(after))
    .map((date) => date.getTime())
}

/** The last time that it was due, `now` itself included; undefined = never before. */
export function lastDue(times: Times, now: number): number | undefined {
  // croner looks strictly before, and in whole seconds.
  return cronOf(times)
    .previousRuns(1, new Date((Math.floor(now / 1000) + 1) * 1000))
    .at(0)
    ?.getTime()
}

/** Minutes of the hour at which it can be due, in its own zone. */
export function minutesOf(at: string): number[] {
  const { minute } = new CronPattern(at, undefined, { mode: RULES.mode })
  return minute.flatMap((on, index) => (on ? [index] : []))
}
