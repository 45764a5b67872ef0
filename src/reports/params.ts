import { figure } from '../base/human-readable.ts'
import type { Params, ParamValue } from '../space/domain.ts'

function isGroup(value: ParamValue): value is { readonly [key: string]: ParamValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Nested params by dotted names: `{ gamma: { venue: 2 } }` gives `gamma.venue`. Lists stay one value. */
export function flatParams(params: Params, prefix = ''): Map<string, ParamValue> {
  const flat = new Map<string, ParamValue>()
  for (const [name, value] of Object.entries(params)) {
    const path = `${prefix}${name}`
    if (isGroup(value) && Object.keys(value).length > 0) {
      for (const [inner, leaf] of flatParams(value, `${path}.`)) flat.set(inner, leaf)
    } else flat.set(path, value)
  }
  return flat
}

/** A value as a person would write it: text bare, numbers short, everything else as JSON. */
export function paramText(value: ParamValue | undefined): string {
  if (value === undefined) return '–'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 1e6 ? String(value) : figure(value)
  return JSON.stringify(value)
}

/** Names whose value is not the same everywhere (absent counts as a value), in the order first met. */
export function varyingNames(all: readonly ReadonlyMap<string, ParamValue>[]): string[] {
  const names = new Set(all.flatMap((params) => [...params.keys()]))
  return [...names].filter((name) => new Set(all.map((params) => JSON.stringify(params.get(name)))).size > 1)
}

/** `gamma 2, boost 4`: the named values only, cut at `limit` characters. */
export function paramsLabel(
  params: ReadonlyMap<string, ParamValue>,
  names: readonly string[],
  limit = Number.POSITIVE_INFINITY,
): string {
  const parts = names.filter((name) => params.has(name)).map((name) => `${name} ${paramText(params.get(name))}`)
  return cut(parts.join(', '), limit)
}

export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}
