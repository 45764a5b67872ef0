import type { TopRow } from '../../journal/summary.ts'
import type { Goal } from '../../trial/sweep-spec.ts'

type Leading = Pick<TopRow, 'configuration' | 'mean' | 'incomplete' | 'tiedWithBest'> &
  Partial<Pick<TopRow, 'n' | 'overLimits' | 'believed'>>

/**
 * What the lead of the first is worth. Missing seeds come before noise: where one below has the better mean, a reader
 * has to be told why it is below.
 *
 * @param top best first, at least two
 */
export function leadLine(top: readonly Leading[], goal: Goal | undefined): string {
  const [first, second] = top
  if (first === undefined || second === undefined) return 'There is nothing to compare yet.'
  if (first.overLimits !== undefined) return 'No configuration keeps to the limits, so there is no winner.'
  if (second.overLimits !== undefined) return 'All others shown are over a limit of the sweep, so the first one wins.'
  const sign = goal === 'minimize' ? -1 : 1
  const ahead = top.find((row) => row.incomplete && row.believed === undefined && sign * row.mean > sign * first.mean)
  if (ahead !== undefined) {
    const name = `Configuration #${ahead.configuration}`
    return `${name} has the better mean, but seeds of it are missing: until they are in, it ranks by the worse end of its interval, and nothing is decided.`
  }
  if (Math.min(first.n ?? 2, second.n ?? 2) < 2) {
    return 'The first two share fewer than two seeds, so luck cannot be told from merit yet.'
  }
  const lead = second.tiedWithBest ? 'The lead is within seed noise.' : 'The lead is more than seed noise.'
  if (first.believed) return lead
  return first.incomplete || second.incomplete ? `${lead} Seeds of the first two are missing, so it may change.` : lead
}
