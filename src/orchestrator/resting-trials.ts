import type { Clock } from '../base/clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { RestingTrial } from './observer.ts'

/** A trial between an attempt that ended badly and its retry; it wants no slot yet. */
export interface Rest {
  /** By the clock that never goes back. */
  readonly due: number
  /** The machine's memory was too small for it and others: it waits until nothing else of the sweep is left to do. */
  readonly alone: boolean
}

/** What of the loop is asked. */
interface Resting {
  readonly resting: ReadonlyMap<number, Rest>
  readonly clock: Clock
  readonly journal: Journal
}

/** For people, in the order in which they will go on. */
export function restingTrials({ resting, clock, journal }: Resting): RestingTrial[] {
  const [now, monotonic] = [clock.now(), clock.monotonic()]
  return [...resting]
    .map(([trial, { due, alone }]) => {
      const nth = journal.snapshot.trials[trial]?.attempts.at(-1)?.retry?.nth ?? 1
      return { trial, nth, dueAt: now + due - monotonic, alone }
    })
    .sort((a, b) => a.dueAt - b.dueAt)
}
