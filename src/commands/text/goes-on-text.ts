import type { StoppedBy } from '../../trial/trial.ts'
import { commandLine } from './shell-quote.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 }

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
  return `It goes on with a larger one: ${resume} --budget ${asMuchAgain(stateReason)}   (in all, from its first start on)`
}

/** What was used and as much again. */
function asMuchAgain(reason: string): string {
  const gpuHours = /^Its budget of ([\d.,]+) GPU-hours/.exec(reason)?.[1]
  if (gpuHours !== undefined) return `gpu_hours=${2 * Number(gpuHours.replaceAll(',', ''))}`
  const amounts = [...(/^Its budget of (.+) is used up/.exec(reason)?.[1] ?? '').matchAll(/([\d.]+) (\w+)/g)]
  const seconds = amounts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (SECONDS[unit] ?? 0), 0)
  if (seconds === 0) return 'wall_time=...'
  const [size, unit] = [3600, 60]
    .map((it) => [it, it === 60 ? 'min' : 'h'] as const)
    .find(([it]) => seconds % it === 0) ?? [1, 's']
  return `wall_time=${Math.ceil((2 * seconds) / size)}${unit}`
}
