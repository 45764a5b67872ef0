import { rmSync } from 'node:fs'
import { EnvironmentError } from '../../base/errors.ts'
import { loadSweep } from '../../config/load-sweep.ts'
import { captureEnvironment } from '../../schedules/captured-environment.ts'
import { nextAfter, readTimes } from '../../schedules/expression.ts'
import { installers } from '../../schedules/index.ts'
import { checkName, type Missed, type Overlap, type Schedule, type StartFlags } from '../../schedules/schedule.ts'
import { filesOf, readSchedule, scheduleNames, writeHandled, writeSchedule } from '../../schedules/schedule-folder.ts'
import { readUntil } from '../../schedules/window.ts'
import { machineZone, ownZone } from '../../schedules/zone.ts'
import type { Workspace } from '../workspace.ts'
import { neededVariables, requireVariables } from './needed-variables.ts'
import { installerOf, ownProgram, timerOf } from './timer.ts'

export interface AddOptions {
  readonly workspace: Workspace
  readonly name: string
  /** As typed after --at. */
  readonly at: string
  /** As typed after --until. */
  readonly until?: string
  readonly zone?: string
  readonly missed: Missed
  readonly overlap: Overlap
  /** @default the name */
  readonly sweep?: string
  readonly flags: StartFlags
  /** Name of an installer; absent = the first that works here. */
  readonly wokenBy?: string
  /** Variables to keep beside those of the list. */
  readonly env?: readonly string[]
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly now?: number
}

export interface Added {
  /** Without the values of its environment. */
  readonly schedule: Omit<Schedule, 'environment'>
  readonly zone: string
  /** The next three times, in milliseconds since 1970. */
  readonly next: readonly number[]
  /** One sentence: what wakes it. */
  readonly installed: string
  /** What was tried before and why it does not work here. */
  readonly refused: readonly { readonly name: string; readonly why: string }[]
  /** Names of the variables that were kept for it. */
  readonly kept: readonly string[]
  /** Names of those that look like secrets and were not. */
  readonly leftOut: readonly string[]
  /** A schedule of this name was there before. */
  readonly replaced: boolean
}

/**
 * Writes a schedule down and has the machine wake us for it. One of the same name is replaced; its results stay.
 *
 * @throws {UserError} SCHEDULE_NAME, SCHEDULE_AT, SCHEDULE_NEVER, SCHEDULE_ZONE, SCHEDULE_UNTIL, SCHEDULE_ENV
 * @throws {ProblemsError} everything that is wrong with the sweep file
 * @throws {EnvironmentError} INSTALLER_REFUSED, INSTALL_FAILED
 */
export async function addSchedule(options: AddOptions): Promise<Added> {
  const { workspace, environment = process.env, now = Date.now() } = options
  const { folder } = workspace
  const { draft, zone, captured, needed } = await drafted(options, environment, now)
  const before = scheduleNames(folder).includes(draft.name) ? readIfWhole(folder, draft.name) : undefined
  const { schedule, installed, refused } = await installedFirst(folder, draft, { needed, wanted: options.wokenBy })
  if (before !== undefined && before.wokenBy !== schedule.wokenBy) {
    await installerOf(before.wokenBy).remove({ name: draft.name, folder })
  }
  const { environment: kept, ...shown } = schedule
  const next = nextAfter({ at: schedule.at, zone }, 3, now)
  const names = { kept: Object.keys(kept), leftOut: captured.leftOut }
  return { schedule: shown, zone, next, installed, refused, ...names, replaced: before !== undefined }
}

async function drafted(options: AddOptions, environment: Readonly<Record<string, string | undefined>>, now: number) {
  const { workspace, name, until, missed, overlap, flags, sweep = name } = options
  checkName(name)
  // Who has TZ set means that zone by a time of day, but cron and the nights to come would not know of it.
  const machine = machineZone()
  const own = options.zone ?? (ownZone() === machine ? undefined : ownZone())
  const zone = own ?? machine
  const { at } = readTimes(options.at, zone)
  const end = until === undefined ? {} : { until: readUntil(until) }
  const spec = await loadSweep({ folder: workspace.folder, sweep, overrides: flags.set })
  const captured = captureEnvironment(environment, options.env)
  const draft: Omit<Schedule, 'wokenBy'> = {
    format: 1,
    name,
    sweep,
    at,
    ...(own === undefined ? {} : { zone: own }),
    ...end,
    missed,
    overlap,
    flags,
    program: ownProgram(),
    addedAt: now,
    environment: captured.environment,
  }
  return { draft, zone, captured, needed: neededVariables(spec) }
}

/** A damaged schedule may be written anew, which is what its error advises. */
function readIfWhole(folder: string, name: string): Schedule | undefined {
  try {
    return readSchedule(folder, name)
  } catch {
    return undefined
  }
}

/** Tries one installer after the other; the first that works and installs has it. */
async function installedFirst(
  folder: string,
  draft: Omit<Schedule, 'wokenBy'>,
  { needed, wanted }: { readonly needed: readonly string[]; readonly wanted: string | undefined },
) {
  const refused: { name: string; why: string }[] = []
  for (const name of wanted === undefined ? Object.keys(installers) : [wanted]) {
    const why = await installerOf(name).refusal()
    if (why !== undefined) {
      refused.push({ name, why })
      continue
    }
    // In the foreground the variables are those of whatever shell or container that is.
    if (name !== 'none') requireVariables(draft.sweep, needed, draft.environment)
    const schedule: Schedule = { ...draft, wokenBy: name }
    try {
      return { schedule, installed: await install(folder, schedule), refused }
    } catch (error) {
      if (wanted !== undefined || !(error instanceof EnvironmentError)) throw error
      refused.push({ name, why: error.message })
    }
  }
  const words = refused.map(({ name, why }) => `${name}: ${why}`).join('; ')
  throw new EnvironmentError(`Nothing could be installed for ${draft.name}: ${words}.`, {
    code: 'INSTALLER_REFUSED',
    suggestions: ['leave out --with: what works here is chosen', '--with none, and: sweep schedule run'],
  })
}

/** The schedule is there before the first wake-up can come, and away again when nothing will wake it. */
async function install(folder: string, schedule: Schedule): Promise<string> {
  const { name } = schedule
  const before = scheduleNames(folder).includes(name) ? readIfWhole(folder, name) : undefined
  writeSchedule(folder, schedule)
  writeHandled(folder, name, schedule.addedAt)
  try {
    return await installerOf(schedule.wokenBy).install(timerOf(folder, schedule))
  } catch (error) {
    if (before === undefined) rmSync(filesOf(folder, name).schedule, { force: true })
    else writeSchedule(folder, before)
    throw error
  }
}
