import { EnvironmentError } from '../base/errors.ts'
import {
  acquireLock,
  type IdentityLock,
  type LockRecord,
  type LockState,
  lockHolder as recordIn,
  stateOf,
} from '../base/identity-lock.ts'
import type { ProcessIdentity } from '../base/process-identity.ts'
import { withDiskErrors } from './disk-error.ts'
import { fileIn } from './folder.ts'

/** The process that writes (or last wrote, when `dead`) the sweep in a folder. */
export interface LockHolder {
  readonly process: ProcessIdentity
  readonly state: LockState
}

/** @returns undefined when the last writer closed the sweep properly. For status and stop; takes nothing. */
export function lockHolder(dir: string): LockHolder | undefined {
  const record = recordIn(fileIn(dir, 'lock'))
  return record && { process: record.holders[0], state: stateOf(record) }
}

/**
 * Makes this process the sweep's writer. A dead writer's lock is taken over.
 *
 * @throws {EnvironmentError} JOURNAL_LOCKED, JOURNAL_LOCKED_ELSEWHERE, JOURNAL_UNWRITABLE
 */
export function takeLock(dir: string, id: string): IdentityLock {
  const path = fileIn(dir, 'lock')
  const lock = withDiskErrors(path, 'Nothing was changed.', () => acquireLock(path, { about: id }))
  if ('heldBy' in lock) throw lockedError(path, id, lock.heldBy)
  return lock
}

function lockedError(path: string, id: string, record: LockRecord): EnvironmentError {
  const { host, pid } = record.holders[0]
  if (stateOf(record) === 'elsewhere') {
    return new EnvironmentError(
      `The sweep ${id} is held by process ${pid} on host ${host}, and this host cannot see whether that process lives. Nothing was changed.`,
      {
        code: 'JOURNAL_LOCKED_ELSEWHERE',
        suggestions: [`ssh ${host} ps -p ${pid}; if nothing runs there: rm '${path}', then sweep resume ${id}`],
      },
    )
  }
  return new EnvironmentError(
    `The sweep ${id} runs already: process ${pid} on this machine has it. Nothing was changed.`,
    { code: 'JOURNAL_LOCKED', suggestions: [`sweep status ${id}`, `sweep stop ${id}`] },
  )
}
