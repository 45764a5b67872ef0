import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { TrialFailure } from '../../base/errors.ts'
import type { AttemptRequest } from '../executor.ts'

/** What decides which program a request runs. */
type Startable = Pick<AttemptRequest, 'trial' | 'argv' | 'cwd' | 'env' | 'sharedEnv'>

/**
 * Makes sure that a request can be spawned, as far as looking can tell, so that `start` need not wait for the spawn.
 *
 * @throws {TrialFailure} PROGRAM_NOT_FOUND, FOLDER_NOT_FOUND
 */
export function checkProgram(request: Startable): void {
  if (!isFolder(request.cwd)) {
    throw new TrialFailure(
      `Trial ${request.trial} could not be started: the folder ${request.cwd}, in which it is to run, does not exist.`,
      { code: 'FOLDER_NOT_FOUND', suggestions: [`make the folder: mkdir -p '${request.cwd}'`] },
    )
  }
  const program = request.argv[0]
  if (program === undefined || program === '') {
    throw new TrialFailure(`Trial ${request.trial} could not be started: its command is empty.`, {
      code: 'PROGRAM_NOT_FOUND',
      suggestions: ['give the sweep file a `command:` or a `program:`'],
    })
  }
  const places = placesOf(program, request)
  if (places.some(isProgram)) return
  throw notFound(request.trial, program, places)
}

/** Where the request's process looks for programs. */
export function pathOf({ env, sharedEnv }: Pick<AttemptRequest, 'env' | 'sharedEnv'>): string {
  return env.PATH ?? sharedEnv?.PATH ?? '/usr/bin:/bin'
}

function placesOf(program: string, request: Startable): string[] {
  if (isAbsolute(program)) return [program]
  if (program.includes('/')) return [resolve(request.cwd, program)]
  // The same search as the system's own, which reads the PATH of the process to be.
  return pathOf(request)
    .split(delimiter)
    .map((folder) => join(resolve(request.cwd, folder), program))
}

function notFound(trial: number, program: string, places: readonly string[]): TrialFailure {
  const there = places.find(isFile)
  if (there !== undefined) {
    return new TrialFailure(`Trial ${trial} could not be started: ${there} is there, but is not executable.`, {
      code: 'PROGRAM_NOT_FOUND',
      suggestions: [`chmod +x '${there}'`, 'or name its interpreter first in `command:`'],
    })
  }
  const where = places.length === 1 ? `${places[0]} does not exist` : `no program "${program}" is on its PATH`
  return new TrialFailure(`Trial ${trial} could not be started: ${where}.`, {
    code: 'PROGRAM_NOT_FOUND',
    suggestions: ['correct the first word of `command:`, or `program:`', `which ${program}`],
  })
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
