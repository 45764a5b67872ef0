import type { TrialReport } from './report-to-sweep.ts'
import type { RawParams } from './settings.ts'
import type { Stopwatch } from './stopwatch.ts'

/** What one attempt is to do, and where; paths are absolute. */
export interface TrialInput {
  readonly params: RawParams
  readonly seed: number
  readonly trialDir: string
  readonly checkpointDir: string
  /** Go on from a checkpoint if there is one. Otherwise checkpoints that are found are removed. */
  readonly resume: boolean
}

/** Hears of everything that a trial does. */
export interface TrialTools {
  readonly report: TrialReport
  readonly stopwatch: Stopwatch
}
