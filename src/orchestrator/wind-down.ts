import { record, type SweepLoop } from './sweep-loop.ts'
import { order } from './watch.ts'

/**
 * What a sweep that ends does in each turn until nothing runs any more. One that was stopped ends its attempts, which
 * go on at the next resume; one that has reached its target lets them finish.
 */
export function windDown(loop: SweepLoop): void {
  giveUpClaims(loop, loop.seats)
  for (const { slot } of takeIdleSeats(loop)) loop.slots.release(slot)
  if (loop.ending?.state !== 'stopped') return
  for (const run of loop.running.values()) {
    if (run.order === undefined) order(loop, run, { as: 'stopped', reason: loop.ending.reason })
    if (loop.killed) loop.executor.kill?.(run.handle)
  }
}

/** A process that never started is no loss: its trial waits again. */
export function giveUpClaims(loop: SweepLoop, seats: SweepLoop['seats']): void {
  for (const seat of seats) {
    for (const { trial, attempt } of seat.claims) {
      record(loop, { type: 'attempt-ended', trial, attempt, end: 'stopped', reason: 'It had not begun.' })
      record(loop, { type: 'trial-state', trial, state: 'waiting' })
      loop.waiting.push(trial)
    }
    seat.claims = []
  }
}

/** Removes the seats that nothing runs on, and returns them. */
export function takeIdleSeats({ seats }: SweepLoop): SweepLoop['seats'] {
  const idle = seats.filter(({ trial, claims }) => trial === undefined && claims.length === 0)
  const busy = seats.filter((seat) => !idle.includes(seat))
  seats.splice(0, seats.length, ...busy)
  return idle
}
