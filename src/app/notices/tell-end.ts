import { type Clock, systemClock } from '../../base/clock.ts'
import { deliver, deliveryWarnings } from '../../notifications/deliver.ts'
import { endMessage, failureMessage } from '../../notifications/messages.ts'
import type { Message } from '../../notifications/notifier.ts'
import { asOf, sinceLast } from '../../trial/since-last.ts'
import type { NotifySpec } from '../../trial/sweep-spec.ts'
import type { SweepSnapshot } from '../../trial/trial.ts'
import { previousSweep } from '../previous-sweep.ts'
import { resultOf } from '../result.ts'
import type { Workspace } from '../workspace.ts'
import { labels, targetsFor } from './outbox.ts'

/** Milliseconds that the end of a sweep waits for its messages: long enough for two more attempts. */
const DELIVER_MS = 20_000

export interface Post {
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface EndToTell {
  readonly workspace: Workspace
  readonly snapshot: SweepSnapshot
  /** When this start or resume began, in milliseconds since 1970. */
  readonly since: number
  /** Path of the report. */
  readonly report?: string
  /** What else could not be done. */
  readonly notes: readonly string[]
}

/** Tells people how a sweep has ended, once its report is written. @returns what was not delivered, a sentence each */
export async function tellEnd(end: EndToTell, post: Post): Promise<string[]> {
  const { snapshot } = end
  const targets = targetsFor(snapshot.spec, ['end', 'failure'])
  if (targets.length === 0) return []
  const { stoppedBy, stateReason = 'no reason was given' } = snapshot
  if (stoppedBy === 'failures' || stoppedBy === 'machine') return tellFailure(snapshot, stateReason, post)
  return send(endOf(end), targetsFor(snapshot.spec, ['end']), post)
}

/** A failure is an end, too: those who want to hear of either are told. */
export function tellFailure(snapshot: SweepSnapshot, reason: string, post: Post): Promise<string[]> {
  const targets = targetsFor(snapshot.spec, ['end', 'failure'])
  if (targets.length === 0) return Promise.resolve([])
  return send(failureMessage({ snapshot, label: labels(snapshot), reason }), targets, post)
}

/**
 * Tells people of a sweep that could not even begin, such as a nightly one on a machine whose driver is broken. Not when
 * somebody sits before the terminal and reads it there.
 */
export async function tellNotStarted(
  { id, spec }: Pick<SweepSnapshot, 'id' | 'spec'>,
  error: unknown,
  clock: Clock = systemClock,
): Promise<void> {
  if (process.stderr.isTTY === true) return
  const at = clock.now()
  const nothing = { exhausted: false, configurations: [], trials: [], notes: [], provenance: {} }
  const snapshot: SweepSnapshot = { id, spec, state: 'stopped', startedAt: at, endedAt: at, ...nothing }
  const warnings = await tellFailure(snapshot, (error as Error).message, { clock, env: process.env })
  for (const text of warnings) process.stderr.write(`${text}\n`)
}

function endOf({ workspace, snapshot, since, report, notes }: EndToTell): Message {
  const previous = previousSweep(workspace, snapshot.id)
  const resumed =
    since > snapshot.startedAt && snapshot.trials.some(({ attempts }) => (attempts[0]?.startedAt ?? since) < since)
  const { verdict } = resultOf(snapshot)
  return endMessage({
    snapshot,
    label: labels(snapshot),
    notes,
    ...(verdict === undefined ? {} : { verdict }),
    ...(previous === undefined ? {} : { changed: sinceLast(previous, snapshot) }),
    ...(resumed ? { tonight: sinceLast(asOf(snapshot, since), snapshot) } : {}),
    ...(report === undefined ? {} : { report }),
  })
}

async function send(message: Message, targets: readonly NotifySpec[], post: Post): Promise<string[]> {
  return deliveryWarnings(await deliver(message, targets, { ...post, withinMs: DELIVER_MS }))
}
