import { rngFor } from '../base/rng.ts'
import type { Domain, ParamValue } from '../space/domain.ts'
import { encode } from '../space/encode.ts'
import { valueKey } from '../space/params-key.ts'
import { type Axis, type Importance, importanceOf } from '../statistics/importance.ts'
import { quantiles } from '../statistics/summary.ts'
import { mayWin } from '../trial/ranking.ts'
import type { SweepSnapshot } from '../trial/trial.ts'
import { factsOf } from './facts.ts'
import { domainsOf } from './range-edge.ts'

/** What of the space makes the difference; axes are the parameters that vary. */
export interface ImportanceFacts {
  readonly names: readonly string[]
  readonly domains: readonly Domain[]
  readonly all: Importance
  /** Among the better half: the worse half counts as if it were at the median. */
  readonly best: Importance | undefined
  /** The winner's place on each axis. */
  readonly winner: readonly (number | undefined)[]
}

const known = new WeakMap<SweepSnapshot, ImportanceFacts | 'none'>()

/** Worked out once a snapshot; undefined where too few configurations are known. */
export function importanceFacts(snapshot: SweepSnapshot): ImportanceFacts | undefined {
  let facts = known.get(snapshot)
  if (facts === undefined) {
    facts = workOut(snapshot) ?? 'none'
    known.set(snapshot, facts)
  }
  return facts === 'none' ? undefined : facts
}

function workOut(snapshot: SweepSnapshot): ImportanceFacts | undefined {
  const { ranking, params, varying, sign, winner } = factsOf(snapshot)
  if (winner === undefined) return undefined
  const inSpace = domainsOf(snapshot.spec.space)
  const names = varying.filter((name) => inSpace.has(name))
  const domains = names.map((name) => inSpace.get(name) as Domain)
  const axes = domains.map(axisOf)
  const placesOf = (configuration: number) =>
    names.map((name, d) => placeOf(domains[d] as Domain, params.get(configuration)?.get(name)))
  const rows = ranking.rows.filter(({ mean }) => Number.isFinite(mean))
  const places = rows.map(({ configuration }) => placesOf(configuration.number))
  const values = rows.map(({ mean }) => sign * mean)
  if (names.length === 0) return undefined
  const stream = (name: string) => rngFor(snapshot.spec.sweepSeed, 'report', 'importance', name)
  const all = importanceOf({ axes, rows: places, values }, stream('all'))
  if (all === undefined) return undefined
  const [median = 0] = quantiles(values, [0.5])
  const capped = values.map((value) => Math.max(value, median))
  const best = importanceOf({ axes, rows: places, values: capped }, stream('best'))
  return { names, domains, all, best, winner: mayWin(winner) ? placesOf(winner.configuration.number) : [] }
}

/** Lists of numbers have an order, other lists have none. */
export function axisOf(domain: Domain): Axis {
  if (!('values' in domain)) return {}
  return domain.values.every((value) => typeof value === 'number') ? {} : { choices: domain.values.length }
}

function placeOf(domain: Domain, value: ParamValue | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!('values' in domain)) return encode(domain, value)
  const sorted =
    axisOf(domain).choices === undefined ? domain.values.toSorted((a, b) => Number(a) - Number(b)) : domain.values
  const index = sorted.findIndex((one) => valueKey(one) === valueKey(value))
  if (index < 0) return undefined
  return axisOf(domain).choices === undefined ? (index + 0.5) / sorted.length : index
}
