import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Schedule } from './schedule.ts'

const IGNORED = `# Of this machine: absolute paths and its environment.\n*\n`

/** Where the schedules of a project are. */
export function schedulesDir(folder: string): string {
  return join(folder, 'schedules')
}

/** What lies in schedules/NAME/. All paths are absolute. */
export interface ScheduleFiles {
  readonly dir: string
  /** The schedule itself, 0600. */
  readonly schedule: string
  /** Up to which time everything has been dealt with. */
  readonly handled: string
  /** Held for the moment in which a wake-up decides. */
  readonly deciding: string
  /** Held while a firing works. */
  readonly firing: string
  /** Held by the one firing that waits for the one before. */
  readonly waiting: string
  /** A log and a result for each firing. */
  readonly firings: string
  /** What the timer's command said when it could not begin. */
  readonly timerLog: string
}

export function filesOf(folder: string, name: string): ScheduleFiles {
  const dir = join(schedulesDir(folder), name)
  const inside = (file: string) => join(dir, file)
  return {
    dir,
    schedule: inside('schedule.json'),
    handled: inside('handled.json'),
    deciding: inside('deciding.lock'),
    firing: inside('firing.lock'),
    waiting: inside('waiting.lock'),
    firings: inside('firings'),
    timerLog: inside('timer.log'),
  }
}

export function writeSchedule(folder: string, schedule: Schedule): void {
  const files = filesOf(folder, schedule.name)
  mkdirSync(files.firings, { recursive: true })
  const ignore = join(schedulesDir(folder), '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, IGNORED)
  writeFileAtomic(files.schedule, `${JSON.stringify(schedule, null, 2)}\n`, { mode: 0o600 })
}

/** Names of all schedules of a project, sorted. */
export function scheduleNames(folder: string): string[] {
  try {
    return readdirSync(schedulesDir(folder))
      .filter((name) => existsSync(filesOf(folder, name).schedule))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** @throws {UserError} SCHEDULE_UNKNOWN with near names, SCHEDULE_UNREADABLE */
export function readSchedule(folder: string, name: string): Schedule {
  const path = filesOf(folder, name).schedule
  if (!scheduleNames(folder).includes(name)) throw unknown(folder, name)
  const text = readFileSync(path, 'utf8')
  let seen = 'it is no JSON'
  try {
    const schedule = JSON.parse(text) as Partial<Schedule>
    if (isWhole(schedule)) return schedule
    seen = schedule.format === 1 ? 'something is missing in it' : `its format is ${schedule.format}, this release has 1`
  } catch {
    // Said below.
  }
  throw new UserError(`${path} cannot be used: ${seen}. Nothing was done.`, {
    code: 'SCHEDULE_UNREADABLE',
    suggestions: [`sweep schedule add ${name} --at "0 2 * * *"   (writes it anew)`],
  })
}

function isWhole(schedule: Partial<Schedule>): schedule is Schedule {
  const { format, name, sweep, at, flags, environment, program } = schedule
  const texts = [name, sweep, at].every((text) => typeof text === 'string')
  return format === 1 && texts && Array.isArray(flags?.set) && Array.isArray(program) && typeof environment === 'object'
}

function unknown(folder: string, name: string): UserError {
  const names = scheduleNames(folder)
  const near = nearest(name, names)
  const there = names.length === 0 ? 'There is none in this folder.' : `Schedules here: ${names.join(', ')}.`
  return new UserError(`There is no schedule "${name}" in ${schedulesDir(folder)}. ${there}`, {
    code: 'SCHEDULE_UNKNOWN',
    suggestions: near.length > 0 ? near.map((other) => `sweep schedule list ${other}`) : ['sweep schedule list'],
  })
}

/** Up to which time everything has been dealt with; nothing before the schedule was added is due. */
export function readHandled(folder: string, { name, addedAt }: Schedule): number {
  try {
    const { upTo } = JSON.parse(readFileSync(filesOf(folder, name).handled, 'utf8')) as { upTo?: unknown }
    return typeof upTo === 'number' && Number.isFinite(upTo) ? upTo : addedAt
  } catch {
    // Not there before the first time; damaged, it is as if nothing had been due since it was added.
    return addedAt
  }
}

export function writeHandled(folder: string, name: string, upTo: number): void {
  writeFileAtomic(filesOf(folder, name).handled, `${JSON.stringify({ upTo, time: new Date(upTo).toISOString() })}\n`)
}

/** Forgets a schedule; logs and results of its firings stay. @returns whether any were left */
export function forgetSchedule(folder: string, name: string): boolean {
  const files = filesOf(folder, name)
  for (const path of [files.schedule, files.handled, files.deciding]) rmSync(path, { force: true })
  const kept = existsSync(files.firings) && readdirSync(files.firings).length > 0
  if (!kept && !existsSync(files.firing)) rmSync(files.dir, { recursive: true, force: true })
  return kept
}
