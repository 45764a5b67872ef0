import { nearest } from '../base/nearest.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedList, LocatedMap, Place } from './located.ts'
import { described, keysOf } from './located.ts'

/*
 * One reader for each kind of value. Each takes a node (undefined when the key is absent), says in `findings` what is
 * wrong with it, and answers undefined when there is nothing to use.
 */

type Maybe = Located | undefined

/** Limits of a number, both included. */
export interface Limits {
  readonly min?: number
  readonly max?: number
  readonly whole?: boolean
}

export function readText(node: Maybe, findings: Findings): string | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') return node.value
  return wrongKind(node, 'text', findings)
}

/** Text, or a number or a truth value as it would be typed: `python3.11` and `3` in a command. */
export function readWord(node: Maybe, findings: Findings): string | undefined {
  if (node?.kind === 'scalar' && node.value !== null && typeof node.value !== 'string') return String(node.value)
  return readText(node, findings)
}

export function readBoolean(node: Maybe, findings: Findings): boolean | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'scalar' && typeof node.value === 'boolean') return node.value
  return wrongKind(node, 'true or false', findings)
}

export function readNumber(node: Maybe, findings: Findings, limits: Limits = {}): number | undefined {
  if (node === undefined) return undefined
  const wanted = wordsFor(limits)
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return wrongKind(node, wanted, findings)
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, whole = false } = limits
  const { value } = node
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  findings.problem({
    code: 'VALUE_RANGE',
    at: node.place,
    message: `${node.place.path} is ${value}; it must be ${wanted}.`,
  })
  return undefined
}

function wordsFor({ min, max, whole }: Limits): string {
  const number = whole ? 'a whole number' : 'a number'
  if (min !== undefined && max !== undefined) return `${number} from ${min} to ${max}`
  return min === undefined ? number : `${number}, ${min} or more`
}

export function readList(node: Maybe, findings: Findings): LocatedList | undefined {
  if (node === undefined || node.kind === 'list') return node
  return wrongKind(node, 'a list', findings)
}

/** A list, or a single item standing for a list of one. */
export function readItems(node: Maybe): readonly Located[] {
  if (node === undefined) return []
  return node.kind === 'list' ? node.items : [node]
}

export function readMap(node: Maybe, findings: Findings): LocatedMap | undefined {
  if (node === undefined || node.kind === 'map') return node
  return wrongKind(node, 'a map (key: value)', findings)
}

export function readOneOf<T extends string>(node: Maybe, known: readonly T[], findings: Findings): T | undefined {
  if (node === undefined) return undefined
  const found = known.find((word) => node.kind === 'scalar' && node.value === word)
  if (found !== undefined) return found
  unknownWord(node, known, findings)
  return undefined
}

function unknownWord(node: Located, known: readonly string[], findings: Findings): void {
  const [near] = node.kind === 'scalar' ? nearest(String(node.value), known) : []
  findings.problem({
    code: 'VALUE_UNKNOWN',
    at: node.place,
    message: `${node.place.path} is ${described(node)}. Known: ${known.join(', ')}.`,
    fix: near === undefined ? undefined : `${lastKey(node.place)}: ${near}`,
  })
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, sec: 1000, min: 60e3, m: 60e3, h: 3600e3, d: 86400e3 }
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|sec|min|m|h|d)$/

/** `90s`, `5min`, `2h`, `1d` in milliseconds; undefined for what is none. */
export function durationIn(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? []
  return amount === undefined || unit === undefined ? undefined : Number(amount) * (UNITS[unit] as number)
}

/** Seconds as a number, or `90s`, `5min`, `2h`, `1d`. @returns milliseconds */
export function readDuration(node: Maybe, findings: Findings): number | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'scalar') {
    if (typeof node.value === 'number' && node.value >= 0) return node.value * 1000
    const read = durationIn(String(node.value))
    if (read !== undefined) return read
  }
  return wrongKind(node, 'a time such as 90s, 5min or 2h (a plain number means seconds)', findings)
}

/**
 * Says which keys a map has that it should not have.
 *
 * @param meant what people write for a key that is too far from it to be near: the key
 */
export function refuseOtherKeys(
  map: LocatedMap,
  known: readonly string[],
  findings: Findings,
  meant: ReadonlyMap<string, string> = NONE_MEANT,
): void {
  for (const { key, keyPlace } of map.entries) {
    if (known.includes(key)) continue
    const [close] = nearest(
      key,
      known.filter((k) => !keysOf(map).includes(k)),
    )
    const near = meant.get(key) ?? close
    findings.problem({
      code: 'KEY_UNKNOWN',
      at: keyPlace,
      message: `${keyPlace.path} is not a known key. Known${within(map.place)}: ${known.join(', ')}.`,
      fix: near === undefined ? undefined : `${near}:`,
    })
  }
}

const NONE_MEANT: ReadonlyMap<string, string> = new Map()

function within(place: Place): string {
  return place.path === '' ? '' : ` in ${place.path}`
}

export function missingKey(map: LocatedMap, key: string, findings: Findings): void {
  findings.problem({
    code: 'KEY_MISSING',
    at: map.place,
    message: `${map.place.path || 'The file'} has no ${key}.`,
    fix: `${key}: ...`,
  })
}

function wrongKind(node: Located, wanted: string, findings: Findings): undefined {
  findings.problem({
    code: 'VALUE_TYPE',
    at: node.place,
    message: `${node.place.path || 'The file'} is ${described(node)}; it must be ${wanted}.`,
  })
  return undefined
}

function lastKey(place: Place): string {
  return place.path.split('.').at(-1) ?? place.path
}
