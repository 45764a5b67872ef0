import { counted, figure } from '../base/human-readable.ts'
import type { Configuration } from './trial.ts'

/** One finished seed of a configuration. */
export interface SeedValue {
  readonly trial: number
  readonly seed: number
  /** May be NaN or infinite: the trainer said so. */
  readonly value: number
}

/** A seed of the sweep that the configuration has no value for. Missing is not bad: it is not known. */
export interface MissingSeed {
  readonly seed: number
  /** In words, such as `failed: out of memory` or `not started`. */
  readonly why: string
}

/** Which variance the interval of a mean rests on. `none`: one seed everywhere, so nothing is known of the noise. */
export type IntervalBasis = 'own' | 'pooled' | 'none'

/** One row of the ranking. */
export interface RankedConfiguration {
  /** 1 is the best; equal means share a rank, and the next rank is left out. */
  readonly rank: number
  readonly configuration: Configuration
  readonly values: readonly SeedValue[]
  readonly n: number
  /** NaN when a seed's value is NaN or infinite. */
  readonly mean: number
  /** Between seeds; NaN for fewer than two. */
  readonly sd: number
  readonly standardError: number
  /** 95 % confidence interval of the mean; infinite ends when nothing can be said. */
  readonly interval: { readonly low: number; readonly high: number; readonly basis: IntervalBasis }
  readonly missing: readonly MissingSeed[]
  /** Fewer finished seeds than the sweep has: ranked by the worse end of its interval or by `belief`, not by its mean. */
  readonly incomplete: boolean
  /** Only under a race over seeds: what is believed of its mean, in view of all configurations; ranks follow it. */
  readonly belief?: { readonly mean: number; readonly sd: number }
  /** Seeds whose value is NaN or infinite; with one such the configuration ranks behind all others. */
  readonly notFinite: number
  /**
   * Cannot be told from the first by a t test over the seeds that both have (5 % level, two-sided): against the noise
   * that all configurations show together, and from 6 common seeds on against that of these two alone.
   */
  readonly tiedWithBest: boolean
  /** Mean difference to the first over common seeds, positive = worse; absent for the first. */
  readonly behindBest?: {
    readonly difference: number
    readonly seeds: number
    readonly p: number
    readonly basis: 'own' | 'pooled'
  }
  /** Limits of the sweep that it does not keep to, in words; absent = it keeps to all. Such a row never wins. */
  readonly overLimits?: readonly string[]
  /** With several metrics: 1 = no other configuration within the limits is as good in all and better in one. */
  readonly paretoRank?: number
  readonly explanation: string
}

/** Whether a row may be recommended: its mean is a number, and it keeps to all limits. */
export function mayWin({ notFinite, overLimits }: Pick<RankedConfiguration, 'notFinite' | 'overLimits'>): boolean {
  return notFinite === 0 && overLimits === undefined
}

/** Whether its place is final as far as it is known: it has all seeds, or a race gave it as many as were worth it. */
export function isJudged({ incomplete, belief }: Pick<RankedConfiguration, 'incomplete' | 'belief'>): boolean {
  return !incomplete || belief !== undefined
}

/** Why the row stands where it stands, in two or three sentences. */
export function explainRow(row: Omit<RankedConfiguration, 'explanation'>): string {
  return [...meanWords(row), ...missingWords(row), ...tieWords(row), ...wishWords(row)].join(' ')
}

function wishWords({ overLimits, paretoRank }: Omit<RankedConfiguration, 'explanation'>): string[] {
  if (overLimits !== undefined) return [`It cannot win: ${overLimits.join(', ')}.`]
  if (paretoRank === undefined) return []
  if (paretoRank === 1) return ['On the Pareto front: none is as good in all metrics and better in one.']
  return [`Pareto rank ${paretoRank}: others are as good in all metrics and better in one.`]
}

function meanWords({ n, values, mean, notFinite, interval }: Omit<RankedConfiguration, 'explanation'>): string[] {
  if (notFinite > 0)
    return [`${counted(notFinite, 'seed')} of ${n} gave NaN or an infinite value, which counts as worst.`]
  const seeds = values.map(({ seed }) => seed).join(', ')
  const first = `Mean ${figure(mean)} over ${counted(n, 'seed')} (${seeds}).`
  if (interval.basis === 'none')
    return [first, 'No interval: no configuration has a second seed, so the noise is not known.']
  const spread = interval.basis === 'own' ? 'its own seeds' : 'the seeds of all configurations together'
  return [
    first,
    `95 % interval ${figure(interval.low)} to ${figure(interval.high)}, from the spread between ${spread}.`,
  ]
}

function missingWords(row: Omit<RankedConfiguration, 'explanation'>): string[] {
  const { missing, notFinite, belief, configuration } = row
  if (belief !== undefined) return beliefWords(belief, configuration)
  if (missing.length === 0) return []
  const list = missing.map(({ seed, why }) => `${seed} (${why})`).join(', ')
  const noun = missing.length === 1 ? 'Seed' : 'Seeds'
  const place = notFinite > 0 ? '' : ' so it is ranked by the worse end of its interval.'
  return [`${noun} ${list} missing${place === '' ? '.' : `,${place}`}`]
}

function beliefWords(
  { mean, sd }: NonNullable<RankedConfiguration['belief']>,
  { eliminated }: Configuration,
): string[] {
  const place = `Ranked by what is believed of its mean in view of seed noise and all others: ${figure(mean)} (standard deviation ${figure(sd)}).`
  return eliminated === undefined ? [place] : [place, `Out of the race, behind all that are in it. ${eliminated}`]
}

function tieWords({ tiedWithBest, behindBest }: Omit<RankedConfiguration, 'explanation'>): string[] {
  if (!tiedWithBest || behindBest === undefined) return []
  if (Number.isNaN(behindBest.p)) return ['Cannot be told from the first: fewer than two seeds in common.']
  const { difference, seeds, p } = behindBest
  return [
    `Cannot be told from the first: ${figure(difference)} behind over ${counted(seeds, 'common seed')}, p = ${p.toFixed(2)}.`,
  ]
}
