import type { Params, ParamValue } from './domain.ts'

/**
 * A text that is the same for values W&B's grid calls equal, and only for those: 3 and 3.0, NaN and NaN, 0 and -0,
 * objects whatever the order of their keys; but not true and 1, nor "3" and 3.
 */
export function valueKey(value: ParamValue): string {
  if (typeof value === 'number') return value === 0 ? '0' : String(value)
  if (isList(value)) return `[${value.map(valueKey).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.keys(value).sort()
    return `{${fields.map((name) => `${JSON.stringify(name)}:${valueKey(value[name] as ParamValue)}`).join(',')}}`
  }
  return JSON.stringify(value)
}

function isList(value: ParamValue): value is readonly ParamValue[] {
  return Array.isArray(value)
}

/** The same text for the same configuration, whatever the order of its keys; for finding duplicates. */
export function paramsKey(params: Params): string {
  return valueKey(params)
}

/** The values in their first order, each once. */
export function distinct<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const key = keyOf(item)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
