import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { Rng } from '../base/rng.ts'
import {
  type Axes,
  axesOf,
  isAllowed,
  type Point,
  paramsAt,
  pointKey,
  pointOf,
  randomPoint,
  settled,
} from '../space/axes.ts'
import type { Params } from '../space/domain.ts'
import { pointAt } from '../space/sample.ts'
import type { SearchAxis } from '../space/search-axis.ts'
import { sobolSequence } from '../statistics/low-discrepancy/sobol.ts'
import type { History } from '../trial/history.ts'
import type { Configuration } from '../trial/trial.ts'
import { mirrored } from './cma-latent.ts'
import { knownPoints } from './known-points.ts'
import { resultOf } from './results.ts'
import type { Sampler, SuggestRequest } from './sampler.ts'

const TRIES = 64

interface Options {
  readonly population: number
  readonly tournament: number
}

interface Member {
  readonly point: Point
  readonly loss: number
}

/**
 * Regularised evolution: the newest configurations are the population, the best of a few drawn from it is the parent,
 * and a changed copy of it is tried next. Age, not badness, removes: what was good by luck does not stay for ever. It
 * asks nothing of a space but that a copy can be changed, so conditions, categories and constraints are all one to it.
 *
 * @source Real et al., "Regularized evolution for image classifier architecture search" (AAAI 2019), algorithm 1.
 * Departs: it begins with Sobol points instead of random ones; more than one parameter may change at once (each with
 * probability 1/parameters, one always); numbers move by steps of all sizes, drawn as in the breeder genetic algorithm
 * (Muhlenbein and Schlierkamp-Voosen 1993). A sweep has a hundred trials where the paper had thousands, so the
 * population is small and the tournament draws (with repetition) as often as there are members.
 */
export const evolutionary = entry({
  summary: 'Changes copies of good recent configurations a little (regularised evolution); for any kind of space.',
  options: z.object({
    /** Configurations with a value that count, the newest ones; as many are spread evenly at the start. */
    population: z.int().min(2).default(10),
    /** How many of them are drawn, of which the best becomes the parent. */
    tournament: z.int().min(1).default(10),
  }),
  create: (options): Sampler => ({
    suggest: (request) => ({ params: propose(request, options) }),
    total: () => undefined,
    explain: () =>
      `Regularised evolution: ${options.population} evenly spread configurations, then changed copies of the best of ${options.tournament} out of the newest ${options.population}.`,
  }),
})

function propose(request: SuggestRequest, options: Options): Params {
  const { space, history, configuration, sweepSeed, rng } = request
  const axes = axesOf(space)
  const known = knownPoints(axes, history.configurations)
  const isNew = (point: Point) => isAllowed(axes, point) && !known.has(pointKey(settled(axes, point)))
  const population = populationOf(axes, history, options.population)
  if (configuration < options.population || population.length === 0) {
    const sequence = sobolSequence(sweepSeed)
    const params = pointAt(space, (draw) => sequence.at(configuration, draw))
    const point = params === undefined ? undefined : pointOf(axes, params)
    if (params !== undefined && point !== undefined && isNew(point)) return params
  } else {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const parent = winnerOf(population, options.tournament, rng)
      const child = changed(axes, parent.point, rng)
      if (isNew(child)) return paramsAt(axes, child)
    }
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const point = randomPoint(axes, rng)
    if (isNew(point)) return paramsAt(axes, point)
  }
  return paramsAt(axes, randomPoint(axes, rng))
}

/** The newest configurations that have a value. */
function populationOf(axes: Axes, history: History, size: number): Member[] {
  const members: Member[] = []
  for (let i = history.configurations.length - 1; i >= 0 && members.length < size; i--) {
    const { params, number } = history.configurations[i] as Configuration
    const result = resultOf(history, number)
    const point = result.state === 'valued' ? pointOf(axes, params) : undefined
    if (result.state === 'valued' && point !== undefined) members.push({ point, loss: result.loss })
  }
  return members
}

function winnerOf(population: readonly Member[], tournament: number, rng: Rng): Member {
  const drawn = Array.from({ length: tournament }, () => population[rng.below(population.length)] as Member)
  return drawn.reduce((a, b) => (b.loss < a.loss ? b : a))
}

/** Axes that a change of a gate brings to life are drawn anew. */
function changed(axes: Axes, parent: Point, rng: Rng): Point {
  const active = axes.list.flatMap((_, i) => (parent[i] === undefined ? [] : [i]))
  const always = active[rng.below(Math.max(1, active.length))]
  const fresh = randomPoint(axes, rng)
  return axes.list.map((axis, i) => {
    const position = parent[i]
    if (position === undefined) return fresh[i] ?? (axis.kind === 'categorical' ? rng.below(axis.size) : rng.uniform())
    const isChanged = rng.uniform() < 1 / active.length || i === always
    return isChanged ? neighbour(axis, position, rng) : position
  })
}

function neighbour(axis: SearchAxis, position: number, rng: Rng): number {
  if (axis.kind === 'categorical') return (position + 1 + rng.below(axis.size - 1)) % axis.size
  const sign = rng.uniform() < 0.5 ? -1 : 1
  // Half of the range down to a thousandth, each size as likely as the next.
  const size = 0.5 * 2 ** (-9 * rng.uniform())
  if (axis.kind === 'continuous') return mirrored(position + sign * size)
  const level = axis.levelAt(position)
  const levels = Math.max(1, Math.round(size * axis.size))
  const next = level + sign * levels
  if (next >= 0 && next < axis.size) return axis.positionAt(next)
  const other = level - sign * levels
  return axis.positionAt(Math.min(axis.size - 1, Math.max(0, other)))
}
