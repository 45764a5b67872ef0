import { counted } from '../base/human-readable.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { askAndWait, type RunningAnswer, type RunningQuestion, requireRunning } from './ask-running.ts'

/**
 * Pauses a running sweep: its trials end with their grace period, its slots go back to the machine, and its process
 * waits for `sweep resume`. Returns when nothing of it runs any more.
 *
 * @throws {UserError} SWEEP_UNKNOWN, NO_SWEEPS, NOT_RUNNING
 */
export async function pauseSweep(question: RunningQuestion): Promise<RunningAnswer> {
  const { id, dir } = requireRunning(question)
  const before = readSnapshot(dir)
  const already = before.control?.pausedAt !== undefined
  const running = before.trials.filter(({ state }) => state === 'running')
  const { snapshot, ended } = await askAndWait(
    {
      id,
      dir,
      wish: { paused: true },
      heeded: ({ control, trials }) =>
        control?.pausedAt !== undefined && trials.every(({ state }) => state !== 'running'),
    },
    question,
  )
  if (ended && snapshot.control?.pausedAt === undefined) {
    return { id, result: snapshot.state, message: `${id} ended before it could be paused: it is ${snapshot.state}.` }
  }
  if (already) return { id, result: 'paused', message: `${id} is paused already.` }
  const waiting = running.filter(({ number }) => snapshot.trials[number]?.state === 'waiting').length
  const go = waiting === 0 ? '' : ` ${counted(waiting, 'trial')} will go on later, from the last checkpoint.`
  return { id, result: 'paused', message: `${id} is paused and its slots are free.${go}` }
}
