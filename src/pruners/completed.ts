import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'
import { OpenTrials } from './open-trials.ts'

interface Found {
  readonly open: OpenTrials
  /** Ascending. */
  readonly numbers: number[]
  longest: number
}

const found = new WeakMap<readonly Trial[], Found>()

/** Trials that ran to their end. */
export interface Completed {
  /** Their numbers, ascending. */
  readonly numbers: readonly number[]
  /** Last step of the longest; 0 while none is completed. */
  readonly longest: number
}

/** Found once a list of trials, then brought up to date: a completed trial stays as it is. */
export function completedOf({ trials }: History): Completed {
  let known = found.get(trials)
  if (known === undefined) {
    known = { open: new OpenTrials(), numbers: [], longest: 0 }
    found.set(trials, known)
  }
  const completed = known
  known.open.visit(trials, (trial) => {
    if (trial.state === 'completed') take(completed, trial)
  })
  return known
}

function take(known: Found, { number, curve }: Trial): void {
  const after = known.numbers.findLastIndex((other) => other < number)
  known.numbers.splice(after + 1, 0, number)
  known.longest = Math.max(known.longest, curve.at(-1)?.[0] ?? 0)
}
