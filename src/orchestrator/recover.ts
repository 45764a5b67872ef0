import { counted } from '../base/human-readable.ts'
import type { Handle } from '../executors/executor.ts'
import type { Attempt, Trial } from '../trial/trial.ts'
import { watchMemory } from './free-check.ts'
import { order, orderOf } from './judge.ts'
import { share } from './place.ts'
import { attemptContext, paramsOf, trialDirOf } from './prepare-attempt.ts'
import { restOrWait } from './rest.ts'
import { type RunningAttempt, record, recordNotBegun, type Seat, type SweepLoop } from './sweep-loop.ts'
import { endAtTarget } from './take-reports.ts'
import { TrialReports } from './trial-reports.ts'

interface OpenAttempt {
  readonly trial: Trial
  readonly attempt: Attempt
}

/**
 * Takes up what an earlier orchestrator left: waiting trials wait again, and of each attempt that was started and not
 * told, the executor says what became of it. Those that run are adopted, those that ended are told in the first turn,
 * and those that never began are started under the same number: nothing is run twice and nothing is forgotten.
 */
export async function recover(loop: SweepLoop): Promise<void> {
  const { trials } = loop.journal.snapshot
  // From the last to the first: each goes to the front.
  for (const { number, state } of trials.toReversed()) if (state === 'waiting') restOrWait(loop, number)
  loop.failuresFromStart = failuresFromStart(trials)
  for (const { number, state, value } of trials) if (state === 'completed') endAtTarget(loop, number, value)
  const open = trials.filter(({ state }) => state === 'running').map(openAttempt)
  if (open.length === 0) return
  const handles = await loop.executor.reattach(
    open.map(({ trial, attempt }) => ({ trial: trial.number, attempt: attempt.number, ...savedOf(attempt) })),
  )
  const found = open.flatMap((it, i) => (handles[i] === undefined ? [] : [{ ...it, handle: handles[i] as Handle }]))
  for (const it of found) adopt(loop, it)
  const never = open.filter((_, i) => handles[i] === undefined)
  for (const it of never) claimAgain(loop, it)
  const text = `${counted(open.length, 'attempt')} of the earlier start: ${found.length} found again, ${never.length} had not begun.`
  record(loop, { type: 'note', level: 'info', text })
}

/** What a resumed sweep remembers of a bad beginning. */
function failuresFromStart(trials: readonly Trial[]): number {
  const good = trials.some(({ state }) => state === 'completed' || state === 'pruned' || state === 'paused')
  return good ? Number.NEGATIVE_INFINITY : trials.filter(({ state }) => state === 'failed').length
}

/** A running trial whose last attempt has ended was cut off between two lines: its next attempt had not begun. */
function openAttempt(trial: Trial): OpenAttempt {
  return { trial, attempt: trial.attempts.at(-1) as Attempt }
}

function savedOf({ handle }: Attempt): { readonly saved?: Readonly<Record<string, unknown>> } {
  return typeof handle === 'object' && handle !== null ? { saved: handle as Readonly<Record<string, unknown>> } : {}
}

function adopt(loop: SweepLoop, { trial, attempt, handle }: OpenAttempt & { readonly handle: Handle }): void {
  const { number } = trial
  if (attempt.handle === undefined) {
    record(loop, { type: 'attempt-handle', trial: number, attempt: attempt.number, handle: handle.saved })
  }
  const seat = seatFor(loop, attempt.slot)
  if (seat !== undefined) {
    seat.trial = number
    seat.since = attempt.startedAt
    share(loop, seat, handle.keptBy)
  }
  const alive = Math.max(0, loop.clock.now() - attempt.startedAt)
  const run: RunningAttempt = {
    trial: number,
    attempt: attempt.number,
    seat,
    since: loop.clock.monotonic() - alive,
    command: commandOf(loop, { trial, attempt }, seat),
    handle,
    adopted: true,
    reports: TrialReports.ofAdopted({
      trialDir: trialDirOf(loop.sweepDir, number),
      attempt: attempt.number,
      spec: loop.spec,
      trial,
      notes: loop.journal.snapshot.notes,
    }),
  }
  loop.running.set(number, run)
  watchMemory(loop, run)
  // Its end was not seen, or it was never asked to end.
  if (trial.verdict !== undefined) order(loop, run, orderOf(trial.verdict))
  loop.wake.up()
}

/** Its own slot, if the machine still lets us have it; without one it simply runs on. */
function seatFor(loop: SweepLoop, id: string): Seat | undefined {
  const slot = loop.seats.some((seat) => seat.slot.id === id) ? undefined : loop.slots.acquire(id)
  if (slot === undefined) return undefined
  const seat: Seat = { slot, claims: [], queue: [], sharedWith: new Set() }
  loop.seats.push(seat)
  return seat
}

/** Only for the words of a failure, so what cannot be worked out again is left empty. */
function commandOf(loop: SweepLoop, { trial, attempt }: OpenAttempt, seat: Seat | undefined): readonly string[] {
  if (seat === undefined) return []
  const context = attemptContext(loop, { trial: trial.number, attempt: attempt.number })
  const { argv, shown = argv } = loop.launch(context, paramsOf(loop, trial.number), seat.slot)
  return shown
}

/** Goes on with a claim of the earlier orchestrator; without its slot the trial waits for another one, at the front. */
function claimAgain(loop: SweepLoop, { trial, attempt }: OpenAttempt): void {
  const [number, { slot, end }] = [trial.number, attempt]
  const seat = loop.seats.find((it) => it.slot.id === slot) ?? seatFor(loop, slot)
  if (seat !== undefined && end === undefined) {
    seat.claims.push({ trial: number, attempt: attempt.number, order: 0 })
    return
  }
  if (end === undefined) recordNotBegun(loop, { trial: number, attempt: attempt.number })
  record(loop, { type: 'trial-state', trial: number, state: 'waiting' })
  restOrWait(loop, number)
}
