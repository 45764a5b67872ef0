import { canonicalJson } from '../../base/canonical-json.ts'
import type { Rng } from '../../base/rng.ts'
import { dot, drawRegression, fitRegression, type Regression } from '../../statistics/log-regression.ts'
import { type Described, type Features, featuresOf } from './features.ts'
import type { PastTrial } from './history.ts'

/** How long trials of given params may take, as learnt from earlier ones. */
export interface DurationModel {
  /** Milliseconds that are as likely too many as too few. */
  typical(trial: Described): number
  /** One possible night: the same machine and load for all trials, the same deviation for all seeds of a configuration. */
  draw(rng: Rng): Night
}

export interface Night {
  /** Milliseconds of one trial of a configuration, anew each time. */
  configuration(trial: Described): () => number
}

/** Mean of the logarithms of a configuration's seeds in one sweep. */
interface Group {
  readonly trial: PastTrial
  readonly sweep: number
  readonly logs: readonly number[]
}

/** Configurations looked at; more change nothing. */
const MOST_GROUPS = 400
/**
 * Before anything was seen: sweeps with the same params differ by a fifth (the machine, its load, the program), the
 * params explain configurations to a tenth, and seeds to a twentieth. Each belief is worth as many observations as said.
 */
const SWEEPS = { sd: 0.18, worth: 4 }
const CONFIGURATIONS = { sd: 0.1, worth: 3 }
const SEEDS = { sd: 0.05, worth: 2 }

/**
 * @param past one trial at least
 * @param coming what will be asked about: its differences from the past are weighed, too
 */
export function durationModel(past: readonly PastTrial[], coming: readonly Described[]): DurationModel {
  const groups = groupsOf(past)
  const features = remembered(featuresOf([...groups.map(({ trial }) => trial), ...coming]))
  const regression = fitRegression(
    groups.map(({ trial }) => features.rowOf(trial)),
    groups.map(({ logs }) => logs.reduce((sum, log) => sum + log, 0) / logs.length),
    {
      groups: groups.map(({ sweep }) => sweep),
      prior: { coefficients: features.spreads, group: SWEEPS, residual: CONFIGURATIONS },
    },
  )
  const seeds = seedSpread(groups)
  return {
    typical: (trial) => Math.exp(dot(features.rowOf(trial), regression.mean)),
    draw: (rng) => drawNight({ regression, features, seeds }, rng),
  }
}

/** The same trials are asked about in every night. */
function remembered(features: Features): Features {
  const rows = new WeakMap<Described, number[]>()
  return {
    spreads: features.spreads,
    rowOf: (trial) => {
      const row = rows.get(trial) ?? features.rowOf(trial)
      rows.set(trial, row)
      return row
    },
  }
}

function drawNight(
  {
    regression,
    features,
    seeds,
  }: { readonly regression: Regression; readonly features: Features; readonly seeds: number },
  rng: Rng,
): Night {
  const { coefficients, residualSd, groupSd } = drawRegression(regression, rng)
  const tonight = groupSd * rng.normal()
  return {
    configuration: (trial) => {
      const log = dot(features.rowOf(trial), coefficients) + tonight + residualSd * rng.normal()
      return () => Math.exp(log + seeds * rng.normal())
    },
  }
}

function groupsOf(past: readonly PastTrial[]): Group[] {
  const sweeps = new Map<string, number>()
  const groups = new Map<string, { trial: PastTrial; sweep: number; logs: number[] }>()
  for (const trial of past) {
    const sweep = sweeps.get(trial.sweep) ?? sweeps.size
    sweeps.set(trial.sweep, sweep)
    const key = `${sweep} ${trial.cpus} ${canonicalJson(trial.params)}`
    const group = groups.get(key)
    if (group !== undefined) group.logs.push(Math.log(trial.ms))
    else if (groups.size < MOST_GROUPS) groups.set(key, { trial, sweep, logs: [Math.log(trial.ms)] })
  }
  return [...groups.values()]
}

/** How far seeds of one configuration differ, pooled over configurations. */
function seedSpread(groups: readonly Group[]): number {
  let sum = SEEDS.worth * SEEDS.sd ** 2
  let df = SEEDS.worth
  for (const { logs } of groups) {
    const mean = logs.reduce((total, log) => total + log, 0) / logs.length
    sum += logs.reduce((total, log) => total + (log - mean) ** 2, 0)
    df += logs.length - 1
  }
  return Math.sqrt(sum / df)
}
