import { join } from 'node:path'
import { BugError, SweepError } from '../../base/errors.ts'
import type { AttemptRequest, AttemptStatus, StopReason } from '../executor.ts'
import type { AdoptedAttempts, LocalAttempt } from './adopted-attempts.ts'
import { type AttemptFacts, AttemptRecord, addStep, attemptKey, RECORD_FILE } from './attempt-record.ts'
import type { KeeperAnswer, StartRequest } from './keeper-channel.ts'
import { type KeeperOptions, type KeeperProcess, keeperFails, startKeeper } from './keeper-process.ts'
import { requestOf } from './start-request.ts'
import { lostStatus, recordedStatus } from './status-in-words.ts'

/** An attempt that our own keeper was told to start. */
interface Kept extends LocalAttempt {
  readonly request: StartRequest
  readonly facts: AttemptFacts
  /** Asked for, perhaps not heard. */
  stopping?: StopReason
  /** Asked back, perhaps too late. */
  recalled?: true
}

/** Whether it is not to begin any more. */
function isUnwanted({ stopping, recalled }: Kept): boolean {
  return stopping !== undefined || recalled === true
}

const MAX_DEATHS_IN_A_ROW = 3
/** Until a record that a failing disk does not give is read again. */
const UNREADABLE_MS = 500

/** For one that is to be stopped anyway, or behind one that runs on without a keeper: only its end would free the slot. */
const NOT_BEGUN: AttemptStatus = { state: 'ended', end: 'stopped', reason: 'its keeper ended before its turn had come' }

export interface KeptOptions extends KeeperOptions {
  /** Takes on what a keeper leaves behind that was killed. */
  readonly adopted: AdoptedAttempts
  readonly changed: () => void
  /** Told how many milliseconds an attempt has lived that ended. */
  readonly ended: (lived: number) => void
  /** A keeper was killed, with whatever it had yet to look after. */
  readonly killed: () => void
}

export interface StartedAttempt {
  readonly attempt: LocalAttempt
  readonly keeper: KeeperProcess
}

/**
 * The attempts that one keeper of ours has, and that keeper, started with the first attempt.
 *
 * `start` does not wait for the spawn: once the request is in the channel, either the keeper spawns it, or it has died
 * and the record tells which requests it had taken on; the others go to the next keeper.
 */
export class KeptAttempts {
  readonly #options: KeeperOptions
  readonly #adopted: AdoptedAttempts
  readonly #changed: () => void
  readonly #ended: (lived: number) => void
  readonly #killed: () => void
  readonly #kept = new Map<string, Kept>()
  /** Those that wait for the keeper to be ready. */
  readonly #starting = new Set<string>()
  #keeper: KeeperProcess | undefined
  #deathsInARow = 0
  #isReady = false
  #isClosed = false

  constructor(options: KeptOptions) {
    this.#options = options
    this.#adopted = options.adopted
    this.#changed = options.changed
    this.#ended = options.ended
    this.#killed = options.killed
  }

  has(attempt: { readonly trial: number; readonly attempt: number }): boolean {
    return this.#kept.has(attemptKey(attempt)) || this.#starting.has(attemptKey(attempt))
  }

  hasTurn(turn: string): boolean {
    return [...this.#kept.values()].some((attempt) => attempt.turn === turn)
  }

  async start(request: AttemptRequest): Promise<StartedAttempt> {
    const key = attemptKey(request)
    this.#starting.add(key)
    try {
      const keeper = await this.#readyKeeper()
      const attempt: Kept = {
        trial: request.trial,
        attempt: request.attempt,
        request: requestOf(request, keeper.environment),
        ...(request.turn === undefined ? {} : { turn: request.turn }),
        facts: {},
      }
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

  /** Process number of the keeper, once there is one. */
  get keeper(): number | undefined {
    return this.#keeper?.identity.pid
  }

  /** An attempt need not wait for the keeper. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Starts the keeper, so that the first attempt need not wait for it. Never fails. */
  async prepare(): Promise<void> {
    // The end of an attempt may still be heard after the end of the sweep.
    if (this.#isClosed) return
    try {
      const keeper = this.#currentKeeper()
      await keeper.ready
      this.#isReady = keeper === this.#keeper
    } catch {
      // Whoever starts an attempt hears of it.
    }
  }

  recall(of: LocalAttempt): void {
    const { trial, attempt } = of
    const kept = this.#kept.get(attemptKey(of))
    if (kept === undefined) return
    kept.recalled = true
    this.#keeper?.send({ recall: { trial, attempt } })
  }

  stop(of: LocalAttempt, reason: StopReason): void {
    const { trial, attempt } = of
    const kept = this.#kept.get(attemptKey(of))
    if (kept !== undefined) kept.stopping ??= reason
    this.#keeper?.send({ stop: { trial, attempt, reason } })
  }

  kill({ trial, attempt }: LocalAttempt): void {
    this.#keeper?.send({ kill: { trial, attempt } })
  }

  /** Lets the keeper go; it waits for what runs, without us. */
  async close(): Promise<void> {
    this.#isClosed = true
    const keeper = this.#keeper
    this.#keeper = undefined
    if ((await keeper?.letGo(this.#kept.size > 0)) === 'killed') this.#killed()
  }

  #currentKeeper(): KeeperProcess {
    if (this.#keeper !== undefined) return this.#keeper
    // Nobody would let it go, and so it would keep this process for ever.
    if (this.#isClosed) throw new BugError('An attempt was started after its executor was closed.')
    if (this.#deathsInARow >= MAX_DEATHS_IN_A_ROW) throw keeperFails(this.#options.sweepDir)
    this.#keeper = startKeeper(this.#options, {
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
      this.#kept.delete(key)
      if (kept.facts.ended !== undefined) this.#ended(kept.facts.ended.after)
      ended++
    }
    if (ended === 0) return
    this.#deathsInARow = 0
    this.#changed()
  }

  #keeperDied(): void {
    this.#keeper = undefined
    this.#isReady = false
    this.#deathsInARow++
    this.#killed()
    this.#takeOver([...this.#kept.values()])
  }

  #takeOver(left: readonly Kept[]): void {
    if (this.#isClosed) return
    const record = this.#recordOf(left)
    // Without it nobody can tell which of them run, so they count as running until it can be read.
    if (record === undefined) {
      setTimeout(() => this.#takeOver(left), UNREADABLE_MS).unref()
      return
    }
    for (const attempt of left) this.#kept.delete(attemptKey(attempt))
    const isMentioned = (attempt: Kept) => Object.keys(record.facts(attempt)).length > 0
    const mentioned = left.filter(isMentioned)
    const others = left.filter((attempt) => !isMentioned(attempt))
    for (const attempt of mentioned) {
      this.#adopted.add(attempt, record)
      if (attempt.stopping !== undefined) this.#adopted.stop(attempt, attempt.stopping)
    }
    const turnsTaken = new Set(mentioned.filter(({ status }) => status === undefined).map(({ turn }) => turn))
    for (const attempt of others) {
      const { turn } = attempt
      if (isUnwanted(attempt) || (turn !== undefined && turnsTaken.has(turn))) attempt.status = NOT_BEGUN
      else this.#startAgain(attempt)
    }
    this.#changed()
  }

  #recordOf(attempts: readonly Kept[]): AttemptRecord | undefined {
    try {
      return new AttemptRecord(join(this.#options.sweepDir, RECORD_FILE), attempts)
    } catch {
      return undefined
    }
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
