import { minutesOf, type Times } from './expression.ts'
import { machineZone, minuteShifts } from './zone.ts'

/** Up to so much after its time a schedule counts as on time: the next wake-up comes at most this much later. */
export const ON_TIME_MS = 60 * 60_000

/**
 * The minutes of every hour at which the machine is to wake us.
 *
 * Only minutes, never hours or days: a crontab has no time zones, every cron has rules of its own for the two nights in
 * which the clock changes, and systemd leaves out a 02:30 that does not exist. But zones differ by whole hours (or by
 * whole hours and the same minutes all year), so the minute of the hour is the one thing that is the same in all of
 * them. What is due is decided by `decide.ts`, and 24 wake-ups a day also find a night that was broken off by a reboot or
 * slept through by a laptop.
 */
export function wakeMinutes({ at, zone }: Times, machine: string = machineZone(), now: number = Date.now()): number[] {
  const shifts = minuteShifts(zone, machine, now)
  const all = minutesOf(at).flatMap((minute) => shifts.map((shift) => (minute + shift) % 60))
  return [...new Set(all)].sort((a, b) => a - b)
}

/** `at minute 0`, `at minutes 0, 15, 30 and 45`, `every minute`: for people. */
export function minutesInWords(minutes: readonly number[]): string {
  if (minutes.length === 60) return 'every minute'
  if (minutes.length === 1) return `every hour at minute ${minutes[0]}`
  return `every hour at minutes ${minutes.slice(0, -1).join(', ')} and ${minutes.at(-1)}`
}
