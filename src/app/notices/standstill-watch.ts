import type { JournalEvent } from '../../journal/event.ts'
import { stalledMessage } from '../../notifications/messages.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import type { NotifySpec } from '../../trial/sweep-spec.ts'
import { lastWrite } from './last-write.ts'
import { type NoticesOptions, type Outbox, targetsFor } from './outbox.ts'

/** Events that show that the sweep goes on. */
const PROGRESS: ReadonlySet<JournalEvent['type']> = new Set([
  'reported',
  'attempt-started',
  'attempt-ended',
  'trial-state',
  'configuration-proposed',
])

/** Watches for a time without a report and without an end. */
export class StandstillWatch {
  readonly #options: NoticesOptions
  readonly #outbox: Outbox
  #lastNews: number
  #progress = 0
  readonly #told = new Set<NotifySpec>()

  constructor(options: NoticesOptions, outbox: Outbox) {
    this.#options = options
    this.#outbox = outbox
    this.#lastNews = options.clock.monotonic()
  }

  event({ type }: JournalEvent): void {
    if (PROGRESS.has(type)) this.#heard(this.#options.clock.monotonic())
  }

  look(live: LiveState, now: number): void {
    const progress = live.slots.reduce((sum, slot) => sum + (slot.progress ?? 0), 0)
    // A person or a back-off made it wait; that is no standstill.
    const idle = live.slots.every(({ trial }) => trial === undefined)
    const waits = live.snapshot.control?.pausedAt !== undefined || (idle && live.resting !== undefined)
    if (progress !== this.#progress || waits) this.#heard(now)
    this.#progress = progress
    for (const target of targetsFor(this.#options.spec, ['stalled'])) {
      if (now - this.#lastNews < target.stalledMs || this.#told.has(target)) continue
      if (this.#writes(live, now, target.stalledMs)) return
      this.#told.add(target)
      this.#tell(live, now, target)
    }
  }

  #heard(at: number): void {
    this.#lastNews = at
    this.#told.clear()
  }

  /** Not every trainer reports the metric often; one that writes into its logs has not come to a stop. */
  #writes({ slots }: LiveState, now: number, withinMs: number): boolean {
    const { clock, sweepDir } = this.#options
    const trials = slots.flatMap(({ trial }) => trial ?? [])
    const ago = clock.now() - Math.max(...trials.map((trial) => lastWrite(sweepDir, trial)), 0)
    // Logs of the future say nothing: a clock was set.
    if (ago < 0 || ago >= withinMs) return false
    this.#heard(now - ago)
    return true
  }

  #tell({ snapshot, slots }: LiveState, now: number, target: NotifySpec): void {
    const running = slots.flatMap(({ id, trial, since }) => {
      return trial === undefined ? [] : [{ trial, slot: id, ...(since === undefined ? {} : { since }) }]
    })
    const told = { snapshot, label: (configuration: number) => `#${configuration}` }
    const silentMs = now - this.#lastNews
    this.#outbox.send(stalledMessage({ ...told, silentMs, running, now: this.#options.clock.now() }), [target])
  }
}
