import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join, relative, resolve, sep } from 'node:path'
import type { Problem } from '../base/errors.ts'
import { EnvironmentError, ProblemsError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'

/** One sweep file of a workspace. */
export interface SweepFile {
  /** What ids begin with: the file's name without its ending. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** As it is named in messages: relative to the workspace where it lies inside. */
  readonly shown: string
}

const ENDINGS = ['.yaml', '.yml', '.ts']

/** Sweep files in `folder`/sweeps, sorted by name; none when there is no such folder. */
export function listSweeps(folder: string): SweepFile[] {
  return filesIn(join(folder, 'sweeps'))
    .filter((file) => ENDINGS.includes(extname(file)) && !file.endsWith('.d.ts'))
    .sort()
    .map((file) => sweepFile(folder, join(folder, 'sweeps', file)))
}

/** Names in a folder; none when it is not there. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unreadable(folder, error)
  }
}

function sweepFile(folder: string, path: string): SweepFile {
  const name = basename(path, extname(path)).replace(/[^A-Za-z0-9_.-]+/g, '-')
  return { name, path, shown: shownPath(folder, path) }
}

export function shownPath(folder: string, path: string): string {
  const way = relative(folder, path)
  return way.startsWith(`..${sep}`) ? path : way
}

/**
 * The file that a person means by a name in sweeps/ or by a path (from the workspace, or absolute).
 *
 * @throws {ProblemsError} SWEEP_FILE_UNKNOWN with near names, SWEEP_FILE_TWICE
 */
export function findSweep(folder: string, sweep: string): SweepFile {
  if (ENDINGS.includes(extname(sweep)) || sweep.includes('/')) {
    const path = [resolve(folder, sweep), resolve(sweep), join(folder, 'sweeps', sweep)].find((p) => existsSync(p))
    if (path !== undefined && statSync(path).isDirectory()) throw isFolder(sweep)
    if (path !== undefined) return sweepFile(folder, path)
  }
  // Also as the file is called: only in ids are spaces and the like replaced.
  const found = listSweeps(folder).filter(
    ({ name, path }) => name === sweep || basename(path, extname(path)) === sweep.normalize(),
  )
  const [first, second] = found
  if (first && second) throw twice(sweep, found)
  if (first) return first
  throw unknown(folder, sweep)
}

function unknown(folder: string, sweep: string): ProblemsError {
  const names = listSweeps(folder).map((file) => file.name)
  const near = nearest(basename(sweep, extname(sweep)), names)
  const there =
    names.length === 0
      ? `There is no sweep file in ${join(folder, 'sweeps')}.`
      : `Sweeps here: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}.`
  const fix = near.length > 0 ? near.join(', ') : names.length === 0 ? 'sweep init' : undefined
  return refusal({
    code: 'SWEEP_FILE_UNKNOWN',
    where: sweep === '' ? '""' : sweep,
    message: `No sweep file of this name or path exists. ${there}`,
    ...(fix === undefined ? {} : { fix }),
  })
}

function isFolder(sweep: string): ProblemsError {
  const message = 'This is a folder; a sweep file (.yaml, .yml or .ts) was expected.'
  return refusal({ code: 'SWEEP_FILE_UNKNOWN', where: sweep, message, fix: 'the name of a file in sweeps/' })
}

function twice(sweep: string, files: readonly SweepFile[]): ProblemsError {
  const paths = files.map((file) => file.shown)
  return refusal({
    code: 'SWEEP_FILE_TWICE',
    where: sweep,
    message: `This name means more than one file: ${paths.join(', ')}.`,
    fix: paths[0] as string,
  })
}

function refusal(problem: Problem): ProblemsError {
  return new ProblemsError([problem], 'Nothing was started.')
}

export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, cause: unknown): EnvironmentError {
  return new EnvironmentError(`${path} cannot be read (${(cause as Error).message}). Nothing was started.`, {
    code: 'FILE_UNREADABLE',
    suggestions: [`ls -l ${path}`],
    cause,
  })
}
