import { counted } from '../base/human-readable.ts'
import { rngFor } from '../base/rng.ts'
import { capacity, totalTrials } from '../orchestrator/sweep-loop.ts'
import { samplers } from '../samplers/index.ts'
import type { Sampler, Suggestion } from '../samplers/sampler.ts'
import type { Params } from '../space/domain.ts'
import { historyOf } from '../trial/history.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { chosen } from './chosen.ts'
import { earlierAnswers } from './earlier-answers.ts'
import { earlierDurations, type TimeRange, timeInAll, timePerTrial } from './earlier-durations.ts'
import { encoderNotes } from './encoders.ts'
import { engineNotes } from './engines.ts'
import { loadOrSayAll } from './missing-data.ts'
import { addressing } from './run-loop.ts'
import { openSlots } from './slots.ts'
import { sweepDirOf, type Workspace } from './workspace.ts'

export type { TimeRange } from './earlier-durations.ts'

export interface PlanOptions {
  readonly workspace: Workspace
  readonly sweep: string
  readonly overrides?: readonly string[]
  readonly gpus?: readonly string[]
  readonly limit?: number
}

/** What a start would do, worked out without spending anything. */
export interface Plan {
  readonly spec: SweepSpec
  /** Trials in all; undefined = no end of its own. */
  readonly trials: number | undefined
  /** Configurations in all; undefined = no end of its own. */
  readonly configurations: number | undefined
  readonly seeds: readonly number[]
  /** Params of the first configurations, in order. */
  readonly first: readonly Params[]
  /** Among the first trials looked at, how many an earlier sweep has already answered. */
  readonly answered: number
  /** Trials that were looked up for `answered`: all, or the first of a large sweep. */
  readonly lookedUp: number
  readonly slots: readonly string[]
  /** Trials at a time. */
  readonly parallel: number
  /** Of one trial, from earlier sweeps with the same trainer. */
  readonly perTrial?: TimeRange & { readonly basedOn: number }
  /** Wall time in all. */
  readonly total?: TimeRange
  /** Why there is no estimate. */
  readonly unknown?: string
  readonly notes: readonly string[]
}

const SHOWN = 5
/** Trials looked up in earlier sweeps: about 20 ms of work. */
const LOOKED_UP = 2000

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
  const spec = await loadOrSayAll(file, (other) => machineNotes(other, options))
  const sampler = chosen(samplers, spec.sampler)
  const pool = await openSlots(spec, sweepDirOf(workspace, `${spec.name}.plan`), options)
  const parallel = Math.min(capacity({ spec, slots: pool }), options.limit ?? Number.POSITIVE_INFINITY)
  const slots = pool.slots.map(({ id }) => id).slice(0, options.limit)
  pool.close()
  const machine = await machineNotes(spec, options)
  const trials = totalTrials({ spec, sampler })
  const reused = answeredTrials(workspace, spec, sampler)
  const ahead = trials === undefined ? undefined : trials - reused.answered
  return {
    spec,
    trials,
    configurations: trials === undefined ? undefined : Math.ceil(trials / spec.seeds.length),
    seeds: spec.seeds,
    first: [...proposals(spec, sampler, SHOWN)],
    ...reused,
    slots,
    parallel,
    ...estimate(workspace, spec, { ahead, parallel }),
    notes: [...spec.notes, ...machine],
  }
}

/** What a start would compute on and with which models, or lack. */
async function machineNotes(spec: SweepSpec, { workspace, gpus }: PlanOptions): Promise<string[]> {
  const pool = await openSlots(spec, sweepDirOf(workspace, `${spec.name}.plan`), gpus === undefined ? {} : { gpus })
  pool.close()
  const engines = await engineNotes(spec, { workspace, slot: pool.slots[0] })
  return [...engines, ...(await encoderNotes(spec, workspace))]
}

/** The sampler's first proposals as a start would get them; those of samplers that learn are only the first ones. */
function* proposals(spec: SweepSpec, sampler: Sampler, most: number): Generator<Params> {
  const history = historyOf({ spec, configurations: [], trials: [] })
  let last: Suggestion | undefined
  for (let configuration = 0; configuration < most; configuration++) {
    const rng = rngFor(spec.sweepSeed, 'sampler', configuration)
    last = sampler.suggest({ space: spec.space, configuration, cursor: last?.cursor, history, rng })
    if (last === undefined) return
    yield last.params
  }
}

function answeredTrials(
  workspace: Workspace,
  spec: SweepSpec,
  sampler: Sampler,
): { readonly answered: number; readonly lookedUp: number } {
  const { addressOf } = addressing(spec, workspace)
  if (!spec.reuse || addressOf === undefined) return { answered: 0, lookedUp: 0 }
  const answerFor = earlierAnswers(workspace, '', spec)
  const most = Math.min(LOOKED_UP, spec.runCap ?? LOOKED_UP)
  let answered = 0
  let lookedUp = 0
  for (const params of proposals(spec, sampler, Math.ceil(most / spec.seeds.length))) {
    for (const seed of spec.seeds) {
      if (lookedUp >= most) break
      lookedUp++
      if (answerFor(addressOf({ ...spec.fixed, ...params }, seed)) !== undefined) answered++
    }
  }
  return { answered, lookedUp }
}

function estimate(
  workspace: Workspace,
  spec: SweepSpec,
  { ahead, parallel }: { readonly ahead: number | undefined; readonly parallel: number },
): Pick<Plan, 'perTrial' | 'total' | 'unknown'> {
  const durations = earlierDurations(workspace, spec)
  const perTrial = timePerTrial(durations)
  if (perTrial === undefined) return { unknown: 'no earlier trial of this trainer has been recorded' }
  const basedOn = durations.length
  if (ahead === undefined) {
    const unknown = `the sweep has no end of its own; one trial takes as long as ${counted(basedOn, 'earlier one')}`
    return { perTrial: { ...perTrial, basedOn }, unknown }
  }
  return { perTrial: { ...perTrial, basedOn }, total: timeInAll(durations, { trials: ahead, parallel }) }
}
