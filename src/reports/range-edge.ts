import type { Domain, ParamValue } from '../space/domain.ts'
import type { Parameter, SearchSpace } from '../space/search-space.ts'

/** Every domain of a space by its dotted path, nested groups opened. */
export function domainsOf(space: SearchSpace): Map<string, Domain> {
  const found = new Map<string, Domain>()
  const open = (parameters: { readonly [name: string]: Parameter }, prefix: string) => {
    for (const [name, parameter] of Object.entries(parameters)) {
      if ('parameters' in parameter) open(parameter.parameters, `${prefix}${name}.`)
      else found.set(`${prefix}${name}`, parameter)
    }
  }
  open(space.parameters, '')
  return found
}

export function isLogarithmic({ distribution }: Domain): boolean {
  return /log_uniform/.test(distribution)
}

/** Smallest and largest value that the domain can give; undefined without bounds or with values that are not numbers. */
export function rangeOf(domain: Domain): { readonly min: number; readonly max: number } | undefined {
  if ('values' in domain) {
    const numbers = domain.values.filter((value): value is number => typeof value === 'number')
    return numbers.length === domain.values.length && numbers.length > 1
      ? { min: Math.min(...numbers), max: Math.max(...numbers) }
      : undefined
  }
  if (!('min' in domain)) return undefined
  // Bounds of these are exponents of e, not values.
  const exponents = ['log_uniform', 'q_log_uniform', 'inv_log_uniform'].includes(domain.distribution)
  return exponents ? { min: Math.exp(domain.min), max: Math.exp(domain.max) } : { min: domain.min, max: domain.max }
}

const EDGE = 0.05

/**
 * Whether a value lies at an end of its range: the first or last of at least three listed numbers, or within 5 % of
 * the range (of its logarithm for logarithmic domains).
 */
export function edgeOf(domain: Domain, value: ParamValue | undefined): 'low' | 'high' | undefined {
  const range = rangeOf(domain)
  if (range === undefined || typeof value !== 'number') return undefined
  if ('values' in domain) {
    if (domain.values.length < 3) return undefined
    return value === range.min ? 'low' : value === range.max ? 'high' : undefined
  }
  const scale = isLogarithmic(domain) && range.min > 0 ? Math.log : (x: number) => x
  const place = (scale(value) - scale(range.min)) / (scale(range.max) - scale(range.min))
  return place < EDGE ? 'low' : place > 1 - EDGE ? 'high' : undefined
}

const AT_MOST_ONE = /prob|dropout|fraction|ratio|share|smoothing|momentum|(^|[._])(p|rate)$/i

/**
 * Where values end by their nature, as far as tried values and the name tell: none was negative, so none is proposed;
 * and what is named like a probability and never exceeded 1 stays within 1.
 */
export function naturalLimits(domain: Domain, name = ''): { readonly low: number; readonly high: number } {
  const range = rangeOf(domain)
  if (range === undefined || range.min < 0) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  return { low: 0, high: range.max <= 1 && AT_MOST_ONE.test(name) ? 1 : Number.POSITIVE_INFINITY }
}

/** The end at which a value lies and beyond which a search can go; undefined at a natural limit too. */
export function openEdgeOf(domain: Domain, value: ParamValue | undefined, name?: string): 'low' | 'high' | undefined {
  const edge = edgeOf(domain, value)
  const range = rangeOf(domain)
  if (edge === undefined || range === undefined) return undefined
  const { low, high } = naturalLimits(domain, name)
  return (edge === 'low' ? range.min <= low : range.max >= high) ? undefined : edge
}
