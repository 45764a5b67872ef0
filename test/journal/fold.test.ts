import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JOURNAL_FORMAT, type JournalEvent } from '../../src/journal/event.ts'
import { decodeEvent, encodeEvent } from '../../src/journal/event-codec.ts'
import { applyEvent, emptyFold, type SweepFold } from '../../src/journal/fold.ts'
import type { NewEvent } from '../../src/journal/journal.ts'
import { legalEvents, SMALL, spec } from './a-journal.ts'

const empty = () => emptyFold({ format: JOURNAL_FORMAT, id: 'gamma.1', createdAt: 1, provenance: {}, spec })
const stamped = (event: NewEvent, t: number) => ({ t, ...event }) as JournalEvent
const folded = (events: readonly NewEvent[]): SweepFold => {
  const fold = empty()
  events.forEach((event, i) => {
    applyEvent(fold, stamped(event, i))
  })
  return fold
}

describe('applyEvent', () => {
  it('tells the whole story of a small sweep', () => {
    const { trials, ...fold } = folded(SMALL)
    expect(fold).toMatchObject({ state: 'finished', endedAt: 16, exhausted: true, cursor: 1 })
    expect(trials[0]).toMatchObject({ state: 'completed', value: 0.75, address: 'abc', metrics: { f1: 0.75 } })
    expect(trials[0]?.attempts.map(({ number, end }) => [number, end])).toEqual([
      [1, 'out-of-memory'],
      [2, 'finished'],
    ])
    expect(trials[0]?.attempts[0]).toMatchObject({ startedAt: 2, endedAt: 6, handle: { pid: 7 }, slot: 'gpu0' })
    expect(trials[1]).toMatchObject({ state: 'completed', reusedFrom: 'gamma.0/3', attempts: [] })
  })

  it('lets the reports of a later attempt replace those of the steps that it repeats', () => {
    expect(folded(SMALL).trials[0]?.curve).toEqual([
      [1, 0.5],
      [2, 0.75],
    ])
  })

  it('keeps repeated steps inside one attempt as they came', () => {
    const again: NewEvent = { type: 'reported', trial: 0, step: 1, value: 0.1 }
    expect(folded([...SMALL.slice(0, 5), again]).trials[0]?.curve).toEqual([
      [1, 0.5],
      [1, 0.1],
    ])
  })

  it('forgets the number of slots of an earlier start, and keeps all trials that are to be skipped', () => {
    const control = (...changes: readonly object[]) =>
      folded(changes.map((change) => ({ type: 'sweep-control', ...change }) as NewEvent)).control
    expect(control({ slots: 1, mostSlots: 4 }, { slots: null })).toEqual({})
    expect(control({ skip: [3] }, { skip: [3, 9] })).toEqual({ skip: [3, 9] })
  })

  it('forgets reason and end when a sweep or a trial goes on', () => {
    const fold = folded([
      ...SMALL.slice(0, 3),
      { type: 'trial-state', trial: 0, state: 'failed', reason: 'crashed' },
      { type: 'trial-state', trial: 0, state: 'waiting' },
      { type: 'sweep-state', state: 'stopped', reason: 'Ctrl-C' },
      { type: 'sweep-state', state: 'running' },
    ])
    expect(fold.trials[0]).not.toHaveProperty('reason')
    expect(fold).not.toHaveProperty('stateReason')
    expect(fold).not.toHaveProperty('endedAt')
  })

  it.each<[string, NewEvent]>([
    ['an unknown trial', { type: 'reported', trial: 9, step: 1, value: 1 }],
    ['an unknown attempt', { type: 'attempt-ended', trial: 0, attempt: 3, end: 'finished' }],
    ['an attempt that was there before', { type: 'attempt-started', trial: 0, attempt: 1, slot: 'cpu0' }],
    ['a trial number that is not the next', { type: 'trial-created', trial: 5, configuration: 0, seed: 1 }],
    ['a configuration that nobody proposed', { type: 'trial-created', trial: 1, configuration: 4, seed: 1 }],
    ['a configuration number that is not the next', { type: 'configuration-proposed', configuration: 0, params: {} }],
    ['an illegal move', { type: 'trial-state', trial: 0, state: 'cancelled' }],
  ])('refuses %s and changes nothing', (_, event) => {
    const events = [...SMALL.slice(0, 12)]
    const fold = folded(events)
    expect(() => applyEvent(fold, stamped(event, 99))).toThrow('bug')
    expect(fold).toEqual(folded(events))
  })
})

describe('encodeEvent and decodeEvent', () => {
  it('bring back every legal event, NaN and infinities included', () => {
    fc.assert(
      fc.property(legalEvents, (events) => {
        for (const event of events) {
          const whole = stamped(event, 5)
          expect(decodeEvent(encodeEvent(whole))).toEqual(whole)
        }
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ['', 'not a JSON object'],
    ['{"t":1}', 'no event type'],
    ['{"type":"reported","trial":0,"step":1,"value":1}', 'no time'],
    ['{"t":1,"type":"reported","trial":"0","step":1,"value":1}', '"trial"'],
    ['{"t":1,"type":"reported","trial":0,"step":1,"value":"many"}', '"value"'],
    ['{"t":1,"type":"configuration-proposed","configuration":0,"params":null}', '"params"'],
  ])('say what is wrong with %j', (line, problem) => {
    expect(decodeEvent(line)).toContain(problem)
  })

  it('let an event type of a later release pass', () => {
    const event = decodeEvent('{"t":1,"type":"gpu-cooled","gpu":0}')
    const fold = empty()
    applyEvent(fold, event as JournalEvent)
    expect(fold).toEqual(empty())
  })
})
