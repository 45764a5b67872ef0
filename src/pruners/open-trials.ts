import type { Trial } from '../trial/trial.ts'

/** Paused trials of one sweep, looked at once for all lists over them. */
interface Resting {
  readonly numbers: number[]
  /** Reports that each had when it was put to rest. */
  readonly reports: number[]
  readonly known: Set<number>
  /** Those that no longer rest, in the order found. */
  readonly woken: number[]
}

const resting = new WeakMap<readonly Trial[], Resting>()

/** Whose paused trials have been looked at for the decision that is being taken. */
let awake: readonly Trial[] | undefined

/** Runs one decision, during which no trial changes: paused trials are looked at once for all of its lists. */
export function decideOnce<Decision>(trials: readonly Trial[], decide: () => Decision): Decision {
  wake(restingOf(trials), trials)
  awake = trials
  try {
    return decide()
  } finally {
    awake = undefined
  }
}

/**
 * Looks at the trials of a list again and again, but only at those that may have changed since the last time: completed
 * and pruned ones never leave their state, and paused ones are looked at when they are paused no longer. So a verdict
 * stays cheap among thousands of trials.
 */
export class OpenTrials {
  #seen = 0
  #heard = 0
  readonly #open: number[] = []

  /** @param look is called with each trial that is new or may have changed */
  visit(trials: readonly Trial[], look: (trial: Trial) => void): void {
    const rest = restingOf(trials)
    if (awake !== trials) wake(rest, trials)
    // A list that begins now sees everything anyway.
    if (this.#seen === 0) this.#heard = rest.woken.length
    for (; this.#heard < rest.woken.length; this.#heard++) this.#open.push(rest.woken[this.#heard] as number)
    let kept = 0
    for (let i = 0; i < this.#open.length; i++) {
      const number = this.#open[i] as number
      if (visited(trials[number] as Trial, rest, look)) this.#open[kept++] = number
    }
    this.#open.length = kept
    for (; this.#seen < trials.length; this.#seen++) {
      if (visited(trials[this.#seen] as Trial, rest, look)) this.#open.push(this.#seen)
    }
  }
}

/** @returns whether it is to be looked at next time, too */
function visited(trial: Trial, rest: Resting, look: (trial: Trial) => void): boolean {
  look(trial)
  if (trial.state === 'paused') letRest(rest, trial)
  return trial.state !== 'completed' && trial.state !== 'pruned' && trial.state !== 'paused'
}

function letRest({ numbers, reports, known }: Resting, { number, curve }: Trial): void {
  if (known.has(number)) return
  known.add(number)
  numbers.push(number)
  reports.push(curve.length)
}

function wake({ numbers, reports, known, woken }: Resting, trials: readonly Trial[]): void {
  let kept = 0
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number
    const { state, curve } = trials[number] as Trial
    if (state === 'paused' && curve.length === reports[i]) {
      numbers[kept] = number
      reports[kept++] = curve.length
    } else {
      known.delete(number)
      woken.push(number)
    }
  }
  numbers.length = kept
  reports.length = kept
}

function restingOf(trials: readonly Trial[]): Resting {
  let known = resting.get(trials)
  if (known === undefined) {
    known = { numbers: [], reports: [], known: new Set(), woken: [] }
    resting.set(trials, known)
  }
  return known
}
