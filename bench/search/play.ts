// One search on one table, without processes, files or clocks: sampler and race of the product decide, the table
// answers. Everything follows from `seed`.
import { rngFor } from '../../src/base/rng.ts'
import { races } from '../../src/racing/index.ts'
import type { Race } from '../../src/racing/race.ts'
import { samplers } from '../../src/samplers/index.ts'
import type { Sampler } from '../../src/samplers/sampler.ts'
import type { Params } from '../../src/space/domain.ts'
import { paramsKey } from '../../src/space/params-key.ts'
import { type History, historyOf } from '../../src/trial/history.ts'
import { rankConfigurations } from '../../src/trial/ranking.ts'
import type { SearchBudget } from '../../src/trial/search-budget.ts'
import type { Choice, SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { Configuration, SweepSnapshot, Trial } from '../../src/trial/trial.ts'
import type { Table } from './tables.ts'

/** What is played. */
export interface Game {
  readonly table: Table
  /** By name, or the thing itself while it is being worked on. */
  readonly sampler: Choice | Sampler
  readonly race: Choice | Race
  /** Trials in all. */
  readonly evaluations: number
  readonly seed: number
  /** Trials at a time; those that run are pending. Each takes 0.5 to 1.5 units of time. @default 1 */
  readonly parallel?: number
  /** Seeds of each configuration. @default those of the table, in an order drawn from `seed` */
  readonly seeds?: readonly number[]
  /** Every evaluation gives the configuration's true mean. @default false */
  readonly noiseFree?: boolean
}

/** How it ended. */
export interface Played {
  readonly history: History
  /** Configuration that the ranking puts first; undefined when nothing has a value. */
  readonly recommended: number | undefined
  /** Of the recommended one; 1 (the median) when there is none. */
  readonly regret: number
  /** Of the best configuration that was tried at all: what is left when no seed is lucky. */
  readonly visited: number
}

interface State {
  readonly game: Game
  readonly sampler: Sampler
  readonly race: Race
  readonly snapshot: SweepSnapshot & { configurations: Configuration[]; trials: Trial[]; exhausted: boolean }
  readonly history: History
  readonly seeds: readonly number[]
  readonly keys: Set<string>
  readonly running: { readonly trial: number; readonly until: number }[]
  cursor: number | undefined
  now: number
}

/** As often may a sampler repeat itself before its space counts as used up; as in the real loop. */
const REPEATS = 1000

/** Plays one search to the end of its evaluations. */
export function play(game: Game): Played {
  const state = begin(game)
  while (true) {
    while (state.running.length < (game.parallel ?? 1) && askOnce(state)) {}
    if (state.running.length === 0) break
    endOne(state)
  }
  return outcome(state)
}

function begin(game: Game): State {
  const seeds = game.seeds ?? rngFor(game.seed, 'seeds').shuffled(game.table.seeds)
  const snapshot = emptySnapshot(game, seeds)
  return {
    game,
    sampler: made(game.sampler, (name, options) => at(samplers, name).create(options)),
    race: made(game.race, (name, options) => at(races, name).create(options)),
    snapshot,
    history: historyOf(snapshot),
    seeds,
    keys: new Set(),
    running: [],
    cursor: undefined,
    now: 0,
  }
}

function made<T extends object>(it: Choice | T, create: (name: string, options: Choice['options']) => T): T {
  return 'name' in it && 'options' in it ? create((it as Choice).name, (it as Choice).options) : (it as T)
}

function at<T>(registry: Readonly<Record<string, T>>, name: string): T {
  const found = registry[name]
  if (found === undefined) throw new Error(`No ${name}. Known: ${Object.keys(registry).join(', ')}.`)
  return found
}

/** @returns whether a trial was started */
function askOnce(state: State): boolean {
  const { game, race, seeds, history, snapshot } = state
  const { configurations, trials } = snapshot
  if (trials.length >= game.evaluations) return false
  const request = { seeds, exhausted: snapshot.exhausted, history, budget: budgetOf(state) }
  for (const { configuration, reason } of race.eliminate?.(request) ?? []) {
    configurations[configuration] = { ...(configurations[configuration] as Configuration), eliminated: reason }
  }
  const next = race.next(request)
  if (next.kind === 'done' || next.kind === 'wait') return false
  if (next.kind === 'seed') return start(state, next.configuration, next.seed)
  const params = propose(state)
  if (params === undefined) {
    snapshot.exhausted = true
    return askOnce(state)
  }
  const number = configurations.length
  configurations.push({ number, params })
  return start(state, number, next.seed)
}

function budgetOf({ game, snapshot, seeds }: State): SearchBudget {
  const spent = snapshot.trials.length / game.evaluations
  return { trials: game.evaluations, spent, parallel: game.parallel ?? 1, seeds: seeds.length }
}

function propose(state: State): Params | undefined {
  const { game, sampler, history, keys, snapshot } = state
  const configuration = snapshot.configurations.length
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const suggestion = sampler.suggest({
      space: game.table.space,
      configuration,
      cursor: state.cursor,
      history,
      budget: budgetOf(state),
      sweepSeed: game.seed,
      rng: rngFor(game.seed, 'sampler', configuration, ...(repeat === 0 ? [] : [repeat])),
    })
    if (suggestion === undefined) return undefined
    state.cursor = suggestion.cursor
    const key = paramsKey(suggestion.params)
    if (keys.has(key)) continue
    keys.add(key)
    return suggestion.params
  }
  return undefined
}

function start(state: State, configuration: number, seed: number): true {
  const { snapshot, running, now, game } = state
  const number = snapshot.trials.length
  snapshot.trials.push({ number, configuration, seed, state: 'running', attempts: [], curve: [], metrics: {} })
  running.push({ trial: number, until: now + 0.5 + rngFor(game.seed, 'duration', number).uniform() })
  return true
}

function endOne(state: State): void {
  const { running, snapshot, game } = state
  const first = running.reduce((a, b) => (b.until < a.until ? b : a))
  running.splice(running.indexOf(first), 1)
  state.now = first.until
  const trial = snapshot.trials[first.trial] as Trial
  const { params } = snapshot.configurations[trial.configuration] as Configuration
  const value = game.noiseFree ? game.table.meanOf(params) : game.table.valueOf(params, trial.seed)
  snapshot.trials[first.trial] = { ...trial, state: 'completed', value, metrics: { value } }
}

function outcome({ snapshot, history, game }: State): Played {
  const recommended = rankConfigurations(snapshot).rows[0]?.configuration
  const regrets = snapshot.configurations.map(({ params }) => game.table.regretOf(params))
  return {
    history,
    recommended: recommended?.number,
    regret: recommended === undefined ? 1 : (regrets[recommended.number] as number),
    visited: regrets.reduce((a, b) => Math.min(a, b), 1),
  }
}

function emptySnapshot(game: Game, seeds: readonly number[]): State['snapshot'] {
  return {
    id: 'play.1',
    spec: specOf(game, seeds),
    state: 'running',
    startedAt: 0,
    exhausted: false,
    configurations: [],
    trials: [],
    notes: [],
    provenance: {},
  }
}

const nameOf = (it: Choice | object): Choice =>
  'name' in it && 'options' in it ? (it as Choice) : { name: 'custom', options: {} }

function specOf({ table, sampler, race, seed }: Game, seeds: readonly number[]): SweepSpec {
  return {
    format: 1,
    name: 'play',
    sampler: nameOf(sampler),
    race: nameOf(race),
    space: table.space,
    fixed: {},
    seeds,
    metric: { name: 'value', goal: table.goal, value: 'last' },
    trainer: { kind: 'function', name: 'play' },
    reports: { formats: [] },
    resources: { gpus: 0, cpus: 1 },
    executor: { name: 'inline', options: {} },
    targets: {},
    ensemble: { top: 1 },
    graceMs: 0,
    maxFailuresInARow: 1,
    sweepSeed: seed,
    reuse: false,
    notes: [],
  }
}
