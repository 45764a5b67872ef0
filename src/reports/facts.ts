import { rngFor } from '../base/rng.ts'
import type { ParamValue } from '../space/domain.ts'
import { judgeWinner } from '../statistics/winner.ts'
import { isJudged, mayWin, type RankedConfiguration, type Ranking, rankConfigurations } from '../trial/ranking.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { flatParams, paramsLabel, varyingNames } from './params.ts'

/** What most sections need to know of a sweep, worked out once. */
export interface SweepFacts {
  readonly ranking: Ranking
  /** 1 where larger is better, otherwise -1. */
  readonly sign: 1 | -1
  /** The best configuration whose mean is a number; undefined when there is none. */
  readonly winner: RankedConfiguration | undefined
  readonly second: RankedConfiguration | undefined
  /** The winner's trials that are ranked, one a seed. */
  readonly winnerTrials: readonly Trial[]
  /** How sure the win is and how much of it is luck; undefined with fewer than two configurations or without repeated seeds. */
  readonly judgement: { readonly probabilityBest: number; readonly optimism: number } | undefined
  /** Flat params of every configuration, fixed ones left out. */
  readonly params: ReadonlyMap<number, ReadonlyMap<string, ParamValue>>
  /** Parameters that are not the same in all configurations. */
  readonly varying: readonly string[]
}

const known = new WeakMap<SweepSnapshot, SweepFacts>()

export function factsOf(snapshot: SweepSnapshot): SweepFacts {
  const before = known.get(snapshot)
  if (before !== undefined) return before
  const facts = workOut(snapshot)
  known.set(snapshot, facts)
  return facts
}

function workOut(snapshot: SweepSnapshot): SweepFacts {
  const ranking = rankConfigurations(snapshot)
  const sign = ranking.goal === 'maximize' ? 1 : -1
  const finite = ranking.rows.filter((row) => Number.isFinite(row.mean))
  const [winner, second] = finite.filter(mayWin)
  const winnerTrials = (winner?.values ?? []).flatMap(({ trial }) => snapshot.trials[trial] ?? [])
  const params = new Map(snapshot.configurations.map((c) => [c.number, flatParams(c.params)]))
  const varying = varyingNames([...params.values()])
  return { ranking, sign, winner, second, winnerTrials, judgement: judge(snapshot, ranking, sign), params, varying }
}

/** Incomplete configurations compete only where a race left them so: otherwise they are ranked by another rule than their mean. */
function judge(snapshot: SweepSnapshot, ranking: Ranking, sign: number): SweepFacts['judgement'] {
  const rows = ranking.rows.filter((row) => Number.isFinite(row.mean) && isJudged(row) && mayWin(row))
  if (rows.length < 2 || ranking.pooled.df === 0 || ranking.rows[0] !== rows[0]) return undefined
  const means = rows.map((row) => sign * row.mean)
  const standardErrors = rows.map((row) => ranking.pooled.sd / Math.sqrt(row.n))
  return judgeWinner({ means, standardErrors }, rngFor(snapshot.spec.sweepSeed, 'report', 'winner'))
}

/** `#7` and what sets it apart: `#7 gamma 2, boost 4`. */
export function configurationLabel(facts: SweepFacts, configuration: number, limit = 60): string {
  const text = paramsLabel(facts.params.get(configuration) ?? new Map(), facts.varying, limit)
  return text === '' ? `#${configuration}` : `#${configuration} ${text}`
}

/** `val/macro_f1` belongs to the test split when it says so; such figures are shown for the winner only, once. */
export function isTestMetric(name: string): boolean {
  return /^test([/_.-]|$)/i.test(name)
}
