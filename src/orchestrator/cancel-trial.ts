import { FINAL_STATES } from '../trial/states.ts'
import { order } from './judge.ts'
import { record, recordNotBegun, type SweepLoop } from './sweep-loop.ts'

const REASON = 'A person stopped it.'

/** Ends one trial for good, wherever it is in its life, also before it; the sweep goes on. Does nothing when it has ended. */
export function cancelTrial(loop: SweepLoop, number: number): void {
  const trial = loop.journal.snapshot.trials[number]
  if (trial === undefined) {
    if (!isSkipped(loop, number)) record(loop, { type: 'sweep-control', skip: [number] })
    return
  }
  if (FINAL_STATES.has(trial.state)) return
  const run = loop.running.get(number)
  if (run !== undefined) {
    // Its end is told in a later turn.
    if (run.order?.as !== 'cancelled') order(loop, run, { as: 'cancelled', reason: REASON })
    return
  }
  takeClaim(loop, number)
  loop.resting.delete(number)
  const place = loop.waiting.indexOf(number)
  if (place !== -1) loop.waiting.splice(place, 1)
  record(loop, { type: 'trial-state', trial: number, state: 'cancelled', reason: REASON })
}

/** Whether a person put a trial away before it was made. */
export function isSkipped({ journal }: SweepLoop, number: number): boolean {
  return journal.snapshot.control?.skip?.includes(number) === true
}

/** Its start was written down, but its process was not started yet. */
function takeClaim(loop: SweepLoop, trial: number): void {
  for (const seat of loop.seats) {
    const claim = seat.claims.find((it) => it.trial === trial)
    if (claim === undefined) continue
    seat.claims = seat.claims.filter((it) => it !== claim)
    recordNotBegun(loop, claim)
  }
}
