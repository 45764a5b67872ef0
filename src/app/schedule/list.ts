import { nextAfter } from '../../schedules/expression.ts'
import { type Firing, isBrokenOff, lastFirings } from '../../schedules/firing.ts'
import { type Schedule, timesOf } from '../../schedules/schedule.ts'
import { readSchedule, scheduleNames } from '../../schedules/schedule-folder.ts'
import { machineZone } from '../../schedules/zone.ts'
import { sweepDirOf, type Workspace } from '../workspace.ts'
import { isWorkedOn, settled } from './last-sweep.ts'
import { installerOf, timerOf } from './timer.ts'

export interface ListedSchedule {
  readonly schedule: Omit<Schedule, 'environment'>
  readonly zone: string
  /** Whether that is the zone of this machine's clock. */
  readonly zoneIsLocal: boolean
  /** Milliseconds since 1970. */
  readonly next: readonly number[]
  readonly timer: 'installed' | 'differs' | 'missing'
  /** Newest first. */
  readonly firings: readonly ListedFiring[]
  /** Names of the variables kept for it. */
  readonly kept: readonly string[]
}

export interface ListedFiring extends Omit<Firing, 'process'> {
  /** Its process was killed or the machine died. */
  readonly died: boolean
  /** Folder of its sweep. */
  readonly sweepDir?: string
}

export interface ListOptions {
  readonly workspace: Workspace
  /** One schedule; absent = all. */
  readonly name?: string
  /** Firings of each, at most. @default 3 */
  readonly last?: number
  readonly now?: number
}

/** @throws {UserError} SCHEDULE_UNKNOWN */
export async function listSchedules(options: ListOptions): Promise<ListedSchedule[]> {
  const { workspace, name } = options
  const names = name === undefined ? scheduleNames(workspace.folder) : [name]
  return Promise.all(names.map((one) => listed(options, readSchedule(workspace.folder, one))))
}

async function listed(
  { workspace, last = 3, now = Date.now() }: ListOptions,
  schedule: Schedule,
): Promise<ListedSchedule> {
  const { folder } = workspace
  const { environment, ...shown } = schedule
  const times = timesOf(schedule)
  return {
    schedule: shown,
    zone: times.zone,
    zoneIsLocal: times.zone === machineZone(),
    next: nextAfter(times, 3, now),
    timer: await installerOf(schedule.wokenBy).look(timerOf(folder, schedule)),
    firings: lastFirings(folder, schedule.name, last).map((firing) => listedFiring(workspace, firing)),
    kept: Object.keys(environment),
  }
}

function listedFiring(workspace: Workspace, firing: Firing): ListedFiring {
  const known = settled(workspace, firing)
  const { process: _, ...shown } = known
  const { sweep } = known
  // A killed firing leaves its sweep running alone: it did not die with it.
  const alone = sweep !== undefined && isWorkedOn(workspace, sweep)
  const died = known.outcome !== 'ended' && isBrokenOff(known) && !alone
  return { ...shown, died, ...(sweep === undefined ? {} : { sweepDir: sweepDirOf(workspace, sweep) }) }
}
