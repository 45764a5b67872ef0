import type { AttemptRequest, StopReason } from '../executor.ts'
import type { LocalAttempt } from './adopted-attempts.ts'
import { KeptAttempts, type KeptOptions, type StartedAttempt } from './kept-attempts.ts'

/** Attempts that live longer than this, in milliseconds, do not notice how long a start takes. */
const SHORT_MS = 50

/**
 * The keepers of one orchestrator: one, and a second one for sweeps of very short trials on several slots.
 *
 * A start holds its keeper up until the new process has its program, about as long as a very short trial lives; with
 * two keepers two start at the same time. All attempts of a turn are with one keeper, which alone knows when the next
 * may begin; a turn moves to the second keeper when none of its attempts is left with the first.
 */
export class KeeperLanes {
  readonly #first: KeptAttempts
  readonly #second: KeptAttempts
  readonly #turns = new Set<string>()
  /** Those of the second keeper. */
  readonly #moved = new Set<string>()

  constructor(options: Omit<KeptOptions, 'ended'>) {
    this.#first = new KeptAttempts({ ...options, ended: (lived) => this.#prepareSecond(lived) })
    this.#second = new KeptAttempts({ ...options, ended: () => undefined })
  }

  /** Process number of the first keeper, once there is one. */
  get firstKeeper(): number | undefined {
    return this.#first.keeper
  }

  /** Starts the first keeper, so that the first attempt need not wait for it. */
  prepare(): void {
    void this.#first.prepare()
  }

  has(attempt: { readonly trial: number; readonly attempt: number }): boolean {
    return this.#first.has(attempt) || this.#second.has(attempt)
  }

  start(request: AttemptRequest): Promise<StartedAttempt> {
    if (request.turn !== undefined) this.#turns.add(request.turn)
    return this.#laneFor(request.turn).start(request)
  }

  /** False for a turn that is to move: then the first keeper gets no more of its attempts. */
  canQueue(turn: string): boolean {
    return this.#moved.has(turn) || !this.#shouldMove()
  }

  recall(attempt: LocalAttempt): void {
    this.#laneWith(attempt).recall(attempt)
  }

  stop(attempt: LocalAttempt, reason: StopReason): void {
    this.#laneWith(attempt).stop(attempt, reason)
  }

  kill(attempt: LocalAttempt): void {
    this.#laneWith(attempt).kill(attempt)
  }

  async close(): Promise<void> {
    await Promise.all([this.#first.close(), this.#second.close()])
  }

  #laneFor(turn: string | undefined): KeptAttempts {
    if (turn === undefined || this.#first.hasTurn(turn)) return this.#first
    if (!this.#moved.has(turn) && this.#shouldMove()) this.#moved.add(turn)
    return this.#moved.has(turn) ? this.#second : this.#first
  }

  #laneWith(attempt: LocalAttempt): KeptAttempts {
    return this.#second.has(attempt) ? this.#second : this.#first
  }

  #prepareSecond(lived: number): void {
    if (lived < SHORT_MS && this.#turns.size > 1 && this.#second.keeper === undefined) void this.#second.prepare()
  }

  /** Whether the first keeper has at least two turns more than the second. */
  #shouldMove(): boolean {
    return this.#second.isReady && this.#turns.size > 2 * this.#moved.size + 1
  }
}
