import { type Clock, systemClock } from '../base/clock.ts'
import { capacity, totalTrials } from '../orchestrator/sweep-loop.ts'
import { samplers } from '../samplers/index.ts'
import type { Params } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { chosen } from './chosen.ts'
import { encoderFindings } from './encoders.ts'
import { engineFindings, type MachineFindings } from './engines.ts'
import { type Estimate, estimateSweep, gpusOfTrial } from './estimate.ts'
import { explainSearch } from './explain-search.ts'
import { loadOrSayAll } from './missing-data.ts'
import { proposals } from './proposals.ts'
import { expectedSharing } from './sharing.ts'
import { openSlots } from './slots.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export interface PlanOptions {
  readonly workspace: Workspace
  readonly sweep: string
  readonly overrides?: readonly string[]
  readonly gpus?: readonly string[]
  readonly limit?: number
  /** Ends then, milliseconds since 1970. */
  readonly until?: number
  readonly clock?: Clock
}

/** What a start would do, worked out without spending anything. */
export interface Plan extends Estimate {
  readonly spec: SweepSpec
  /** Trials in all; undefined = no end of its own. */
  readonly trials: number | undefined
  /** Configurations in all; undefined = no end of its own. */
  readonly configurations: number | undefined
  readonly seeds: readonly number[]
  /** How its sampler will search and why; absent = as its name says. */
  readonly search?: string
  /** Params of the first configurations, in order. */
  readonly first: readonly Params[]
  readonly slots: readonly string[]
  /** Trials at a time. */
  readonly parallel: number
  /** When it is to end, milliseconds since 1970; absent = not by the clock. */
  readonly until?: number
  /** When it was made, milliseconds since 1970. */
  readonly at: number
  /** Why a start would be refused as things are; absent = it would not. */
  readonly refusal?: string
  readonly notes: readonly string[]
}

const SHOWN = 5

/**
 * Says what a start would run, what history already answers, and how long it may take. Spends nothing: no slot is
 * taken and nothing is written. A space of 10^9 points costs no more than one of ten.
 *
 * @throws {ProblemsError} everything that is wrong with the sweep file
 * @throws {EnvironmentError} when the machine cannot run it, as a start would
 */
export async function planSweep(options: PlanOptions): Promise<Plan> {
  const { workspace } = options
  const file = { folder: workspace.folder, sweep: options.sweep, overrides: options.overrides ?? [] }
  const spec = await loadOrSayAll(file, async (other) => (await machineFindings(other, options)).notes)
  const sampler = chosen(samplers, spec.sampler)
  const pool = await openSlots(spec, sweepDirOf(workspace, `${spec.name}.plan`), options)
  const first = [...proposals(spec, sampler, SHOWN)]
  const sharing = expectedSharing(
    { workspace, spec, pool },
    first.map((params) => ({ ...spec.fixed, ...params })),
  )
  const { limit = Number.POSITIVE_INFINITY } = options
  const parallel = Math.min(capacity({ spec, slots: pool }), limit, sharing.atATime ?? Number.POSITIVE_INFINITY)
  const slots = pool.slots.map(({ id }) => id).slice(0, options.limit)
  pool.close()
  const machine = await machineFindings(spec, options)
  const trials = totalTrials({ spec, sampler })
  const search = explainSearch(spec, parallel)
  const { until, clock = systemClock } = options
  const now = clock.now()
  return {
    spec,
    trials,
    configurations: trials === undefined ? undefined : Math.ceil(trials / spec.seeds.length),
    seeds: spec.seeds,
    ...(search === undefined ? {} : { search }),
    first,
    slots,
    parallel,
    ...estimateSweep({ workspace, spec, sampler, trials, parallel, gpus: gpusOfTrial(pool), now, until }),
    ...(until === undefined ? {} : { until }),
    at: now,
    ...(machine.refusal === undefined ? {} : { refusal: machine.refusal }),
    notes: [...spec.notes, ...machine.notes, ...sharing.notes],
  }
}

/** What a start would compute on and with which models, or lack. */
async function machineFindings(spec: SweepSpec, { workspace, gpus }: PlanOptions): Promise<MachineFindings> {
  const pool = await openSlots(spec, sweepDirOf(workspace, `${spec.name}.plan`), gpus === undefined ? {} : { gpus })
  pool.close()
  const engines = await engineFindings(spec, { workspace, slot: pool.slots[0] })
  const encoders = await encoderFindings(spec, workspace)
  const refusal = engines.refusal ?? encoders.refusal
  return { notes: [...engines.notes, ...encoders.notes], ...(refusal === undefined ? {} : { refusal }) }
}
