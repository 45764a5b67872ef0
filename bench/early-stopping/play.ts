// Plays one pruner on a set of curves, one trial at a time, until the epochs are used up.
import { rngFor } from '../../src/base/rng.ts'
import type { Pruner } from '../../src/pruners/pruner.ts'
import { type History, historyOf } from '../../src/trial/history.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import type { Trial } from '../../src/trial/trial.ts'
import type { Curves } from './curves.ts'

export interface Game {
  readonly curves: Curves
  /** Absent = every trial runs to its end. */
  readonly pruner: Pruner | undefined
  /** Epochs in all. */
  readonly budget: number
  readonly seed: number
}

type Live = { -readonly [Key in keyof Trial]: Trial[Key] } & { curve: [number, number][] }

/**
 * Trials come in random order, each once. What counts is the completed one with the best last value.
 *
 * @returns its regret: 0 for the best of all curves, 1 for the median one (also when none was completed)
 */
export function playCurves({ curves, pruner, budget, seed }: Game): {
  regret: number
  trials: number
  completed: number
} {
  const order = rngFor(seed, 'order', curves.name).shuffled(curves.trials.map((_, i) => i))
  const worths = curves.trials.map(({ worth }) => worth).sort((a, b) => b - a)
  const [best, median] = [worths[0] as number, worths[Math.floor(worths.length / 2)] as number]
  const trials: Live[] = []
  const spec = { metric: { name: 'value', goal: 'maximize', value: 'last' } } as SweepSpec
  const configurations = order.map((number) => ({ number, params: {} }))
  const history = historyOf({ spec, configurations, trials })
  let left = budget
  while (left > 0) {
    const trial = pausedOne(trials, history, pruner) ?? newOne(trials, order.length)
    if (trial === undefined) break
    left -= runOn(trial, { curve: sourceOf(curves, order, trial).curve, left, history, pruner })
  }
  const done = trials.filter(({ state }) => state === 'completed')
  const chosen = done.reduce<Live | undefined>(
    (top, it) => (top === undefined || (it.value as number) > (top.value as number) ? it : top),
    undefined,
  )
  const worth = chosen === undefined ? median : sourceOf(curves, order, chosen).worth
  return { regret: (worth - best) / (median - best), trials: trials.length, completed: done.length }
}

function sourceOf(curves: Curves, order: readonly number[], { number }: Trial) {
  return curves.trials[order[number] as number] as Curves['trials'][number]
}

function pausedOne(trials: readonly Live[], history: History, pruner: Pruner | undefined): Live | undefined {
  const promoted = pruner?.promote?.(history)
  return promoted === undefined ? undefined : trials[promoted.trial]
}

function newOne(trials: Live[], most: number): Live | undefined {
  const number = trials.length
  if (number >= most) return undefined
  const trial: Live = { number, configuration: number, seed: 1, state: 'waiting', attempts: [], curve: [], metrics: {} }
  trials.push(trial)
  return trial
}

interface Run {
  readonly curve: readonly number[]
  readonly left: number
  readonly history: History
  readonly pruner: Pruner | undefined
}

/** @returns epochs that it took */
function runOn(trial: Live, { curve, left, history, pruner }: Run): number {
  const before = trial.curve.length
  trial.state = 'running'
  while (trial.curve.length < curve.length) {
    if (trial.curve.length - before >= left) return left
    const epoch = trial.curve.length
    trial.curve.push([epoch + 1, curve[epoch] as number])
    if (trial.curve.length === curve.length) break
    const verdict = pruner?.judge(trial, history)
    if (verdict === undefined || verdict.action === 'continue') continue
    trial.state = verdict.action === 'stop' ? 'pruned' : 'paused'
    return trial.curve.length - before
  }
  trial.state = 'completed'
  trial.value = curve.at(-1) as number
  return trial.curve.length - before
}
