import { lockHolder, stateOf } from '../../base/identity-lock.ts'
import { installers } from '../../schedules/index.ts'
import { filesOf, forgetSchedule, readSchedule, scheduleNames } from '../../schedules/schedule-folder.ts'
import type { Workspace } from '../workspace.ts'

export interface Removed {
  readonly name: string
  /** Names of the installers that had something of it; usually one. */
  readonly uninstalled: readonly string[]
  /** Results and logs are kept here; absent when it never fired. */
  readonly kept?: string
  /** A firing of it still runs and is left alone. */
  readonly running: boolean
}

/**
 * Takes a schedule away: from what woke it and from schedules/. Its sweeps, results and logs stay, and a sweep that runs
 * goes on.
 *
 * @throws {UserError} SCHEDULE_UNKNOWN
 * @throws {EnvironmentError} INSTALL_FAILED; the schedule is still there then
 */
export async function removeSchedule(workspace: Workspace, name: string): Promise<Removed> {
  const { folder } = workspace
  if (!scheduleNames(folder).includes(name)) readSchedule(folder, name)
  const uninstalled: string[] = []
  // All are asked, not only the one that is on record: an interrupted `add` may have left something in another.
  for (const [installer, { create }] of Object.entries(installers)) {
    const made = create({})
    if ((await made.refusal()) !== undefined && installer !== wokenBy(folder, name)) continue
    if (await made.remove({ name, folder })) uninstalled.push(installer)
  }
  const files = filesOf(folder, name)
  const holder = lockHolder(files.firing)
  const running = holder !== undefined && stateOf(holder) !== 'dead'
  const kept = forgetSchedule(folder, name)
  return { name, uninstalled, running, ...(kept ? { kept: files.firings } : {}) }
}

function wokenBy(folder: string, name: string): string | undefined {
  try {
    return readSchedule(folder, name).wokenBy
  } catch {
    // A damaged schedule can be removed all the same.
    return undefined
  }
}
