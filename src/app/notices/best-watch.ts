import type { JournalEvent } from '../../journal/event.ts'
import { type BeatenBest, newBestMessage } from '../../notifications/messages.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { rankConfigurations } from '../../trial/ranking.ts'
import type { Goal } from '../../trial/sweep-spec.ts'
import { isBetter } from '../../trial/value.ts'
import { labels, type NoticesOptions, type Outbox, targetsFor } from './outbox.ts'

/** Ranking thousands of trials takes a while, so it is looked at for a new best no more often than this. */
const RANK_MS = 10_000
/** A search that begins finds a new best every few trials; nobody wants a message for each. */
const BETWEEN_BESTS_MS = 5 * 60_000

/** Watches who ranks first. The first one that ranks is no news, unless it beats the sweep before. */
export class BestWatch {
  readonly #options: NoticesOptions
  readonly #outbox: Outbox
  #beaten: BeatenBest | undefined
  #asked = false
  #news = false
  #nextRank = 0
  #nextMessage = 0

  constructor(options: NoticesOptions, outbox: Outbox) {
    this.#options = options
    this.#outbox = outbox
  }

  event(event: JournalEvent): void {
    if (event.type === 'trial-state' && event.state === 'completed') this.#news = true
  }

  look({ snapshot }: LiveState, now: number): void {
    if (!this.#news || now < this.#nextRank || now < this.#nextMessage) return
    this.#news = false
    this.#nextRank = now + RANK_MS
    const { metric, goal, rows } = rankConfigurations(snapshot)
    const [first] = rows
    // What rests on one lucky seed is not called the best; the others are to come.
    if (metric === undefined || first === undefined || first.incomplete || !Number.isFinite(first.mean)) return
    this.#beaten ??= this.#earlierBest(metric, goal)
    const label = labels(snapshot)
    const best = { configuration: label(first.configuration.number), mean: first.mean }
    if (this.#beaten !== undefined) {
      if (!isBetter(first.mean, this.#beaten.mean, goal)) return
      const targets = targetsFor(this.#options.spec, ['new_best'])
      this.#outbox.send(newBestMessage({ snapshot, label, beaten: this.#beaten }), targets)
      this.#nextMessage = now + BETWEEN_BESTS_MS
    }
    this.#beaten = best
  }

  #earlierBest(metric: string, goal: Goal): BeatenBest | undefined {
    if (this.#asked) return undefined
    this.#asked = true
    const previous = this.#options.previous()
    if (previous === undefined) return undefined
    const ranking = rankConfigurations(previous)
    const [first] = ranking.rows
    if (ranking.metric !== metric || ranking.goal !== goal || first === undefined) return undefined
    if (!Number.isFinite(first.mean)) return undefined
    const name = labels(previous)(first.configuration.number)
    return { configuration: `${name} of ${previous.id}`, mean: first.mean }
  }
}
