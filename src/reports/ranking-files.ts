import type { SweepSnapshot } from '../trial/trial.ts'
import { csvText } from './csv.ts'
import { configurationLabel, factsOf, isTestMetric } from './facts.ts'
import { knowledgeJson } from './knowledge-json.ts'
import { paramText } from './params.ts'
import { meanMetric } from './verdict.ts'

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
const RANKING_VERSION = 1

/** Metrics of all trials but those of the test split, which is shown for the winner only. */
function shownMetrics({ trials }: SweepSnapshot): string[] {
  return [...new Set(trials.flatMap(({ metrics }) => Object.keys(metrics)))]
    .filter((name) => !isTestMetric(name))
    .sort()
}

const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : undefined)

/**
 * ranking.csv: one row a configuration, best first. Columns: rank, configuration, mean, low, high (95 % interval), sd,
 * seeds, missing_seeds, tied_with_best, one `param:NAME` a varying parameter, one `mean:METRIC` a metric.
 */
export function rankingCsv(snapshot: SweepSnapshot): string {
  const facts = factsOf(snapshot)
  const names = shownMetrics(snapshot)
  const header = [
    ...['rank', 'configuration', 'mean', 'low', 'high', 'sd', 'seeds', 'missing_seeds', 'tied_with_best'],
    ...facts.varying.map((name) => `param:${name}`),
    ...names.map((name) => `mean:${name}`),
  ]
  const rows = facts.ranking.rows.map((row) => {
    const params = facts.params.get(row.configuration.number)
    const trials = row.values.flatMap(({ trial }) => snapshot.trials[trial] ?? [])
    return [
      ...[row.rank, row.configuration.number, row.mean, row.interval.low, row.interval.high, row.sd, row.n],
      row.missing.length,
      row.tiedWithBest ? 'yes' : 'no',
      ...facts.varying.map((name) => {
        const value = params?.get(name)
        return typeof value === 'number' || value === undefined ? value : paramText(value)
      }),
      ...names.map((name) => meanMetric(trials, name)),
    ]
  })
  return csvText([header, ...rows])
}

/** ranking.json: the same for programs, and the winner's own metrics. What is not a finite number is null or absent. */
export function rankingJson(snapshot: SweepSnapshot): string {
  const facts = factsOf(snapshot)
  const { ranking, winner, judgement } = facts
  const rows = ranking.rows.map((row) => ({
    rank: row.rank,
    configuration: row.configuration.number,
    label: configurationLabel(facts, row.configuration.number, 200),
    params: row.configuration.params,
    mean: finite(row.mean) ?? null,
    interval: {
      low: finite(row.interval.low) ?? null,
      high: finite(row.interval.high) ?? null,
      basis: row.interval.basis,
    },
    sd: finite(row.sd) ?? null,
    seeds: row.values.map(({ seed, trial, value }) => ({ seed, trial, value: finite(value) ?? null })),
    missing: row.missing,
    tiedWithBest: row.tiedWithBest,
    ...(row.overLimits === undefined ? {} : { overLimits: row.overLimits }),
    ...(row.paretoRank === undefined ? {} : { paretoRank: row.paretoRank }),
    explanation: row.explanation,
  }))
  const best =
    winner === undefined
      ? null
      : {
          configuration: winner.configuration.number,
          probabilityBest: judgement?.probabilityBest ?? null,
          optimism: judgement?.optimism ?? null,
          trials: facts.winnerTrials.map(({ number, seed, metrics }) => ({ trial: number, seed, metrics })),
        }
  const seedNoise = { sd: finite(ranking.pooled.sd) ?? null, df: ranking.pooled.df }
  const content = {
    version: RANKING_VERSION,
    sweep: snapshot.id,
    state: snapshot.state,
    metric: ranking.metric ?? null,
    goal: ranking.goal,
    seedNoise,
    winner: best,
    ...knowledgeJson(snapshot),
    configurations: rows,
    unranked: ranking.unranked.map(({ configuration, missing }) => ({ configuration: configuration.number, missing })),
  }
  return `${JSON.stringify(content, null, 2)}\n`
}
