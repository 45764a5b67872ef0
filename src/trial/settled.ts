import { figure } from '../base/human-readable.ts'
import { expectedImprovement, FEWEST_FOR_TAIL } from '../statistics/expected-best.ts'
import { shrunkenMeans } from '../statistics/winner.ts'
import { mayWin, type Ranking, rankConfigurations } from './ranking.ts'
import type { SweepSnapshot } from './trial.ts'

/** Configurations ahead that an expected improvement is about. */
export const AHEAD = 10

/** What is believed of the configurations that were tried, in the order proposed; larger is better. */
export interface Tried {
  /** Seed noise taken out as far as it is known. */
  readonly means: readonly number[]
  readonly best: number
}

/** Those within the limits whose mean is a number. */
export function triedOf({ rows, pooled, goal }: Ranking): Tried {
  const sign = goal === 'maximize' ? 1 : -1
  const usable = rows.filter(mayWin).sort((a, b) => a.configuration.number - b.configuration.number)
  const raw = usable.map(({ mean }) => sign * mean)
  const means =
    pooled.df > 0 && raw.length > 1
      ? shrunkenMeans({ means: raw, standardErrors: usable.map(({ n }) => pooled.sd / Math.sqrt(n)) }).means
      : raw
  return { means, best: means.reduce((most, mean) => Math.max(most, mean), Number.NEGATIVE_INFINITY) }
}

/** The later half, for a sampler that learns proposes better ones than in the beginning; 20 at least. */
export function latest(means: readonly number[]): readonly number[] {
  return means.slice(-Math.max(FEWEST_FOR_TAIL, Math.ceil(means.length / 2)))
}

const BEGINNING = 'Nothing more is proposed:'

/**
 * Why no more configurations are worth their trials, by the sweep's `stop` rule: less is to be expected of the next
 * {@link AHEAD}, and the last {@link AHEAD} brought less, too; undefined = they are, or too few are
 * known. Pure: the same snapshot gives the same answer.
 */
export function settledReason(snapshot: SweepSnapshot): string | undefined {
  const { stop } = snapshot.spec
  if (stop === undefined || snapshot.configurations.length < FEWEST_FOR_TAIL) return undefined
  const { means, best } = triedOf(rankConfigurations(snapshot))
  // The tail takes the latest for draws of one kind; while they still rise, it knows too little of what is to come.
  const before = means.slice(0, -AHEAD).reduce((most, mean) => Math.max(most, mean), Number.NEGATIVE_INFINITY)
  if (best - before >= stop.expectedImprovement) return undefined
  const expected = expectedImprovement(latest(means), { more: AHEAD, best })
  if (!(expected < stop.expectedImprovement)) return undefined
  const limit = figure(stop.expectedImprovement)
  return `${BEGINNING} the next ${AHEAD} configurations are expected to improve the best by ${figure(expected)}, less than ${limit} (stop.expected_improvement).`
}

/** The reason that was written down when the rule ended the proposals. */
export function settledNote({ spec, notes }: Pick<SweepSnapshot, 'spec' | 'notes'>): string | undefined {
  return spec.stop === undefined ? undefined : notes.findLast(({ text }) => text.startsWith(BEGINNING))?.text
}
