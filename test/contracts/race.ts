import { describe, expect, it } from 'vitest'
import type { Entry } from '../../src/base/registry.ts'
import { rngFor } from '../../src/base/rng.ts'
import type { NextTrial, Race, RaceRequest } from '../../src/racing/race.ts'
import type { History } from '../../src/trial/history.ts'
import type { SearchBudget } from '../../src/trial/search-budget.ts'
import type { Goal } from '../../src/trial/sweep-spec.ts'
import type { Trial } from '../../src/trial/trial.ts'
import { aHistory, aTrial } from './a-history.ts'

/** How a race is played. */
export interface Rules {
  readonly seeds: readonly number[]
  /** Proposals of the sampler. */
  readonly configurations: number
  valueFor(trial: number, configuration: number, seed: number): number
  /** Trials at a time. @default 1 */
  readonly parallel?: number
  readonly goal?: Goal
  /** How a trial ends. @default 'completed' */
  stateFor?(trial: number): Trial['state']
  /** Trials at most. */
  readonly most?: number
  /** What the race is told of the budget after so many trials. */
  budgetAfter?(trials: number): SearchBudget
}

/** A race under way; `turn` asks it once. Numbers of eliminated configurations come with their reasons. */
interface Play {
  readonly trials: Trial[]
  readonly eliminated: Map<number, string>
}

/** Plays a race to its end; of those that run the oldest ends first. */
export function play(race: Race, rules: Rules): Trial[] {
  return playWhole(race, rules).trials
}

export function playWhole(race: Race, rules: Rules): Play {
  const game: Play = { trials: [], eliminated: new Map() }
  for (let turn = 0; turn < 10_000; turn++) {
    const running = game.trials.filter(({ state }) => state === 'running')
    const next = mayStart(game, rules, running.length) ? askOnce(race, rules, game) : { kind: 'done' as const }
    if (next.kind === 'seed' || next.kind === 'new-configuration') continue
    if (next.kind === 'wait') expect(running.length, 'a race may wait only while a trial runs').toBeGreaterThan(0)
    const [first] = running
    if (first === undefined) return game
    const { number, configuration, seed } = first
    const state = rules.stateFor?.(number) ?? 'completed'
    const value = state === 'completed' ? { value: rules.valueFor(number, configuration, seed) } : {}
    game.trials[number] = { ...first, state, ...value }
  }
  throw new Error('the race has no end')
}

function mayStart({ trials }: Play, { most, parallel = 1 }: Rules, running: number): boolean {
  return running < parallel && trials.length < (most ?? Number.POSITIVE_INFINITY)
}

function askOnce(race: Race, rules: Rules, { trials, eliminated }: Play): NextTrial {
  const history = historyWith(trials, eliminated, rules.goal)
  const exhausted = history.configurations.length >= rules.configurations
  const budget = rules.budgetAfter?.(trials.length)
  const request: RaceRequest = { seeds: rules.seeds, exhausted, history, ...(budget && { budget }) }
  for (const { configuration, reason } of race.eliminate?.(request) ?? []) {
    expect(eliminated.has(configuration), 'nobody is eliminated twice').toBe(false)
    expect(reason).toMatch(/\.$/)
    eliminated.set(configuration, reason)
  }
  const now = { ...request, history: historyWith(trials, eliminated, rules.goal) }
  const next = race.next(now)
  if (next.kind === 'new-configuration') expect(exhausted, 'nothing is left to propose').toBe(false)
  if (next.kind === 'seed') expect(eliminated.has(next.configuration), 'the eliminated get no seed').toBe(false)
  if (next.kind === 'seed' || next.kind === 'new-configuration') {
    const configuration = next.kind === 'seed' ? next.configuration : history.configurations.length
    trials.push(aTrial({ number: trials.length, configuration, seed: next.seed, state: 'running' }))
  }
  return next
}

function historyWith(trials: readonly Trial[], eliminated: ReadonlyMap<number, string>, goal?: Goal): History {
  const history = aHistory(trials, goal)
  const configurations = history.configurations.map((it) => {
    const reason = eliminated.get(it.number)
    return reason === undefined ? it : { ...it, eliminated: reason }
  })
  return { ...history, configurations }
}

const SEEDS = [11, 22, 33]
const noisy = (trial: number) => rngFor(1, 'value', trial).normal()
const VALUES: Readonly<Record<string, (trial: number) => number>> = {
  'that rise': (trial) => trial,
  'that are NaN': () => Number.NaN,
  'that are all the same': () => 0,
  'that are now and then infinite': (trial) => (trial % 3 === 0 ? Number.POSITIVE_INFINITY : noisy(trial)),
  'that are noise': noisy,
}
const BUDGETS: Readonly<Record<string, Partial<Rules>>> = {
  'no budget': {},
  'a number of trials': { most: 12, budgetAfter: () => ({ trials: 12, parallel: 1, seeds: 3 }) },
  'a share that is spent': { most: 12, budgetAfter: (n) => ({ spent: n / 12, parallel: 1, seeds: 3 }) },
  'a budget that is overdrawn': { budgetAfter: () => ({ trials: 3, spent: 1, parallel: 1, seeds: 3 }) },
}

function expectFair(trials: readonly Trial[]): void {
  const pairs = trials.map(({ configuration, seed }) => `${configuration} ${seed}`)
  expect(new Set(pairs).size, 'no configuration gets a seed twice').toBe(pairs.length)
  expect(SEEDS).toEqual(expect.arrayContaining(trials.map(({ seed }) => seed)))
}

/** What every race promises. */
export function raceContract(name: string, entry: Entry<Race>): void {
  const race = entry.create({})

  describe(`the race ${name}`, () => {
    for (const [what, valueFor] of Object.entries(VALUES)) {
      it.each(Object.keys(BUDGETS))(
        `ends, gives nobody a seed twice and names only given seeds: values ${what}, %s`,
        (budget) => {
          for (const parallel of [1, 4]) {
            const rules = { seeds: SEEDS, configurations: 7, valueFor, parallel, ...BUDGETS[budget] }
            const trials = play(race, rules)
            expectFair(trials)
            const tried = new Set(trials.map(({ configuration }) => configuration)).size
            if (rules.most === undefined) expect(tried, 'everything is proposed').toBe(7)
            else expect(trials.length).toBeLessThanOrEqual(rules.most)
          }
        },
      )
    }

    it('goes on when trials fail, are pruned or cancelled', () => {
      const states = ['failed', 'pruned', 'cancelled', 'completed'] as const
      const stateFor = (trial: number) => states[trial % states.length] as Trial['state']
      for (const parallel of [1, 3]) {
        expectFair(play(race, { seeds: SEEDS, configurations: 9, valueFor: noisy, stateFor, parallel }))
      }
      expectFair(play(race, { seeds: SEEDS, configurations: 5, valueFor: noisy, stateFor: () => 'failed' }))
    })

    it('does not wait for trials that are paused', () => {
      const stateFor = (trial: number): Trial['state'] => (trial % 2 === 0 ? 'paused' : 'completed')
      expectFair(play(race, { seeds: SEEDS, configurations: 5, valueFor: noisy, stateFor }))
    })

    it('is done at once when there is nothing to propose', () => {
      expect(race.next({ seeds: SEEDS, exhausted: true, history: aHistory() })).toEqual({ kind: 'done' })
    })

    it('starts a configuration that a crash left without a trial', () => {
      const history = { ...aHistory(), configurations: [{ number: 0, params: {} }] }
      expect(race.next({ seeds: SEEDS, exhausted: true, history })).toMatchObject({ kind: 'seed', configuration: 0 })
    })

    it('starts nothing of a configuration whose line was lost', () => {
      const history = { ...aHistory(), configurations: [{ number: 0, params: {}, lost: true as const }] }
      expect(race.next({ seeds: SEEDS, exhausted: true, history })).toEqual({ kind: 'done' })
    })

    it('answers from the history alone: after a resume with a race of its own, too', () => {
      const rules = { seeds: SEEDS, configurations: 8, valueFor: noisy, parallel: 2 }
      const whole = play(race, rules)
      const fresh: Race = {
        next: (request) => entry.create({}).next(request),
        eliminate: (request) => entry.create({}).eliminate?.(request) ?? [],
      }
      expect(play(fresh, rules)).toEqual(whole)
    })

    it('decides the same for a metric to be minimised as for its mirror image', () => {
      const rules = { seeds: SEEDS, configurations: 8, most: 20 }
      const up = play(race, { ...rules, valueFor: noisy, goal: 'maximize' })
      const down = play(race, { ...rules, valueFor: (trial) => -noisy(trial), goal: 'minimize' })
      const pairs = (trials: readonly Trial[]) => trials.map(({ configuration, seed }) => [configuration, seed])
      expect(pairs(down)).toEqual(pairs(up))
    })

    it('gives the same answer again and changes nothing of what it is given', () => {
      const history = aHistory(
        Array.from({ length: 9 }, (_, number) => aTrial({ number, seed: 11, value: noisy(number) })),
      )
      const before = structuredClone(history.trials)
      const asked = { seeds: SEEDS, exhausted: false, history }
      expect(race.next(asked)).toEqual(race.next(asked))
      expect(race.eliminate?.(asked)).toEqual(race.eliminate?.(asked))
      expect(history.trials).toEqual(before)
    })
  })
}
