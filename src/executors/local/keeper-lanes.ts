import { BugError } from '../../base/errors.ts'
import type { Job, StopReason } from '../executor.ts'
import type { LocalAttempt } from './adopted-attempts.ts'
import { KeptAttempts, type KeptOptions, type StartedAttempt } from './kept-attempts.ts'

/**
 * One spawn blocks a keeper for about a millisecond, most of it waiting for the new process, so that one keeper alone
 * is the bottleneck of trials that last as long (bench/RESULTS.md).
 */
const LANES = 2
/** Trials that live longer, in milliseconds, do not notice; then the second keeper is never started. */
const SHORT = 200

/** The keepers of one orchestrator: one, and a second one for sweeps of very short trials. */
export class KeeperLanes {
  readonly #lanes: readonly KeptAttempts[]

  constructor(options: KeptOptions) {
    this.#lanes = Array.from({ length: LANES }, () => new KeptAttempts(options))
  }

  start(job: Job): Promise<StartedAttempt> {
    if (this.#lanes.some((lane) => lane.has(job))) {
      throw new BugError(`Attempt ${job.attempt} of trial ${job.trial} was started twice.`)
    }
    return this.#laneOf(job).start(job)
  }

  stop(attempt: LocalAttempt, reason: StopReason): void {
    this.#lanes.find((lane) => lane.has(attempt))?.stop(attempt, reason)
  }

  kill(attempt: LocalAttempt): void {
    this.#lanes.find((lane) => lane.has(attempt))?.kill(attempt)
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }

  /** What comes after another attempt goes to that one's keeper, which alone can know when its turn has come. */
  #laneOf({ after }: Job): KeptAttempts {
    return this.#lanes.find((lane) => after !== undefined && lane.has(after)) ?? this.#freest()
  }

  #freest(): KeptAttempts {
    const [first, ...others] = this.#lanes as [KeptAttempts, ...KeptAttempts[]]
    const short = this.#lanes.some((lane) => lane.lastLived < SHORT)
    return short ? others.reduce((best, lane) => (lane.live < best.live ? lane : best), first) : first
  }
}
