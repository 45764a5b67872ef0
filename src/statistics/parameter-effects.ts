import { type Interval, pooledVariance, tInterval } from './intervals.ts'
import { pairedTTest } from './paired.ts'
import { fTail } from './student-t.ts'
import { meanOf, summarize } from './summary.ts'

/** One configuration: the level of every factor, and a value a seed (at least one). */
export interface FactorRow {
  readonly levels: Readonly<Record<string, string>>
  readonly values: readonly number[]
}

export interface LevelMean {
  readonly level: string
  /** Mean over the configurations with this level, each counted once. */
  readonly mean: number
  readonly configurations: number
}

/** What changing one factor did. */
export interface FactorEffect {
  readonly factor: string
  /** In the order first met. */
  readonly levels: readonly LevelMean[]
  readonly highest: string
  readonly lowest: string
  /**
   * Mean at the highest level minus mean at the lowest, 95 % interval. Widened (Bonferroni) for having picked this
   * pair out of all pairs of levels.
   */
  readonly difference: Interval
  /** How the interval was made: by configurations equal in all else, or by all configurations of both levels. */
  readonly basis: 'matched' | 'unmatched'
  /** Share of the total variance over all trials that this factor explains, its own share of noise taken out. 0 to 1. */
  readonly share: number
  /** Chance of a share this large by seed noise alone (F test); NaN without repeated seeds. */
  readonly p: number
}

/** All factors of a design, and what they leave. */
export interface Effects {
  /** Largest share first. */
  readonly factors: readonly FactorEffect[]
  /** Share of the variance that seeds make; NaN without repeated seeds. */
  readonly noiseShare: number
  /**
   * Share that no factor explains alone, only combinations of them; with the others it sums to 1. Undefined where
   * factors are not crossed (a random search), for their shares overlap there.
   */
  readonly interactionShare: number | undefined
}

const CONFIDENCE = 0.95

/**
 * Main effect of every factor with at least two levels.
 *
 * The share is epsilon squared: (SS_factor - df * MS_within) / SS_total, where SS_within is the variance inside
 * configurations (seeds). The interval of a difference rests on seed noise too where pairs exist that are equal in all
 * else: the grid's other levels are the ones asked about, not a sample of others.
 *
 * @source Kelley 1935 (epsilon squared); Bergstra and Bengio 2012 for why shares differ so much between parameters
 */
export function factorEffects(rows: readonly FactorRow[]): Effects {
  const noise = pooledVariance(rows.map((row) => row.values))
  const all = rows.flatMap((row) => row.values)
  const total = all.length < 2 ? 0 : summarize(all).sd ** 2 * (all.length - 1)
  const factors = [...new Set(rows.flatMap((row) => Object.keys(row.levels)))]
    .map((factor) => effectOf(factor, rows, { noise, total }))
    .filter((effect) => effect !== undefined)
    .sort((a, b) => b.share - a.share)
  const noiseShare =
    noise.df === 0 || total === 0 ? Number.NaN : Math.min(1, (noise.variance * (all.length - 1)) / total)
  const crossed = factors.length > 1 && Number.isFinite(noiseShare) && factors.every(({ basis }) => basis === 'matched')
  const explained = factors.reduce((sum, { share }) => sum + share, noiseShare)
  return { factors, noiseShare, interactionShare: crossed ? Math.max(0, 1 - explained) : undefined }
}

interface Whole {
  readonly noise: { readonly variance: number; readonly df: number }
  readonly total: number
}

function effectOf(factor: string, rows: readonly FactorRow[], whole: Whole): FactorEffect | undefined {
  const groups = new Map<string, FactorRow[]>()
  for (const row of rows) {
    const level = row.levels[factor]
    if (level === undefined) continue
    const members = groups.get(level)
    if (members === undefined) groups.set(level, [row])
    else members.push(row)
  }
  if (groups.size < 2) return undefined
  const levels = [...groups].map(([level, members]) => ({
    level,
    mean: meanOf(members.map((row) => meanOf(row.values))),
    configurations: members.length,
  }))
  const byMean = [...levels].sort((a, b) => b.mean - a.mean)
  const [highest, lowest] = [byMean[0] as LevelMean, byMean.at(-1) as LevelMean]
  const pairs = (levels.length * (levels.length - 1)) / 2
  const compared = compare(factor, groups.get(highest.level) ?? [], groups.get(lowest.level) ?? [])
  const difference = compared.interval(1 - (1 - CONFIDENCE) / pairs, whole.noise)
  const { share, p } = shareOf([...groups.values()], whole)
  return { factor, levels, highest: highest.level, lowest: lowest.level, difference, basis: compared.basis, share, p }
}

function shareOf(groups: readonly (readonly FactorRow[])[], { noise, total }: Whole): { share: number; p: number } {
  const values = groups.map((rows) => rows.flatMap((row) => row.values))
  const grand = meanOf(values.flat())
  const squares = values.reduce((sum, group) => sum + group.length * (meanOf(group) - grand) ** 2, 0)
  const df = groups.length - 1
  if (total === 0) return { share: 0, p: Number.NaN }
  if (noise.df === 0) return { share: Math.min(1, squares / total), p: Number.NaN }
  const p = noise.variance === 0 ? 0 : fTail(squares / df / noise.variance, df, noise.df)
  return { share: Math.min(1, Math.max(0, (squares - df * noise.variance) / total)), p }
}

interface Comparison {
  readonly basis: FactorEffect['basis']
  interval(confidence: number, noise: Whole['noise']): Interval
}

/** Pairs configurations that differ in `factor` only; without enough pairs, compares the two groups as they are. */
function compare(factor: string, high: readonly FactorRow[], low: readonly FactorRow[]): Comparison {
  const rest = (row: FactorRow) =>
    JSON.stringify(
      Object.entries(row.levels)
        .filter(([name]) => name !== factor)
        .sort(),
    )
  const partners = new Map(low.map((row) => [rest(row), row]))
  const pairs = high.flatMap((row) => {
    const partner = partners.get(rest(row))
    return partner === undefined ? [] : [[row, partner] as const]
  })
  const allMatched = pairs.length === high.length && pairs.length === low.length
  if (!allMatched) return { basis: 'unmatched', interval: (confidence) => welch(high, low, confidence) }
  return {
    basis: 'matched',
    interval: (confidence, noise) =>
      noise.df > 0
        ? byNoise(pairs, noise, confidence)
        : pairedTTest(
            pairs.map(([a, b]) => meanOf(a.values) - meanOf(b.values)),
            { confidence },
          ),
  }
}

/** The seed noise of the whole design has far more degrees of freedom than the few pairs. */
function byNoise(
  pairs: readonly (readonly [FactorRow, FactorRow])[],
  noise: Whole['noise'],
  confidence: number,
): Interval {
  const variance = pairs.reduce((sum, [a, b]) => sum + noise.variance * (1 / a.values.length + 1 / b.values.length), 0)
  const estimate = meanOf(pairs.map(([a, b]) => meanOf(a.values) - meanOf(b.values)))
  return tInterval(estimate, { standardError: Math.sqrt(variance) / pairs.length, df: noise.df }, confidence)
}

/** @source Welch 1947, with Satterthwaite's degrees of freedom; the unit is the configuration, not the trial */
function welch(high: readonly FactorRow[], low: readonly FactorRow[], confidence: number): Interval {
  const [a, b] = [high, low].map((rows) => summarize(rows.map((row) => meanOf(row.values)))) as [
    ReturnType<typeof summarize>,
    ReturnType<typeof summarize>,
  ]
  const [va, vb] = [a.sd ** 2 / a.n, b.sd ** 2 / b.n]
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1))
  return tInterval(a.mean - b.mean, { standardError: Math.sqrt(va + vb), df }, confidence)
}
