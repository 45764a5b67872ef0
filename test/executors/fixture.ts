import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import type { AttemptRequest, AttemptStatus, Executor, Handle } from '../../src/executors/executor.ts'
import { attemptEnvironment } from '../../src/protocol/attempt-environment.ts'

const root = join(import.meta.dirname, '../..')
export const trainer = (name: string) => join(root, 'test/fixtures/trainers', name)

/** Builds the keeper of the source as it is now, whatever lies in dist/. @returns its program, in `dir` */
export async function buildKeeper(dir: string): Promise<string> {
  const input = { keeper: join(root, 'src/executors/local/keeper.ts') }
  const build = await rolldown({ input, platform: 'node', cwd: root, external: [/^node:/] })
  await build.write({ dir, format: 'cjs', entryFileNames: '[name].cjs' })
  await build.close()
  return join(dir, 'keeper.cjs')
}

export interface RequestOptions {
  readonly sweepDir: string
  readonly trial?: number
  readonly attempt?: number
  readonly graceMs?: number
  readonly params?: Readonly<Record<string, unknown>>
}

/** A request with its folder made, as the orchestrator makes it. */
export function requestFor(argv: readonly string[], options: RequestOptions): AttemptRequest {
  const { sweepDir, trial = 0, attempt = 1, graceMs = 300, params = {} } = options
  const trialDir = join(sweepDir, 'trials', String(trial).padStart(4, '0'))
  mkdirSync(trialDir, { recursive: true })
  writeFileSync(join(trialDir, 'params.json'), JSON.stringify(params))
  const context = { sweepId: 'made-up.1', trial, attempt, seed: 7, trialDir, resume: false }
  return {
    sweepId: 'made-up.1',
    trial,
    attempt,
    argv,
    cwd: trialDir,
    env: { PATH: process.env.PATH ?? '', ...attemptEnvironment(context) },
    trialDir,
    stdout: join(trialDir, 'stdout.log'),
    stderr: join(trialDir, 'stderr.log'),
    graceMs,
  }
}

export type Ended = Extract<AttemptStatus, { state: 'ended' }>

/** Waits for the end of an attempt as the loop would: by asking. */
export async function endOf(executor: Executor, handle: Handle): Promise<Ended> {
  return until(async () => {
    const [status] = await executor.poll([handle])
    return status?.state === 'ended' ? status : undefined
  })
}

export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 1500; i++) {
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('It did not happen within 15 s.')
}

/** Lines of a file in the trial's folder; waits for the first one. */
export const witness = (request: AttemptRequest, name = 'witness') =>
  until(() => {
    const path = join(request.trialDir, name)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    return text.endsWith('\n') ? text.trim().split('\n') : undefined
  })

export function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.startsWith('Z') === false
  } catch {
    return false
  }
}
