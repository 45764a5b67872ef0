import { canonicalJson } from '../base/canonical-json.ts'

// What of a configuration may decide about memory, as columns of numbers. Nothing is known of the parameters but what
// varied: a batch size and a name are told apart by what they did to the peaks.

/** Of a trainer that nothing is known of. */
export type ParamsOfAnyTrainer = Readonly<Record<string, unknown>>

/** One column, or several that only make sense together: one a choice, but the first. */
export interface Feature {
  readonly name: string
  /** How the amount scales: `parts` are the params whose product it is. */
  readonly parts: readonly string[]
  columns(params: ParamsOfAnyTrainer): readonly number[]
}

/** More choices than this, and it is a name or a path rather than a choice. */
const MOST_CHOICES = 8
/** Products are looked for among so many numbers at most. */
const MOST_FACTORS = 8

/** Params that were not the same in all. */
export function varyingParams(all: readonly ParamsOfAnyTrainer[]): string[] {
  const names = new Set(all.flatMap((params) => Object.keys(params)))
  return [...names].sort().filter((name) => new Set(all.map((params) => canonicalJson(params[name]))).size > 1)
}

/**
 * Candidates for a model of the logarithm (`power`: numbers by their logarithm, so that a product needs no column of
 * its own) or of the amount itself (`sum`: numbers, their squares and their products in twos).
 */
export function featuresOf(all: readonly ParamsOfAnyTrainer[], family: 'power' | 'sum'): Feature[] {
  const names = varyingParams(all)
  const numbers = names.filter((name) => isNumber(all, name))
  const choices = names.filter((name) => !numbers.includes(name)).flatMap((name) => choiceFeature(all, name))
  const single = numbers.map((name) => {
    const log = family === 'power' && isPositive(all, name)
    return numberFeature([name], log)
  })
  if (family === 'power') return [...single, ...choices]
  const factors = numbers.filter((name) => isPositive(all, name)).slice(0, MOST_FACTORS)
  const products = factors.flatMap((a, i) => factors.slice(i).map((b) => numberFeature([a, b], false)))
  return [...single, ...products, ...choices]
}

function numberFeature(parts: readonly string[], log: boolean): Feature {
  return {
    name: parts.join(' x '),
    parts,
    columns: (params) => {
      const product = parts.reduce((sum, name) => sum * Number(params[name]), 1)
      return [log ? Math.log(product) : product]
    },
  }
}

function choiceFeature(all: readonly ParamsOfAnyTrainer[], name: string): Feature[] {
  const choices = [...new Set(all.map((params) => canonicalJson(params[name])))].sort()
  if (choices.length > MOST_CHOICES) return []
  return [
    {
      name,
      parts: [name],
      columns: (params) => choices.slice(1).map((choice) => (canonicalJson(params[name]) === choice ? 1 : 0)),
    },
  ]
}

/**
 * A question to ask of many: do the earlier ones say anything about these params? Each param must be one that was seen,
 * or a number not farther from those seen than they are from each other. A param that has always been the same and is
 * now another is new.
 */
export function nearbyTo(all: readonly ParamsOfAnyTrainer[]): (params: ParamsOfAnyTrainer) => boolean {
  const names = [...new Set(all.flatMap((it) => Object.keys(it)))]
  const seen = new Map(names.map((name) => [name, new Set(all.map((it) => canonicalJson(it[name])))]))
  const inReach = new Map(names.map((name) => [name, isNumber(all, name) ? reachOf(all, name) : undefined]))
  const isKnown = (name: string, value: unknown) => {
    const values = seen.get(name)
    if (values === undefined) return false
    if (values.has(canonicalJson(value))) return true
    return values.size > 1 && (inReach.get(name)?.(value) ?? values.size > MOST_CHOICES)
  }
  return (params) => [...new Set([...names, ...Object.keys(params)])].every((name) => isKnown(name, params[name]))
}

function reachOf(all: readonly ParamsOfAnyTrainer[], name: string): (value: unknown) => boolean {
  const log = isPositive(all, name)
  const at = (value: unknown) => (log ? Math.log(Number(value)) : Number(value))
  const seen = all.map((it) => at(it[name]))
  const [low, high] = [Math.min(...seen), Math.max(...seen)]
  const reach = (high - low) * (1 + 1e-9)
  return (value) => typeof value === 'number' && at(value) >= low - reach && at(value) <= high + reach
}

function isNumber(all: readonly ParamsOfAnyTrainer[], name: string): boolean {
  return all.every((params) => typeof params[name] === 'number' && Number.isFinite(params[name]))
}

function isPositive(all: readonly ParamsOfAnyTrainer[], name: string): boolean {
  return all.every((params) => Number(params[name]) > 0)
}
