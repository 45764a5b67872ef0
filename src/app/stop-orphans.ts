import { systemClock } from '../base/clock.ts'
import { SweepError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import type { SlotPool } from '../gpus/slot.ts'
import type { Journal } from '../journal/journal.ts'
import { openJournal } from '../journal/open-journal.ts'
import type { RunningQuestion } from './ask-running.ts'
import { plainSlots } from './plain-slots.ts'
import { runParts } from './run-loop.ts'
import { openSlots } from './slots.ts'
import { sweepDirOf } from './workspace.ts'

/**
 * Ends what an orchestrator left running that has died: takes its place, finds its attempts again, stops them and closes
 * the sweep, so that nothing is left and a resume goes on from there.
 *
 * @throws {EnvironmentError} JOURNAL_LOCKED when somebody resumes it at this very moment
 */
export async function stopOrphans(
  { workspace, now = false, onWaiting, clock = systemClock }: RunningQuestion & { readonly now?: boolean },
  id: string,
): Promise<{ readonly id: string; readonly result: 'stopped'; readonly message: string }> {
  const journal = openJournal({ dir: sweepDirOf(workspace, id), clock })
  const left = journal.snapshot.trials.filter(({ state }) => state === 'running').length
  const slots = await slotsOrNone(journal, sweepDirOf(workspace, id))
  const since = clock.monotonic()
  const said = setInterval(() => {
    const running = journal.snapshot.trials.filter(({ state }) => state === 'running').length
    onWaiting?.({ id, running, waitedMs: clock.monotonic() - since })
  }, 1000)
  try {
    const stopped = AbortSignal.abort()
    await runParts({ workspace, journal, slots }, { signal: stopped, ...(now ? { killSignal: stopped } : {}), clock })
    slots.close()
  } finally {
    clearInterval(said)
    await journal.close()
  }
  const trials = left === 0 ? 'No trial of it had been left' : `${counted(left, 'trial')} that it had left`
  const ended = left === 0 ? '' : left === 1 ? ' was ended' : ' were ended'
  return { id, result: 'stopped', message: `The process of ${id} had died. ${trials}${ended}; it is stopped now.` }
}

/** To end what runs, none of the machine is needed: a GPU that has gone since must not keep trials alive. */
async function slotsOrNone({ snapshot }: Journal, dir: string): Promise<SlotPool> {
  try {
    return await openSlots(snapshot.spec, dir, {})
  } catch (error) {
    if (error instanceof SweepError) return plainSlots(0)
    throw error
  }
}
