import { join } from 'node:path'
import { packageFolder } from '../../base/package-folder.ts'
import { installers } from '../../schedules/index.ts'
import type { Installer, Timer } from '../../schedules/installer.ts'
import { type Schedule, timesOf } from '../../schedules/schedule.ts'
import { filesOf } from '../../schedules/schedule-folder.ts'
import { wakeMinutes } from '../../schedules/wake-minutes.ts'
import { chosen } from '../chosen.ts'

/** The program that a timer calls: absolute, because a timer's shell knows no PATH of ours. */
export function ownProgram(): readonly [node: string, bin: string] {
  return [process.execPath, join(packageFolder(), 'bin/run.js')]
}

/** What is to be installed for a schedule. */
export function timerOf(folder: string, schedule: Schedule): Timer {
  const { name, program } = schedule
  return {
    name,
    folder,
    argv: [...program, 'schedule', 'fire', name, '--folder', folder],
    minutes: wakeMinutes(timesOf(schedule)),
    log: filesOf(folder, name).timerLog,
  }
}

/** @throws {UserError} CHOICE_UNKNOWN for a schedule of another release */
export function installerOf(name: string): Installer {
  return chosen(installers, { name, options: {} })
}
