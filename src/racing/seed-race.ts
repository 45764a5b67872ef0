import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { ConfigurationBelief } from '../trial/posterior.ts'
import { type Contender, type Standings, standingsOf } from './contenders.ts'
import { eliminations } from './eliminate.ts'
import type { NextTrial, Race, RaceRequest } from './race.ts'

/** Before that many trials, each is worth more as a new configuration: nobody leads by anything but luck. */
const START = 20
/** While the search goes on, this share of the trials at most is spent on second seeds of whoever leads. */
const SEARCH_SHARE = 0.1
/** The race at the end gets this share of the budget at most. */
const RACE_SHARE = 0.4
/** Without a budget there is no end to race before: further seeds get this share of all trials at most. */
const OPEN_SHARE = 1 / 3
/** A race that could improve the recommendation by less than this share of the noise of one seed is over. */
const SETTLED = 0.001

/**
 * One seed for every configuration, and more for those that may still win.
 *
 * - Search: each new configuration gets the first seed. Now and then whoever leads gets a second one, which tells a
 *   lucky seed from a good configuration and measures the noise.
 * - Race: begins when no more is left of the budget than the trials that are worth more as further seeds of the leaders
 *   than as new configurations. What a seed is worth is the knowledge gradient: how much better the recommendation gets
 *   on average. What a new configuration is worth is what the last half of them brought. Without noise a second seed is
 *   worth nothing, and all of the budget goes into the search; the noisier, the longer the race.
 * - Whoever is behind by more than noise explains is eliminated; see `eliminate.ts`.
 *
 * Configurations whose trials failed, were pruned or gave NaN get no further seed. Pruners judge first seeds alone.
 *
 * @source Frazier and Powell (2010) for the worth of a seed; Birattari et al., "A racing algorithm for configuring
 * metaheuristics" (2002) for racing over common seeds, with normal beliefs in place of its rank test
 */
export const seedRace = entry({
  summary: 'One seed for every configuration, more for those that may still win.',
  options: z.object({}),
  create: (): Race => ({ next: nextOfRace, eliminate: eliminations, wholeSeeds: true }),
})

function nextOfRace(request: RaceRequest): NextTrial {
  const { seeds, exhausted, history } = request
  const [first] = seeds
  if (first === undefined) return { kind: 'done' }
  const unstarted = history.configurations.find(
    ({ number, lost, eliminated }) => !lost && eliminated === undefined && history.trialsOf(number).length === 0,
  )
  if (unstarted !== undefined) return { kind: 'seed', configuration: unstarted.number, seed: first }
  const fresh: NextTrial = { kind: 'new-configuration', seed: first }
  if (seeds.length === 1) return exhausted ? { kind: 'done' } : fresh
  // Known without looking at any value, and most of the time.
  if (!exhausted && !raceMayBegin(request) && !maySpare(request)) return fresh
  const standings = standingsOf(request)
  const chosen = exhausted ? lastSeed(standings) : worthwhile(request, standings)
  if (chosen !== undefined) return { kind: 'seed', configuration: chosen.configuration, seed: chosen.seed }
  if (!exhausted) return fresh
  return { kind: standings.pending > 0 ? 'wait' : 'done' }
}

/** Nothing but seeds is left to spend on: until they would not change the decision. */
function lastSeed({ contenders, posterior }: Standings): Contender | undefined {
  const [most] = contenders
  const enough = SETTLED * Math.sqrt(posterior.noise.variance)
  return most !== undefined && most.rate * most.trials > enough ? most : undefined
}

function worthwhile(request: RaceRequest, standings: Standings): Contender | undefined {
  const whole = wholeBudget(request)
  const worthOfSearch = gainOfSearch(standings)
  const worth = standings.contenders.filter(({ rate }) => rate > worthOfSearch)
  if (whole === undefined) return worth[0] ?? secondSeed(standings)
  const wanted = worth.reduce((sum, contender) => sum + contender.trials, 0)
  if (raceMayBegin(request) && whole - request.history.trials.length <= wanted) return worth[0]
  return maySpare(request) ? secondSeed(standings) : undefined
}

/** Whether what is left of the budget is no more than a race may take. */
function raceMayBegin(request: RaceRequest): boolean {
  const whole = wholeBudget(request)
  return whole !== undefined && whole - request.history.trials.length <= RACE_SHARE * whole
}

/** Whether second seeds may be given during the search. */
function maySpare(request: RaceRequest): boolean {
  const { trials, configurations } = request.history
  const share = wholeBudget(request) === undefined ? OPEN_SHARE : SEARCH_SHARE
  return trials.length >= START && trials.length - configurations.length < share * trials.length
}

/** Whoever leads with one seed alone gets another. */
function secondSeed({ beliefs, contenders }: Standings): Contender | undefined {
  const [leader] = beliefs
  if (leader === undefined || leader.n > 1) return undefined
  return contenders.find(({ configuration }) => configuration === leader.configuration)
}

/** Trials in all, where anybody knows: as many as the budget has, or as the share that is spent foretells. */
function wholeBudget({ budget, history }: RaceRequest): number | undefined {
  const made = history.trials.length
  const { trials, spent } = budget ?? {}
  const foretold = spent !== undefined && spent > 0 ? Math.max(made, Math.round(made / spent)) : undefined
  if (trials === undefined) return foretold
  return foretold === undefined ? trials : Math.min(trials, foretold)
}

/** What one more configuration has brought on average, among the newer half of them; infinite while there are few. */
function gainOfSearch({ beliefs }: Standings): number {
  const inOrder = [...beliefs].sort((a, b) => a.configuration - b.configuration)
  const half = Math.floor(inOrder.length / 2)
  if (half < 2) return Number.POSITIVE_INFINITY
  const best = (list: readonly ConfigurationBelief[]) => Math.max(...list.map(({ mean }) => mean))
  return (best(inOrder) - best(inOrder.slice(0, half))) / (inOrder.length - half)
}
