import { nearest } from '../base/nearest.ts'
import type { Distribution, Domain, ParamValue } from '../space/domain.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap, LocatedScalar } from './located.ts'
import { described, entryOf, keysOf, plainOf } from './located.ts'

/** Keys of a distribution, beside `distribution`; what follows `?` may be left out. */
const SHAPES: Readonly<Record<Distribution, string>> = {
  constant: 'value',
  categorical: 'values',
  categorical_w_probabilities: 'values probabilities',
  int_uniform: 'min max',
  uniform: 'min max',
  q_uniform: 'min max ?q',
  log_uniform: 'min max',
  log_uniform_values: 'min max',
  q_log_uniform: 'min max ?q',
  q_log_uniform_values: 'min max ?q',
  inv_log_uniform: 'min max',
  inv_log_uniform_values: 'min max',
  normal: '?mu ?sigma',
  q_normal: '?mu ?sigma ?q',
  log_normal: '?mu ?sigma',
  q_log_normal: '?mu ?sigma ?q',
  beta: '?a ?b',
  q_beta: '?a ?b ?q',
}

export const DISTRIBUTIONS = Object.keys(SHAPES) as Distribution[]

const required = (distribution: Distribution) => SHAPES[distribution].split(' ').filter((key) => !key.startsWith('?'))
const allowed = (distribution: Distribution) => SHAPES[distribution].replaceAll('?', '').split(' ')

/**
 * Reads one parameter as W&B does: the distribution as named, or else the only one that has these keys. Where W&B says
 * no more than "invalid hyperparameter configuration", the message here says what does not fit.
 */
export function readDomain(map: LocatedMap, findings: Findings): Domain | undefined {
  const distribution = distributionOf(map, findings)
  if (distribution === undefined || !keysFit(map, distribution, findings)) return undefined
  switch (distribution) {
    case 'constant':
      return { distribution, value: plainOf(entryOf(map, 'value') as Located) }
    case 'categorical': {
      const values = readValues(map, findings)
      return values && { distribution, values }
    }
    case 'categorical_w_probabilities':
      return readWeighted(map, findings)
    default:
      return readNumeric(map, distribution, findings)
  }
}

function distributionOf(map: LocatedMap, findings: Findings): Distribution | undefined {
  const named = entryOf(map, 'distribution')
  if (named === undefined) return inferred(map, findings)
  const text = named.kind === 'scalar' ? named.value : undefined
  const known = DISTRIBUTIONS.find((name) => name === text)
  if (known !== undefined) return known
  const [near] = nearest(String(text), DISTRIBUTIONS)
  findings.problem({
    code: 'VALUE_UNKNOWN',
    at: named.place,
    message: `${named.place.path} is ${described(named)}. Known: ${DISTRIBUTIONS.join(', ')}.`,
    fix: near && `distribution: ${near}`,
  })
  return undefined
}

function inferred(map: LocatedMap, findings: Findings): Distribution | undefined {
  const has = (...keys: string[]) => keys.every((key) => entryOf(map, key) !== undefined)
  if (has('value')) return 'constant'
  if (has('values')) return has('probabilities') ? 'categorical_w_probabilities' : 'categorical'
  if (has('min', 'max') && !has('q')) return isFloat(map, 'min') || isFloat(map, 'max') ? 'uniform' : 'int_uniform'
  findings.problem({
    code: 'PARAMETER_KEYS',
    at: map.place,
    message: `${map.place.path} is ${described(map)}, which says no distribution. It needs value, values, min and max, or a distribution with its keys.`,
    fix: guess(map),
  })
  return undefined
}

function guess(map: LocatedMap): string | undefined {
  const has = (key: string) => entryOf(map, key) !== undefined
  if (has('q') && has('min')) return 'distribution: q_uniform'
  if (has('mu') || has('sigma')) return 'distribution: normal'
  if (has('a') || has('b')) return 'distribution: beta'
  if (has('min')) return 'max: ...'
  if (has('max')) return 'min: ...'
  const near = keysOf(map).flatMap((key) => nearest(key, ['value', 'values', 'min', 'max', 'distribution']))
  return near[0] && `${near[0]}:`
}

/** Written with a fraction or an exponent: `0.0` makes a range of floats, `0` one of whole numbers. */
function isFloat(map: LocatedMap, key: string): boolean {
  const node = entryOf(map, key)
  return node?.kind === 'scalar' && node.isFloat
}

function keysFit(map: LocatedMap, distribution: Distribution, findings: Findings): boolean {
  const keys = keysOf(map).filter((key) => key !== 'distribution')
  const missing = required(distribution).filter((key) => !keys.includes(key))
  const extra = keys.filter((key) => !allowed(distribution).includes(key))
  if (missing.length === 0 && extra.length === 0) return true
  const place = map.entries.find((entry) => entry.key === (extra[0] ?? 'distribution'))?.keyPlace ?? map.place
  const seen =
    keys.length === 0 ? 'none of them is given' : `${keys.join(', ')} ${keys.length > 1 ? 'are' : 'is'} given`
  findings.problem({
    code: 'PARAMETER_KEYS',
    at: place,
    message: `${map.place.path} is ${distribution}, which takes ${allowed(distribution).join(', ')}; ${seen}.`,
    fix: keyFix({ map, missing, extra, distribution }),
  })
  return false
}

interface Misfit {
  readonly map: LocatedMap
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  readonly distribution: Distribution
}

function keyFix({ map, missing, extra, distribution }: Misfit): string {
  const named = entryOf(map, 'distribution') !== undefined
  if (named && (extra.includes('values') || extra.includes('value'))) return 'remove the line `distribution:`'
  if (distribution === 'categorical' && extra.includes('probabilities'))
    return 'distribution: categorical_w_probabilities'
  const [first] = extra
  const near = first === undefined ? undefined : nearest(first, allowed(distribution))[0]
  if (near !== undefined) return `${near}:`
  return missing.length > 0 ? `${missing[0]}: ...` : `remove ${extra.join(', ')}`
}

function readValues(map: LocatedMap, findings: Findings): ParamValue[] | undefined {
  const node = entryOf(map, 'values') as Located
  if (node.kind === 'list' && node.items.length > 0) return node.items.map(plainOf)
  const one = node.kind === 'scalar' && node.value !== null ? `values: [${node.value}]` : 'values: [a, b]'
  findings.problem({
    code: 'SPACE_VALUES',
    at: node.place,
    message: `${node.place.path} is ${described(node)}; it must be a list with at least one value.`,
    fix: one,
  })
  return undefined
}

function readWeighted(map: LocatedMap, findings: Findings): Domain | undefined {
  const values = readValues(map, findings)
  const node = entryOf(map, 'probabilities') as Located
  const items = node.kind === 'list' ? node.items : []
  const probabilities = items.map((item) => plainOf(item)).filter((p): p is number => typeof p === 'number')
  if (values === undefined) return undefined
  const sum = probabilities.reduce((total, p) => total + p, 0)
  const wrong = (seen: string) =>
    findings.problem({ code: 'SPACE_PROBABILITIES', at: node.place, message: `${node.place.path} ${seen}` })
  if (probabilities.length !== values.length || probabilities.length !== items.length) {
    wrong(`is ${described(node)}; it must be as many numbers as there are values (${values.length}).`)
  } else if (probabilities.some((p) => p < 0)) {
    wrong(`has ${Math.min(...probabilities)}; a probability cannot be below 0.`)
  } else if (Math.abs(sum - 1) > 1e-9) {
    wrong(`sum to ${Number(sum.toPrecision(6))}; they must sum to 1.`)
  } else return { distribution: 'categorical_w_probabilities', values, probabilities }
  return undefined
}

type Numeric = Exclude<Distribution, 'constant' | 'categorical' | 'categorical_w_probabilities'>

const DEFAULTS: Readonly<Record<string, number>> = { mu: 0, sigma: 1, a: 1, b: 1, q: 1 }

function readNumeric(map: LocatedMap, distribution: Numeric, findings: Findings): Domain | undefined {
  const numbers: Record<string, number> = {}
  for (const key of allowed(distribution)) {
    const node = entryOf(map, key)
    const value = node === undefined ? DEFAULTS[key] : boundOf(node, distribution, findings)
    if (value !== undefined) numbers[key] = value
  }
  const complete = allowed(distribution).every((key) => key in numbers)
  if (!complete || !inOrder(map, distribution, { numbers, findings })) return undefined
  const quantised = 'q' in numbers ? { integer: !isFloat(map, 'q') } : {}
  // The table above guarantees that exactly this distribution's keys are there.
  return { distribution, ...numbers, ...quantised } as unknown as Domain
}

function boundOf(node: Located, distribution: Numeric, findings: Findings): number | undefined {
  const value = (node as LocatedScalar).value
  const whole = distribution === 'int_uniform'
  if (node.kind === 'scalar' && typeof value === 'number' && (!whole || Number.isInteger(value))) return value
  const asNumber = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
  findings.problem({
    code: 'SPACE_BOUND_TYPE',
    at: node.place,
    message: `${node.place.path} is ${described(node)}; ${distribution} takes ${whole ? 'a whole number' : 'a number'}.`,
    fix: typeof value === 'number' ? 'distribution: uniform' : numberFix(node, asNumber),
  })
  return undefined
}

function numberFix(node: Located, value: number): string | undefined {
  return Number.isNaN(value) ? undefined : `${node.place.path.split('.').at(-1)}: ${value} (without quotes)`
}

interface Bounds {
  readonly numbers: Readonly<Record<string, number>>
  readonly findings: Findings
}

function inOrder(map: LocatedMap, distribution: Numeric, { numbers, findings }: Bounds): boolean {
  const { min, max, sigma, a, b, q } = numbers
  const path = map.place.path
  const wrong = (key: string, message: string, fix?: string) => {
    const at = entryOf(map, key)?.place ?? map.place
    findings.problem({ code: 'SPACE_BOUNDS', at, message, fix })
    return false
  }
  if (min !== undefined && max !== undefined && min >= max) {
    const swapped = min > max ? ' The two look swapped.' : ''
    const fix = min > max ? `min: ${max} and max: ${min}` : `value: ${min}`
    return wrong('min', `${path} has min ${min} and max ${max}; min must be below max.${swapped}`, fix)
  }
  if (min !== undefined && distribution.endsWith('log_uniform_values') && min <= 0) {
    return wrong('min', `${path}.min is ${min}; ${distribution} takes a min above 0.`)
  }
  if (sigma !== undefined && sigma < 0) return wrong('sigma', `${path}.sigma is ${sigma}; it must be 0 or more.`)
  if (a !== undefined && b !== undefined && (a <= 0 || b <= 0)) {
    return wrong(a <= 0 ? 'a' : 'b', `${path} has a ${a} and b ${b}; both must be above 0.`)
  }
  if (q !== undefined && q <= 0) return wrong('q', `${path}.q is ${q}; it must be above 0.`)
  noteExponents(map, distribution, { numbers, findings })
  return true
}

/** The classic mistake with W&B: limits on the value given to a distribution that takes exponents. */
function noteExponents(map: LocatedMap, distribution: Numeric, { numbers, findings }: Bounds): void {
  const { min, max } = numbers
  if (!/log_uniform$/.test(distribution) || min === undefined || max === undefined) return
  const sign = distribution === 'inv_log_uniform' ? -1 : 1
  const limits = [Math.exp(sign * min), Math.exp(sign * max)].sort((x, y) => x - y)
  const range = limits.map((limit) => Number(limit.toPrecision(4))).join(' to ')
  const doubt =
    min > 0 && distribution !== 'inv_log_uniform'
      ? ` If ${min} and ${max} are meant as limits, write ${distribution}_values.`
      : ''
  findings.note(
    map.place,
    `${map.place.path} is ${distribution}, whose bounds are exponents of e: values from ${range}.${doubt}`,
  )
}
