import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { livenessOf, type ProcessIdentity } from '../base/process-identity.ts'
import { filesOf } from './schedule-folder.ts'

/**
 * How a firing ended. `finished`: its sweep did. `window`: the sweep was ended by --until and the next night goes on with
 * it. `failed`: an exit code that is not 0. `stopped`: a person stopped the sweep. `ended`: something ended the firing
 * itself, such as a shutdown. `replaced`: the next firing did. `skipped`: nothing was started. `waiting` for the firing
 * before; `running` until it has ended, and for ever when the machine lost its power.
 */
export type Outcome =
  | 'waiting'
  | 'running'
  | 'finished'
  | 'window'
  | 'failed'
  | 'stopped'
  | 'ended'
  | 'replaced'
  | 'skipped'

/** One firing of a schedule, as it stands in firings/STAMP.json. Times are milliseconds since 1970. */
export interface Firing {
  /** Its time in UTC, such as `2026-11-23T02-00Z`, and `-2` when it was the second try. */
  readonly stamp: string
  /** The scheduled time that it is for. */
  readonly dueAt: number
  readonly startedAt: number
  readonly endedAt?: number
  /** 1 for the first; more when what was broken off was gone on with. */
  readonly tries: number
  readonly outcome: Outcome
  /** In words: why it was skipped or what went wrong. */
  readonly reason?: string
  /** Whether it began a sweep or went on with one. */
  readonly began?: 'start' | 'resume'
  /** Id of its sweep, such as `nightly.3`. */
  readonly sweep?: string
  /** Of `sweep start` or `sweep resume`. */
  readonly exitCode?: number
  /** The first of the ranking when it ended. */
  readonly best?: {
    readonly metric: string
    readonly mean: number
    readonly trials: number
    readonly configuration: number
  }
  readonly completed?: number
  /** Trials that failed; absent in records of earlier releases. */
  readonly failed?: number
  /** Ends the sweep, when the schedule has a window. */
  readonly until?: number
  /** Absolute; everything that the sweep said. */
  readonly log: string
  readonly process: ProcessIdentity
}

const KEPT = 60

/** `2026-11-23T02-00Z`: sorts by time, and every file system takes it. */
export function stampOf(dueAt: number, tries: number): string {
  const stamp = new Date(dueAt).toISOString().slice(0, 16).replace(':', '-')
  return tries === 1 ? `${stamp}Z` : `${stamp}Z-${tries}`
}

export function writeFiring(folder: string, name: string, firing: Firing): void {
  const { firings } = filesOf(folder, name)
  mkdirSync(firings, { recursive: true })
  writeFileAtomic(join(firings, `${firing.stamp}.json`), `${JSON.stringify(firing, null, 2)}\n`)
}

/** The last firings of a schedule, newest first. A damaged record is left out. */
export function lastFirings(folder: string, name: string, atMost = KEPT): Firing[] {
  const { firings } = filesOf(folder, name)
  const found: Firing[] = []
  for (const file of recordsIn(firings).reverse()) {
    if (found.length >= atMost) break
    try {
      const firing = JSON.parse(readFileSync(join(firings, file), 'utf8')) as Firing
      if (typeof firing.dueAt === 'number' && typeof firing.outcome === 'string') found.push(withSweep(firing))
    } catch {
      // Written as a whole or not at all: only somebody else's file can be unreadable here.
    }
  }
  return found
}

/** Where a sweep that is starting says its id, until its firing has written that down. */
export function announcementOf(log: string): string {
  return `${log}.id`
}

/** A firing that was killed at that very moment has not. */
function withSweep(firing: Firing): Firing {
  const path = announcementOf(firing.log)
  if (firing.outcome !== 'running' || firing.sweep !== undefined || !existsSync(path)) return firing
  return { ...firing, sweep: readFileSync(path, 'utf8') }
}

function recordsIn(firings: string): string[] {
  if (!existsSync(firings)) return []
  const records = readdirSync(firings).filter((file) => file.endsWith('.json'))
  return records.sort((a, b) => orderOf(a).localeCompare(orderOf(b)))
}

/** The first try has no number, and the tenth comes after the ninth. */
function orderOf(file: string): string {
  const [, stamp = file, tries = '1'] = /^(.*Z)(?:-(\d+))?\.json$/.exec(file) ?? []
  return `${stamp}-${tries.padStart(6, '0')}`
}

/** A record that says running (or waiting) though nobody works on it any more. */
export function isBrokenOff({ outcome, process }: Firing): boolean {
  if (outcome === 'ended') return true
  return (outcome === 'running' || outcome === 'waiting') && livenessOf(process) === 'dead'
}

/** Results and logs of the last 60 firings are kept. */
export function removeOldFirings(folder: string, name: string): void {
  const { firings } = filesOf(folder, name)
  for (const file of recordsIn(firings).slice(0, -KEPT)) {
    rmSync(join(firings, file), { force: true })
    const log = join(firings, file.replace(/\.json$/, '.log'))
    for (const path of [log, announcementOf(log)]) rmSync(path, { force: true })
  }
}

/** The last firing that started something or was going to, newest first. */
export function lastActive(firings: readonly Firing[]): Firing | undefined {
  return firings.find(({ outcome }) => outcome !== 'skipped')
}
