import { canonicalJson } from '../base/canonical-json.ts'

/** What one earlier attempt of a trainer needed on a GPU. */
export interface MemoryRecord {
  /** Without the seed. */
  readonly params: Readonly<Record<string, unknown>>
  /** The most that was measured, in bytes, on the GPU where it was most. */
  readonly peakBytes: number
  /** Attempts that ended otherwise say too little: their peak may have been still to come. */
  readonly ended: 'finished' | 'out-of-memory'
  /** Out of memory: what it could have had and was not enough. */
  readonly limitBytes?: number
}

/** What a configuration will probably need on each of its GPUs. */
export interface MemoryForecast {
  readonly bytes: number
  /** The upper end, for a reservation. */
  readonly high: number
}

/**
 * What `params` will probably need, from earlier attempts of the same trainer, or undefined when they say too little:
 * then it is to be tried alone on a GPU. Never below what was measured for the same params.
 */
export function forecastMemory(
  earlier: readonly MemoryRecord[],
  params: Readonly<Record<string, unknown>>,
): MemoryForecast | undefined {
  return memoryModel(earlier).forecast(params)
}

/** Earlier attempts, looked at once for many forecasts. */
export interface MemoryModel {
  forecast(params: Readonly<Record<string, unknown>>): MemoryForecast | undefined
}

/** See {@link forecastMemory}. */
export function memoryModel(earlier: readonly MemoryRecord[]): MemoryModel {
  const same = new Map<string, MemoryRecord[]>()
  for (const record of earlier) {
    const key = canonicalJson(record.params)
    same.set(key, [...(same.get(key) ?? []), record])
  }
  return {
    forecast: (params) => {
      const known = same.get(canonicalJson(params))
      if (known === undefined) return undefined
      const bytes = Math.max(...known.map(({ peakBytes, limitBytes }) => Math.max(peakBytes, limitBytes ?? 0)))
      return { bytes, high: Math.ceil(bytes * 1.1) }
    },
  }
}
