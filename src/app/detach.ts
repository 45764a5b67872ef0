import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EnvironmentError } from '../base/errors.ts'
import { machineRefusal, writeRefusal } from '../base/write-refusal.ts'
import { ANNOUNCE_VARIABLE } from './announce.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface DetachOptions {
  readonly workspace: Workspace
  /** Arguments after the program's name, such as `['start', 'gamma-grid']`; `--detach` left out. */
  readonly argv: readonly string[]
}

export interface Detached {
  readonly id: string
  readonly pid: number
  /** What the orchestrator prints. */
  readonly log: string
}

const LOOK_MS = 25
const LAST_CHARACTERS = 4000

/**
 * Starts this program again as a process of its own that outlives the terminal, and waits until its sweep has a journal.
 *
 * @throws {EnvironmentError} DETACHED_ENDED with what it printed, when it ended before
 */
export async function startDetached({ workspace, argv }: DetachOptions): Promise<Detached> {
  mkdirSync(workspace.runsDir, { recursive: true })
  const folder = mkdtempSync(join(workspace.runsDir, '.starting-'))
  try {
    const log = join(folder, 'orchestrator.log')
    const { pid, ended } = spawnDetached(argv, folder, log)
    const id = await announced(join(folder, 'id'), ended, log)
    const kept = join(sweepDirOf(workspace, id), 'orchestrator.log')
    // The process writes by its open file, so the log may get its place while it is written.
    renameSync(log, kept)
    return { id, pid, log: kept }
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
  const state = { pid: child.pid ?? 0, ended: () => child.exitCode !== null || child.signalCode !== null }
  child.unref()
  return state
}

async function announced(path: string, ended: () => boolean, log: string): Promise<string> {
  for (;;) {
    const over = ended()
    if (existsSync(path)) return readFileSync(path, 'utf8')
    if (over) throw endedError(readFileSync(log, 'utf8'), log)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function endedError(printed: string, log: string): EnvironmentError {
  const refusal = writeRefusal(dirname(log))
  const silent = refusal === undefined ? '(nothing)' : `(nothing: ${machineRefusal(refusal)})`
  const said = printed.trim().slice(-LAST_CHARACTERS) || silent
  return new EnvironmentError(`The sweep did not start. What its process said:\n${said}`, { code: 'DETACHED_ENDED' })
}
