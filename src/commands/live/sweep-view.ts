import type { LiveState, SweepObserver } from '../../orchestrator/observer.ts'
import type { Leader } from './render.ts'

/** Shows a running sweep to a person; `close` leaves the terminal as it was. */
export interface SweepView extends SweepObserver {
  /** A line that stays, such as a note before the first trial. */
  say(line: string): void
  close(): void
}

/** What both views need beside the events. */
export interface ViewOptions {
  readonly write: (text: string) => unknown
  readonly now: () => number
  /** Who leads; costs a pass over all trials, so it is asked rarely. */
  readonly leader: (live: LiveState) => Leader | undefined
}
