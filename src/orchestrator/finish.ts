import { settledNote } from '../trial/settled.ts'
import { ranMs } from './control.ts'
import { record, type SweepEnd, type SweepLoop } from './sweep-loop.ts'

/** Writes down how the sweep ended, durably, and gives its slots back. */
export async function finish(loop: SweepLoop): Promise<SweepEnd> {
  const { journal, ending, seats, slots } = loop
  if (ending?.state !== 'stopped') putAwayTheRest(loop, ending?.reason)
  const reason = ending === undefined ? settledNote(journal.snapshot) : ending.reason
  record(loop, { type: 'sweep-control', ranMs: ranMs(loop.control, loop.clock) })
  record(loop, {
    type: 'sweep-state',
    state: ending?.state ?? 'finished',
    ...(reason === undefined ? {} : { reason, by: ending?.by ?? 'settled' }),
  })
  await journal.durable()
  for (const { slot } of seats.splice(0)) slots.release(slot)
  loop.observer?.tick(loop.live)
  if (ending?.error !== undefined) throw ending.error
  return { snapshot: journal.snapshot, interrupted: ending?.by === 'person' }
}

const PAUSED = 'It was paused, and the sweep came to its end before its turn came again.'

/** A finished sweep leaves no trial behind that seems to wait for something. */
function putAwayTheRest(loop: SweepLoop, reason = 'The sweep ended.'): void {
  for (const { number, state } of loop.journal.snapshot.trials) {
    if (state === 'waiting') record(loop, { type: 'trial-state', trial: number, state: 'cancelled', reason })
    if (state === 'paused') record(loop, { type: 'trial-state', trial: number, state: 'pruned', reason: PAUSED })
  }
}
