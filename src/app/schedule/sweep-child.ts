import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { systemClock } from '../../base/clock.ts'
import { announcementOf } from '../../schedules/firing.ts'
import { ANNOUNCE_VARIABLE } from '../announce.ts'

export interface ChildOptions {
  /** Arguments of our own program, such as `['start', 'nightly']`. */
  readonly argv: readonly string[]
  readonly program: readonly [node: string, bin: string]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Takes both of its outputs. */
  readonly log: string
  /** Aborted = the sweep is stopped gracefully. */
  readonly signal?: AbortSignal | undefined
  /** Aborted = its trials are killed. */
  readonly killSignal?: AbortSignal | undefined
  /** Called once, with the id of the sweep, before its first trial. */
  readonly onSweep: (id: string) => void
}

export interface ChildEnd {
  readonly exitCode: number
  /** The last error that it printed. */
  readonly error?: string
}

const LOOK_MS = 250

/**
 * Runs `sweep start` or `sweep resume` as a person would, to its end. A process of its own, so that its log is what a
 * person would see, its exit code is that of the command, and it goes on when we are killed.
 */
export async function runSweepChild(options: ChildOptions): Promise<ChildEnd> {
  const { argv, program, cwd, env, log, onSweep } = options
  const [node, bin] = program
  const announced = announcementOf(log)
  rmSync(announced, { force: true })
  appendFileSync(log, `$ sweep ${argv.join(' ')}\n`)
  const before = readFileSync(log).length
  const fd = openSync(log, 'a')
  // A session of its own: a Ctrl-C at our terminal is to reach it once, by us.
  const child = spawn(node, [bin, ...argv], {
    cwd,
    detached: true,
    stdio: ['ignore', fd, fd],
    env: { ...env, [ANNOUNCE_VARIABLE]: announced },
  })
  closeSync(fd)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
  const over = new AbortController()
  const passOn = () => child.kill('SIGTERM')
  for (const asked of [options.signal, options.killSignal]) {
    if (asked?.aborted) passOn()
    asked?.addEventListener('abort', passOn, { once: true, signal: over.signal })
  }
  const watched = watchFor(announced, over.signal, onSweep)
  try {
    const exitCode = await ended
    const error = exitCode === 0 ? undefined : lastError(readFileSync(log).subarray(before).toString('utf8'))
    return { exitCode, ...(error === undefined ? {} : { error }) }
  } finally {
    over.abort()
    await watched
    rmSync(announced, { force: true })
  }
}

async function watchFor(path: string, over: AbortSignal, found: (id: string) => void): Promise<void> {
  for (;;) {
    const last = over.aborted
    if (existsSync(path)) return found(readFileSync(path, 'utf8'))
    if (last) return
    await systemClock.sleep(LOOK_MS, over)
  }
}

/** The last line that begins with `Error:`, or else the last line. */
function lastError(said: string): string | undefined {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  return (lines.filter((line) => line.startsWith('Error:')).at(-1) ?? lines.at(-1))?.replace(/^Error: /, '')
}
