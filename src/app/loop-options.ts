import type { Clock } from '../base/clock.ts'
import type { LongestFirst } from '../orchestrator/longest-first.ts'
import type { SweepObserver } from '../orchestrator/observer.ts'
import type { SweepSnapshot } from '../trial/trial.ts'

/** What both starting and resuming are given, beside which sweep. */
export interface LoopOptions {
  readonly observer?: SweepObserver
  /** Aborted = stop gracefully: nothing new, running attempts are ended and go on at the next resume. */
  readonly signal?: AbortSignal
  /** Aborted = SIGKILL at once. */
  readonly killSignal?: AbortSignal
  /** Told in lines for people what is made ready before the first trial: models and features, which may take long. */
  readonly onPreparing?: (line: string) => void
  readonly clock?: Clock
  /** GPUs to use, by index or UUID; absent = all. */
  readonly gpus?: readonly string[]
  /** Trials at a time, at most. */
  readonly limit?: number
  /** Trials that are put away before anything is started. */
  readonly cancel?: readonly number[]
  /** Absent = trials run in the order in which they were created. */
  readonly longestFirst?: LongestFirst
}

/** How a sweep stands when its loop has ended. */
export interface SweepOutcome {
  readonly id: string
  readonly snapshot: SweepSnapshot
  readonly state: SweepSnapshot['state']
  /** A person stopped it: exit 130, and `sweep resume` goes on. */
  readonly interrupted: boolean
  /** When its loop began this time, in milliseconds since 1970; absent when there was nothing to do. */
  readonly since?: number
}
