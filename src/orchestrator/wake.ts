import type { Clock } from '../base/clock.ts'

/** Lets the loop sleep until something happens: one timer a turn, however many trials run. */
export class Wake {
  readonly #clock: Clock
  #pending = false
  #sleeper: AbortController | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends the current sleep, or the next one before it begins. */
  readonly up = (): void => {
    this.#pending = true
    // With a reason of ours no DOMException is made, which would cost more than all the rest of a turn.
    this.#sleeper?.abort('woken')
  }

  /** Resolves after `ms`, or as soon as {@link up} is called; at once when it was called since the last sleep. */
  async sleep(ms: number): Promise<void> {
    if (!this.#pending) {
      this.#sleeper ??= new AbortController()
      await this.#clock.sleep(ms, this.#sleeper.signal)
      if (this.#sleeper.signal.aborted) this.#sleeper = undefined
    }
    this.#pending = false
  }
}
