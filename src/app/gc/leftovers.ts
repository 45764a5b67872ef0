import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startTimeOf } from '../../base/process-identity.ts'
import { type FoundFile, filesBelow } from './walk.ts'
import type { Waste } from './waste.ts'

/** Files that a process makes for a moment; the group holds its number. */
const OF_A_PROCESS = /(?:\.(\d+)\.tmp|^\.room-(\d+)|^\.sweep-doctor-(\d+))$/
/** Files of a lock that is just being taken. */
const OF_A_LOCK = /^lock\.(after-)?[0-9a-f]{24}(\.draft)?$/
/** A process of another host, which shares the disk, has a number that says nothing here: it is given this long. */
const OLD_MS = 60 * 60_000
const DAY_MS = 24 * 60 * 60_000

/** Temporary files below a folder whose process has died before it could remove them. */
export function* leftoversBelow(folder: string, now: number): Generator<Waste> {
  for (const file of filesBelow(folder)) {
    if (isLeftover(file, now)) yield { path: file.path, bytes: file.bytes, kind: 'leftovers' }
  }
}

/** What starts in the background that died at once have left beside the sweeps. */
export function* leftStarts(runsDir: string, now: number): Generator<Waste> {
  for (const name of namesIn(runsDir).filter((name) => name.startsWith('.starting-'))) {
    for (const { path, bytes, modifiedMs } of filesBelow(join(runsDir, name))) {
      if (now - modifiedMs > DAY_MS) yield { path, bytes, kind: 'leftovers' }
    }
  }
}

function isLeftover({ name, modifiedMs }: FoundFile, now: number): boolean {
  if (now - modifiedMs < OLD_MS) return false
  if (OF_A_LOCK.test(name)) return true
  const pid = OF_A_PROCESS.exec(name)
    ?.slice(1)
    .find((group) => group !== undefined)
  return pid !== undefined && startTimeOf(Number(pid)) === undefined
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
