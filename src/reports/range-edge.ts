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
