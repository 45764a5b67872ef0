import { join } from 'node:path'
import { SweepError } from '../../base/errors.ts'
import type { Job, StopReason } from '../executor.ts'
import type { AdoptedAttempts, LocalAttempt } from './adopted-attempts.ts'
import { type AttemptFacts, AttemptRecord, addStep, attemptKey, RECORD_FILE } from './attempt-record.ts'
import type { KeeperAnswer, StartRequest } from './keeper-channel.ts'
import { builtKeeper, type KeeperProcess, keeperFails, startKeeper } from './keeper-process.ts'
import { lostStatus, recordedStatus } from './status-in-words.ts'

/** An attempt that our own keeper was told to start. */
interface Kept extends LocalAttempt {
  readonly request: StartRequest
  readonly facts: AttemptFacts
}

const MAX_DEATHS_IN_A_ROW = 3

export interface KeptOptions {
  readonly sweepDir: string
  readonly program: string | undefined
  /** Takes on what a keeper leaves behind that was killed. */
  readonly adopted: AdoptedAttempts
  readonly changed: () => void
}

export interface StartedAttempt {
  readonly attempt: LocalAttempt
  readonly keeper: KeeperProcess
}

/**
 * The attempts that our own keeper has, and that keeper, started with the first attempt.
 *
 * `start` does not wait for the spawn: once the request is in the channel, either the keeper spawns it, or it has died
 * and the record tells which requests it had taken on; the others go to the next keeper.
 */
export class KeptAttempts {
  readonly #sweepDir: string
  readonly #program: string | undefined
  readonly #adopted: AdoptedAttempts
  readonly #changed: () => void
  readonly #kept = new Map<string, Kept>()
  /** Those that wait for the keeper to be ready. */
  readonly #starting = new Set<string>()
  #keeper: KeeperProcess | undefined
  #deathsInARow = 0

  /** Milliseconds that the last attempt lived that ended. */
  lastLived = Number.POSITIVE_INFINITY

  constructor(options: KeptOptions) {
    this.#sweepDir = options.sweepDir
    this.#program = options.program
    this.#adopted = options.adopted
    this.#changed = options.changed
  }

  get live(): number {
    return this.#kept.size + this.#starting.size
  }

  has(attempt: { readonly trial: number; readonly attempt: number }): boolean {
    return this.#kept.has(attemptKey(attempt)) || this.#starting.has(attemptKey(attempt))
  }

  async start(job: Job): Promise<StartedAttempt> {
    const key = attemptKey(job)
    this.#starting.add(key)
    try {
      const keeper = await this.#readyKeeper()
      const attempt: Kept = { trial: job.trial, attempt: job.attempt, request: requestOf(job, keeper), facts: {} }
      this.#kept.set(key, attempt)
      keeper.send({ start: attempt.request })
      return { attempt, keeper }
    } finally {
      this.#starting.delete(key)
    }
  }

  async #readyKeeper(): Promise<KeeperProcess> {
    for (;;) {
      const keeper = this.#currentKeeper()
      await keeper.ready
      // It may have died since it was ready.
      if (keeper === this.#keeper) return keeper
    }
  }

  stop({ trial, attempt }: LocalAttempt, reason: StopReason): void {
    this.#keeper?.send({ stop: { trial, attempt, reason } })
  }

  kill({ trial, attempt }: LocalAttempt): void {
    this.#keeper?.send({ kill: { trial, attempt } })
  }

  /** Lets the keeper go; it waits for what runs, without us. */
  async close(): Promise<void> {
    const keeper = this.#keeper
    this.#keeper = undefined
    await keeper?.letGo(this.#kept.size > 0)
  }

  #currentKeeper(): KeeperProcess {
    if (this.#keeper !== undefined) return this.#keeper
    if (this.#deathsInARow >= MAX_DEATHS_IN_A_ROW) throw keeperFails(this.#sweepDir)
    this.#keeper = startKeeper(this.#sweepDir, this.#program ?? builtKeeper(), {
      answers: (answers) => this.#take(answers),
      died: () => this.#keeperDied(),
    })
    return this.#keeper
  }

  #take(answers: readonly KeeperAnswer[]): void {
    let ended = 0
    for (const answer of answers) {
      if ('ready' in answer) continue
      const key = attemptKey(answer)
      const kept = this.#kept.get(key)
      if (kept === undefined) continue
      addStep(kept.facts, answer)
      const status = recordedStatus(kept.facts)
      if (status === undefined) continue
      kept.status = status
      this.lastLived = kept.facts.ended?.after ?? this.lastLived
      this.#kept.delete(key)
      ended++
    }
    if (ended === 0) return
    this.#deathsInARow = 0
    this.#changed()
  }

  #keeperDied(): void {
    this.#keeper = undefined
    this.#deathsInARow++
    const left = [...this.#kept.values()]
    this.#kept.clear()
    const record = new AttemptRecord(join(this.#sweepDir, RECORD_FILE), left)
    for (const attempt of left) {
      if (Object.keys(record.facts(attempt)).length > 0) this.#adopted.add(attempt, record)
      else this.#startAgain(attempt)
    }
    this.#changed()
  }

  /** The dead keeper had not taken it on, which it would have recorded first. */
  #startAgain(attempt: Kept): void {
    try {
      const keeper = this.#currentKeeper()
      this.#kept.set(attemptKey(attempt), attempt)
      keeper.send({ start: attempt.request })
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      attempt.status = lostStatus({}, `the process that should have started it ended before: ${error.message}`)
    }
  }
}

function requestOf(job: Job, keeper: KeeperProcess): StartRequest {
  const { trial, attempt, argv, cwd, stdout, stderr, graceMs, env, after } = job
  const set: Record<string, string> = {}
  for (const name in env) if (env[name] !== keeper.environment[name]) set[name] = env[name] as string
  const unset = Object.keys(keeper.environment).filter((name) => !(name in env))
  const turn = after === undefined ? {} : { after }
  return { trial, attempt, argv, cwd, set, unset, stdout, stderr, graceMs, ...turn }
}
