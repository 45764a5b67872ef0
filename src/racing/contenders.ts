import { worthOfMeasuring } from '../statistics/knowledge-gradient.ts'
import { type ConfigurationBelief, type Posterior, posteriorOf } from '../trial/posterior.ts'
import type { RaceRequest } from './race.ts'

/** A configuration that may get another seed, and what that is worth. */
export interface Contender {
  readonly configuration: number
  /** The first seed of the sweep that it has not had: all get them in the same order, so that they can be compared. */
  readonly seed: number
  /** What the recommendation gains on average, a trial; in the metric's unit. */
  readonly rate: number
  /** Trials that it gains the most with. */
  readonly trials: number
}

/** What a race looks at: the beliefs, turned so that larger is better, and who may get another seed. */
export interface Standings {
  readonly posterior: Posterior
  /** Best first. */
  readonly beliefs: readonly ConfigurationBelief[]
  /** Most worth first. */
  readonly contenders: readonly Contender[]
  readonly pending: number
}

/** Further behind than this many standard deviations of what is believed of it, nobody wins by another seed. */
const OUT_OF_REACH = 4
/** More are not looked at: a race among hundreds has no end that a budget could pay for. */
const MOST_CONTENDERS = 300

/** Who stands where. Configurations without a value, eliminated and lost ones get no further seed. */
export function standingsOf({ seeds, history }: RaceRequest): Standings {
  const sign = history.goal === 'minimize' ? -1 : 1
  const posterior = posteriorOf(history)
  const beliefs = posterior.beliefs
    .map((belief) => ({ ...belief, mean: sign * belief.mean }))
    .sort((a, b) => b.mean - a.mean || b.n - a.n || a.configuration - b.configuration)
  const [leader, second] = beliefs
  const inReach = beliefs.filter(
    ({ mean, sd }) => leader !== undefined && leader.mean - mean <= OUT_OF_REACH * Math.max(sd, leader.sd),
  )
  const contenders = inReach.slice(0, MOST_CONTENDERS).flatMap((belief) => {
    const rival = belief === leader ? second : leader
    return contender({ belief, rival: rival?.mean ?? belief.mean, noise: posterior.noise.variance }, seeds, history)
  })
  contenders.sort((a, b) => b.rate - a.rate || a.configuration - b.configuration)
  const pending = history.trials.filter(({ state }) => state === 'waiting' || state === 'running').length
  return { posterior, beliefs, contenders, pending }
}

function contender(
  it: { readonly belief: ConfigurationBelief; readonly rival: number; readonly noise: number },
  seeds: readonly number[],
  history: RaceRequest['history'],
): Contender[] {
  const { configuration, mean, sd } = it.belief
  const { eliminated, lost } = history.configurations[configuration] ?? { lost: true }
  if (eliminated !== undefined || lost) return []
  const trials = history.trialsOf(configuration).map((number) => history.trials[number])
  const had = new Set(trials.map((trial) => trial?.seed))
  const free = seeds.filter((seed) => !had.has(seed))
  const [seed] = free
  if (seed === undefined) return []
  const pending = trials.filter((trial) => trial?.state === 'waiting' || trial?.state === 'running').length
  const variance = sd ** 2 / (1 + (pending * sd ** 2) / it.noise || 1)
  const { rate, measurements } = worthOfMeasuring({ mean, variance, left: free.length }, it.rival, it.noise)
  return [{ configuration, seed, rate, trials: Math.max(1, measurements) }]
}
