import type { Clock } from '../base/clock.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { JOURNAL_FORMAT, type JournalEvent } from './event.ts'
import { applyEvent, emptyFold, type SweepFold } from './fold.ts'
import type { Journal, NewEvent } from './journal.ts'

export interface MemoryJournalOptions {
  readonly id: string
  readonly spec: SweepSpec
  readonly clock: Clock
  /** Hears each event once it is in the snapshot. */
  readonly onEvent?: (event: JournalEvent) => void
}

/** A journal without a file, for sweeps that need not outlive their process. */
export class MemoryJournal implements Journal {
  readonly #fold: SweepFold
  readonly #clock: Clock
  readonly #onEvent: ((event: JournalEvent) => void) | undefined

  constructor({ id, spec, clock, onEvent }: MemoryJournalOptions) {
    this.#fold = emptyFold({ format: JOURNAL_FORMAT, id, createdAt: clock.now(), provenance: {}, spec })
    this.#clock = clock
    this.#onEvent = onEvent
  }

  get snapshot(): SweepSnapshot {
    return this.#fold
  }

  append(event: NewEvent): void {
    this.take({ t: this.#clock.now(), ...event } as JournalEvent)
  }

  /** For an event that has its time: one that was kept. */
  take(event: JournalEvent): void {
    applyEvent(this.#fold, event)
    this.#onEvent?.(event)
  }

  async durable(): Promise<void> {}

  async close(): Promise<void> {}
}
