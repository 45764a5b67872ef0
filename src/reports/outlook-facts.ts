import { rngFor } from '../base/rng.ts'
import { bestChances } from '../statistics/best-chances.ts'
import {
  expectedBestCurve,
  expectedImprovementInterval,
  FEWEST_FOR_TAIL,
  type Resampled,
} from '../statistics/expected-best.ts'
import { shrunkenMeans } from '../statistics/winner.ts'
import { isJudged, type RankedConfiguration } from '../trial/ranking.ts'
import { AHEAD, latest, triedOf } from '../trial/settled.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { factsOf } from './facts.ts'

/** How sure the recommendation is, and what more trials would bring; all in the metric's own direction and unit. */
export interface OutlookFacts {
  /** The likeliest first; empty where seed noise is not known. */
  readonly chances: readonly { readonly row: RankedConfiguration; readonly chance: number; readonly regret: number }[]
  /** How far the winner's true mean is expected to lie behind the best of those tried; undefined as above. */
  readonly regret?: number
  /** What the next {@link AHEAD} configurations are expected to add to the best; undefined for fewer than 20. */
  readonly improvement?: Resampled
  /** Expected best value after so many configurations, in random order. */
  readonly curve: readonly ({ readonly configurations: number } & Resampled)[]
}

const known = new WeakMap<SweepSnapshot, OutlookFacts>()
const POINTS = 24

export function outlookFacts(snapshot: SweepSnapshot): OutlookFacts {
  const before = known.get(snapshot)
  if (before !== undefined) return before
  const { ranking, sign } = factsOf(snapshot)
  const { means, best } = triedOf(ranking)
  const seed = snapshot.spec.sweepSeed
  const sizes = [
    ...new Set(Array.from({ length: POINTS }, (_, i) => Math.max(1, Math.round(means.length ** (i / (POINTS - 1)))))),
  ]
  const curve = means.length < 3 ? [] : expectedBestCurve(means, sizes, rngFor(seed, 'report', 'expected-best'))
  const enough = means.length >= FEWEST_FOR_TAIL
  const improvement = expectedImprovementInterval(
    latest(means),
    { more: AHEAD, best },
    rngFor(seed, 'report', 'outlook'),
  )
  const facts: OutlookFacts = {
    ...chancesOf(snapshot),
    ...(enough ? { improvement } : {}),
    curve: curve.map(({ estimate, low, high }, i) => ({
      configurations: sizes[i] as number,
      estimate: sign * estimate,
      low: sign > 0 ? low : -high,
      high: sign > 0 ? high : -low,
    })),
  }
  known.set(snapshot, facts)
  return facts
}

/** Only those tried in full compete, as in the ranking's own judgement of the winner. */
function chancesOf(snapshot: SweepSnapshot): Pick<OutlookFacts, 'chances' | 'regret'> {
  const { ranking, sign, winner, judgement } = factsOf(snapshot)
  if (judgement === undefined || winner === undefined) return { chances: [] }
  const rows = ranking.rows.filter((row) => Number.isFinite(row.mean) && isJudged(row) && row.overLimits === undefined)
  const means = rows.map(({ mean }) => sign * mean)
  const belief = shrunkenMeans({ means, standardErrors: rows.map(({ n }) => ranking.pooled.sd / Math.sqrt(n)) })
  const { chances, regrets } = bestChances(belief, rngFor(snapshot.spec.sweepSeed, 'report', 'chances'))
  const all = rows.map((row, i) => ({ row, chance: chances[i] as number, regret: regrets[i] as number }))
  const own = all.find(({ row }) => row === winner)
  return {
    chances: all.sort((a, b) => b.chance - a.chance).slice(0, 10),
    ...(own === undefined ? {} : { regret: own.regret }),
  }
}
