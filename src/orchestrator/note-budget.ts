import { SHARE_STEP } from '../trial/search-budget.ts'
import { capacity, record, type SweepLoop } from './sweep-loop.ts'

/** Writes down what samplers and races are told of the budget, whenever that changes. */
export function noteBudget(loop: SweepLoop): void {
  const { control, journal } = loop
  const { search } = journal.snapshot
  const { trials } = control.budget
  const time = control.usedShare === undefined ? undefined : inSteps(control.usedShare)
  // A sweep that gets no slot just now will have one when what is decided is run.
  const parallel = Math.max(1, capacity(loop))
  if (search?.trials === trials && search?.parallel === parallel && search.time === time) return
  record(loop, {
    type: 'search-budget',
    parallel,
    ...(trials === undefined ? {} : { trials }),
    ...(time === undefined ? {} : { time }),
  })
}

function inSteps(share: number): number {
  const steps = 1 / SHARE_STEP
  return Math.floor(Math.min(1, Math.max(0, share)) * steps) / steps
}
