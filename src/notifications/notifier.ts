import { EnvironmentError } from '../base/errors.ts'
import type { NoticeEvent } from '../trial/sweep-spec.ts'

/** What happened, in words and as data. Plain JSON: the `command` and `json` notifiers hand it on as it is. */
export interface Message {
  readonly format: 1
  /** `test` = a person wants to see that it arrives. */
  readonly event: NoticeEvent | 'test'
  /** `gamma-grid.3`; the sweep file's name for a test. */
  readonly sweep: string
  readonly level: 'good' | 'info' | 'warn'
  /** One line, without the sweep's values of parameters: it may be shown on a locked screen. */
  readonly title: string
  readonly lines: readonly string[]
  /** The same for programs: ranking, counts, what changed. */
  readonly facts: Readonly<Record<string, unknown>>
}

/** What a notifier may use beside its options. */
export interface Surroundings {
  /** Where secrets come from, and what a command inherits. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted when its time is up: then nothing of it may go on. */
  readonly signal: AbortSignal
}

/**
 * Brings one message to people.
 *
 * Called at most a few times a message and never at the same time for one message. Options hold references to the
 * environment (`${env:NAME}`) where there is a secret: they are resolved here and now, and what they stand for goes to
 * the receiver and nowhere else, no error text included. A URL is a secret as a whole; only its host may be shown.
 * The smallest example is `senders/ntfy.ts`.
 */
export interface Notifier {
  /** For people: `webhook hooks.slack.com`; never a secret, never throws. */
  name(env: Surroundings['env']): string
  /** @throws {Undelivered} when it did not arrive, as far as can be known */
  send(message: Message, surroundings: Surroundings): Promise<void>
}

/** A message that did not arrive. */
export class Undelivered extends EnvironmentError {
  /** Another attempt may succeed. */
  readonly again: boolean
  /** Milliseconds that the receiver asked us to wait before it. */
  readonly afterMs: number | undefined

  constructor(problem: string, { again, afterMs }: { readonly again: boolean; readonly afterMs?: number }) {
    super(problem, { code: 'NOTIFY_FAILED' })
    this.again = again
    this.afterMs = afterMs
  }
}
