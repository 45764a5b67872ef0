import type { Rng } from '../base/rng.ts'
import type { History } from './history.ts'
import { type Breach, breachesOf, finishedByConfiguration, objectiveValue } from './objectives.ts'
import type { ObjectiveSpec } from './sweep-spec.ts'
import type { Trial } from './trial.ts'

/** Weight of the sum beside the largest term; it keeps points apart that share their worst objective. */
const RHO = 0.05

/**
 * The history as a sampler for one objective can use it: several objectives become one by augmented Chebyshev
 * scalarisation with weights drawn from `rng`, and trials of configurations over a limit are worse than all others, the
 * more the farther they are over it. Without either it is the history itself.
 *
 * With several objectives the answer's goal is `minimize`, its values have no unit, trials that lack an objective have
 * no value, and curves are empty, for they are of the main metric only. Another draw of weights looks for another part
 * of the front, so a sampler calls it once for each configuration, with that configuration's own stream.
 *
 * @source Knowles 2006 (ParEGO) for the scalarisation, with weights drawn evenly from the simplex instead of a grid of
 * it; Deb 2000 for limits: whatever keeps to them is better than whatever does not, and of the latter the nearer one.
 * Both rest on means over seeds where they judge a configuration, and on single trials where they give values, so that
 * replicates still show the noise.
 */
export function scalarised(history: History, rng: Rng): History {
  const { objectives = [], limits = [] } = history
  if (objectives.length < 2 && limits.length === 0) return history
  const finished = finishedByConfiguration(history)
  const breaches = finished.map((trials) => breachesOf(trials, limits))
  const several = objectives.length > 1
  const values = several ? chebyshev(history, objectives, rng) : signedValues(history)
  const sign = !several && history.goal === 'maximize' ? -1 : 1
  const punished = behindAllOthers(history.trials, { values, breaches })
  const trials = history.trials.map((trial, i): Trial => {
    const value = punished[i]
    const over = (breaches[trial.configuration]?.length ?? 0) > 0
    const { value: _, ...rest } = trial
    const curve = several || over ? [] : trial.curve
    return value === undefined ? { ...rest, curve } : { ...rest, curve, value: sign * value }
  })
  return {
    goal: several ? 'minimize' : history.goal,
    configurations: history.configurations,
    trials,
    trialsOf: (configuration) => history.trialsOf(configuration),
  }
}

/** Smaller is better. */
function signedValues({ trials, goal }: History): (number | undefined)[] {
  const sign = goal === 'maximize' ? -1 : 1
  return trials.map(({ value }) => (value === undefined ? undefined : sign * value))
}

/** Each objective from 0 (the best seen) to 1 (the worst seen), then the weighted worst of them; smaller is better. */
function chebyshev({ trials }: History, objectives: readonly ObjectiveSpec[], rng: Rng): (number | undefined)[] {
  const weights = onSimplex(objectives.length, rng)
  const columns = objectives.map(({ name, goal }, m) => {
    const sign = goal === 'maximize' ? -1 : 1
    const raw = trials.map((trial) => {
      const value = trial.state === 'completed' ? objectiveValue(trial, name, m === 0) : undefined
      return value === undefined ? Number.NaN : sign * value
    })
    return toUnit(raw)
  })
  return trials.map((trial, i) => {
    if (trial.state !== 'completed' || trial.value === undefined) return undefined
    const terms = columns.map((column, m) => (weights[m] as number) * (column[i] as number))
    const value = Math.max(...terms) + RHO * terms.reduce((sum, term) => sum + term, 0)
    // Not measured is not bad, it is not known; NaN that was measured stays NaN, as with one objective.
    return Number.isNaN(value) && lacks(trial, objectives) ? undefined : value
  })
}

const lacks = (trial: Trial, objectives: readonly ObjectiveSpec[]) =>
  objectives.some(({ name }, m) => objectiveValue(trial, name, m === 0) === undefined)

function toUnit(values: readonly number[]): number[] {
  const [low, high] = rangeOf(values)
  return values.map((value) => (high > low ? (value - low) / (high - low) : value - low))
}

function rangeOf(values: Iterable<number | undefined>): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value === undefined || !Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return [low, high]
}

/** Evenly distributed over all weights that sum to 1: normalised exponentials. */
function onSimplex(n: number, rng: Rng): number[] {
  const draws = Array.from({ length: n }, () => -Math.log(1 - rng.uniform()))
  const sum = draws.reduce((a, b) => a + b, 0)
  return draws.map((draw) => draw / sum)
}

interface Judged {
  readonly values: readonly (number | undefined)[]
  /** By configuration. */
  readonly breaches: readonly (readonly Breach[])[]
}

/**
 * Trials over a limit begin where the worst of the others ends and go as far again at most, by how far they are over:
 * a breach counts in units of the largest one of its metric, so that limits of different units add up.
 */
function behindAllOthers(trials: readonly Trial[], { values, breaches }: Judged): (number | undefined)[] {
  const largest = new Map<string, number>()
  for (const { name, by } of breaches.flat()) {
    if (Number.isFinite(by)) largest.set(name, Math.max(by, largest.get(name) ?? 0))
  }
  if (breaches.every((list) => list.length === 0)) return [...values]
  const broken = new Set(breaches.flat().map(({ name }) => name)).size
  const share = breaches.map((list) => {
    const parts = list.map(({ name, by }) => (Number.isFinite(by) ? by / (largest.get(name) as number) : 1))
    return parts.reduce((sum, part) => sum + part, 0) / broken
  })
  const isOver = (trial: Trial) => (breaches[trial.configuration]?.length ?? 0) > 0
  const [low, high] = rangeOf(values)
  const [, worst] = rangeOf(values.filter((_, i) => !isOver(trials[i] as Trial)))
  const spread = high > low ? high - low : 1
  // Nothing keeps to the limits yet: then only how far each is over them counts.
  const from = Number.isFinite(worst) ? worst : 0
  // A step of a tenth is enough to tell the sides apart; a model that is smooth would bend around a higher one.
  return values.map((value, i) => {
    const trial = trials[i] as Trial
    return value === undefined || !isOver(trial)
      ? value
      : from + spread * (0.1 + (share[trial.configuration] as number))
  })
}
