import type { JournalEvent } from '../journal/event.ts'
import type { SweepSnapshot } from '../trial/trial.ts'

/** A trial that waits for the back-off of a retry to pass. */
export interface RestingTrial {
  readonly trial: number
  /** Which retry follows, 1 for the first. */
  readonly nth: number
  /** Milliseconds since 1970. */
  readonly dueAt: number
  /** It also waits until nothing else of the sweep is left to do. */
  readonly alone: boolean
}

/** What runs where right now; beside the snapshot, all that a live view needs. */
export interface LiveState {
  readonly snapshot: SweepSnapshot
  readonly slots: readonly {
    readonly id: string
    /** Number of the trial on it. */
    readonly trial?: number
    /** Milliseconds since 1970. */
    readonly since?: number
    /** 0 to 1, as the trainer said. */
    readonly progress?: number
  }[]
  /** Trials in all when it ends; undefined = not known beforehand. */
  readonly total: number | undefined
  /** Trials between two attempts, the next one first; absent = none. */
  readonly resting?: readonly RestingTrial[] | undefined
  /** A stop was asked for and running trials are being ended. */
  readonly stopping: boolean
}

/** Watches the loop without touching it. Must not throw and must return at once. */
export interface SweepObserver {
  /** After each journal event. */
  event(event: JournalEvent, live: LiveState): void
  /** On every turn of the loop, also when nothing happened: for clocks and progress bars. */
  tick(live: LiveState): void
}
