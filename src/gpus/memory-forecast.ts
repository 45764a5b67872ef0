import { canonicalJson } from '../base/canonical-json.ts'
import { nearbyTo, type ParamsOfAnyTrainer } from './memory-features.ts'
import { type Estimate, fitPeaks } from './memory-regression.ts'

/** What one earlier attempt of a trainer needed on a GPU. */
export interface MemoryRecord {
  /** Without the seed. */
  readonly params: ParamsOfAnyTrainer
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

/** Earlier attempts, looked at once for many forecasts. */
export interface MemoryModel {
  forecast(params: ParamsOfAnyTrainer): MemoryForecast | undefined
}

/** With fewer configurations that finished, others are not foreseen. */
const FEWEST = 3
/** What ran out of memory is expected to need this many times what it could have had. */
const BEYOND_LIMIT = 1.25
/** Seeds of one configuration differ by little: this much is kept free after one attempt, half of it after many. */
const SAME_MARGIN = 0.1
/** The latest so many configurations. */
const MOST_RECENT = 200
const ROUNDS = 3

/**
 * What `params` will probably need, from earlier attempts of the same trainer, or undefined when they say too little:
 * then it is to be tried alone on a GPU.
 *
 * - The same params: the largest peak that was measured. Never less.
 * - Others: a regression on what varied ({@link fitPeaks}), from three configurations that finished. A choice that
 *   was never seen, or a number far from all that were, is not guessed at.
 * - Out of memory says "at least so much": the same params are expected to need a quarter more than that, and a
 *   regression that said less is fitted again with it.
 */
export function forecastMemory(
  earlier: readonly MemoryRecord[],
  params: ParamsOfAnyTrainer,
): MemoryForecast | undefined {
  return memoryModel(earlier).forecast(params)
}

/** See {@link forecastMemory}. The regression is made at the first question that needs it. */
export function memoryModel(earlier: readonly MemoryRecord[]): MemoryModel {
  const known = configurationsOf(earlier)
  const recent = [...known.values()].slice(-MOST_RECENT)
  const enough = recent.filter(hasEnough).length >= FEWEST
  let prepared:
    | { isNearby(params: ParamsOfAnyTrainer): boolean; estimate(params: ParamsOfAnyTrainer): Estimate }
    | undefined
  const regress = (params: ParamsOfAnyTrainer) => {
    if (!enough) return undefined
    prepared ??= { isNearby: nearbyTo(recent.map((it) => it.params)), estimate: censoredFit(recent) }
    return prepared.isNearby(params) ? prepared.estimate(params) : undefined
  }
  return {
    forecast: (params) => {
      const same = known.get(canonicalJson(params))
      if (same !== undefined && hasEnough(same)) return whole(sameAgain(same))
      const other = regress(params)
      if (same === undefined) return other === undefined ? undefined : whole(other)
      const raised = sameAgain(same)
      return whole({
        bytes: Math.max(raised.bytes, other?.bytes ?? 0),
        high: Math.max(raised.high, other?.high ?? 0),
      })
    },
  }
}

/** All attempts of one configuration. */
interface Configuration {
  readonly params: ParamsOfAnyTrainer
  /** The most that one that finished took; 0 = none did. */
  readonly peak: number
  /** More than this was asked for by one that ran out of memory; 0 = none did. */
  readonly atLeast: number
  readonly attempts: number
}

function configurationsOf(earlier: readonly MemoryRecord[]): Map<string, Configuration> {
  const known = new Map<string, Configuration>()
  for (const { params, peakBytes, ended, limitBytes } of earlier) {
    const key = canonicalJson(params)
    const { peak, atLeast, attempts } = known.get(key) ?? { peak: 0, atLeast: 0, attempts: 0 }
    const limit = ended === 'out-of-memory' ? Math.max(peakBytes, limitBytes ?? 0) : 0
    if (!(Math.max(peakBytes, limit) > 0)) continue
    // Again the latest.
    known.delete(key)
    known.set(key, {
      params,
      peak: ended === 'finished' ? Math.max(peak, peakBytes) : peak,
      atLeast: Math.max(atLeast, limit),
      attempts: attempts + 1,
    })
  }
  return known
}

function needOf({ peak, atLeast }: Configuration): number {
  return peak > atLeast ? peak : atLeast * BEYOND_LIMIT
}

function sameAgain(same: Configuration): Estimate {
  const bytes = needOf(same)
  return { bytes, high: bytes * (1 + (SAME_MARGIN / 2) * (1 + 1 / same.attempts)) }
}

/** Those that ran out of memory count only where the model would have let them run into it again. */
function censoredFit(all: readonly Configuration[]): (params: ParamsOfAnyTrainer) => Estimate {
  const measured = all.filter(hasEnough).map(({ params, peak }) => ({ params, bytes: peak }))
  const censored = all.filter((it) => !hasEnough(it))
  let model = fitPeaks(measured)
  for (let round = 0; round < ROUNDS; round++) {
    const before = model
    const under = censored.filter((it) => before(it.params).bytes < needOf(it))
    if (under.length === 0) break
    const beyond = under.map((it) => ({ params: it.params, bytes: needOf(it) }))
    model = fitPeaks([...measured, ...beyond])
  }
  return model
}

/** It is known what it needs, not only what was too little. */
function hasEnough({ peak, atLeast }: Configuration): boolean {
  return peak > atLeast
}

function whole({ bytes, high }: Estimate): MemoryForecast {
  return { bytes: Math.ceil(bytes), high: Math.ceil(Math.max(high, bytes)) }
}
