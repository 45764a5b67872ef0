import { counted } from '../base/human-readable.ts'
import type { SlotPool } from '../gpus/slot.ts'
import type { Sampler } from '../samplers/sampler.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { type Forecast, forecast, type Range } from './durations/forecast.ts'
import { durationHistory } from './durations/history.ts'
import { durationModel } from './durations/model.ts'
import { canReorder } from './longest-first.ts'
import { comingTrials } from './proposals.ts'
import type { Workspace } from './workspace.ts'

/** What a start will take, as far as earlier trials of its trainer say. Times are milliseconds. */
export interface Estimate {
  /** Among the first trials looked at, how many an earlier sweep has already answered. */
  readonly answered: number
  /** Trials that were looked up for `answered`: all, or the first of a large sweep. */
  readonly lookedUp: number
  /** Of one trial. */
  readonly perTrial?: Range & { readonly basedOn: number; readonly sweeps: number }
  /** Wall time in all. */
  readonly total?: Range
  readonly gpuHours?: Range
  /** Trials that end before its time or its budget is used up; absent when neither is set. */
  readonly before?: Range
  /** Names of fixed params in which even the most similar earlier sweep differs: the ranges are wide for them. */
  readonly unlike: readonly string[]
  readonly longestFirst?: Forecast['longestFirst']
  /** Why there is no estimate. */
  readonly unknown?: string
}

export interface EstimateRequest {
  readonly workspace: Workspace
  readonly spec: SweepSpec
  readonly sampler: Sampler
  /** Trials in all; undefined = no end of its own. */
  readonly trials: number | undefined
  readonly parallel: number
  /** GPUs of a trial; shares count as such. */
  readonly gpus: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** Ends then, milliseconds since 1970. */
  readonly until?: number | undefined
  /** The sweep that this is about, when it has a folder already: it is not its own past. */
  readonly id?: string
}

const HOUR_MS = 3_600_000
/** Configurations that a forecast looks at. */
const LOOKED_AT = 500

/** Works out what a sweep will take; reads earlier sweeps and spends nothing. */
export function estimateSweep(request: EstimateRequest): Estimate {
  const { workspace, spec, sampler, trials, parallel, gpus } = request
  const { params, answered, lookedUp } = comingTrials(workspace, spec, sampler)
  const known = { answered, lookedUp }
  const history = durationHistory(workspace, spec, request.id)
  if (history.trials.length === 0) {
    return { ...known, unlike: [], unknown: 'no earlier trial of this trainer has been recorded' }
  }
  const { unlike, sweeps } = history
  const basedOn = history.trials.length
  const configurations = params.slice(0, LOOKED_AT).map((own) => ({ params: own, cpus: spec.resources.cpus }))
  if (configurations.length === 0) return { ...known, unlike, ...instant(history.trials, sweeps) }
  const deadlineMs = deadlineOf(request)
  const { perTrial, ...rest } = forecast(durationModel(history.trials, configurations), {
    configurations,
    seeds: spec.seeds.length,
    trials: trials === undefined ? undefined : Math.max(0, trials - answered),
    parallel,
    gpus,
    reorder: canReorder(spec, request),
    seed: spec.sweepSeed,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  })
  const endless = `the sweep has no end of its own; one trial takes as long as ${counted(basedOn, 'earlier one')}`
  return {
    ...known,
    unlike,
    perTrial: { ...perTrial, basedOn, sweeps },
    ...rest,
    ...(rest.total === undefined ? { unknown: endless } : {}),
  }
}

/** Everything is answered. */
function instant(past: readonly { readonly ms: number }[], sweeps: number): Pick<Estimate, 'perTrial' | 'total'> {
  const ascending = past.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))] ?? 0
  return {
    perTrial: { low: at(0.1), middle: at(0.5), high: at(0.9), basedOn: past.length, sweeps },
    total: { low: 0, middle: 0, high: 0 },
  }
}

/** The first of its limits of time, from now on; undefined when there is none. */
function deadlineOf({ spec, until, now, parallel, gpus }: EstimateRequest): number | undefined {
  const { wallMs, gpuHours } = spec.budget ?? {}
  const limits = [
    ...(until === undefined ? [] : [Math.max(0, until - now)]),
    ...(wallMs === undefined ? [] : [wallMs]),
    ...(gpuHours === undefined || gpus === 0 ? [] : [(gpuHours * HOUR_MS) / (gpus * parallel)]),
  ]
  return limits.length === 0 ? undefined : Math.min(...limits)
}

/** Whole GPUs or shares that a trial is given on these slots. */
export function gpusOfTrial({ slots }: Pick<SlotPool, 'slots'>): number {
  return (slots[0]?.gpus ?? []).reduce((sum, { share }) => sum + share, 0)
}
