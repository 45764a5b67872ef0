import { parseObject } from '../base/ndjson.ts'
import type { JournalEvent } from './event.ts'

/** JSON has no NaN and no infinities; they travel as these strings. */
const SPECIAL: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

export type EncodedNumber = number | string
export type EncodedMetrics = Readonly<Record<string, EncodedNumber>>

export const encodeNumber = (value: number): EncodedNumber => (Number.isFinite(value) ? value : String(value))

/** @returns undefined for what is no number at all */
export function decodeNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? SPECIAL[value] : undefined
}

export function encodeMetrics(metrics: Readonly<Record<string, number>>): EncodedMetrics {
  for (const name in metrics) {
    if (!Number.isFinite(metrics[name])) {
      return Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, encodeNumber(value)]))
    }
  }
  return metrics
}

/** @returns undefined when one of them is no number */
export function decodeMetrics(metrics: unknown): Record<string, number> | undefined {
  if (typeof metrics !== 'object' || metrics === null) return undefined
  const decoded = metrics as Record<string, number>
  for (const name in decoded) {
    const value = decodeNumber(decoded[name])
    if (value === undefined) return undefined
    decoded[name] = value
  }
  return decoded
}

/** @returns the event's line, newline included. */
export function encodeEvent(event: JournalEvent): string {
  // Only these fields may hold what JSON cannot; a replacer for every field would triple the cost of a line.
  if (event.type === 'reported' && !Number.isFinite(event.value)) {
    return `${JSON.stringify({ ...event, value: encodeNumber(event.value) })}\n`
  }
  if (event.type === 'trial-state' && (event.value !== undefined || event.metrics !== undefined)) {
    const value = event.value === undefined ? {} : { value: encodeNumber(event.value) }
    const metrics = event.metrics === undefined ? {} : { metrics: encodeMetrics(event.metrics) }
    return `${JSON.stringify({ ...event, ...value, ...metrics })}\n`
  }
  return `${JSON.stringify(event)}\n`
}

type Kind = 'number' | 'string' | 'object'

/** What must stand in a line for it to be used. Optional fields are taken as they come. */
const FIELDS: { readonly [T in JournalEvent['type']]: readonly (readonly [field: string, kind: Kind])[] } = {
  'sweep-created': [
    ['format', 'number'],
    ['id', 'string'],
    ['provenance', 'object'],
  ],
  'sweep-state': [['state', 'string']],
  'sweep-control': [],
  'configuration-proposed': [
    ['configuration', 'number'],
    ['params', 'object'],
  ],
  'space-exhausted': [],
  'search-budget': [['parallel', 'number']],
  'configuration-eliminated': [
    ['configuration', 'number'],
    ['reason', 'string'],
  ],
  verdict: [
    ['trial', 'number'],
    ['action', 'string'],
  ],
  'trial-created': [
    ['trial', 'number'],
    ['configuration', 'number'],
    ['seed', 'number'],
  ],
  'attempt-started': [
    ['trial', 'number'],
    ['attempt', 'number'],
    ['slot', 'string'],
  ],
  'attempt-handle': [
    ['trial', 'number'],
    ['attempt', 'number'],
  ],
  reported: [
    ['trial', 'number'],
    ['step', 'number'],
    ['value', 'number'],
  ],
  'attempt-ended': [
    ['trial', 'number'],
    ['attempt', 'number'],
    ['end', 'string'],
  ],
  'trial-state': [
    ['trial', 'number'],
    ['state', 'string'],
  ],
  note: [
    ['level', 'string'],
    ['text', 'string'],
  ],
}
const REQUIRED = new Map(Object.entries(FIELDS))

/** @returns the event, or what is wrong with the line, for people */
export function decodeEvent(text: string): JournalEvent | string {
  const fields = parseObject(text)
  if (fields === undefined) return 'not a JSON object'
  if (typeof fields.type !== 'string' || typeof fields.t !== 'number') return 'no event type or no time'
  const required = REQUIRED.get(fields.type)
  if ('value' in fields) fields.value = decodeNumber(fields.value)
  if ('metrics' in fields) fields.metrics = decodeMetrics(fields.metrics)
  for (const [field, kind] of required ?? []) {
    const value = fields[field]
    if (typeof value !== kind || value === null) return `"${field}" of a ${fields.type} event is not a ${kind}`
  }
  return fields as unknown as JournalEvent
}
