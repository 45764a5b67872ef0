import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { axesOf, type Point, paramsAt } from '../space/axes.ts'
import { mostPoints } from '../space/axes-walk.ts'
import type { SearchSpace } from '../space/search-space.ts'
import { type Feasibility, feasibilityOf } from './feasibility.ts'
import { knownPoints } from './known-points.ts'
import { ifNew, listedPoints, newPoint } from './new-point.ts'
import type { Sampler, SuggestRequest } from './sampler.ts'
import { halvesOf } from './tpe-data.ts'
import { mixtureOf } from './tpe-mixture.ts'

const options = z.object({
  startup_configurations: z.int().min(1).default(10),
  candidates: z.int().min(1).default(24),
})

type Options = z.output<typeof options>

/** New points may be rare near the best ones: this many draws are tried for each candidate wanted. */
const DRAWS_EACH = 4

/**
 * Tree-structured Parzen estimator: draws points from a density of the good configurations and takes the one where good
 * is most frequent beside bad.
 *
 * @source Bergstra et al., "Algorithms for hyper-parameter optimization" (NIPS 2011); defaults as in Optuna 5.
 * Departures: a configuration is one observation, its seeds averaged and shrunk to the middle; conditional parameters
 * are part of the joint kernels, with the prior where an observation has none; kernels live on the scale of the
 * distribution; numeric lists have ordered kernels; nothing is proposed twice; where
 * trials failed, the ratio is weighed by the probability of not failing.
 */
export const tpe = entry({
  summary: 'Draws where good configurations are frequent beside bad ones (TPE); for spaces of any kind.',
  options,
  create: (chosen): Sampler => ({
    suggest: (request) => {
      const axes = axesOf(request.space)
      const point = choose(request, chosen)
      return point && { params: paramsAt(axes, point) }
    },
    total: pointsOf,
    explain: () =>
      `TPE draws the first ${chosen.startup_configurations} configurations at random, then where good ones are frequent beside bad ones.`,
  }),
})

/** Points of a finite space, if they can be listed. */
export function pointsOf(space: SearchSpace): number | undefined {
  const axes = axesOf(space)
  const most = mostPoints(axes)
  return listedPoints(axes)?.length ?? (axes.conditional || axes.constrained || most > 1e15 ? undefined : most)
}

function choose({ space, history, rng }: SuggestRequest, chosen: Options): Point | undefined {
  const axes = axesOf(space)
  const taken = knownPoints(axes, history.configurations)
  const { good, bad, finished } = halvesOf(axes, history)
  const feasibility = feasibilityOf(axes, history)
  const anywhere = () => mostFeasible(() => newPoint(axes, taken, rng), feasibility)
  if (finished < chosen.startup_configurations || good.length === 0) return anywhere()
  const [l, g] = [mixtureOf(axes, good), mixtureOf(axes, bad)]
  let best: Point | undefined
  let bestRatio = Number.NEGATIVE_INFINITY
  for (let draws = 0, found = 0; found < chosen.candidates && draws < DRAWS_EACH * chosen.candidates; draws++) {
    const point = ifNew(axes, l.draw(rng), taken)
    if (point === undefined) continue
    found++
    const ratio = l.logDensity(point) - g.logDensity(point) + (feasibility?.(point) ?? 0)
    if (ratio <= bestRatio) continue
    best = point
    bestRatio = ratio
  }
  return best ?? anywhere()
}

/** Random points that are drawn instead of one once something has failed. */
const RANDOM_DRAWS = 4

function mostFeasible(draw: () => Point | undefined, feasibility: Feasibility | undefined): Point | undefined {
  let best = draw()
  for (let i = 1; feasibility !== undefined && i < RANDOM_DRAWS; i++) {
    const point = draw()
    if (best !== undefined && point !== undefined && feasibility(point) > feasibility(best)) best = point
  }
  return best
}
