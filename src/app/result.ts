import { signed } from '../reports/numbers.ts'
import { isJudged, mayWin, type RankedConfiguration, type Ranking, rankConfigurations } from '../trial/ranking.ts'
import type { SweepSnapshot } from '../trial/trial.ts'

/** What a sweep has found out, for the end of `sweep start` and for `sweep status`. */
export interface SweepResult {
  readonly ranking: Ranking
  /** One or two sentences: is the difference more than seed noise? Absent when nothing is ranked. */
  readonly verdict?: string
  /** The winner's mean on the test split, over its seeds. Shown once, never selected on. */
  readonly test?: { readonly metric: string; readonly mean: number; readonly seeds: number }
}

export function resultOf(snapshot: SweepSnapshot): SweepResult {
  const ranking = rankConfigurations(snapshot)
  const winner = ranking.rows[0]
  if (winner === undefined) return { ranking }
  const test = testFigure(snapshot, winner)
  return { ranking, verdict: verdictOf(ranking, winner), ...(test === undefined ? {} : { test }) }
}

/** Says whether the winner is more than lucky; the words rest on the ranking's own paired tests. */
function verdictOf(ranking: Ranking, winner: RankedConfiguration): string {
  if (winner.overLimits !== undefined) {
    return `No configuration keeps to the limits, so there is no winner. The first misses them: ${winner.overLimits.join(', ')}.`
  }
  if (winner.notFinite > 0) return 'No configuration has a finite value, so there is no winner.'
  const next = ranking.rows[1]
  if (next?.overLimits !== undefined) return 'All other configurations are over a limit of the sweep, so this one wins.'
  if (next === undefined) return 'Only one configuration has a value, so there is nothing to compare it with.'
  const sign = ranking.goal === 'minimize' ? -1 : 1
  const ahead = ranking.rows.find((row) => !isJudged(row) && mayWin(row) && sign * row.mean > sign * winner.mean)
  if (ahead !== undefined) {
    const name = `Configuration #${ahead.configuration.number}`
    return `${name} has the better mean, but seeds of it are missing, so it ranks by the worse end of its interval and nothing is decided.`
  }
  const { difference, seeds, p } = next.behindBest ?? { difference: Number.NaN, seeds: 0, p: Number.NaN }
  if (seeds < 2) {
    const more =
      next.belief === undefined ? 'More seeds are to come.' : 'The race found no more seeds worth their time.'
    const advice = ranking.seeds.length < 2 ? 'Judge by several: seeds: 3.' : more
    return `The first two share fewer than two seeds, so luck cannot be told from merit yet. ${advice}`
  }
  const by = `${signed(difference)} over ${seeds} seeds, ${p < 0.001 ? 'p below 0.001' : `p = ${p.toFixed(3)}`}`
  if (!next.tiedWithBest) return `The winner is ahead of the next by more than seed noise (${by}).`
  const tied = ranking.rows.filter((row) => row.tiedWithBest && row !== winner).length
  const others = tied === 1 ? 'One configuration' : `${tied} configurations`
  return `The lead over the next is within seed noise (${by}). ${others} cannot be told from the winner.`
}

/** `val/macro_f1` -> `test/macro_f1`, where the trainer reported it for the winner's trials. */
function testFigure({ trials, spec }: SweepSnapshot, winner: RankedConfiguration): SweepResult['test'] {
  const metric = spec.metric?.name.replace(/^(val|valid|validation|dev)(?=[/_.])/, 'test')
  if (metric === undefined || metric === spec.metric?.name) return undefined
  const values = winner.values.map(({ trial }) => trials[trial]?.metrics[metric]).filter((value) => value !== undefined)
  if (values.length === 0) return undefined
  return { metric, mean: values.reduce((sum, value) => sum + value, 0) / values.length, seeds: values.length }
}
