import { BugError } from '../base/errors.ts'
import type { Params } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import type { Workspace } from './workspace.ts'

export interface PlanOptions {
  readonly workspace: Workspace
  readonly sweep: string
  readonly overrides?: readonly string[]
  readonly gpus?: readonly string[]
  readonly limit?: number
}

/** Milliseconds. `low` and `high` are the 10 % and 90 % points of what was recorded. */
export interface TimeRange {
  readonly low: number
  readonly middle: number
  readonly high: number
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
  /** Trials that were looked up for `answered`: all, or the first 10,000 of a large sweep. */
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

/** Says what a start would run, what history already answers, and how long it may take. Spends nothing. */
export async function planSweep(_options: PlanOptions): Promise<Plan> {
  throw new BugError('planSweep is not here yet.')
}
