import { describe, expect, it } from 'vitest'
import { decide } from '../../src/schedules/decide.ts'
import { nextAfter } from '../../src/schedules/expression.ts'
import { minutesInWords, ON_TIME_MS, wakeMinutes } from '../../src/schedules/wake-minutes.ts'
import { offsetMinutes } from '../../src/schedules/zone.ts'
import { aSchedule } from './a-schedule.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const FROM = Date.UTC(2026, 6, 1)
const YEAR = 366 * 24 * HOUR

/** The first moment from `time` on at which a machine whose clock shows `zone` wakes us: every real hour, as cron counts. */
function wakeUpFrom(time: number, minutes: readonly number[], zone: string): number {
  for (let hour = Math.floor(time / HOUR) * HOUR; ; hour += HOUR) {
    const shift = offsetMinutes(zone, hour) % 60
    const real = minutes.map((minute) => (((minute - shift) % 60) + 60) % 60).sort((a, b) => a - b)
    const found = real.map((minute) => hour + minute * MINUTE).find((at) => at >= time)
    if (found !== undefined) return found
  }
}

describe('wake-ups', () => {
  it('are at the minutes of the schedule, seen by the clock of the machine', () => {
    expect(wakeMinutes({ at: '30 2 * * *', zone: 'Europe/Berlin' }, 'UTC', FROM)).toEqual([30])
    expect(wakeMinutes({ at: '30 2 * * *', zone: 'Asia/Kolkata' }, 'UTC', FROM)).toEqual([0])
    expect(wakeMinutes({ at: '0 2 * * *', zone: 'Asia/Kathmandu' }, 'Asia/Kolkata', FROM)).toEqual([45])
    // Half an hour of summer time: both minutes.
    expect(wakeMinutes({ at: '0 2 * * *', zone: 'Australia/Lord_Howe' }, 'UTC', FROM)).toEqual([0, 30])
    expect(wakeMinutes({ at: '*/20 * * * *', zone: 'UTC' }, 'UTC', FROM)).toEqual([0, 20, 40])
  })

  it('are told in words', () => {
    expect(minutesInWords([0])).toBe('every hour at minute 0')
    expect(minutesInWords([0, 30])).toBe('every hour at minutes 0 and 30')
    expect(minutesInWords(Array.from({ length: 60 }, (_, i) => i))).toBe('every minute')
  })

  const EXPRESSIONS = ['30 2 * * *', '30 1-3 * * MON-FRI', '15 22 L * *', '45 3 13 * 5']
  const ZONES = ['UTC', 'Europe/Berlin', 'America/Santiago', 'Asia/Kolkata', 'Australia/Lord_Howe']
  const MACHINES = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu']

  for (const zone of ZONES) {
    it(`fire every scheduled time of a year in ${zone} once and within the hour, on a machine of any zone`, () => {
      for (const at of EXPRESSIONS) {
        const expected = nextAfter({ at, zone }, 800, FROM).filter((time) => time < FROM + YEAR)
        for (const machine of MACHINES) {
          // `skip` shows that none is so late that it would count as missed.
          const schedule = aSchedule({ at, zone, missed: 'skip', addedAt: FROM })
          const minutes = wakeMinutes({ at, zone }, machine, FROM)
          const fired: number[] = []
          for (let handled = FROM, i = 0; i < expected.length; i = fired.length) {
            const now = wakeUpFrom(expected[i] as number, minutes, machine)
            const decision = decide(schedule, { now, handled })
            if (decision.do !== 'fire') throw new Error(`${decision.do}: ${at} ${zone} ${machine} ${new Date(now)}`)
            expect(decision.lateMs).toBeLessThan(ON_TIME_MS)
            fired.push(decision.dueAt)
            handled = decision.dueAt
          }
          expect(fired, `${at} ${zone} ${machine}`).toEqual(expected)
        }
      }
    })
  }
})
