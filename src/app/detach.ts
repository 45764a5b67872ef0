import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { EnvironmentError } from '../base/errors.ts'
import { machineRefusal, writeRefusal } from '../base/write-refusal.ts'
import { ANNOUNCE_VARIABLE } from './announce.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface DetachOptions {
  readonly workspace: Workspace
  /** Arguments after the program's name, such as `['start', 'gamma-grid']`; `--detach` left out. */
  readonly argv: readonly string[]
  /** Of a sweep that is there already: its log is gone on with. */
  readonly id?: string
}

export interface Detached {
  readonly id: string
  readonly pid: number
  /** What the orchestrator prints. */
  readonly log: string
  /** It had nothing to do, or was quick. */
  readonly ended: boolean
}

const LOG = 'orchestrator.log'
const LOOK_MS = 25
const LAST_CHARACTERS = 4000

/**
 * Starts this program again as a process of its own that outlives the terminal, and waits until its sweep has a journal
 * or it has ended well, having had nothing to do.
 *
 * @throws {EnvironmentError} DETACHED_ENDED with what it printed, when it ended before
 */
export async function startDetached({ workspace, argv, id: known }: DetachOptions): Promise<Detached> {
  mkdirSync(workspace.runsDir, { recursive: true })
  const folder = mkdtempSync(join(workspace.runsDir, '.starting-'))
  try {
    const log = join(known === undefined ? folder : sweepDirOf(workspace, known), LOG)
    const before = existsSync(log) ? statSync(log).size : 0
    const { pid, exitCode } = spawnDetached(argv, folder, log)
    const id = (await announced(join(folder, 'id'), exitCode)) ?? (exitCode() === 0 ? known : undefined)
    if (id === undefined) throw endedError(readFileSync(log).subarray(before).toString('utf8'), log)
    const kept = join(sweepDirOf(workspace, id), LOG)
    // The process writes by its open file, so the log may get its place while it is written.
    if (kept !== log) renameSync(log, kept)
    return { id, pid, log: kept, ended: exitCode() === 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function spawnDetached(argv: readonly string[], folder: string, log: string) {
  const fd = openSync(log, 'a')
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...argv], {
    detached: true,
    stdio: ['ignore', fd, fd],
    env: { ...process.env, [ANNOUNCE_VARIABLE]: join(folder, 'id') },
  })
  closeSync(fd)
  child.unref()
  /** undefined while it runs, NaN when a signal ended it. */
  const exitCode = () => child.exitCode ?? (child.signalCode === null ? undefined : Number.NaN)
  return { pid: child.pid ?? 0, exitCode }
}

/** @returns undefined when it ended without a word */
async function announced(path: string, exitCode: () => number | undefined): Promise<string | undefined> {
  for (;;) {
    const over = exitCode() !== undefined
    if (existsSync(path)) return readFileSync(path, 'utf8')
    if (over) return undefined
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function endedError(printed: string, log: string): EnvironmentError {
  const refusal = writeRefusal(dirname(log))
  const silent = refusal === undefined ? '(nothing)' : `(nothing: ${machineRefusal(refusal)})`
  const said = printed.trim().slice(-LAST_CHARACTERS) || silent
  return new EnvironmentError(`The sweep did not start. What its process said:\n${said}`, { code: 'DETACHED_ENDED' })
}
