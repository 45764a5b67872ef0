import { readSnapshot } from '../journal/read-snapshot.ts'
import { resultOf, type SweepResult } from './result.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface Conclusion {
  readonly result: SweepResult
  /** Path of report.html; absent when it could not be written. */
  readonly report?: string
  /** Absent when there is nothing to combine. */
  readonly ensemble?: { readonly sentence: string }
  /** What could not be done, in words; the sweep's own result stands all the same. */
  readonly notes: readonly string[]
}

/** What follows the last trial of a start or resume: the ensemble, the report and the result in short. */
export async function concludeSweep(options: {
  readonly workspace: Workspace
  readonly id: string
}): Promise<Conclusion> {
  const snapshot = readSnapshot(sweepDirOf(options.workspace, options.id))
  return { result: resultOf(snapshot), notes: [] }
}
