import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { type Rng, rngFor } from '../base/rng.ts'
import { axesOf, isAllowed, type Point, paramsAt, pointKey, pointOf, randomPoint, settled } from '../space/axes.ts'
import type { SearchSpace } from '../space/search-space.ts'
import { type CmaMember, type CmaState, cmaStart, cmaUpdated, defaultPopulation } from '../statistics/cma-es.ts'
import type { History } from '../trial/history.ts'
import type { Configuration, Trial } from '../trial/trial.ts'
import { drawnFrom, injected, type Latent, latentOf, middleOf } from './cma-latent.ts'
import { knownPoints } from './known-points.ts'
import { resultOf } from './results.ts'
import type { Sampler, SuggestRequest } from './sampler.ts'

/** Draws for one proposal before it is drawn from the whole space: for what constraints refuse and what is known. */
const TRIES = 32

/** States that a member may have been drawn from: with several at a time, the latest one was not known yet. */
const LOOK_BACK = 3

interface Options {
  readonly population: number | undefined
  readonly sigma: number
}

/** A generation is `population` configurations in a row, from `from` on. */
interface Stage {
  readonly state: CmaState
  readonly from: number
  readonly population: number
  readonly restarts: number
  /** The best loss since the last restart, and the generations since it was found. */
  readonly best: number
  readonly stale: number
}

interface Walk {
  readonly stages: Stage[]
  /** Losses that led from each stage to the next: a stage holds as long as they do. */
  readonly losses: string[]
}

/**
 * The covariance matrix adaptation evolution strategy, on the quantiles of numbers and on one hidden number a category.
 *
 * Nothing is kept between calls: generations are rebuilt from the history, in the order of configuration numbers. A
 * generation counts once all its members have ended, or all of the next one have; members that failed are left out and
 * the learning rates follow the number that is left. NaN ranks last. It restarts with twice the population when it has
 * converged or found nothing better for long.
 *
 * @source Hansen, "The CMA evolution strategy: a tutorial" (arXiv:1604.00772, 2016); restarts: Auger and Hansen, "A
 * restart CMA evolution strategy with increasing population size" (2005). Steps and lists of numbers: the margin of
 * Hamano et al., "CMA-ES with margin" (2022), which here only spreads the samples and does not move the mean.
 * Categories have no paper here: each has a hidden number, and the largest wins. Points outside are mirrored at the ends.
 */
export const cmaEs = entry({
  summary: 'Moves a normal distribution towards what was good (CMA-ES); for many trials of numbers, few categories.',
  options: z.object({
    /** Configurations of a generation; 4 + 3 ln(parameters) when left out. */
    population: z.int().min(3).optional(),
    /** Spread at the start, as a share of each range. */
    sigma: z.number().positive().max(1).default(0.25),
  }),
  create: ({ population, sigma }): Sampler => {
    const options = { population, sigma }
    return {
      suggest: (request) => ({ params: propose(request, options) }),
      total: () => undefined,
      explain: (space) => explained(space, options),
    }
  },
})

function explained(space: SearchSpace, { population }: Options): string {
  const { dimensions } = latentOf(axesOf(space))
  const size = population ?? defaultPopulation(dimensions)
  return `CMA-ES with generations of ${size} configurations in ${dimensions} dimensions; it pays from about ${10 * size} configurations on.`
}

function propose(request: SuggestRequest, options: Options) {
  const { space, history, configuration, sweepSeed, rng } = request
  const axes = axesOf(space)
  const latent = latentOf(axes)
  const known = knownPoints(axes, history.configurations)
  const isNew = (point: Point) => isAllowed(axes, point) && !known.has(pointKey(settled(axes, point)))
  if (latent.dimensions > 0) {
    const stages = stagesOf(latent, { history, sweepSeed, options })
    const stage = stages.at(-1) as Stage
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const { point } = drawnFrom(
        latent,
        stage.state,
        drawOf(stage, latent, streamOf(sweepSeed, configuration, attempt)),
      )
      if (isNew(point)) return paramsAt(axes, point)
    }
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const point = randomPoint(axes, rng)
    if (isNew(point)) return paramsAt(axes, point)
  }
  return paramsAt(axes, randomPoint(axes, rng))
}

const streamOf = (seed: number, configuration: number, attempt: number) =>
  rngFor(seed, 'cma-es', configuration, attempt)

function drawOf({ population }: Stage, { dimensions }: Latent, rng: Rng) {
  return { rng, margin: 1 / (population * dimensions) }
}

interface Given {
  readonly history: History
  readonly sweepSeed: number
  readonly options: Options
}

const walks = new WeakMap<readonly Trial[], Map<string, Walk>>()

/** All stages from the start; what did not change since the last call is not calculated again. */
function stagesOf(latent: Latent, given: Given): readonly Stage[] {
  const { history, sweepSeed, options } = given
  const walk = walkOf(history.trials, JSON.stringify([sweepSeed, options, history.goal, latent.starts]))
  walk.stages[0] ??= firstStage(latent, options)
  for (let i = 0; ; i++) {
    const stage = walk.stages[i] as Stage
    const results = generationResults(history, stage)
    if (results === undefined) {
      walk.stages.length = i + 1
      walk.losses.length = i
      return walk.stages
    }
    const losses = results.join(',')
    if (walk.losses[i] === losses && walk.stages[i + 1] !== undefined) continue
    walk.losses.length = i
    walk.losses.push(losses)
    walk.stages.length = i + 1
    walk.stages.push(nextStage(latent, { ...given, stages: walk.stages, results }))
  }
}

function walkOf(trials: readonly Trial[], key: string): Walk {
  let byKey = walks.get(trials)
  if (byKey === undefined) {
    byKey = new Map()
    walks.set(trials, byKey)
  }
  let walk = byKey.get(key)
  if (walk === undefined) {
    walk = { stages: [], losses: [] }
    byKey.set(key, walk)
  }
  return walk
}

function firstStage(latent: Latent, { population, sigma }: Options): Stage {
  return {
    state: cmaStart(middleOf(latent), sigma),
    from: 0,
    population: population ?? defaultPopulation(latent.dimensions),
    restarts: 0,
    best: Number.POSITIVE_INFINITY,
    stale: 0,
  }
}

/** Losses of the generation's members, undefined for those left out; undefined as a whole while it is not over. */
function generationResults(history: History, { from, population }: Stage): (number | undefined)[] | undefined {
  const own = resultsOf(history, from, population)
  if (own.includes('pending') && resultsOf(history, from + population, population).includes('pending')) return undefined
  return own.map((result) => (result === 'pending' ? undefined : result))
}

function resultsOf(history: History, from: number, size: number): (number | 'pending' | undefined)[] {
  return Array.from({ length: size }, (_, i) => {
    if (history.configurations[from + i] === undefined) return 'pending'
    const result = resultOf(history, from + i)
    return result.state === 'pending' ? 'pending' : result.state === 'valued' ? result.loss : undefined
  })
}

interface Step extends Given {
  readonly stages: readonly Stage[]
  readonly results: readonly (number | undefined)[]
}

function nextStage(latent: Latent, { stages, results, history, sweepSeed, options }: Step): Stage {
  const stage = stages.at(-1) as Stage
  const members = results.flatMap((loss, i): CmaMember[] => {
    if (loss === undefined) return []
    const y_D = stepOf(latent, { stages, sweepSeed, configuration: history.configurations[stage.from + i] })
    return y_D === undefined ? [] : [{ y_D, loss }]
  })
  const from = stage.from + stage.population
  if (members.length < 2) return { ...stage, from }
  const state = cmaUpdated(stage.state, members)
  const best = Math.min(stage.best, ...members.map(({ loss }) => loss))
  const stale = best < stage.best ? 0 : stage.stale + 1
  const next = { ...stage, state, from, best, stale }
  return isSpent(next, latent.dimensions) ? restarted(next, { latent, sweepSeed, sigma: options.sigma }) : next
}

/** Where a member lay, seen from the stage that learns from it: as it was drawn, if it was, else as its params say. */
function stepOf(
  latent: Latent,
  {
    stages,
    sweepSeed,
    configuration,
  }: { stages: readonly Stage[]; sweepSeed: number; configuration: Configuration | undefined },
): readonly number[] | undefined {
  if (configuration === undefined) return undefined
  const point = pointOf(latent.axes, configuration.params)
  if (point === undefined) return undefined
  const now = stages.at(-1) as Stage
  const key = pointKey(point)
  for (const stage of stages.slice(-LOOK_BACK).reverse()) {
    for (let attempt = 0; attempt < 2; attempt++) {
      const draw = drawOf(stage, latent, streamOf(sweepSeed, configuration.number, attempt))
      const drawn = drawnFrom(latent, stage.state, draw)
      if (pointKey(settled(latent.axes, drawn.point)) !== key) continue
      return drawn.y_L.map((y, i) => {
        const x = (stage.state.mean_D[i] as number) + stage.state.sigma * y
        return (x - (now.state.mean_D[i] as number)) / now.state.sigma
      })
    }
  }
  return injected(latent, now.state, point)
}

function isSpent({ state, stale, population }: Stage, dimensions: number): boolean {
  const values = state.eigen.values_D
  const widest = Math.max(...values)
  const narrowest = Math.min(...values)
  if (!(narrowest > 0) || widest > 1e14 * narrowest || !Number.isFinite(widest)) return true
  return state.sigma * Math.sqrt(widest) < 1e-8 || stale > 10 + (30 * dimensions) / population
}

function restarted(
  stage: Stage,
  { latent, sweepSeed, sigma }: { latent: Latent; sweepSeed: number; sigma: number },
): Stage {
  const restarts = stage.restarts + 1
  const rng = rngFor(sweepSeed, 'cma-es restart', restarts)
  const mean = middleOf(latent).map(() => rng.uniform())
  const state = cmaStart(mean, sigma)
  return { ...stage, state, population: 2 * stage.population, restarts, best: Number.POSITIVE_INFINITY, stale: 0 }
}
