import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { BugError, EnvironmentError } from '../base/errors.ts'
import { duration } from '../base/human-readable.ts'
import { entry } from '../base/registry.ts'
import { TRIAL_FILES, VARIABLE } from '../protocol/attempt-environment.ts'
import type {
  AttemptRequest,
  AttemptStatus,
  Executor,
  ExecutorContext,
  Handle,
  Objective,
  StopReason,
} from './executor.ts'

interface InlineAttempt {
  readonly graceMs: number
  readonly abort: AbortController
  status: AttemptStatus
  stopping?: StopReason
  patience?: NodeJS.Timeout
}

/** Runs the sweep's function in this process; its reports go the way of every trainer's, through the events file. */
class InlineExecutor implements Executor {
  onChange: (() => void) | undefined
  readonly #objective: Objective | undefined
  readonly #metric: string
  readonly #attempts = new WeakMap<Handle, InlineAttempt>()
  readonly #running = new Set<InlineAttempt>()

  constructor(context: ExecutorContext) {
    this.#objective = context.objective
    this.#metric = context.metric ?? 'objective'
  }

  async start(request: AttemptRequest): Promise<Handle> {
    const objective = this.#objective
    if (objective === undefined) {
      throw new EnvironmentError(
        `Trial ${request.trial} was not started: its trainer is a function, and this program does not have it.`,
        { code: 'INLINE_WITHOUT_FUNCTION', suggestions: ['run the program that calls runSweep with this function'] },
      )
    }
    const attempt: InlineAttempt = {
      graceMs: request.graceMs,
      abort: new AbortController(),
      status: { state: 'running' },
    }
    const handle: Handle = { trial: request.trial, attempt: request.attempt, saved: { inline: true } }
    this.#attempts.set(handle, attempt)
    this.#running.add(attempt)
    void this.#run(attempt, request, objective)
    return handle
  }

  async poll(handles: readonly Handle[]): Promise<AttemptStatus[]> {
    return handles.map((handle) => this.#attemptOf(handle).status)
  }

  stop(handle: Handle, reason: StopReason): void {
    const attempt = this.#attemptOf(handle)
    if (attempt.status.state === 'ended' || attempt.stopping !== undefined) return
    attempt.stopping = reason
    attempt.abort.abort()
    // A function cannot be killed. The sweep goes on without it, and what it still reports is not heard.
    attempt.patience = setTimeout(() => {
      const grace = duration(attempt.graceMs)
      this.#settle(attempt, stopped(reason, `was stopped; its function had not returned ${grace} after its signal`))
    }, attempt.graceMs)
  }

  /** In-process attempts die with their process: those that had begun are lost. */
  async reattach(
    attempts: readonly { readonly trial: number; readonly attempt: number; readonly saved?: unknown }[],
  ): Promise<(Handle | undefined)[]> {
    return attempts.map(({ trial, attempt, saved }) => {
      if (saved === undefined) return undefined
      const handle: Handle = { trial, attempt, saved: { inline: true } }
      const status: AttemptStatus = { state: 'ended', end: 'lost', reason: 'the program that ran its function ended' }
      this.#attempts.set(handle, { graceMs: 0, abort: new AbortController(), status })
      return handle
    })
  }

  async close(): Promise<void> {
    for (const { patience } of this.#running) clearTimeout(patience)
    this.#running.clear()
  }

  async #run(attempt: InlineAttempt, request: AttemptRequest, objective: Objective): Promise<void> {
    // `start` returns first; and between two quick functions, Ctrl-C and timers get their turn.
    await new Promise((resolve) => setImmediate(resolve))
    let status: AttemptStatus
    try {
      const result = await objective(contextOf(attempt, request))
      if (attempt.status.state === 'ended') return
      writeEvent(request, { event: 'result' }, typeof result === 'number' ? { [this.#metric]: result } : result)
      status = { state: 'ended', end: 'finished', endedAt: Date.now() }
    } catch (error) {
      status = crashed(request, error)
    }
    const { stopping } = attempt
    this.#settle(attempt, stopping === undefined ? status : stopped(stopping, 'was stopped'))
  }

  #settle(attempt: InlineAttempt, status: AttemptStatus): void {
    if (attempt.status.state === 'ended') return
    clearTimeout(attempt.patience)
    attempt.status = status
    this.#running.delete(attempt)
    this.onChange?.()
  }

  #attemptOf(handle: Handle): InlineAttempt {
    const attempt = this.#attempts.get(handle)
    if (attempt === undefined) throw new BugError(`Trial ${handle.trial} has a handle of another executor.`)
    return attempt
  }
}

function contextOf(attempt: InlineAttempt, request: AttemptRequest): Parameters<Objective>[0] {
  return {
    params: JSON.parse(readFileSync(join(request.trialDir, TRIAL_FILES.params), 'utf8')) as Record<string, unknown>,
    seed: Number(request.env[VARIABLE.seed]),
    trial: request.trial,
    trialDir: request.trialDir,
    signal: attempt.abort.signal,
    report: (step, metrics) => {
      if (attempt.status.state === 'running') writeEvent(request, { step }, metrics)
    },
  }
}

/** JSON has no NaN and no infinities; the protocol reads them as strings. */
function writeEvent(
  request: AttemptRequest,
  head: Record<string, unknown>,
  metrics: Readonly<Record<string, number>>,
): void {
  const spelled = Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)])
  const line = JSON.stringify({ ...head, ...Object.fromEntries(spelled) })
  appendFileSync(join(request.trialDir, TRIAL_FILES.events), `${line}\n`)
}

/** The stack goes where a child process's would go. */
function crashed(request: AttemptRequest, error: unknown): AttemptStatus {
  const thrown = error instanceof Error ? error : new Error(String(error))
  appendFileSync(request.stderr, `${thrown.stack ?? thrown.message}\n`)
  return { state: 'ended', end: 'crashed', reason: `its function threw: ${thrown.message}`, endedAt: Date.now() }
}

function stopped(reason: StopReason, text: string): AttemptStatus {
  return { state: 'ended', end: reason === 'stop' ? 'stopped' : 'timed-out', reason: text, endedAt: Date.now() }
}

export const inline = entry({
  summary: 'A function of this very process, for the library and for tests.',
  options: z.object({}),
  create:
    () =>
    (context: ExecutorContext): Executor =>
      new InlineExecutor(context),
})
