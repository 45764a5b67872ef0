import type { JournalEvent } from '../../journal/event.ts'
import { type BeatenBest, newBestMessage } from '../../notifications/messages.ts'
import type { LiveState } from '../../orchestrator/observer.ts'
import { isJudged, mayWin, rankConfigurations } from '../../trial/ranking.ts'
import type { SweepSpec } from '../../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
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
    const begun = options.atStart
    if (begun === undefined || !begun.trials.some(({ state }) => state === 'completed')) return
    // A sweep that goes on: who led before is no news tonight.
    this.#beaten = leaderOf(begun)
    this.#asked = true
  }

  event(event: JournalEvent): void {
    if (event.type === 'trial-state' && event.state === 'completed') this.#news = true
  }

  look({ snapshot }: LiveState, now: number): void {
    if (!this.#news || now < this.#nextRank || now < this.#nextMessage) return
    this.#news = false
    this.#nextRank = now + RANK_MS
    const best = leaderOf(snapshot)
    if (best === undefined) return
    this.#beaten ??= this.#earlierBest(snapshot.spec)
    if (this.#beaten !== undefined) {
      if (!isBetter(best.mean, this.#beaten.mean, snapshot.spec.metric?.goal ?? 'minimize')) return
      const told = { snapshot, label: labels(snapshot), beaten: this.#beaten }
      this.#outbox.send(newBestMessage(told), targetsFor(this.#options.spec, ['new_best']))
      this.#nextMessage = now + BETWEEN_BESTS_MS
    }
    this.#beaten = best
  }

  #earlierBest({ metric }: SweepSpec): BeatenBest | undefined {
    if (this.#asked) return undefined
    this.#asked = true
    const previous = this.#options.previous()
    const same = previous?.spec.metric?.name === metric?.name && previous?.spec.metric?.goal === metric?.goal
    const best = previous === undefined || !same ? undefined : leaderOf(previous)
    return best && { ...best, configuration: `${best.configuration} of ${previous?.id}` }
  }
}

/** What rests on one lucky seed is not called the best: the others are to come. */
function leaderOf(snapshot: SweepSnapshot): BeatenBest | undefined {
  const [first] = rankConfigurations(snapshot).rows
  if (first === undefined || !Number.isFinite(first.mean) || !mayWin(first)) return undefined
  if (!isJudged(first) || (first.incomplete && first.n < 2)) return undefined
  return { configuration: labels(snapshot)(first.configuration.number), mean: first.mean }
}
