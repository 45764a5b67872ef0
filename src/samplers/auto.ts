import { z } from 'zod'
import { entry } from '../base/registry.ts'
import { axesOf } from '../space/axes.ts'
import { gridSize } from '../space/grid.ts'
import { isGriddable } from '../space/grid-axis.ts'
import { leavesOf } from '../space/layout.ts'
import type { SearchSpace } from '../space/search-space.ts'
import type { SearchBudget } from '../trial/search-budget.ts'
import { cmaEs } from './cma-es.ts'
import { gp } from './gp.ts'
import { grid } from './grid.ts'
import type { Sampler } from './sampler.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

const SAMPLERS = { grid, sobol, tpe, gp, 'cma-es': cmaEs } as const

/** What `auto` takes, and why. */
export interface AutoChoice {
  readonly name: keyof typeof SAMPLERS
  /** The rest of a sentence that begins with "because". */
  readonly because: string
}

/** Fewer trials teach a model nothing that even spreading does not bring. */
const TOO_FEW = 10
/** A model is asked this often at least, one round of parallel trials after the other; else it only guesses. */
const ROUNDS = 4
/** Up to here a Gaussian process fits in well under a second, and learns more from each trial than TPE. */
const GP_TRIALS = 300
const GP_AXES = 20
/** Trials an axis from which CMA-ES, which starts slowly and then converges, is worth it on numbers alone. */
const CMA_TRIALS_EACH = 200

/** Budget that is assumed where nobody knows: a night of short trials. */
const ASSUMED = 200

/**
 * Chooses another sampler by the budget, the kinds and number of the parameters, and the parallelism. Of the sampler
 * chosen nothing is changed. What a sweep has been given decides, not its results, so that it does not change its mind
 * half-way, unless a person changes the budget or the slots. Only a sweep without a number of trials, such as a night's,
 * goes on with another one when it has become longer than was assumed.
 *
 * @source own rules, after Bischl et al., "Hyperparameter optimization: foundations, algorithms, best practices and open
 * challenges" (2023), section 6
 */
export const auto = entry({
  summary: 'Takes the sampler that fits the budget, the parameters and the parallelism, and says which and why.',
  options: z.object({}),
  create: (): Sampler => {
    const made = new Map<string, Sampler>()
    const chosen = (space: SearchSpace, budget: SearchBudget | undefined, proposed = 0) => {
      const { name, because } = chooseSampler(space, budget, proposed)
      let sampler = made.get(name)
      if (sampler === undefined) {
        sampler = SAMPLERS[name].create({})
        made.set(name, sampler)
      }
      return { name, because, sampler }
    }
    return {
      suggest: (request) => chosen(request.space, request.budget, request.configuration).sampler.suggest(request),
      // All points of a finite space, whichever sampler walks it.
      total: (space) => SAMPLERS.tpe.create({}).total(space),
      explain: (space, budget) => {
        const { name, because, sampler } = chosen(space, budget)
        const more = sampler.explain?.(space, budget)
        return `auto takes ${name}, because ${because}.${more === undefined ? '' : ` ${more}`}`
      },
    }
  },
})

/**
 * The sampler that `auto` takes for a space and a budget.
 *
 * @param proposed configurations so far: a sweep without a number of trials shows by them how long it gets
 */
export function chooseSampler(space: SearchSpace, budget: SearchBudget | undefined, proposed = 0): AutoChoice {
  const { list, conditional } = axesOf(space)
  const known = budget?.trials
  const trials = known ?? Math.max(ASSUMED, proposed)
  const parallel = budget?.parallel ?? 1
  const points = pointsOfGrid(space)
  const budgetWords = known === undefined ? `no number of trials is set (${trials} are assumed)` : `${known} trials`
  if (points !== undefined && known !== undefined && points <= known)
    return { name: 'grid', because: `the budget of ${known} trials covers all ${points} points of the space` }
  if (trials < TOO_FEW) return { name: 'sobol', because: `${budgetWords} are too few for a model to learn from` }
  if (parallel * ROUNDS > trials)
    return {
      name: 'sobol',
      because: `with ${parallel} of ${trials} trials at a time there is little to learn in between`,
    }
  if (trials <= GP_TRIALS && list.length <= GP_AXES && !conditional)
    return { name: 'gp', because: `${budgetWords} and ${list.length} parameters are few enough for a Gaussian process` }
  const numbersOnly = !conditional && list.every(({ kind }) => kind === 'continuous')
  if (numbersOnly && list.length > 1 && trials >= CMA_TRIALS_EACH * list.length)
    return {
      name: 'cma-es',
      because: `all ${list.length} parameters are continuous and ${budgetWords} suffice to converge`,
    }
  const why = conditional
    ? 'some parameters exist only under a condition'
    : `of ${budgetWords} and ${list.length} parameters`
  return { name: 'tpe', because: why }
}

/** Points of a grid that can be walked; undefined where there is none. */
function pointsOfGrid(space: SearchSpace): number | undefined {
  return leavesOf(space).every(({ domain }) => isGriddable(domain)) ? gridSize(space) : undefined
}
