import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/base/errors.ts'
import { lastDue, nextAfter, readTimes } from '../../src/schedules/expression.ts'
import { timeIn } from '../../src/schedules/zone.ts'

const refusal = (at: string, zone = 'UTC'): UserError => {
  try {
    readTimes(at, zone)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error(`"${at}" was taken`)
}

const localTimes = (at: string, zone: string, from: string, n: number): string[] =>
  nextAfter({ at, zone }, n, Date.parse(from)).map((time) => timeIn(zone, time))

describe('when a schedule is due', () => {
  it('is read from five fields, a nickname or a time of day', () => {
    expect(readTimes(' 0  2 * * * ', 'UTC').at).toBe('0 2 * * *')
    expect(readTimes('@daily', 'UTC').at).toBe('0 0 * * *')
    expect(readTimes('22:30', 'UTC').at).toBe('30 22 * * *')
    expect(readTimes('0 8 * * SAT', 'UTC').at).toBe('0 8 * * SAT')
  })

  it('is refused with the field, what was seen and an example', () => {
    for (const [at, words] of [
      ['0 25 * * *', 'hour: 25'],
      ['60 * * * *', 'minute: 60'],
      ['0 2 * * 8', 'dayOfWeek: 8'],
      ['0 2 * *', 'It has 4 fields.'],
      ['0 0 2 * * *', 'It has 6 fields.'],
      ['', 'It has 0 fields.'],
      ['every night', 'It has 2 fields.'],
      ['@reboot', 'It has 1 field.'],
      ['24:00', 'It has 1 field.'],
      ['*/0 * * * *', 'stepping: 0'],
      ['5-1 * * * *', "'5-1'"],
    ] as const) {
      const { code, message, suggestions } = refusal(at)
      expect(code, at).toBe('SCHEDULE_AT')
      expect(message, at).toContain(words)
      expect(message, at).toContain('Nothing was installed.')
      expect(suggestions[0], at).toContain('"0 2 * * *"')
    }
    expect(refusal('0 2 31 2 *').code).toBe('SCHEDULE_NEVER')
    expect(refusal('0 2 * * *', 'Europe/Berln').code).toBe('SCHEDULE_ZONE')
  })

  it('counts a 02:30 that does not exist once, at the end of the gap', () => {
    expect(localTimes('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00Z', 2)).toEqual([
      '2027-03-28 03:00',
      '2027-03-29 02:30',
    ])
    expect(localTimes('30 2 * * *', 'America/New_York', '2027-03-13T12:00Z', 2)).toEqual([
      '2027-03-14 03:00',
      '2027-03-15 02:30',
    ])
    // Midnight itself is left out in Santiago, and half an hour on Lord Howe.
    expect(localTimes('0 0 * * *', 'America/Santiago', '2026-09-05T12:00Z', 1)).toEqual(['2026-09-06 01:00'])
    expect(localTimes('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 1)).toEqual(['2026-10-04 02:30'])
  })

  it('counts a 02:30 that exists twice once, the first time', () => {
    const times = nextAfter({ at: '30 2 * * *', zone: 'Europe/Berlin' }, 2, Date.parse('2026-10-24T12:00Z'))
    expect(times.map((time) => new Date(time).toISOString())).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ])
  })

  it('counts lists and ranges of hours in the same way', () => {
    expect(localTimes('30 1-3 * * *', 'Europe/Berlin', '2026-10-24T22:30Z', 3)).toEqual([
      '2026-10-25 01:30',
      '2026-10-25 02:30',
      '2026-10-25 03:30',
    ])
  })

  it('is due once a day in every zone all year, whatever its clock does', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kolkata']
    const day = fc.record({ zone: fc.constantFrom(...zones), hour: fc.nat(23), minute: fc.nat(59) })
    fc.assert(
      fc.property(day, ({ zone, hour, minute }) => {
        const from = Date.UTC(2026, 5, 1, 12)
        const times = nextAfter({ at: `${minute} ${hour} * * *`, zone }, 366, from)
        const days = times.map((time) => timeIn(zone, time).slice(0, 10))
        expect(new Set(days).size).toBe(366)
        expect((times.at(-1) as number) - from).toBeLessThan(367 * 86_400_000)
      }),
      { numRuns: 12 },
    )
  })

  it('finds the last time that it was due, that very moment included', () => {
    const times = { at: '0 2 * * *', zone: 'UTC' }
    const two = Date.UTC(2026, 10, 23, 2)
    expect(lastDue(times, two - 1)).toBe(two - 86_400_000)
    expect(lastDue(times, two)).toBe(two)
    expect(lastDue(times, two + 1)).toBe(two)
    // The days of a year of nights, backwards as forwards.
    const berlin = { at: '30 2 * * *', zone: 'Europe/Berlin' }
    for (const time of nextAfter(berlin, 366, Date.UTC(2026, 0, 1))) {
      expect(lastDue(berlin, time)).toBe(time)
      expect(lastDue(berlin, time - 1)).toBeLessThan(time)
    }
  })
})
