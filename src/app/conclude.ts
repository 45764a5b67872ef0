import { systemClock } from '../base/clock.ts'
import { SweepError } from '../base/errors.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { ensembleSweep, type SweepEnsemble } from './ensemble.ts'
import { tellEnd } from './notices/tell-end.ts'
import { reportSweep } from './report.ts'
import { resultOf, type SweepResult } from './result.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface Conclusion {
  readonly result: SweepResult
  /** Path of report.html; absent when it was not asked for or could not be written. */
  readonly report?: string
  /** Absent when there is nothing to combine. */
  readonly ensemble?: SweepEnsemble
  /** What could not be done, in words; the sweep's own result stands all the same. */
  readonly notes: readonly string[]
}

export interface ConcludeOptions {
  readonly workspace: Workspace
  readonly id: string
  /** Ensemble and report take seconds: somebody who has just pressed Ctrl-C does not wait for them. */
  readonly short: boolean
  /** When its loop began this time; absent = nothing was done that people are to be told of. */
  readonly since?: number | undefined
}

/** Reasons to have no ensemble that are nobody's fault: many trainers write no predictions. */
const NO_ENSEMBLE = new Set(['ENSEMBLE_NO_PREDICTIONS', 'ENSEMBLE_TOO_FEW'])

/** What follows the last trial of a start or resume: the ensemble, the report and the result in short. */
export async function concludeSweep(options: ConcludeOptions): Promise<Conclusion> {
  const { workspace, id, short, since } = options
  const conclusion = await resultAndReport(options)
  if (short || since === undefined) return conclusion
  // Last, and for a limited time: nothing waits for a webhook that is dead.
  const snapshot = readSnapshot(sweepDirOf(workspace, id))
  const { report, notes } = conclusion
  const told = { workspace, snapshot, since, notes, ...(report === undefined ? {} : { report }) }
  const undelivered = await tellEnd(told, { clock: systemClock, env: process.env })
  return { ...conclusion, notes: [...notes, ...undelivered] }
}

async function resultAndReport({ workspace, id, short }: ConcludeOptions): Promise<Conclusion> {
  const snapshot = readSnapshot(sweepDirOf(workspace, id))
  const result = resultOf(snapshot)
  if (short || !snapshot.trials.some(({ state }) => state === 'completed')) return { result, notes: [] }
  const notes: string[] = []
  // The ensemble first: the report has a section on it.
  const ensemble = await orNote(notes, () => ensembleSweep({ workspace, id }))
  const report = await orNote(notes, () => reportSweep({ workspace, id }))
  const html = report?.files[0]
  return {
    result,
    notes: [...(ensemble?.notes ?? []), ...notes],
    ...(ensemble === undefined ? {} : { ensemble }),
    ...(html === undefined ? {} : { report: html }),
  }
}

/** What a disk or a member refuses must not hide the ranking that hours were spent on; a bug still surfaces. */
async function orNote<T>(notes: string[], attempt: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    if (!NO_ENSEMBLE.has(error.code)) notes.push(error.message)
    return undefined
  }
}
