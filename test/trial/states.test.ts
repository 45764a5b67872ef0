import { describe, expect, it } from 'vitest'
import { canMove, checkedMove, FINAL_STATES, TRIAL_MOVES, type TrialState } from '../../src/trial/states.ts'

// Written out by hand, so that a change of the table is a decision and not a slip.
const LEGAL: Readonly<Record<TrialState, readonly TrialState[]>> = {
  waiting: ['running', 'completed', 'cancelled', 'failed'],
  running: ['completed', 'pruned', 'failed', 'cancelled', 'paused', 'waiting'],
  paused: ['waiting', 'running', 'pruned', 'cancelled'],
  completed: [],
  pruned: [],
  failed: ['waiting'],
  cancelled: ['waiting'],
}
const STATES = Object.keys(TRIAL_MOVES) as TrialState[]
const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to, LEGAL[from].includes(to)] as const))

describe('moves of a trial', () => {
  it.each(PAIRS)('%s -> %s: %s', (from, to, legal) => {
    expect(canMove(from, to)).toBe(legal)
    if (legal) expect(checkedMove(3, from, to)).toBe(to)
    else expect(() => checkedMove(3, from, to)).toThrow(`Trial 3 cannot go from ${from} to ${to}.`)
  })

  it('leave final states only by a retry', () => {
    for (const state of FINAL_STATES) for (const to of LEGAL[state]) expect(to).toBe('waiting')
    expect(STATES.filter((state) => LEGAL[state].length === 0).every((state) => FINAL_STATES.has(state))).toBe(true)
  })
})
