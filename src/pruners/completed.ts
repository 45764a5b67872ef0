import type { History } from '../trial/history.ts'
import type { Trial } from '../trial/trial.ts'

interface Found {
  seen: number
  readonly open: number[]
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
    known = { seen: 0, open: [], numbers: [], longest: 0 }
    found.set(trials, known)
  }
  let kept = 0
  for (let i = 0; i < known.open.length; i++) {
    const number = known.open[i] as number
    if (take(known, trials[number] as Trial)) known.open[kept++] = number
  }
  known.open.length = kept
  for (; known.seen < trials.length; known.seen++) {
    if (take(known, trials[known.seen] as Trial)) known.open.push(known.seen)
  }
  return known
}

/** @returns whether the trial may still complete */
function take(known: Found, { number, state, curve }: Trial): boolean {
  if (state === 'completed') {
    const after = known.numbers.findLastIndex((other) => other < number)
    known.numbers.splice(after + 1, 0, number)
    known.longest = Math.max(known.longest, curve.at(-1)?.[0] ?? 0)
  }
  return state !== 'completed' && state !== 'pruned'
}
