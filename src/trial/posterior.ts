import { hierarchicalMeans } from '../statistics/hierarchical-means.ts'
import type { PooledVariance } from '../statistics/intervals.ts'
import type { Cell } from '../statistics/two-way.ts'
import type { History } from './history.ts'
import type { Trial } from './trial.ts'

/** What is believed of the true mean of one configuration over all seeds that it could get. */
export interface ConfigurationBelief {
  readonly configuration: number
  /** Finished seeds. */
  readonly n: number
  /** In the metric's own direction and unit. */
  readonly mean: number
  readonly sd: number
}

/** What all values together say of the configurations' true means. */
export interface Posterior {
  /** Those with a finite value and none that is NaN or infinite, by number. */
  readonly beliefs: readonly ConfigurationBelief[]
  /** @returns the covariance of what is believed of the i-th and the j-th of `beliefs` */
  covariance(i: number, j: number): number
  /** Of one value: seed noise that is left when what a seed does to all alike is taken out. */
  readonly noise: PooledVariance
  /** From replicates alone; `df` 0 = nobody has measured it yet. */
  readonly measuredNoise: PooledVariance
  /** Variance of the true means of the better half around their middle. */
  readonly spread: number
  /** The middle; in the metric's own direction. */
  readonly centre: number
}

/**
 * The posterior of each configuration's mean, from one value a seed: completed trials only; failed, pruned and running
 * ones are not known, and a configuration with a NaN or infinite value is left out.
 */
export function posteriorOf(history: Pick<History, 'goal' | 'trials'>): Posterior {
  const sign = history.goal === 'minimize' ? -1 : 1
  const found = hierarchicalMeans(finiteCells(history.trials, sign))
  const beliefs = found.beliefs
    .map(({ row, n, mean, variance }) => ({ configuration: row, n, mean: sign * mean, sd: Math.sqrt(variance) }))
    .sort((a, b) => a.configuration - b.configuration)
  return {
    beliefs,
    covariance: (i, j) => (i === j ? (beliefs[i]?.sd ?? Number.NaN) ** 2 : 0),
    noise: found.noise,
    measuredNoise: found.measured,
    spread: found.spread,
    centre: sign * found.centre,
  }
}

/** One a configuration and seed, the last completed trial counts; `value` is larger for better. */
export function finiteCells(trials: readonly Trial[], sign: 1 | -1): Cell[] {
  const rows: (Cell[] | undefined)[] = []
  const broken = new Set<number>()
  for (const { configuration, seed, state, value } of trials) {
    if (state !== 'completed' || value === undefined) continue
    if (!Number.isFinite(value)) broken.add(configuration)
    const cell = { row: configuration, column: seed, value: sign * value }
    const cells = rows[configuration]
    if (cells === undefined) {
      rows[configuration] = [cell]
      continue
    }
    const before = cells.findIndex(({ column }) => column === seed)
    if (before < 0) cells.push(cell)
    else cells[before] = cell
  }
  return rows.flatMap((cells, row) => (cells === undefined || broken.has(row) ? [] : cells))
}
