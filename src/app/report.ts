import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeAbandoned } from '../base/abandoned-files.ts'
import { EnvironmentError } from '../base/errors.ts'
import { parseObject } from '../base/ndjson.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { writeReport } from '../reports/write-report.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { previousSweep } from './previous-sweep.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface WrittenReport {
  /** Absolute paths, report.html first. */
  readonly files: readonly string[]
  readonly snapshot: SweepSnapshot
}

/**
 * Writes the report of a sweep, finished or not, to reports/<id>/. May be called while the sweep runs.
 *
 * @throws {UserError} SWEEP_MISSING
 * @throws {EnvironmentError} REPORT_NOT_WRITABLE, or as readSnapshot
 */
export async function reportSweep(request: {
  readonly workspace: Workspace
  readonly id: string
}): Promise<WrittenReport> {
  const { workspace, id } = request
  const sweepDir = sweepDirOf(workspace, id)
  const reportDir = join(workspace.reportsDir, id)
  const snapshot = readSnapshot(sweepDir)
  const previous = previousSweep(workspace, id)
  const ensemble = storedEnsemble(reportDir)
  const known = { snapshot, sweepDir, reportDir }
  try {
    const { files } = await writeReport({
      ...known,
      ...(previous === undefined ? {} : { previous }),
      ...(ensemble === undefined ? {} : { ensemble }),
    })
    for (const folder of [reportDir, join(reportDir, 'figures')]) removeAbandoned(folder)
    return { files, snapshot }
  } catch (error) {
    throw readableError(error, reportDir)
  }
}

const DISK_CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EISDIR', 'ENOTDIR'])

function readableError(error: unknown, reportDir: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || !DISK_CODES.has(String(error.code))) return error
  return new EnvironmentError(`The report could not be written to ${reportDir}: ${error.message}. The sweep is safe.`, {
    code: 'REPORT_NOT_WRITABLE',
    suggestions: ['check the permissions and the free space of that folder, then run `sweep report` again'],
    cause: error,
  })
}

function storedEnsemble(reportDir: string): unknown {
  try {
    return parseObject(readFileSync(join(reportDir, 'ensemble.json'), 'utf8'))
  } catch {
    return undefined
  }
}
