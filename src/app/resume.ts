import { BugError } from '../base/errors.ts'
import type { LoopOptions, SweepOutcome } from './start.ts'
import type { Workspace } from './workspace.ts'

export interface ResumeOptions extends LoopOptions {
  readonly workspace: Workspace
  /** Id or name; absent = the latest. */
  readonly id?: string
  /** Trials of these states get another attempt. */
  readonly retry?: readonly ('failed' | 'cancelled')[]
}

/** Goes on with a sweep that was stopped or whose orchestrator died; attempts that still live are adopted. */
export async function resumeSweep(_options: ResumeOptions): Promise<SweepOutcome> {
  throw new BugError('resumeSweep is not here yet.')
}
