import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
export const PROGRAM = join(root, 'bin/run.js')

/** The command line is tested as it is installed: built. `npm test` builds first. */
export const NOT_BUILT = !existsSync(join(root, 'dist/commands'))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** Given the process as soon as it runs, and what it has said so far each time it says more. */
  readonly onOutput?: (child: ChildProcess, stderr: string) => void
}

/** Runs `sweep ...argv` in a folder, without a terminal. */
export function sweep(argv: readonly string[], { folder, env = {}, onOutput }: CliOptions): Promise<Ended> {
  const { SWEEP_FOLDER: _, SWEEP_JSON: __, FORCE_COLOR: ___, ...inherited } = process.env
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    cwd: folder,
    env: { ...inherited, SWEEP_LEASE_DIR: join(folder, '.leases'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data) => {
    stdout += data
  })
  child.stderr.on('data', (data) => {
    stderr += data
    onOutput?.(child, stderr)
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}
