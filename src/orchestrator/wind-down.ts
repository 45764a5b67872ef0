import { order } from './judge.ts'
import { capacity, record, recordNotBegun, type Seat, type SweepLoop } from './sweep-loop.ts'

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

/**
 * Gives slots back that a person does not want the sweep to have any more: idle ones at once, the others when their
 * trial has ended. With `endsRunning` it is asked to end, and goes on from its checkpoint when its turn comes again.
 */
export function closeSeats(loop: SweepLoop): void {
  const { control, running, slots } = loop
  const most = capacity(loop)
  // One whose memory is still held is nobody's for now.
  const seats = loop.seats.filter(({ check }) => check?.held === undefined)
  const excess = seats.length - most
  if (excess > 0) {
    giveUpClaims(loop, seats.filter(({ trial }) => trial === undefined).slice(-excess))
    for (const { slot } of takeIdleSeats(loop, excess)) slots.release(slot)
  }
  seats.forEach((seat, i) => {
    if (i >= most) closeSeat(loop, seat)
    else if (seat.closing) seat.closing = false
  })
  if (!control.paused) return
  for (const run of running.values()) {
    if (run.order === undefined) order(loop, run, { as: 'stopped', reason: 'The sweep was paused.' })
  }
}

function closeSeat(loop: SweepLoop, seat: Seat): void {
  seat.closing = true
  giveUpClaims(loop, [seat])
  for (const run of seat.queue) {
    if (run.order === undefined) order(loop, run, { as: 'stopped', reason: 'It had not begun.' })
  }
  const run = seat.trial === undefined ? undefined : loop.running.get(seat.trial)
  if (run === undefined || run.order !== undefined || !loop.control.endsRunning) return
  order(loop, run, { as: 'stopped', reason: 'A person took its slot away.' })
}

/** A process that never started is no loss: its trial waits again. */
export function giveUpClaims(loop: SweepLoop, seats: SweepLoop['seats']): void {
  for (const seat of seats) {
    for (const claim of seat.claims) {
      const { trial } = claim
      recordNotBegun(loop, claim)
      record(loop, { type: 'trial-state', trial, state: 'waiting' })
      loop.waiting.push(trial)
    }
    seat.claims = []
  }
}

/** Removes the seats that nothing runs on, `most` at most and the last ones first, and returns them. */
export function takeIdleSeats({ seats }: SweepLoop, most = seats.length): SweepLoop['seats'] {
  const idle = seats
    .filter(({ trial, claims, check }) => trial === undefined && claims.length === 0 && check === undefined)
    .slice(-most)
  const busy = seats.filter((seat) => !idle.includes(seat))
  seats.splice(0, seats.length, ...busy)
  return idle
}
