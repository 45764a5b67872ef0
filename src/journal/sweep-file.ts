import { existsSync, readFileSync } from 'node:fs'
import { writeFileAtomic } from '../base/atomic-file.ts'
import { EnvironmentError, UserError } from '../base/errors.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { JOURNAL_FORMAT } from './event.ts'
import { fileIn } from './folder.ts'

/** What stands in sweep.json: written once, before the first event. */
export interface SweepFile {
  readonly format: number
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly provenance: Readonly<Record<string, string>>
  readonly spec: SweepSpec
}

export function writeSweepFile(dir: string, sweep: SweepFile): void {
  writeFileAtomic(fileIn(dir, 'sweep'), `${JSON.stringify(sweep, undefined, 2)}\n`)
}

/**
 * @throws {UserError} SWEEP_MISSING when there is none
 * @throws {EnvironmentError} SWEEP_FILE_UNREADABLE, JOURNAL_NEWER
 */
export function readSweepFile(dir: string): SweepFile {
  const path = fileIn(dir, 'sweep')
  const sweep = parsed(path, textOf(dir, path))
  if (sweep.format > JOURNAL_FORMAT || sweep.spec.format > JOURNAL_FORMAT) {
    throw newerError(path, Math.max(sweep.format, sweep.spec.format))
  }
  return sweep
}

function textOf(dir: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && existsSync(fileIn(dir, 'journal'))) throw unreadable(path, 'it is not there', error)
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new UserError(`There is no sweep at ${path}: the file does not exist. Nothing was changed.`, {
        code: 'SWEEP_MISSING',
        suggestions: ['sweep status'],
        cause: error,
      })
    }
    throw unreadable(path, message, error)
  }
}

function parsed(path: string, text: string): SweepFile {
  let sweep: SweepFile
  try {
    sweep = JSON.parse(text) as SweepFile
  } catch (error) {
    throw unreadable(path, (error as Error).message, error)
  }
  if (typeof sweep?.id !== 'string' || typeof sweep.format !== 'number' || typeof sweep.spec?.format !== 'number') {
    throw unreadable(path, 'it lacks its id, its format or its spec')
  }
  // A newer release may have other keys; what it wrote is refused for its format.
  const lacking = sweep.spec.format > JOURNAL_FORMAT ? [] : NEEDED.filter((key) => sweep.spec[key] === undefined)
  if (lacking.length > 0) throw unreadable(path, `its spec lacks ${lacking.join(', ')}`)
  return sweep
}

/** Keys that every spec has had since the first format. */
const NEEDED = ['name', 'sampler', 'space', 'fixed', 'seeds', 'trainer', 'executor', 'resources', 'targets'] as const

function unreadable(path: string, seen: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(
    `${path} cannot be read: ${seen}. It holds the frozen sweep, without which its journal means nothing. Nothing was changed.`,
    { code: 'SWEEP_FILE_UNREADABLE', suggestions: ['put the file back from a copy'], cause },
  )
}

export function newerError(path: string, format: number): EnvironmentError {
  return new EnvironmentError(
    `${path} was written by a newer release (format ${format}; this one reads up to ${JOURNAL_FORMAT}). Nothing was changed.`,
    { code: 'JOURNAL_NEWER', suggestions: ['update sweep, or read it with that release'] },
  )
}
