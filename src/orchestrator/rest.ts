import type { Attempt } from '../trial/trial.ts'
import type { SweepLoop } from './sweep-loop.ts'

/**
 * Queues a trial that waits: behind its back-off when the end of its last attempt has decided one, otherwise at the
 * front, because it was begun. What is left of a back-off is told from the journal, so that it survives a resume.
 */
export function restOrWait(loop: SweepLoop, number: number): void {
  const { journal, clock, resting, waiting } = loop
  const attempt = journal.snapshot.trials[number]?.attempts.at(-1)
  const { retry, endedAt = 0 } = attempt ?? {}
  if (attempt === undefined || retry === undefined) {
    waiting.unshift(number)
    return
  }
  // A clock that was set may say anything: never longer than was decided.
  const left = Math.min(retry.afterMs, Math.max(0, retry.afterMs - (clock.now() - endedAt)))
  const alone = needsMachine(attempt) && loop.live.total !== undefined
  if (left === 0 && !alone) waiting.unshift(number)
  else resting.set(number, { due: clock.monotonic() + left, alone })
}

/** Its own parameters go into its next attempt unchanged, so only what runs beside it can make room. */
function needsMachine({ shortage, params, retry }: Attempt): boolean {
  return shortage?.memory === 'host' && JSON.stringify(retry?.params) === JSON.stringify(params)
}

/** Lets trials wait for a slot whose rest is over. Called when it is known what else there is to do. */
export function wakeRested(loop: SweepLoop): void {
  const { resting, waiting, clock } = loop
  if (resting.size === 0 || loop.ending !== undefined) return
  for (const [number, { due, alone }] of resting) {
    if (clock.monotonic() < due || (alone && !isQuiet(loop))) continue
    resting.delete(number)
    // A person may have put an end to it meanwhile.
    if (loop.journal.snapshot.trials[number]?.state === 'waiting') waiting.unshift(number)
  }
}

function isQuiet({ running, waiting, seats }: SweepLoop): boolean {
  return running.size === 0 && waiting.length === 0 && seats.every(({ claims }) => claims.length === 0)
}

/** When the next rest is over, by the clock that never goes back. */
export function nextRested({ resting, clock }: SweepLoop): number {
  const now = clock.monotonic()
  let next = Number.POSITIVE_INFINITY
  // What is due already waits for something else than time.
  for (const { due } of resting.values()) if (due > now) next = Math.min(next, due)
  return next
}
