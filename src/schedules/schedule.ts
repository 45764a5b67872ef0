import { UserError } from '../base/errors.ts'
import type { Times } from './expression.ts'
import { machineZone } from './zone.ts'

/** What becomes of a time at which the machine was off, asleep or busy booting. */
export const MISSED = ['run', 'skip'] as const
export type Missed = (typeof MISSED)[number]

/** What becomes of a time at which the night before still runs. */
export const OVERLAP = ['skip', 'queue', 'replace'] as const
export type Overlap = (typeof OVERLAP)[number]

/** One schedule, as it stands in schedules/NAME/schedule.json. */
export interface Schedule {
  readonly format: 1
  readonly name: string
  /** Name of a sweep file in sweeps/, or a path. */
  readonly sweep: string
  /** Five fields of cron. */
  readonly at: string
  /** In which `at` and `until` are meant; absent = the machine's, whatever it is at that moment. */
  readonly zone?: string
  /** Time of day at which a sweep is ended; the next night goes on with it. */
  readonly until?: string
  readonly missed: Missed
  readonly overlap: Overlap
  /** Flags of `sweep start` as they were given. */
  readonly flags: StartFlags
  /** Name of the installer that wakes us. */
  readonly wokenBy: string
  /** What the timer calls: the program that runs JavaScript, and our own, both absolute. */
  readonly program: readonly [node: string, bin: string]
  /** Milliseconds since 1970; nothing is due before. */
  readonly addedAt: number
  /** Variables of the shell it was added in. May hold what the person named with --env: the file is 0600. */
  readonly environment: Readonly<Record<string, string>>
}

export interface StartFlags {
  readonly set: readonly string[]
  readonly gpus?: string
  readonly slots?: number
  readonly reuse?: boolean
}

export function timesOf({ at, zone }: Pick<Schedule, 'at' | 'zone'>): Times {
  return { at, zone: zone ?? machineZone() }
}

/** @throws {UserError} SCHEDULE_NAME */
export function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return
  const isPath = /[/\\]|\.(ya?ml|ts)$/.test(name)
  throw new UserError(
    `"${name}" cannot name a schedule: letters, digits, dots, dashes and underscores were expected. Nothing was installed.`,
    {
      code: 'SCHEDULE_NAME',
      suggestions: isPath
        ? [`sweep schedule add nightly --sweep ${name} --at "0 2 * * *"`]
        : ['sweep schedule add nightly --at "0 2 * * *"'],
    },
  )
}
