import { spawn } from 'node:child_process'
import { Undelivered } from './notifier.ts'
import { masked } from './secrets.ts'

export interface ProgramRequest {
  /** Never a shell string. */
  readonly argv: readonly string[]
  readonly stdin: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly options: unknown
  readonly signal: AbortSignal
}

const PATIENCE_MS = 15_000
const LONGEST_LINE = 200
/** What sendmail and its like say when another attempt may succeed. @source sysexits.h, EX_TEMPFAIL */
const TRY_AGAIN = 75

/**
 * Runs a program with a text on its stdin and waits for it; its whole process group ends with its time.
 *
 * @throws {Undelivered} unless it exits with 0
 */
export async function runProgram(request: ProgramRequest): Promise<void> {
  const { argv, signal, env } = request
  const [program = '', ...others] = argv
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)])
  const ended = await new Promise<{ readonly how: string; readonly code?: number; readonly last: string }>(
    (resolve) => {
      const child = spawn(program, others, { env, stdio: ['pipe', 'ignore', 'pipe'], detached: true })
      let said = ''
      const kill = () => endGroup(child.pid)
      limit.addEventListener('abort', kill, { once: true })
      const done = (how: string, code?: number) => {
        limit.removeEventListener('abort', kill)
        // What it left behind may hold our pipe open; it was only to deliver a message.
        child.stderr?.destroy()
        resolve({ how, last: said.trim().split('\n').at(-1) ?? '', ...(code === undefined ? {} : { code }) })
      }
      child.on('error', (error: NodeJS.ErrnoException) => done(`could not be started (${error.code ?? 'unknown'})`))
      child.on('exit', (code, killedBy) => {
        setImmediate(() => done(endInWords(code, killedBy, limit.aborted), code ?? undefined))
      })
      child.stderr?.on('data', (data) => {
        said = `${said}${data}`.slice(-4000)
      })
      // It need not read what it is given.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(request.stdin)
    },
  )
  if (ended.code === 0) return
  const last = masked(ended.last.slice(0, LONGEST_LINE), request.options, env)
  throw new Undelivered(`${program} ${ended.how}${last === '' ? '' : `: ${last}`}`, { again: ended.code === TRY_AGAIN })
}

function endInWords(code: number | null, killedBy: NodeJS.Signals | null, late: boolean): string {
  if (late && killedBy !== null) return `did not end within ${PATIENCE_MS / 1000} s`
  return killedBy === null ? `exited with ${code}` : `was ended by ${killedBy}`
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}
