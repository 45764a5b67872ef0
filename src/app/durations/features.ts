import { canonicalJson } from '../../base/canonical-json.ts'
import type { Params, ParamValue } from '../../space/domain.ts'

/** What a trial is told by: its params and how many cores it had. */
export interface Described {
  readonly params: Params
  readonly cpus: number
}

/** Params as numbers, for a regression of log durations. */
export interface Features {
  /** How far a step of each column may change the logarithm of the duration, before anything was seen. */
  readonly spreads: readonly number[]
  rowOf(trial: Described): number[]
}

interface Column {
  readonly spread: number
  read(trial: Described): number
}

/** Names of what usually decides how long a training takes. */
const COSTLY =
  /epoch|step|iter|round|batch|layer|hidden|unit|size|length|depth|width|dim|tree|estimator|sample|rows|data|model|encoder|preset|backend|augment|unfreeze|embed|fold/i

/** A doubling of a costly number is a doubling of the time, give or take; of another one hardly anything. */
const SLOPE = { costly: 1, other: 0.15 }
const LEVEL = { costly: 0.8, other: 0.15 }
/** Columns and levels at most; more would be noise, and time. */
const MOST_COLUMNS = 40
const MOST_LEVELS = 12
/** The intercept may be anything from a millisecond to a month. */
const ANYTHING = 30

/** Finds what the trials differ by: numbers above 0 as logarithms, everything else as levels. */
export function featuresOf(trials: readonly Described[]): Features {
  const names = [...new Set(trials.flatMap(({ params }) => Object.keys(params)))].sort()
  const columns: Column[] = [
    { spread: ANYTHING, read: () => 1 },
    ...numeric(
      trials.map(({ cpus }) => cpus),
      { spread: SLOPE.costly, read: ({ cpus }) => cpus },
    ),
    ...names.flatMap((name) => columnsOf(name, trials)),
  ].slice(0, MOST_COLUMNS)
  return {
    spreads: columns.map(({ spread }) => spread),
    rowOf: (trial) => columns.map(({ read }) => read(trial)),
  }
}

function columnsOf(name: string, trials: readonly Described[]): Column[] {
  const values = trials.map(({ params }) => params[name])
  const kind = COSTLY.test(name) ? 'costly' : 'other'
  if (values.every(isPositive)) {
    return numeric(values as number[], { spread: SLOPE[kind], read: ({ params }) => params[name] as number })
  }
  return levels(values.map(levelOf), { spread: LEVEL[kind], read: ({ params }) => levelOf(params[name]) })
}

const isPositive = (value: ParamValue | undefined) => typeof value === 'number' && value > 0 && Number.isFinite(value)
const levelOf = (value: ParamValue | undefined) => (value === undefined ? '' : canonicalJson(value))

/** @returns nothing when all are the same */
function numeric(
  values: readonly number[],
  { spread, read }: { readonly spread: number; readonly read: (trial: Described) => number },
): Column[] {
  if (new Set(values).size < 2) return []
  const centre = values.reduce((sum, value) => sum + Math.log(value), 0) / values.length
  return [{ spread, read: (trial) => Math.log(read(trial)) - centre }]
}

/** One column a level; those beyond the most frequent ones share the place of none. */
function levels(
  values: readonly string[],
  { spread, read }: { readonly spread: number; readonly read: (trial: Described) => string },
): Column[] {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  if (counts.size < 2) return []
  const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST_LEVELS)
  return frequent.map(([level]) => ({ spread, read: (trial) => (read(trial) === level ? 1 : 0) }))
}
