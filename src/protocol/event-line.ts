import { parseObject } from '../base/ndjson.ts'

/** What a trainer said in one line. Numbers keep NaN and infinities as what they are. */
export type TrainerEvent =
  | {
      /** Metrics at a step. `step` is missing when the line has neither `step` nor `epoch`. */
      readonly kind: 'report'
      readonly step?: number
      readonly metrics: Readonly<Record<string, number>>
    }
  | {
      /** The trial's final metrics: they override the last report of the same name. */
      readonly kind: 'result'
      readonly metrics: Readonly<Record<string, number>>
    }
  | { readonly kind: 'progress' /** 0 to 1, of the whole trial. */; readonly fraction: number }
  | { readonly kind: 'note'; readonly level: 'info' | 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'artifact'; readonly artifact: string; readonly path: string }

export type ReportEvent = Extract<TrainerEvent, { kind: 'report' }>

const NOT_METRICS = new Set(['step', 'epoch', 'event', 'time', 'timestamp'])
const SPECIAL = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['+inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
  ['+infinity', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
  ['-infinity', Number.NEGATIVE_INFINITY],
])

/** JSON has no NaN: trainers write it as a bare word, a string or null, depending on the language. */
export function metricValue(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (value === null) return Number.NaN
  if (typeof value === 'string') return SPECIAL.get(value.trim().toLowerCase())
  return undefined
}

/** Python's json writes NaN and Infinity bare, which JSON.parse refuses; they are quoted outside strings only. */
function quoteBareNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(token),
  )
}

function metricsOf(fields: Record<string, unknown>): Record<string, number> {
  const metrics: Record<string, number> = {}
  for (const [name, raw] of Object.entries(fields)) {
    if (NOT_METRICS.has(name)) continue
    const value = metricValue(raw)
    if (value !== undefined) metrics[name] = value
  }
  return metrics
}

/** @returns undefined when no field is a metric; `step` orders the report, or `epoch` where there is no step */
export function reportOf(fields: Record<string, unknown>): ReportEvent | undefined {
  const metrics = metricsOf(fields)
  if (Object.keys(metrics).length === 0) return undefined
  const step = [fields.step, fields.epoch].find((s): s is number => typeof s === 'number' && Number.isFinite(s))
  return step === undefined ? { kind: 'report', metrics } : { kind: 'report', step, metrics }
}

/**
 * Reads one line of an events file, or of stdout.
 *
 * @returns undefined for what is not an event: garbage, half a line, an unknown event, a JSON object without a metric
 */
export function parseEventLine(text: string): TrainerEvent | undefined {
  const fields = parseObject(text) ?? (/NaN|Infinity/.test(text) ? parseObject(quoteBareNumbers(text)) : undefined)
  if (fields === undefined) return undefined
  if (fields.event === undefined) return reportOf(fields)
  switch (fields.event) {
    case 'result':
      return { kind: 'result', metrics: metricsOf(fields) }
    case 'progress': {
      const { fraction } = fields
      if (typeof fraction !== 'number' || Number.isNaN(fraction)) return undefined
      return { kind: 'progress', fraction: Math.min(1, Math.max(0, fraction)) }
    }
    case 'note': {
      const level = fields.level === 'warn' || fields.level === 'error' ? fields.level : 'info'
      return typeof fields.text === 'string' ? { kind: 'note', level, text: fields.text } : undefined
    }
    case 'artifact':
      return typeof fields.kind === 'string' && typeof fields.path === 'string'
        ? { kind: 'artifact', artifact: fields.kind, path: fields.path }
        : undefined
    default:
      return undefined
  }
}
