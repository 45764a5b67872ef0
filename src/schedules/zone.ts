import { execFileSync } from 'node:child_process'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let found: string | undefined

/**
 * The machine's time zone, which its cron goes by. A TZ variable of this process says something of this process only, so
 * the question is put to one without it.
 */
export function machineZone(): string {
  found ??= process.env.TZ === undefined ? ownZone() : zoneWithoutVariable()
  return found
}

/** The zone that a person at this terminal means by a time of day. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

function zoneWithoutVariable(): string {
  const { TZ: _, ...env } = process.env
  const script = 'new Intl.DateTimeFormat().resolvedOptions().timeZone'
  return execFileSync(process.execPath, ['-p', script], { env, encoding: 'utf8', timeout: 10_000 }).trim()
}

/** Minutes that a zone is ahead of UTC at a moment; negative west of Greenwich. */
export function offsetMinutes(zone: string, at: number): number {
  const parts = partsIn(zone, at)
  const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute)
  return Math.round((local - Math.floor(at / MINUTE) * MINUTE) / MINUTE)
}

const formats = new Map<string, Intl.DateTimeFormat>()

function partsIn(zone: string, at: number): Record<'year' | 'month' | 'day' | 'hour' | 'minute', number> {
  const known = formats.get(zone)
  const format =
    known ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  if (known === undefined) formats.set(zone, format)
  const parts = format.formatToParts(at)
  const part = (name: Intl.DateTimeFormatPartTypes) => Number(parts.find(({ type }) => type === name)?.value ?? 0)
  return { year: part('year'), month: part('month'), day: part('day'), hour: part('hour'), minute: part('minute') }
}

/** `2026-11-23 02:00` in a zone. */
export function timeIn(zone: string, at: number): string {
  const { year, month, day, hour, minute } = partsIn(zone, at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`
}

/** By how many minutes, within an hour, the clocks of two zones differ at any time of the coming two years. */
export function minuteShifts(from: string, to: string, now: number): number[] {
  if (from === to) return [0]
  const shifts = new Set<number>()
  for (let day = 0; day < 2 * 366; day++) {
    const at = now + day * DAY
    shifts.add((((offsetMinutes(to, at) - offsetMinutes(from, at)) % 60) + 60) % 60)
  }
  return [...shifts].sort((a, b) => a - b)
}
