import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../src/schedules/decide.ts'
import { nextAfter } from '../../src/schedules/expression.ts'
import { aSchedule } from './a-schedule.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const TWO = Date.UTC(2026, 10, 23, 2)
const BEFORE = TWO - DAY

describe('what a wake-up does', () => {
  it('fires at its time, and only once', () => {
    const schedule = aSchedule()
    expect(decide(schedule, { now: TWO, handled: BEFORE })).toEqual({ do: 'fire', dueAt: TWO, lateMs: 0 })
    expect(decide(schedule, { now: TWO + MINUTE, handled: TWO })).toEqual({ do: 'nothing' })
    expect(decide(schedule, { now: TWO - 1, handled: BEFORE })).toEqual({ do: 'nothing' })
  })

  it('never fires for a time before it was added', () => {
    expect(decide(aSchedule(), { now: TWO + HOUR, handled: TWO + HOUR }).do).toBe('nothing')
  })

  it('makes up for a time at which the machine was off, or skips it', () => {
    const moment = { now: TWO + 7 * HOUR, handled: BEFORE }
    expect(decide(aSchedule(), moment)).toEqual({ do: 'fire', dueAt: TWO, lateMs: 7 * HOUR })
    expect(decide(aSchedule({ missed: 'skip' }), moment)).toMatchObject({ do: 'skip', dueAt: TWO })
  })

  it('makes up only within its window, and ends with it', () => {
    const schedule = aSchedule({ until: '07:00' })
    const end = TWO + 5 * HOUR
    expect(decide(schedule, { now: TWO, handled: BEFORE })).toMatchObject({ do: 'fire', until: end })
    expect(decide(schedule, { now: TWO + 4 * HOUR, handled: BEFORE })).toMatchObject({ do: 'fire', until: end })
    expect(decide(schedule, { now: end, handled: BEFORE })).toMatchObject({ do: 'skip', dueAt: TWO })
  })

  it('takes several missed nights for one', () => {
    expect(decide(aSchedule(), { now: TWO + HOUR, handled: TWO - 9 * DAY })).toMatchObject({ do: 'fire', dueAt: TWO })
  })

  it('goes on with what a crash or a shutdown broke off, within the window', () => {
    const brokenOff = { dueAt: TWO, tries: 1 }
    const schedule = aSchedule({ until: '07:00' })
    const moment = { now: TWO + 2 * HOUR, handled: TWO, brokenOff }
    expect(decide(schedule, moment)).toMatchObject({ do: 'go-on', dueAt: TWO, until: TWO + 5 * HOUR })
    expect(decide(schedule, { ...moment, now: TWO + 5 * HOUR }).do).toBe('nothing')
    expect(decide({ ...schedule, missed: 'skip' }, moment).do).toBe('nothing')
    expect(decide(schedule, { ...moment, brokenOff: { dueAt: TWO, tries: 5 } }).do).toBe('nothing')
  })

  it('is not stuck when the clock had been years ahead', () => {
    const schedule = aSchedule()
    const handled = Date.UTC(2040, 0, 1)
    expect(decide(schedule, { now: TWO, handled }).do).toBe('nothing')
    expect(decide(schedule, { now: TWO + DAY, handled: TWO }).do).toBe('fire')
  })

  it('ends a window at the same time of day on the nights on which the clock changes', () => {
    const schedule = aSchedule({ zone: 'Europe/Berlin', until: '07:00' })
    for (const [due, hours] of [
      ['2026-10-25T00:00Z', 6],
      ['2027-03-28T01:00Z', 4],
      ['2026-11-23T01:00Z', 5],
    ] as const) {
      const now = Date.parse(due)
      expect(decide(schedule, { now, handled: now - DAY }), due).toMatchObject({ until: now + hours * HOUR })
    }
  })

  it('deals with every time at most once, in order, whatever wakes it whenever', () => {
    const moves = fc.array(fc.integer({ min: 0, max: 3 * DAY }), { maxLength: 40 })
    const changes = fc.record({
      at: fc.constantFrom('0 2 * * *', '*/7 * * * *', '30 2 * * SUN', '0 0 1 * *'),
      zone: fc.constantFrom('UTC', 'Europe/Berlin'),
      missed: fc.constantFrom('run' as const, 'skip' as const),
      until: fc.constantFrom('07:00', '02:00'),
    })
    fc.assert(
      fc.property(moves, changes, (steps, change) => {
        const schedule = aSchedule(change)
        let now = Date.UTC(2026, 9, 20)
        let handled = now
        for (const step of steps) {
          now += step
          const decision = decide(schedule, { now, handled })
          if (decision.do === 'nothing') continue
          expect(decision.dueAt).toBeGreaterThan(handled)
          expect(decision.dueAt).toBeLessThanOrEqual(now)
          expect(nextAfter({ at: schedule.at, zone: change.zone }, 1, decision.dueAt - 1)).toEqual([decision.dueAt])
          handled = decision.dueAt
        }
      }),
      { numRuns: 60 },
    )
  })
})
