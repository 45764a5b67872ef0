import type { Findings } from './findings.ts'
import type { Located, LocatedMap, Place } from './located.ts'
import { entryOf, keysOf, withEntry, without } from './located.ts'
import { readYaml } from './read-yaml.ts'

/** One `--set key=value`. */
export interface Override {
  readonly path: string
  readonly value: Located
}

/** Reads `seeds=5` and the like; values are written as in a sweep file: `seeds=[1, 2]`. */
export function readOverrides(written: readonly string[], findings: Findings): Override[] {
  return written.flatMap((text) => {
    const equals = text.indexOf('=')
    const path = text.slice(0, Math.max(0, equals)).trim()
    const flag = `--set ${text}`
    if (path === '') {
      findings.problem({
        code: 'OVERRIDE_FORM',
        at: { file: flag, path: '' },
        message: 'This is not of the form key=value.',
        fix: '--set seeds=5',
      })
      return []
    }
    const value = readYaml(text.slice(equals + 1), flag, findings)
    return value === undefined ? [] : [{ path, value: replaced(value, { file: flag, path }) }]
  })
}

/** Lines inside a flag mean nothing. */
function replaced(node: Located, place: Place): Located {
  const at = (key: string | number) => ({ file: place.file, path: `${place.path}.${key}` })
  if (node.kind === 'list') return { kind: 'list', place, items: node.items.map((item, i) => replaced(item, at(i))) }
  if (node.kind === 'scalar') return { ...node, place }
  const entries = node.entries.map(({ key, value }) => ({ key, keyPlace: at(key), value: replaced(value, at(key)) }))
  return { kind: 'map', place, entries }
}

/** Keys of a parameter that a given list or constant makes meaningless. */
const DOMAIN_KEYS = ['distribution', 'value', 'values', 'probabilities', 'min', 'max', 'q', 'mu', 'sigma', 'a', 'b']

/**
 * The map with the override put in. At each level the longest existing key that fits is followed, so that
 * `parameters.optimizer.lr.max=1` finds a parameter called `optimizer.lr`.
 *
 * @param path the rest of the way, keys joined by dots
 */
export function overridden(map: LocatedMap, path: string, value: Located): LocatedMap {
  const key = nextKey(map, path)
  if (key === path) return withEntry(withoutRivals(map, key), key, value)
  const inner = entryOf(map, key)
  const empty: LocatedMap = { kind: 'map', place: { ...value.place, path: key }, entries: [] }
  const below = inner?.kind === 'map' ? inner : empty
  return withEntry(map, key, overridden(below, path.slice(key.length + 1), value))
}

function nextKey(map: LocatedMap, path: string): string {
  const fitting = keysOf(map).filter((key) => path === key || path.startsWith(`${key}.`))
  const longest = fitting.sort((a, b) => b.length - a.length)[0]
  return longest ?? path.split('.')[0] ?? path
}

/** A parameter gets a new value or list: what it was before goes. */
function withoutRivals(map: LocatedMap, key: string): LocatedMap {
  const isDomain = map.place.path.startsWith('parameters.') && ['value', 'values'].includes(key)
  return isDomain
    ? without(
        map,
        DOMAIN_KEYS.filter((k) => k !== key),
      )
    : map
}

/**
 * The sweep with values put into its `params`. A dotted name stays one name, because `gamma.tone` says more than a
 * `gamma` that is there already and must not take its place; only `data` is looked into.
 */
export function withParams(sweep: LocatedMap, overrides: readonly Override[]): LocatedMap {
  return overrides.reduce((map, { path, value }) => {
    if (path.startsWith('data.')) return overridden(map, `params.${path}`, value)
    const params = entryOf(map, 'params')
    const empty: LocatedMap = { kind: 'map', place: { ...value.place, path: 'params' }, entries: [] }
    return withEntry(map, 'params', withEntry(params?.kind === 'map' ? params : empty, path, value))
  }, sweep)
}
