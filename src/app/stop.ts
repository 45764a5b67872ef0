import type { Clock } from '../base/clock.ts'
import { BugError } from '../base/errors.ts'
import type { Workspace } from './workspace.ts'

export interface StopOptions {
  readonly workspace: Workspace
  /** Id or name; absent = the latest that runs. */
  readonly id?: string
  /** Kill at once instead of letting trials end in their grace period. */
  readonly now?: boolean
  /** Called about once a second while waiting. */
  readonly onWaiting?: (waiting: { readonly id: string; readonly running: number; readonly waitedMs: number }) => void
  readonly clock?: Clock
}

export interface StopOutcome {
  readonly id: string
  /** `nothing-runs` = no orchestrator held the sweep; nothing was changed. */
  readonly result: 'stopped' | 'nothing-runs'
  /** One sentence for people. */
  readonly message: string
}

/** Asks the orchestrator of a sweep on this machine to stop and waits until it has. */
export async function stopSweep(_options: StopOptions): Promise<StopOutcome> {
  throw new BugError('stopSweep is not here yet.')
}
