import { ask } from './ask.ts'
import { promotion } from './decide.ts'
import { finish } from './finish.ts'
import { isChecking } from './free-check.ts'
import { heedBudget } from './heed-budget.ts'
import { beginControl, heedControl } from './heed-control.ts'
import { heedSignals } from './heed-signals.ts'
import { place, startClaimed } from './place.ts'
import { recover } from './recover.ts'
import { wakeRested } from './rest.ts'
import { openLoop, record, type SweepEnd, type SweepLoop, type SweepParts } from './sweep-loop.ts'
import { tell } from './tell.ts'
import { watch } from './watch.ts'

/**
 * Runs a sweep to its end, from wherever its journal says it is: ask what to run, place it on slots, watch it, tell
 * the journal what became of it.
 *
 * When it throws (a full disk, say), running attempts go on by themselves; the next resume adopts them.
 *
 * @throws {EnvironmentError} when the journal cannot be written or no attempt could be started
 */
export async function runSweep(parts: SweepParts): Promise<SweepEnd> {
  const loop = openLoop(parts)
  const stopHeeding = heedSignals(loop)
  parts.executor.onChange = loop.wake.up
  try {
    record(loop, { type: 'sweep-state', state: 'running' })
    await recover(loop)
    beginControl(loop, parts.cancel)
    while (!isOver(loop)) {
      heedControl(loop)
      heedBudget(loop)
      ask(loop)
      wakeRested(loop)
      await place(loop)
      const ended = await watch(loop)
      // What is claimed ahead need not wait until its predecessor is written down.
      await startClaimed(loop)
      tell(loop, ended)
      loop.observer?.tick(loop.live)
    }
    return await finish(loop)
  } finally {
    stopHeeding()
  }
}

function isOver(loop: SweepLoop): boolean {
  if (loop.running.size > 0 || isChecking(loop) || loop.seats.some((seat) => seat.claims.length > 0)) return false
  if (loop.ending !== undefined) return true
  const nothingLeft = loop.asked && loop.waiting.length === 0 && loop.resting.size === 0
  // What ended last may be what a paused trial has waited for.
  return nothingLeft && promotion(loop) === undefined
}
