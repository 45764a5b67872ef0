import type { ParamValue } from '../space/domain.ts'

/** Where something was written. */
export interface Place {
  /** Relative to the workspace, or the flag as typed. */
  readonly file: string
  /** 1 for the first line; absent where there are no lines (a flag, an object of a `.ts` file). */
  readonly line?: number
  /** Keys from the top, joined by dots; empty at the top. */
  readonly path: string
}

export interface MapEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly value: Located
}

export interface LocatedMap {
  readonly kind: 'map'
  readonly place: Place
  /** Each key once. */
  readonly entries: readonly MapEntry[]
}

export interface LocatedList {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly Located[]
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly place: Place
  readonly value: string | number | boolean | null
  /** The number was written as one with a fraction or an exponent, such as `1.0`; decides int or float, as in W&B. */
  readonly isFloat: boolean
}

/** What a file says, each piece with its place. YAML and `.ts` files both become this, so they get the same checks. */
export type Located = LocatedMap | LocatedList | LocatedScalar

export function entryOf(map: LocatedMap, key: string): Located | undefined {
  return map.entries.find((entry) => entry.key === key)?.value
}

export function below(place: Place, key: string | number, line?: number): Place {
  const path = place.path === '' ? String(key) : `${place.path}.${key}`
  const at = line ?? place.line
  return at === undefined ? { file: place.file, path } : { file: place.file, line: at, path }
}

/** A map with one entry replaced, or added at the end. */
export function withEntry(map: LocatedMap, key: string, value: Located): LocatedMap {
  const entry = { key, keyPlace: value.place, value }
  const known = map.entries.some((e) => e.key === key)
  const entries = known ? map.entries.map((e) => (e.key === key ? entry : e)) : [...map.entries, entry]
  return { ...map, entries }
}

export function without(map: LocatedMap, keys: readonly string[]): LocatedMap {
  return { ...map, entries: map.entries.filter((entry) => !keys.includes(entry.key)) }
}

/** The value alone, without places. */
export function plainOf(node: Located): ParamValue {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainOf)
  return Object.fromEntries(node.entries.map((entry) => [entry.key, plainOf(entry.value)]))
}

/** What was seen, for a message: `"abc" (text)`, `3`, `a list of 2`. */
export function described(node: Located): string {
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : `a list of ${node.items.length}`
  if (node.kind === 'map') return node.entries.length === 0 ? 'empty' : `a map with ${keysOf(node).join(', ')}`
  if (node.value === null) return 'empty'
  if (typeof node.value === 'string') return `${JSON.stringify(clipped(node.value))} (text)`
  return String(node.value)
}

/** The file may be anything, also a picture; then its beginning says enough. */
const LONGEST = 80

function clipped(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}

export function keysOf(map: LocatedMap): string[] {
  return map.entries.map((entry) => entry.key)
}
