import type { Clock } from '../../base/clock.ts'
import { deliver, deliveryWarnings } from '../../notifications/deliver.ts'
import type { Message } from '../../notifications/notifier.ts'
import { configurationLabel, factsOf } from '../../reports/facts.ts'
import type { NoticeEvent, NotifySpec, SweepSpec } from '../../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'

export interface NoticesOptions {
  readonly spec: SweepSpec
  readonly sweepDir: string
  /** The sweep before this one of the same file; asked for once, when it is needed. */
  readonly previous: () => SweepSnapshot | undefined
  /** The sweep as it is when the loop begins. */
  readonly atStart?: SweepSnapshot
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

const DELIVER_MS = 60_000
const SETTLE_MS = 3000

/** Receivers that want to hear of one of these. */
export function targetsFor({ notify = [] }: SweepSpec, events: readonly NoticeEvent[]): NotifySpec[] {
  return notify.filter(({ on }) => on.some((event) => events.includes(event)))
}

/** Messages on their way. */
export class Outbox {
  readonly #options: NoticesOptions
  readonly #over = new AbortController()
  readonly #outgoing = new Set<Promise<void>>()
  /** The same dead webhook is named once. */
  readonly #warnings = new Map<string, string>()

  constructor(options: NoticesOptions) {
    this.#options = options
  }

  send(message: Message, targets: readonly NotifySpec[]): void {
    const { clock, env } = this.#options
    const sent = deliver(message, targets, { clock, env, withinMs: DELIVER_MS, signal: this.#over.signal })
      .then((deliveries) => {
        for (const text of deliveryWarnings(deliveries)) this.#warnings.set(text.split(' was not ')[0] ?? '', text)
      })
      .finally(() => this.#outgoing.delete(sent))
    this.#outgoing.add(sent)
  }

  warn(text: string): void {
    this.#warnings.set(text, text)
  }

  async settle(): Promise<string[]> {
    const all = Promise.all(this.#outgoing)
    const done = new AbortController()
    const patience = this.#options.clock.sleep(SETTLE_MS, done.signal).then(() => this.#over.abort())
    await all
    done.abort()
    await patience
    return [...this.#warnings.values()]
  }
}

/** As reports call configurations: `#5 gamma 2, boost 4`. */
export function labels(snapshot: SweepSnapshot): (configuration: number) => string {
  // A copy of its own: facts are remembered by object, and a live snapshot changes.
  const facts = factsOf({ ...snapshot })
  return (configuration) => configurationLabel(facts, configuration)
}
