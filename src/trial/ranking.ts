import { type PooledVariance, pooledVariance } from '../statistics/intervals.ts'
import { pairedTTest } from '../statistics/paired.ts'
import { paretoRanks } from '../statistics/pareto.ts'
import { tQuantile } from '../statistics/student-t.ts'
import { summarize } from '../statistics/summary.ts'
import { twoWayNoise } from '../statistics/two-way.ts'
import { breachesOf, meanOfAll, objectivesOf } from './objectives.ts'
import { posteriorOf } from './posterior.ts'
import {
  explainRow,
  type IntervalBasis,
  type MissingSeed,
  type RankedConfiguration,
  type SeedValue,
} from './ranked-configuration.ts'
import type { Goal } from './sweep-spec.ts'
import type { Configuration, SweepSnapshot, Trial } from './trial.ts'

export { isJudged, mayWin } from './ranked-configuration.ts'
export type { IntervalBasis, MissingSeed, RankedConfiguration, SeedValue }

export interface Ranking {
  /** Absent when the sweep has no metric: then nothing is ranked. */
  readonly metric?: string
  readonly goal: Goal
  readonly seeds: readonly number[]
  readonly rows: readonly RankedConfiguration[]
  /** Configurations without one finished seed, in the order proposed. */
  readonly unranked: readonly { readonly configuration: Configuration; readonly missing: readonly MissingSeed[] }[]
  /** Spread between seeds inside configurations, over all of them; sd is NaN when no configuration has two seeds. */
  readonly pooled: { readonly sd: number; readonly df: number }
}

/** With fewer seeds a configuration's own variance says too little, and that of all configurations together is used. */
const SEEDS_FOR_OWN_VARIANCE = 6
const LEVEL = 0.05

/** With this race most configurations lack seeds by design, and ranks follow what is believed of their means. */
const RACED = 'seed-race'

type Draft = Omit<RankedConfiguration, 'rank' | 'tiedWithBest' | 'behindBest' | 'explanation'>

/**
 * Ranks configurations by their mean over seeds.
 *
 * - Complete ones (every seed of the sweep has a value) stand at their mean, incomplete ones at the worse end of their
 *   95 % interval. So one lucky seed never puts a configuration above one that was tried in full, and one that is far
 *   better need not wait for its last seed. Without any spread known, incomplete ones follow all complete ones.
 * - Under a race over seeds, which leaves most of them incomplete by design, all stand at the posterior of their mean
 *   (see `posterior.ts`): a lucky single seed is pulled back to the crowd. Eliminated ones stand behind all others.
 * - A value that is NaN or infinite counts as worst: such configurations come last.
 * - Failed, out-of-memory, pruned and unfinished trials are missing values, not bad ones.
 * - Configurations that do not keep to the sweep's limits, by their means over seeds, follow all that do.
 * - With several metrics the Pareto rank comes first, then the main metric.
 */
export function rankConfigurations(snapshot: SweepSnapshot): Ranking {
  const { metric, seeds } = snapshot.spec
  const goal = metric?.goal ?? 'minimize'
  const none: Ranking = { goal, seeds, rows: [], unranked: [], pooled: { sd: Number.NaN, df: 0 } }
  if (metric === undefined) return none
  const trials = trialsByConfiguration(snapshot)
  const finished = trials.map(valuesBySeed)
  const pooled = pooledVariance(finished.map((values) => values.map((v) => v.value).filter(Number.isFinite)))
  const believed = snapshot.spec.race.name === RACED ? beliefsOf(snapshot, goal) : undefined
  const drafts: Draft[] = []
  const unranked: Ranking['unranked'][number][] = []
  for (const configuration of snapshot.configurations) {
    if (configuration.lost) continue
    const values = finished[configuration.number] as SeedValue[]
    const missing = missingSeeds(seeds, values, trials[configuration.number] as Trial[])
    if (values.length === 0) unranked.push({ configuration, missing })
    else {
      const belief = believed?.get(configuration.number)
      drafts.push({ ...draftOf(configuration, { values, missing }, pooled), ...(belief && { belief }) })
    }
  }
  const rows = ranked(judged(drafts, snapshot), goal, pairedNoise(drafts))
  return { ...none, metric: metric.name, rows, unranked, pooled: { sd: Math.sqrt(pooled.variance), df: pooled.df } }
}

function beliefsOf({ trials }: SweepSnapshot, goal: Goal) {
  const { beliefs } = posteriorOf({ trials, goal })
  return new Map(beliefs.map(({ configuration, mean, sd }) => [configuration, { mean, sd }]))
}

/** Puts in what the sweep's limits and its other metrics say of each. */
function judged(drafts: readonly Draft[], { spec, trials }: SweepSnapshot): Draft[] {
  const objectives = objectivesOf(spec)
  if (objectives.length < 2 && spec.limits === undefined) return [...drafts]
  const within = drafts.map((draft): Draft => {
    const finished = draft.values.flatMap(({ trial }) => trials[trial] ?? [])
    const breaches = breachesOf(finished, spec.limits)
    return breaches.length === 0 ? draft : { ...draft, overLimits: breaches.map(({ words }) => words) }
  })
  if (objectives.length < 2) return within
  const points = within.map((draft) =>
    objectives.map(({ name, goal }, m) => {
      const finished = draft.values.flatMap(({ trial }) => trials[trial] ?? [])
      const value = m === 0 ? -standing(draft, goal) : meanOfAll(finished, ({ metrics }) => metrics[name])
      return m === 0 || goal === 'minimize' ? (value ?? Number.NaN) : -(value ?? Number.NaN)
    }),
  )
  const usable = within.flatMap((draft, i) =>
    draft.overLimits === undefined && points[i]?.every(Number.isFinite) ? [i] : [],
  )
  const ranks = paretoRanks(usable.map((i) => points[i] as number[]))
  const rankOf = new Map(usable.map((i, place) => [i, ranks[place] as number]))
  return within.map((draft, i) => (rankOf.has(i) ? { ...draft, paretoRank: rankOf.get(i) as number } : draft))
}

function trialsByConfiguration({ configurations, trials }: SweepSnapshot): Trial[][] {
  const lists: Trial[][] = configurations.map(() => [])
  for (const trial of trials) lists[trial.configuration]?.push(trial)
  return lists
}

/** One value a seed, in the order of seeds: the last completed trial counts. */
function valuesBySeed(trials: readonly Trial[]): SeedValue[] {
  const values = new Map<number, SeedValue>()
  for (const { number, seed, state, value } of trials) {
    if (state === 'completed' && value !== undefined) values.set(seed, { trial: number, seed, value })
  }
  return [...values.values()].sort((a, b) => a.seed - b.seed)
}

function missingSeeds(seeds: readonly number[], values: readonly SeedValue[], trials: readonly Trial[]): MissingSeed[] {
  if (values.length >= seeds.length) return []
  const known = new Set(values.map((value) => value.seed))
  return seeds
    .filter((seed) => !known.has(seed))
    .map((seed) => ({ seed, why: whyMissing(trials.findLast((trial) => trial.seed === seed)) }))
}

function whyMissing(trial: Trial | undefined): string {
  if (trial === undefined) return 'not started'
  if (trial.state === 'completed') return 'completed without the metric'
  const outOfMemory = trial.state === 'failed' && trial.attempts.at(-1)?.end === 'out-of-memory'
  return outOfMemory ? 'failed: out of memory' : trial.state
}

function draftOf(
  configuration: Configuration,
  seen: { readonly values: readonly SeedValue[]; readonly missing: readonly MissingSeed[] },
  pooled: PooledVariance,
): Draft {
  const { values, missing } = seen
  const numbers = values.map(({ value }) => value)
  const notFinite = numbers.filter((value) => !Number.isFinite(value)).length
  const nothing = { mean: Number.NaN, sd: Number.NaN, n: numbers.length }
  const { n, mean, sd } = notFinite > 0 ? nothing : summarize(numbers)
  const basis = notFinite > 0 ? 'none' : basisOf(n, pooled)
  const standardError = (basis === 'pooled' ? Math.sqrt(pooled.variance) : sd) / Math.sqrt(n)
  const half = basis === 'none' ? Number.POSITIVE_INFINITY : factor(basis === 'own' ? n - 1 : pooled.df) * standardError
  const interval = {
    low: Number.isNaN(mean) ? Number.NEGATIVE_INFINITY : mean - half,
    high: Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean + half,
    basis,
  }
  const incomplete = missing.length > 0
  return { configuration, values, n, mean, sd, standardError, interval, missing, incomplete, notFinite }
}

function basisOf(n: number, pooled: PooledVariance): IntervalBasis {
  if (n >= SEEDS_FOR_OWN_VARIANCE) return 'own'
  return pooled.df > 0 ? 'pooled' : 'none'
}

const factor = (df: number) => tQuantile(1 - LEVEL / 2, df)

/** Where a configuration stands: larger is better, NaN is never returned. */
function standing(draft: Draft, goal: Goal): number {
  const sign = goal === 'minimize' ? -1 : 1
  if (draft.notFinite > 0) return Number.NEGATIVE_INFINITY
  if (draft.belief !== undefined) return sign * draft.belief.mean
  if (!draft.incomplete) return sign * draft.mean
  return sign * (goal === 'minimize' ? draft.interval.high : draft.interval.low)
}

function ranked(drafts: readonly Draft[], goal: Goal, noise: PooledVariance): RankedConfiguration[] {
  const sign = goal === 'minimize' ? -1 : 1
  const standings = new Map(drafts.map((draft) => [draft, standing(draft, goal)]))
  const compare = (a: Draft, b: Draft): number => {
    const out = Number(isOut(a)) - Number(isOut(b))
    if (out !== 0) return out
    const [left, right] = [standings.get(a) as number, standings.get(b) as number]
    if ((a.overLimits === undefined) !== (b.overLimits === undefined)) return a.overLimits === undefined ? -1 : 1
    const [inFront, behind] = [a.paretoRank ?? Number.POSITIVE_INFINITY, b.paretoRank ?? Number.POSITIVE_INFINITY]
    if (inFront !== behind) return inFront < behind ? -1 : 1
    if (left !== right) return left > right ? -1 : 1
    if (a.notFinite !== b.notFinite) return a.notFinite - b.notFinite
    return a.mean === b.mean || a.notFinite > 0 ? 0 : sign * (b.mean - a.mean)
  }
  const order = [...drafts].sort((a, b) => compare(a, b) || a.configuration.number - b.configuration.number)
  const best = order[0]
  let rank = 1
  return order.map((draft, i) => {
    const previous = order[i - 1]
    if (previous !== undefined && compare(previous, draft) !== 0) rank = i + 1
    const against = best === undefined || draft === best ? undefined : againstBest(draft, best, { sign, noise })
    const row = { rank, ...draft, tiedWithBest: isTied(draft, against) }
    const full = against === undefined ? row : { ...row, behindBest: against }
    return {
      ...full,
      // Put into words only when read: most of 30,000 rows never are.
      get explanation() {
        return explainRow(full)
      },
    }
  })
}

/** Its other seeds were not run because it cannot win; that also holds when its few values look well. */
function isOut({ belief, configuration, notFinite }: Draft): boolean {
  return (belief !== undefined && configuration.eliminated !== undefined) || (belief === undefined && notFinite > 0)
}

function isTied(draft: Draft, against: RankedConfiguration['behindBest']): boolean {
  if (against === undefined || draft.notFinite > 0 || draft.overLimits !== undefined) return false
  // Fewer than two common seeds tell nothing apart.
  return !(against.p < LEVEL)
}

/** What is left of the seeds' spread when what a seed does to all configurations alike is taken out. */
function pairedNoise(drafts: readonly Draft[]): PooledVariance {
  const usable = drafts.filter(({ notFinite }) => notFinite === 0)
  return twoWayNoise(
    usable.flatMap(({ values }, row) => values.map(({ seed, value }) => ({ row, column: seed, value }))),
  )
}

function againstBest(
  draft: Draft,
  best: Draft,
  { sign, noise }: { readonly sign: number; readonly noise: PooledVariance },
): RankedConfiguration['behindBest'] {
  const theirs = new Map(best.values.map(({ seed, value }) => [seed, value]))
  const differences = draft.values
    .map(({ seed, value }) => sign * ((theirs.get(seed) ?? Number.NaN) - value))
    .filter(Number.isFinite)
  const seeds = differences.length
  const basis = seeds < SEEDS_FOR_OWN_VARIANCE && noise.df > seeds - 1 ? 'pooled' : 'own'
  // A difference has the noise of both.
  const ofDifferences = { variance: 2 * noise.variance, df: noise.df }
  const { estimate, p } = pairedTTest(differences, basis === 'pooled' ? { noise: ofDifferences } : {})
  return { difference: estimate, seeds, p, basis }
}
