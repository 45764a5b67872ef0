import type { StoppedBy } from '../../trial/trial.ts'
import { commandLine } from './shell-quote.ts'

/** What makes a stopped sweep go on: one that has used up a budget needs more of it, or it would end again at once. */
export function goesOnText({
  id,
  stoppedBy,
  stateReason = '',
}: {
  readonly id: string
  readonly stoppedBy?: StoppedBy
  readonly stateReason?: string
}): string {
  const resume = commandLine('sweep', 'resume', id)
  if (stoppedBy !== 'budget' || !stateReason.startsWith('Its budget')) return `It goes on with: ${resume}`
  const name = stateReason.includes('GPU-hours') ? 'gpu_hours' : 'wall_time'
  return `It goes on with a larger one: ${resume} --budget ${name}=...   (in all, from its first start on)`
}
