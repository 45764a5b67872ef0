import type { Domain, ParamValue } from '../space/domain.ts'
import { edgeOf, isLogarithmic, naturalLimits, openEdgeOf, rangeOf } from './range-edge.ts'

/** What to search next for one parameter, in the keys of a search-space file, and why. */
export interface NextDomain {
  readonly domain: Readonly<Record<string, ParamValue>>
  readonly why: string
  /** The end of its range beyond which the proposal goes. */
  readonly beyond?: 'low' | 'high'
}

/** What this sweep learnt of one parameter. */
export interface Learnt {
  /** Dotted path; a name such as `dropout` says that values end at 1. */
  readonly name?: string
  /** The winner's value; undefined when the winner does not have this parameter. */
  readonly best: ParamValue | undefined
  /** It made a difference beyond noise; undefined = it did not vary or nothing can be said. */
  readonly matters: boolean | undefined
  /** Moves together with others, so it cannot be changed alone. */
  readonly tied: boolean
  /** Levels from best to worst, as values; for parameters that are not numbers. */
  readonly order: readonly ParamValue[]
}

/** Fixed where it made no difference, widened where the best lies at an end, otherwise narrower around the best. */
export function nextDomain(domain: Domain, learnt: Learnt): NextDomain {
  const { best } = learnt
  if (domain.distribution === 'constant') return { domain: { value: domain.value }, why: 'fixed before' }
  if (best === undefined) return { domain: written(domain), why: 'not used by the winner: kept' }
  if (learnt.matters === false)
    return { domain: { value: best }, why: 'no effect beyond noise: fixed at the winner’s value' }
  if (learnt.tied) return { domain: written(domain), why: 'moves together with others: kept' }
  const range = rangeOf(domain)
  if (range === undefined || typeof best !== 'number') return ofChoices(domain, learnt)
  const next = 'values' in domain ? ofNumbers(domain, best, learnt.name) : ofRange(domain, best, learnt.name)
  const beyond = openEdgeOf(domain, best, learnt.name)
  return beyond === undefined ? next : { ...next, beyond }
}

/** The domain as a file would say it: bounds as limits, without what we keep beside it. */
function written(domain: Domain): Readonly<Record<string, ParamValue>> {
  const { distribution, ...rest } = domain
  const keys = Object.entries(rest).filter(([name]) => name !== 'integer') as [string, ParamValue][]
  return distribution === 'categorical' ? Object.fromEntries(keys) : { distribution, ...Object.fromEntries(keys) }
}

function ofChoices(domain: Domain, { best, order }: Learnt): NextDomain {
  if (!('values' in domain)) return { domain: written(domain), why: 'kept' }
  if (domain.values.length < 3 || order.length < 3) return { domain: { values: domain.values }, why: 'kept' }
  const kept = [best as ParamValue, ...order.filter((value) => JSON.stringify(value) !== JSON.stringify(best))].slice(
    0,
    2,
  )
  return { domain: { values: kept }, why: 'the two best of its values' }
}

const tidy = (value: number, whole: boolean) => (whole ? Math.round(value) : Number(value.toPrecision(3)))

type Listed = Extract<Domain, { values: readonly ParamValue[] }>

function ofNumbers(domain: Listed, best: number, name?: string): NextDomain {
  const values = (domain.values as readonly number[]).toSorted((a, b) => a - b)
  const whole = values.every(Number.isInteger)
  const place = values.indexOf(best)
  const [below, above] = [values[place - 1], values[place + 1]]
  const geometric = (values[0] as number) > 0 && (values.at(-1) as number) / (values[0] as number) >= 8
  const beyond = (from: number, to: number) => (geometric ? (to * to) / from : 2 * to - from)
  const between = (a: number, b: number) => (geometric ? Math.sqrt(a * b) : (a + b) / 2)
  // Between 1 and 2 there is no whole number: then the neighbour stays.
  const inner = (a: number, b: number) => {
    const middle = tidy(between(a, b), whole)
    return middle === best ? (a === best ? b : a) : middle
  }
  const list =
    below === undefined || above === undefined
      ? edgeList(best, (below ?? above) as number, { beyond, between: inner, limits: naturalLimits(domain, name) })
      : [inner(below, best), best, inner(best, above)]
  const numbers = [...new Set(list.map((value) => tidy(value, whole)))].sort((a, b) => a - b)
  return { domain: { values: numbers }, why: whyOf(domain, best, { name, inside: 'finer around the best' }) }
}

function whyOf(
  domain: Domain,
  best: number,
  say: { readonly name?: string | undefined; readonly inside: string },
): string {
  const edge = edgeOf(domain, best)
  if (edge === undefined) return say.inside
  if (openEdgeOf(domain, best, say.name) === undefined) return `best at its natural limit (${best}): not beyond it`
  return `best at the ${edge === 'low' ? 'lower' : 'upper'} end: widened beyond ${best}`
}

interface Steps {
  beyond(from: number, to: number): number
  between(a: number, b: number): number
  readonly limits: { readonly low: number; readonly high: number }
}

/** Carried on beyond the best; where that would cross a natural limit, halfway to the limit. */
function edgeList(best: number, neighbour: number, { beyond, between, limits }: Steps): number[] {
  const next = beyond(neighbour, best)
  const limit = next < limits.low ? limits.low : next > limits.high ? limits.high : undefined
  return [
    between(neighbour, best),
    best,
    ...(limit === undefined ? [next] : limit === best ? [] : [(best + limit) / 2]),
  ]
}

function ofRange(domain: Domain, best: number, name?: string): NextDomain {
  const range = rangeOf(domain)
  if (range === undefined) return { domain: written(domain), why: 'kept' }
  const logarithmic = isLogarithmic(domain) && range.min > 0
  const [to, from] = logarithmic ? [Math.log, Math.exp] : [(x: number) => x, (x: number) => x]
  const edge = edgeOf(domain, best)
  const quarter = (to(range.max) - to(range.min)) / 4
  const whole = domain.distribution === 'int_uniform'
  const limits = naturalLimits(domain, name)
  const low = Math.max(from(to(best) - quarter), limits.low)
  const high = Math.min(from(to(best) + quarter), limits.high)
  const bounds = edge === undefined ? { low: Math.max(low, range.min), high: Math.min(high, range.max) } : { low, high }
  const step = 'q' in domain ? { q: domain.q } : {}
  return {
    domain: {
      distribution: withValueBounds(domain.distribution),
      min: tidy(bounds.low, whole),
      max: tidy(bounds.high, whole),
      ...step,
    },
    why: whyOf(domain, best, { name, inside: 'half as wide, around the best' }),
  }
}

/** The twin whose bounds are values, for those whose bounds are exponents. */
function withValueBounds(distribution: string): string {
  return /log_uniform$/.test(distribution) ? `${distribution}_values` : distribution
}
