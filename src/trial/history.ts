import type { Goal } from './sweep-spec.ts'
import type { Configuration, Trial } from './trial.ts'

/** What samplers, pruners and races know of a sweep. Read-only view of a snapshot; cheap to make. */
export interface History {
  readonly goal: Goal
  readonly configurations: readonly Configuration[]
  readonly trials: readonly Trial[]
  /** Numbers of the trials of one configuration, in the order created. */
  trialsOf(configuration: number): readonly number[]
}
