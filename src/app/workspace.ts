import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { EnvironmentError, UserError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { madeFolder } from '../base/new-folder.ts'

/** The folder that a person works in, and what is where in it. All paths are absolute. */
export interface Workspace {
  readonly folder: string
  readonly sweepsDir: string
  readonly spacesDir: string
  readonly runsDir: string
  readonly reportsDir: string
}

/** @param folder @default SWEEP_FOLDER, or else the current folder */
export function openWorkspace(folder: string = process.env.SWEEP_FOLDER ?? process.cwd()): Workspace {
  const root = resolve(folder)
  const inside = (name: string) => join(root, name)
  return {
    folder: root,
    sweepsDir: inside('sweeps'),
    spacesDir: inside('search-spaces'),
    runsDir: inside('runs'),
    reportsDir: inside('reports'),
  }
}

const ID = /^(.+)\.(\d+)$/

/** `gamma-grid.3` -> its name and number; undefined when the text is not the id of a sweep. */
export function partsOfId(id: string): { readonly name: string; readonly number: number } | undefined {
  const [, name, number] = ID.exec(id) ?? []
  return name === undefined || number === undefined ? undefined : { name, number: Number(number) }
}

/** Where everything about one sweep is kept. */
export function sweepDirOf(workspace: Workspace, id: string): string {
  return join(workspace.runsDir, id)
}

/** Ids of all sweeps in runs/, oldest start first. A folder that is only just being made is not one yet. */
export function listSweepIds({ runsDir }: Workspace): string[] {
  return folderNames(runsDir)
    .filter((name) => partsOfId(name) !== undefined)
    .flatMap((id) => {
      const startedAt = startTime(join(runsDir, id))
      return startedAt === undefined ? [] : [{ id, startedAt, number: partsOfId(id)?.number ?? 0 }]
    })
    .sort((a, b) => a.startedAt - b.startedAt || a.number - b.number || a.id.localeCompare(b.id))
    .map(({ id }) => id)
}

function folderNames(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((item) => item.isDirectory())
      .map((item) => item.name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/**
 * sweep.json is written once, at the start; a folder's own time changes with every file in it. A journal alone is a
 * damaged sweep, which must not vanish from the list.
 */
function startTime(sweepDir: string): number | undefined {
  const timeOf = (name: string) => statSync(join(sweepDir, name), { throwIfNoEntry: false })?.mtimeMs
  return timeOf('sweep.json') ?? timeOf('journal.ndjson')
}

/**
 * Creates the folder of a new sweep and returns its id: one more than the highest number that the name has had.
 * Making the folder is what reserves the id, so two starts at the same moment get two ids.
 *
 * @throws {EnvironmentError} RUNS_NOT_WRITABLE
 */
export function newSweepId({ runsDir }: Workspace, name: string): string {
  try {
    mkdirSync(runsDir, { recursive: true })
    const taken = folderNames(runsDir).map((id) => partsOfId(id))
    let number = Math.max(0, ...taken.map((parts) => (parts?.name === name ? parts.number : 0)))
    for (;;) {
      const id = `${name}.${++number}`
      if (madeFolder(join(runsDir, id))) return id
    }
  } catch (error) {
    const seen = (error as Error).message
    throw new EnvironmentError(
      `A folder for the sweep could not be made in ${runsDir}: ${seen}. Nothing was started.`,
      {
        code: 'RUNS_NOT_WRITABLE',
        suggestions: [
          'give the folder its rights or some free space: sweep doctor',
          'use another folder: --folder PATH',
        ],
        cause: error,
      },
    )
  }
}

/**
 * The sweep that a person means: an id as it is, a name = the latest start of that name, nothing = the latest of all.
 *
 * @throws {UserError} SWEEP_UNKNOWN with near names, or NO_SWEEPS
 */
export function resolveSweepId(workspace: Workspace, idOrName?: string): string {
  const ids = listSweepIds(workspace)
  const latest = ids.at(-1)
  if (latest === undefined) {
    throw new UserError(`There is no sweep in ${workspace.runsDir}.`, {
      code: 'NO_SWEEPS',
      suggestions: ['sweep start NAME   (the sweep files are in sweeps/; sweep init makes a first one)'],
    })
  }
  if (idOrName === undefined) return latest
  const wanted = inRuns(workspace, idOrName)
  if (ids.includes(wanted)) return wanted
  const ofThatName = ids.filter((id) => partsOfId(id)?.name === wanted)
  const found = ofThatName.sort((a, b) => (partsOfId(a)?.number ?? 0) - (partsOfId(b)?.number ?? 0)).at(-1)
  if (found !== undefined) return found
  throw unknownSweep(wanted, ids)
}

/** `runs/gamma-grid.3/`, as a shell completes it, is taken for its id. @throws {UserError} for a path to elsewhere */
function inRuns({ folder, runsDir }: Workspace, text: string): string {
  if (!text.includes('/')) return text
  for (const base of [process.cwd(), folder, runsDir]) {
    const name = relative(runsDir, resolve(base, text))
    if (partsOfId(name) !== undefined && !name.includes('/')) return name
  }
  throw new UserError(
    `"${text}" is no sweep in ${runsDir}, and sweeps are looked for nowhere else. Nothing was done.`,
    {
      code: 'SWEEP_UNKNOWN',
      suggestions: ['sweep status', 'sweeps of another folder: --folder PATH'],
    },
  )
}

function unknownSweep(wanted: string, ids: readonly string[]): UserError {
  const names = new Set(ids.flatMap((id) => [id, partsOfId(id)?.name ?? id]))
  const near = nearest(wanted, names)
  const hint = near.length > 0 ? ` Near: ${near.join(', ')}.` : ` Newest: ${ids.slice(-3).reverse().join(', ')}.`
  return new UserError(`There is no sweep "${wanted}" in runs/.${hint}`, {
    code: 'SWEEP_UNKNOWN',
    suggestions: near.length > 0 ? near.map((name) => `sweep status ${name}`) : ['sweep status'],
  })
}
