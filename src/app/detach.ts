import { BugError } from '../base/errors.ts'
import type { Workspace } from './workspace.ts'

export interface DetachOptions {
  readonly workspace: Workspace
  /** Arguments after the program's name, such as `['start', 'gamma-grid']`; `--detach` left out. */
  readonly argv: readonly string[]
}

export interface Detached {
  readonly id: string
  readonly pid: number
  /** What the orchestrator prints. */
  readonly log: string
}

/** Starts this program again as a process of its own that outlives the terminal. */
export async function startDetached(_options: DetachOptions): Promise<Detached> {
  throw new BugError('startDetached is not here yet.')
}
