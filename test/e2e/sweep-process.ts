import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

export interface SweepProcess {
  readonly child: ChildProcess
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** Runs the command line tool in a folder, with its output kept. */
export function sweep(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): SweepProcess {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { ...process.env, SWEEP_FOLDER: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    said.stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    said.stderr += String(chunk)
  })
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, ...said }))
  })
  return { child, ended }
}

/** Command lines of all processes that were started for a folder, by the environment they were given. Linux only. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const mine = readFileSync(join('/proc', pid, 'environ'), 'latin1').includes(`SWEEP_FOLDER=${folder}\0`)
        return mine ? [`${pid}: ${readFileSync(join('/proc', pid, 'cmdline'), 'latin1').replaceAll('\0', ' ')}`] : []
      } catch {
        return []
      }
    })
    .filter((line) => !/^\d+: $/.test(line))
}

/** Waits until `condition` holds; throws with `what` when it does not in time. */
export async function until(what: string, condition: () => boolean, ms = 10_000): Promise<void> {
  const deadline = Date.now() + ms
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`This did not happen within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
