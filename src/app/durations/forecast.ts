import { rngFor } from '../../base/rng.ts'
import type { Described } from './features.ts'
import type { DurationModel } from './model.ts'

/** `low` and `high` are the 10 % and 90 % points: four nights of five lie between them. */
export interface Range {
  readonly low: number
  readonly middle: number
  readonly high: number
}

export interface ForecastRequest {
  /** The first configurations, in the order in which they will be run; of a large sweep not all. */
  readonly configurations: readonly Described[]
  readonly seeds: number
  /** Trials that will be run in all; undefined = no end of its own, then a limit of time must be given. */
  readonly trials: number | undefined
  readonly parallel: number
  /** GPUs of a trial; shares count as such. */
  readonly gpus: number
  /** Milliseconds after which nothing runs any more; undefined = none. */
  readonly deadlineMs?: number
  /** Also look whether the longest first would end sooner. */
  readonly reorder: boolean
  /** What the random draws are named by. */
  readonly seed: number
}

export interface Forecast {
  /** Milliseconds of one trial. */
  readonly perTrial: Range
  /** Milliseconds of wall time in all, cut off at the deadline; absent = no end. */
  readonly total?: Range
  readonly gpuHours?: Range
  /** Trials that end before the deadline; absent when there is none. */
  readonly before?: Range
  /** Share of the wall time that starting the longest first would save; absent when that was not looked at. */
  readonly longestFirst?: { readonly saved: number; readonly sure: boolean }
}

const NIGHTS = 300
/** Trials simulated one by one; a larger sweep is its pace times its size. */
const MOST_TRIALS = 1500
const HOUR_MS = 3_600_000
/** Less than this is not worth another order. */
const WORTH_SAVING = 0.02

interface NightOutcome {
  readonly one: number
  readonly total: number
  readonly work: number
  readonly before: number
  readonly saved: number
}

/** Plays many possible nights, each with its own machine, load and noise, and says how they end. */
export function forecast(model: DurationModel, request: ForecastRequest): Forecast {
  const rng = rngFor(request.seed, 'forecast')
  const ranks = longestFirst(model, request)
  const nights = Array.from({ length: NIGHTS }, () => playNight(model.draw(rng), { request, ranks }))
  const range = (of: (night: NightOutcome) => number) => rangeOf(nights.map(of))
  const { deadlineMs, trials, gpus } = request
  const perTrial = range(({ one }) => one)
  const before = deadlineMs === undefined ? {} : { before: range((night) => night.before) }
  if (trials === undefined && deadlineMs === undefined) return { perTrial }
  const saved = rangeOf(nights.map((night) => night.saved))
  return {
    perTrial,
    total: range(({ total }) => Math.min(total, deadlineMs ?? total)),
    ...(gpus > 0 ? { gpuHours: range(({ work }) => (work * gpus) / HOUR_MS) } : {}),
    ...before,
    ...(ranks === undefined ? {} : { longestFirst: { saved: saved.middle, sure: isSure(saved) } }),
  }
}

const isSure = ({ low, middle }: Range) => low >= 0 && middle > WORTH_SAVING

/** Configurations in the order longest first; undefined when that is not asked or the sweep is too large to tell. */
function longestFirst(model: DurationModel, request: ForecastRequest): readonly number[] | undefined {
  const { configurations, trials = Number.POSITIVE_INFINITY, seeds, reorder } = request
  if (!reorder || trials > Math.min(MOST_TRIALS, configurations.length * seeds)) return undefined
  const typical = configurations.map((trial) => model.typical(trial))
  return typical.map((_, i) => i).sort((a, b) => (typical[b] as number) - (typical[a] as number) || a - b)
}

function playNight(
  night: ReturnType<DurationModel['draw']>,
  { request, ranks }: { readonly request: ForecastRequest; readonly ranks: readonly number[] | undefined },
): NightOutcome {
  const { configurations, seeds, parallel, deadlineMs } = request
  const trials = request.trials ?? Number.POSITIVE_INFINITY
  const played = Math.min(trials, MOST_TRIALS, configurations.length * seeds)
  const durations = configurations.slice(0, Math.ceil(played / seeds)).map((trial) => {
    const one = night.configuration(trial)
    return Array.from({ length: seeds }, one)
  })
  const inOrder = durations.flat().slice(0, played)
  const { end, before } = makespan(inOrder, parallel, deadlineMs)
  const work = inOrder.reduce((sum, ms) => sum + ms, 0)
  const times = played === 0 ? 0 : trials / played
  const ideal = work / parallel
  const all = Number.isFinite(times) ? end + (times - 1) * ideal : Number.POSITIVE_INFINITY
  const sorted = ranks?.flatMap((i) => durations[i] ?? [])
  return {
    one: inOrder[Math.floor(inOrder.length / 2)] ?? 0,
    total: all,
    work: Math.min(work * times, (deadlineMs ?? Number.POSITIVE_INFINITY) * parallel),
    before:
      deadlineMs === undefined || all <= deadlineMs
        ? trials
        : before === played
          ? beforeOf(deadlineMs, { work, played, parallel, trials })
          : before,
    saved: sorted === undefined || end === 0 ? 0 : (end - makespan(sorted, parallel).end) / end,
  }
}

/** More trials fit before the deadline than were played: at the same pace. */
function beforeOf(
  deadlineMs: number,
  { work, played, parallel, trials }: { work: number; played: number; parallel: number; trials: number },
): number {
  return Math.min(trials, Math.floor((deadlineMs * parallel * played) / work))
}

/** Each trial starts on the slot that is free first. */
function makespan(durations: readonly number[], parallel: number, deadlineMs = Number.POSITIVE_INFINITY) {
  const free = new Float64Array(Math.max(1, Math.min(parallel, durations.length)))
  let end = 0
  let before = 0
  for (const ms of durations) {
    let next = 0
    for (let i = 1; i < free.length; i++) if ((free[i] as number) < (free[next] as number)) next = i
    const at = (free[next] as number) + ms
    free[next] = at
    if (at <= deadlineMs) before++
    if (at > end) end = at
  }
  return { end, before }
}

function rangeOf(values: readonly number[]): Range {
  const ascending = [...values].sort((a, b) => a - b)
  return { low: quantile(ascending, 0.1), middle: quantile(ascending, 0.5), high: quantile(ascending, 0.9) }
}

function quantile(ascending: readonly number[], share: number): number {
  const place = share * (ascending.length - 1)
  const below = ascending[Math.floor(place)] ?? 0
  const above = ascending[Math.ceil(place)] ?? below
  return below === above ? below : below + (above - below) * (place - Math.floor(place))
}
